"""Under which law a case falls, and for whom a desk is there."""

from __future__ import annotations

from collections.abc import Sequence

EU_MEMBERS = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


def applies(jurisdiction: str, listed: Sequence[str]) -> bool:
    """A case in `jurisdiction` (as `country` returns it) falls under one of `listed`."""
    return (
        "GLOBAL" in listed
        or jurisdiction in listed
        or ("EU" in listed and jurisdiction in EU_MEMBERS)
        or ("-" in jurisdiction and jurisdiction.partition("-")[0] in listed)
    )


def is_own(jurisdiction: str, listed: Sequence[str]) -> bool:
    """Likewise, and it is not only there for everybody."""
    return applies(jurisdiction, [place for place in listed if place != "GLOBAL"])


def country(jurisdiction: str) -> str:
    """As the channel data writes it: capitals, `UK` for the United Kingdom."""
    code = jurisdiction.strip().upper()
    return {"GB": "UK", "EL": "GR"}.get(code, code)
