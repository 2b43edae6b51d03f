"""Keys that are promised for a later version. Nothing of this one acts on them: they are refused, so that nobody relies
on what does not happen. A value that asks for nothing but what is so anyway is taken: a file may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Later:
    """right: what to do. harmless: values, as text, that ask for nothing."""

    right: str
    harmless: frozenset[str] = frozenset({""})


_NOTHING = frozenset({"", "[]", "0"})

LATER_KEYS: Mapping[tuple[str, str], Later] = {
    ("database", "url"): Later(
        "Delete the line: everything is kept in one encrypted SQLite file, store.db in data_dir. To keep it elsewhere, "
        "set data_dir."
    ),
    ("match", "keep_features_days"): Later(
        "Delete the line: of pictures found on sites no local features are kept, only hashes.", _NOTHING
    ),
    ("evidence", "timestamp_url"): Later(
        "Delete the line: no authority is asked; evidence has its time from this machine's clock.", _NOTHING
    ),
    ("alerts", "send"): Later(
        "Delete the line: channels are tried in order until one takes the alert.", frozenset({"", "first"})
    ),
    ("alerts", "sender_name"): Later("Delete the line: whom a mail is from stands in the mail URL itself, as from=."),
    ("takedown", "address"): Later("Delete the line: no draft holds it. Where a form asks for it, type it there."),
    ("takedown", "phone"): Later("Delete the line: no draft holds it. Where a form asks for it, type it there."),
    ("review", "port"): Later(
        "Delete the line: there is no review page. `reupload-monitor sightings` shows what was found.",
        frozenset({"", "8765"}),
    ),
}

LATER_SECTIONS: Mapping[str, Later] = {
    "review": Later("Delete the section: there is no review page. `reupload-monitor sightings` shows what was found."),
    "backup": Later("Delete the section: copy data_dir with a program of your own, while the daemon is stopped."),
    "monitoring": Later("Delete the section: `reupload-monitor status --json` says it to a program that asks."),
    "queue": Later("Delete the section: everything runs in one process."),
}
"""Any key below them."""


def refusal(section: str, key: str, value: object) -> str | None:
    """What to do about it, '' where nothing is: it is harmless. None for a key that is not promised for later."""
    name = key.removesuffix("_file")
    later = LATER_KEYS.get((section, name)) or LATER_SECTIONS.get(section)
    if later is None:
        return None
    return "" if str(value) in later.harmless else later.right
