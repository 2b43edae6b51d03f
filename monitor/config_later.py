"""Keys that are promised for a later version. Nothing of this one acts on them: they are refused, so that nobody relies
on what does not happen. A value that asks for nothing but what is so anyway is taken: a file may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Later:
    """why: it can be taken out, and what there is in its place. harmless: values, as text, that ask for nothing."""

    why: str
    harmless: frozenset[str] = frozenset({""})


CREDENTIAL = "credential "  # before the name of one from systemd, where its origin is told
_NOTHING = frozenset({"", "[]", "0"})

LATER_KEYS: Mapping[tuple[str, str], Later] = {
    ("match", "keep_features_days"): Later(
        "of pictures found on sites no local features are kept, only hashes.", _NOTHING
    ),
}

LATER_SECTIONS: Mapping[str, Later] = {}
"""Any key below them."""


def refusal(section: str, key: str, value: object, origin: int | str = 0) -> str | None:
    """What to do about it, '' where nothing is: it is harmless. None for a key that is not promised for later.
    origin: where it was given, as `config_layers.Layers` has it."""
    name = key.removesuffix("_file")
    own = LATER_KEYS.get((section, name))
    later = own or LATER_SECTIONS.get(section)
    if later is None:
        return None
    return "" if str(value) in later.harmless else f"{_how(origin, 'line' if own else 'section')}: {later.why}"


def _how(origin: int | str, what: str) -> str:
    """To take it out of where it was given."""
    if isinstance(origin, int):
        return f"Delete the {what}"
    credential = origin.removeprefix(CREDENTIAL)
    return (
        f"Take the credential {credential} out of the unit" if credential != origin else f"Unset the variable {origin}"
    )
