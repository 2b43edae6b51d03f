"""The ways to ask: which words, for which desks, with what not missing. Read from `regimes.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from monitor.errors import ConfigError
from monitor.takedown.channel import Channel, ChannelKind
from monitor.takedown.countries import applies

_FILE = "regimes.toml"

Member = TypeVar("Member", bound=StrEnum)


class Element(StrEnum):
    """What must not be missing in a request; `drafts.py` checks each."""

    IDENTIFICATION = "identification"
    GOOD_FAITH = "good_faith"
    AUTHORITY = "authority"
    CONTACT = "contact"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One way to ask, read from `regimes.toml`. legal_basis and jurisdiction '' = fits any channel of its
    kinds."""

    id: str
    title: str
    template: str
    channel_kinds: tuple[ChannelKind, ...]
    elements: tuple[Element, ...]
    legal_basis: str = ""
    jurisdiction: str = ""
    then: str = ""

    def fits(self, channel: Channel, jurisdiction: str) -> bool:
        return (
            channel.kind in self.channel_kinds
            and (not self.legal_basis or self.legal_basis in channel.legal_basis)
            and (not self.jurisdiction or applies(jurisdiction, (self.jurisdiction,)))
        )


@cache
def regimes() -> tuple[Regime, ...]:
    """In order of preference."""
    return regimes_in((files("monitor.takedown") / _FILE).read_text("utf-8"))


def regimes_in(text: str) -> tuple[Regime, ...]:
    """Of the text of `regimes.toml`. Raises ConfigError for a kind or an element that is not one."""
    rows = tomllib.loads(text)["regime"]
    return tuple(
        Regime(
            **{
                **row,
                "channel_kinds": _members(ChannelKind, row, "channel_kinds"),
                "elements": _members(Element, row, "elements"),
            }
        )
        for row in rows
    )


def _members(of: type[Member], row: Mapping[str, Any], key: str) -> tuple[Member, ...]:
    try:
        return tuple(of(word) for word in row[key])
    except ValueError as error:
        raise ConfigError.at(
            f"regime {row['id']!r}: {error}",
            remedy=f"One of: {', '.join(of)}. A further one stands in {of.__name__}, with what it means in code.",
            file=_FILE,
            key=key,
        ) from error
