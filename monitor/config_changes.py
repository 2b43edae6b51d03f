"""What of the configuration and the watchlists is said otherwise since an earlier version: plain data, and what it
means for a file. `config migrate` writes it; what is refused points there.

A line here for each key that gets another name, goes, or takes other values; CHANGELOG.md has the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.tomlfile import seconds
from monitor.watchlist_keys import MIN_EVERY_S, is_here_alone

MIGRATE = "reupload-monitor config migrate"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """since: the day, as the first release has none yet. section: '' for the top of config.toml; of a watchlist '' is
    [defaults] and each [[watch]]. to: section and key that it is called by now. nearest: of a value that is not taken
    any more the one to write; it gives back what may stay. Neither of them: the key goes. why: for the person. spares:
    watches, with their [defaults], that it does not touch."""

    since: str
    section: str
    key: str
    why: str
    to: tuple[str, str] | None = None
    nearest: Callable[[Any], Any] | None = None
    spares: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] | None = None


def _at_least_five_minutes(value: Any) -> Any:
    try:
        return value if seconds(value) >= MIN_EVERY_S else "5m"
    except ValueError:
        return value


CONFIG_CHANGES: Sequence[KeyChange] = (
    KeyChange("28 November 2026", "match", "keep_features_days", "of pictures found on sites only hashes are kept"),
)
WATCHLIST_CHANGES: Sequence[KeyChange] = (
    KeyChange(
        "29 November 2026",
        "",
        "every",
        "more often than every 5 minutes, visits run into each other and a site shuts them out",
        nearest=_at_least_five_minutes,
        spares=is_here_alone,
    ),
)


@dataclass(frozen=True, slots=True)
class Outdated:
    """One place in a file. table: where it stands, as the file's data has it."""

    table: tuple[str | int, ...]
    key: str
    change: KeyChange

    def said(self, data: Mapping[str, Any]) -> str:
        """data: of the file, as it stands."""
        now = self.change.to
        if now is not None:
            what = f"{self.key} is called {now[1]} now{_in(now[0]) if now[0] != self.change.section else ''}"
        elif self.change.nearest is not None:
            value = table_at(data, self.table)[self.key]
            what = f"{self.key} = {value!r} becomes {self.change.nearest(value)!r}"
        else:
            what = f"{self.key} goes"
        return f"{what}: {self.change.why} (since {self.change.since})"


def outdated(data: Mapping[str, Any], *, is_watchlist: bool) -> Sequence[Outdated]:
    """Of a file as TOML has it. What may stay, and a key whose new name stands there too, is none."""
    changes = WATCHLIST_CHANGES if is_watchlist else CONFIG_CHANGES
    return [one for change in changes for one in _places(data, change, is_watchlist=is_watchlist)]


def renamed_to(section: str, key: str) -> str:
    """What is to be said of a key of config.toml that has another name since; '' where there is none."""
    for change in CONFIG_CHANGES:
        if (change.section, change.key) == (section, key) and change.to is not None:
            return f"It is called {change.to[1]}{_in(change.to[0])} now. `{MIGRATE}` writes that."
    return ""


def brought_up_to_date(document: Any, found: Sequence[Outdated]) -> None:
    """document: a tomlkit document or the plain data of the same file, as `config_edit.TomlEdit` has it."""
    for one in found:
        table = table_at(document, one.table)
        if one.change.to is not None:
            section, key = one.change.to
            if section != one.change.section:
                document.setdefault(section, {})
            whole = getattr(table, "item", table.__getitem__)  # of a tomlkit table with the comment behind it
            table_at(document, (section,) if section else ())[key] = whole(one.key)
            del table[one.key]
        elif one.change.nearest is not None:
            table[one.key] = one.change.nearest(table[one.key])
        else:
            del table[one.key]


def table_at(data: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        data = data[part]
    return data


def _places(data: Mapping[str, Any], change: KeyChange, *, is_watchlist: bool) -> Iterator[Outdated]:
    tables: dict[tuple[str | int, ...], Any] = {}
    if is_watchlist:
        entries = data.get("watch")
        tables[("defaults",)] = data.get("defaults")
        tables |= {("watch", number): one for number, one in enumerate(entries if isinstance(entries, list) else ())}
    else:
        tables[(change.section,) if change.section else ()] = data.get(change.section) if change.section else data
    for path, table in tables.items():
        if isinstance(table, Mapping) and not (change.spares and change.spares(table, _defaults(data))):
            # A secret may stand in a file of its own instead: it goes likewise.
            for key in (change.key, f"{change.key}_file") if change.to is None else (change.key,):
                if key in table and _is_outdated(data, table[key], change):
                    yield Outdated(path, key, change)


def _defaults(data: Mapping[str, Any]) -> Mapping[str, Any]:
    found = data.get("defaults")
    return found if isinstance(found, Mapping) else {}


def _is_outdated(data: Mapping[str, Any], value: Any, change: KeyChange) -> bool:
    if change.nearest is not None:
        return bool(change.nearest(value) != value)
    if change.to is None:
        return True
    there = data.get(change.to[0], {}) if change.to[0] else data
    return not (isinstance(there, Mapping) and change.to[1] in there)


def _in(section: str) -> str:
    return f" below [{section}]" if section else " at the top of the file"
