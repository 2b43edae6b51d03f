"""watchlists/*.toml -> frozen `Watch`es. A bad file, entry or default is told with its place, and never
hides the good ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from monitor import tomlfile
from monitor.errors import WatchlistError
from monitor.model.settings import Settings
from monitor.model.watch import Adapt, Cron, Every, Follow, ImageRules, Kind, Render, Schedule, Watch
from monitor.tomlfile import Document, Problem
from monitor.trusted import NotTrusted, check_folder
from monitor.watchlist_keys import (
    ADAPT_FOR_EXAMPLE,
    AdaptKeys,
    DefaultKeys,
    FollowKeys,
    ImageKeys,
    WatchKeys,
    keys_for,
)

MAX_TOLD_OF_A_FILE = 100
"""Problems of one file: whoever has more mends these first."""

MAX_WATCHES = 10_000
"""Of one load: beyond it a file was most likely made by a program that ran wild."""


_SCHEDULES = ("every", "cron", "adapt")
_TABLES: dict[str, type] = {"follow": FollowKeys, "images": ImageKeys}
"""Of [defaults] and of a watch they are joined, key by key."""

_INNER = {**_TABLES, "adapt": AdaptKeys}
_SEARCH_ONLY = ("engine", "query", "pages")


@dataclass(frozen=True, slots=True)
class WatchlistLoad:
    """errors: what the files themselves have wrong. refusals: what the watches' sources say against watches whose
    entries are right, none where nobody asked them. files: how many there were, right or wrong."""

    watches: tuple[Watch, ...]
    errors: tuple[WatchlistError, ...]
    files: int = 1
    refusals: tuple[WatchlistError, ...] = ()

    @property
    def right(self) -> tuple[Watch, ...]:
        """Those that no source refuses."""
        refused = {error.watch for error in self.refusals}
        return tuple(watch for watch in self.watches if watch.name not in refused)


def load_all(settings: Settings) -> WatchlistLoad:
    """Every *.toml in the folder, by name. A folder that is not there has no watches and one error."""
    folder = settings.watchlist_dir
    if not folder.is_dir():
        what = "is not a folder, so there are no watches"
        right = "Make it and put a watchlist in, or set watchlist_dir in config.toml."
        return WatchlistLoad((), (Problem(str(folder), 0, "watchlist_dir", what, right).error(WatchlistError),), 0)
    try:
        check_folder(folder)
        os.scandir(folder).close()  # one that cannot be listed seems to be empty otherwise
    except NotTrusted as error:
        problem = Problem(error.path, 0, "watchlist_dir", error.what, error.right)
        return WatchlistLoad((), (problem.error(WatchlistError),), 0)
    except OSError as error:  # it vanished just now, or its disk did
        problem = Problem(str(folder), 0, "watchlist_dir", f"cannot be read: {error.strerror}", "A folder of yours.")
        return WatchlistLoad((), (problem.error(WatchlistError),), 0)
    load = _Load({credential.name for credential in settings.credentials}, settings.case.id)
    paths = watchlists_in(folder)
    for path in paths:
        load.read(path)
    errors = tuple(problem.error(WatchlistError) for problem in load.problems)
    return WatchlistLoad(tuple(load.watches.values()), errors, len(paths))


def watchlists_in(folder: Path) -> list[Path]:
    """The watchlists, by name. What editors put beside them is none: their names begin with a dot or end otherwise."""
    return [path for path in sorted(folder.glob("*.toml")) if not path.name.startswith(".")]


@dataclass(slots=True)
class _Load:
    credentials: set[str]
    case: str
    watches: dict[str, Watch] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    before: int = 0  # problems, when the file that is being read was begun
    untold: int = 0  # problems of that file, beyond MAX_TOLD_OF_A_FILE

    def put(self, problem: Problem) -> None:
        if len(self.problems) - self.before < MAX_TOLD_OF_A_FILE:
            self.problems.append(problem)
        else:
            self.untold += 1

    def searches(self) -> int:
        """How many names most like a misspelt one may still be looked for in this file."""
        return tomlfile.MAX_SEARCHES - (len(self.problems) - self.before) - self.untold

    def read(self, path: Path) -> None:
        self.before, self.untold = len(self.problems), 0
        self.read_entries(path)
        if self.untold:
            what = f"has {self.untold} more things that are wrong"
            self.problems.append(Problem(str(path), 0, "", what, "Mend the ones above first."))

    def read_entries(self, path: Path) -> None:
        document = tomlfile.read(path)
        if isinstance(document, Problem):
            self.problems.append(document)
            return
        for key in document.data:
            if key not in ("defaults", "watch"):
                what, right = tomlfile.unknown_key(key, ("defaults", "watch"), search=self.searches() > 0)
                if key in tomlfile.hints_of(WatchKeys):
                    right = f"{key} belongs below [defaults] or [[watch]]."
                self.put(Problem(str(path), document.line((key,)), key, what, right))
        defaults, bad_defaults = self._defaults(document)
        entries = document.data.get("watch", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            line = document.line(("watch",))
            self.put(Problem(str(path), line, "watch", "[watch] is not a list of watches", "Write [[watch]]."))
            return
        for number, entry in enumerate(entries):
            before = len(self.problems)
            self._entry(document, number, entry, defaults, bad_defaults)
            case, name = entry.get("case", defaults.get("case", self.case)), entry.get("name", "")
            case, name = (given if isinstance(given, str) else "" for given in (case, name))
            self.problems[before:] = [replace(one, case=case, watch=name) for one in self.problems[before:]]

    def _defaults(self, document: Document) -> tuple[dict[str, Any], set[str]]:
        """The good ones, and the names of those that are wrong: a watch that would have used them is left
        out."""
        table = document.data.get("defaults", {})
        place = _Place(self, document, ("defaults",), "[defaults]")
        if not isinstance(table, dict):
            place.problem("", "is not a table", "A line [defaults] with its keys below it.")
            return {}, set()
        values, bad = place.check(DefaultKeys, table)
        if len(schedules := [key for key in _SCHEDULES if key in values]) > 1:
            place.problem(schedules[1], f"has both {schedules[0]} and {schedules[1]}", "Keep one of them.")
            bad |= {*schedules}
        return {key: value for key, value in values.items() if key not in bad}, bad

    def _entry(
        self,
        document: Document,
        number: int,
        entry: dict[str, Any],
        defaults: dict[str, Any],
        bad_defaults: set[str],
    ) -> None:
        name = entry.get("name")
        title = f"watch {name[:100]!r}" if isinstance(name, str) else f"watch number {number + 1}"
        place = _Place(self, document, ("watch", number), title)
        own, bad = place.check(keys_for(entry, defaults), entry)
        if "name" not in entry:
            place.problem("name", "has no name", 'Add name = "..." to that [[watch]].')
            return
        if bad:
            return
        if own["name"] in self.watches:
            first = self.watches[own["name"]]
            what = f"has a name that is taken, see {first.origin}:{first.line}"
            place.problem("name", what, "Give each watch a name of its own, over all cases.")
            return
        if len(self.watches) >= MAX_WATCHES:
            place.problem("name", f"is one too many: there are {MAX_WATCHES} already", "Split them over machines.")
            return
        unused = {key for key in bad_defaults if key in own and key not in ("follow", "images")}
        if any(key in own for key in _SCHEDULES):
            unused |= {*_SCHEDULES}  # a schedule of its own replaces that of [defaults], whatever its kind
        merged = {key: value for key, value in defaults.items() if key not in unused} | own
        for key in _TABLES:
            if key in defaults and key in own:
                merged[key] = {**defaults[key], **own[key]}
        if bad_defaults - unused:  # told at [defaults]; what else is wrong is told now, not after that is mended
            has_schedule = any(key in merged for key in _SCHEDULES)
            self._fits(place, merged if has_schedule else {"every": 3600} | merged)
            return
        if self._fits(place, merged):
            watch = _watch(merged, self.case, document.path, document.line(("watch", number)))
            watch = replace(watch, lines=place.lines(("defaults",)))
            self.watches[watch.name] = watch

    def _fits(self, place: _Place, keys: Mapping[str, Any]) -> bool:
        """What only shows when several keys are seen together."""
        before = len(self.problems) + self.untold
        _check_schedule(place, keys)
        kind = keys.get("kind", Kind.PAGE)
        if kind is Kind.SEARCH:
            _check_search(place, keys)
        else:
            _check_addresses(place, keys, kind)
        _check_robots(place, keys)
        self._check_credentials(place, keys.get("credentials", ""))
        return len(self.problems) + self.untold == before

    def _check_credentials(self, place: _Place, credentials: str) -> None:
        if not credentials or credentials in self.credentials:
            return
        like = tomlfile.nearest(credentials, self.credentials) if self.searches() > 0 else ""
        right = f"Did you mean {like!r}? " if like else ""
        right += f"Add [credentials.{credentials}] to config.toml, or correct the name."
        place.problem("credentials", f"names credentials {credentials!r} that do not exist", right)


def _check_schedule(place: _Place, keys: Mapping[str, Any]) -> None:
    schedules = [key for key in _SCHEDULES if key in keys]
    if len(schedules) > 1:
        place.problem(schedules[1], f"has both {schedules[0]} and {schedules[1]}", "Keep one of them.")
    elif not schedules:
        place.problem("every", "has no schedule", 'Add every = "2h", or cron = "15 */6 * * *".')


def _check_search(place: _Place, keys: Mapping[str, Any]) -> None:
    if "query" not in keys:
        place.problem("query", "has no query", "Add query = '\"jane doe\"'.")
    if "engine" not in keys:
        place.problem("engine", "names no engine", 'Add engine = "searxng", or another.')
    if "url" in keys or "urls" in keys:
        key = "url" if "url" in keys else "urls"
        place.problem(key, f"is a search and has {key}", "The address stands in [engines.NAME].")


def _check_addresses(place: _Place, keys: Mapping[str, Any], kind: Kind) -> None:
    if "url" in keys and "urls" in keys:
        place.problem("urls", "has both url and urls", "Keep one of them.")
    elif not keys.get("url") and not keys.get("urls"):
        plural = kind is Kind.URLS
        right = 'Add urls = ["https://..."]' if plural else "Add url = 'https://...'"
        what = "has no 'urls'" if plural else "has no 'url'"
        place.problem("urls" if plural else "url", what, f"{right} to that [[watch]], or delete it.")
    elif "urls" in keys and kind is not Kind.URLS:
        place.problem("urls", f"is of kind {kind} and has urls", 'Use url, or kind = "urls".')
    for key in _SEARCH_ONLY:
        if key in keys and place.owns(key):
            place.problem(key, f"is of kind {kind} and has {key}", 'Only kind = "search" knows it.')


def _check_robots(place: _Place, keys: Mapping[str, Any]) -> None:
    ignores, reason = keys.get("robots") == "ignore", keys.get("robots_reason", "")
    if ignores and not reason.strip():
        right = 'Add robots_reason = "..." (it is logged), or leave robots out.'
        place.problem("robots", "ignores robots.txt without a reason", right)
    elif reason and not ignores and place.owns("robots_reason"):
        right = 'Add robots = "ignore", or leave robots_reason out.'
        place.problem("robots_reason", "gives a reason but follows robots.txt", right)


@dataclass(frozen=True, slots=True)
class _Place:
    """A table of the file: where its problems are put."""

    load: _Load
    document: Document
    path: tuple[str | int, ...]
    title: str

    def problem(self, key: str, what: str, right: str) -> None:
        first, _, inner = key.partition(".")
        line = self.document.line((*self.path, first, inner) if inner else (*self.path, first))
        text = f"{self.title}{what}" if what.startswith(":") else f"{self.title} {what}"
        self.load.put(Problem(str(self.document.path), line, key, text, right))

    def lines(self, *fallbacks: tuple[str | int, ...]) -> tuple[tuple[str, int], ...]:
        """Every key that a problem may still be found with, and where it stands: here, else in a fallback."""
        found: dict[str, int] = {}
        for path in (*reversed(fallbacks), self.path):
            found.update(self.document.lines_below(path))
        return tuple(sorted(found.items()))

    def owns(self, key: str) -> bool:
        """It stands in this entry, not in [defaults]."""
        return (*self.path, key) in self.document.lines

    def check(self, shape: type, table: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """The good values, tables inside checked too, and the names of the keys that are wrong."""
        values, wrong = tomlfile.accepted(shape, table, search=self.load.searches())
        bad = {key for key, _, _ in wrong}
        for key, what, right in wrong:
            if shape is DefaultKeys and key in ("name", "url", "urls", "query", "planted"):
                right = f"{key} belongs in each [[watch]]."
            for name, inner in _INNER.items():
                if key not in tomlfile.hints_of(shape) and key in tomlfile.hints_of(inner):
                    right = f"{key} belongs in {name}: {name} = {{ {key} = ... }}."
            self.problem(key, f": {what}", right)
        for key, inner in _INNER.items():
            if key in values:
                values[key], wrong = tomlfile.accepted(inner, values[key], search=self.load.searches())
                if key == "adapt" and not wrong:
                    wrong = _odd_bounds(values[key])
                for name, what, right in wrong:
                    bad.add(key)
                    self.problem(f"{key}.{name}", f": in {key}, {what}", right)
        return values, bad


def _odd_bounds(adapt: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """What is wrong with two good bounds together."""
    for name in ("floor", "ceiling"):
        if name not in adapt:
            return [(name, f"{name} is missing", ADAPT_FOR_EXAMPLE)]
    if adapt["floor"] > adapt["ceiling"]:
        return [("floor", "floor is longer than ceiling", "Change them over, or make the floor shorter.")]
    return []


def _schedule(keys: Mapping[str, Any]) -> Schedule:
    if "cron" in keys:
        return Cron(keys["cron"])
    if "adapt" in keys:
        return Adapt(keys["adapt"]["floor"], keys["adapt"]["ceiling"])
    return Every(keys["every"])


def _follow(keys: Mapping[str, Any]) -> Follow:
    """A depth without a selector leaves the choice to the program; a depth that nobody wrote does not."""
    return Follow(**keys, chosen=not keys.get("links") and keys.get("depth", 0) > 0)


def _watch(keys: Mapping[str, Any], case: str, origin: Path, line: int) -> Watch:
    kind: Kind = keys.get("kind", Kind.PAGE)
    search = {key: keys[key] for key in _SEARCH_ONLY if key in keys and kind is Kind.SEARCH}
    ignores_robots = keys.get("robots") == "ignore"
    return Watch(
        name=keys["name"],
        kind=kind,
        schedule=_schedule(keys),
        urls=(keys["url"],) if "url" in keys else keys.get("urls", ()),
        case=keys.get("case", case),
        render=keys.get("render", Render.HTTP),
        follow=_follow(keys.get("follow", {})),
        images=ImageRules(**keys.get("images", {})),
        ignore_robots=ignores_robots,
        robots_reason=keys["robots_reason"].strip() if ignores_robots else "",
        tags=keys.get("tags", ()),
        credentials=keys.get("credentials", ""),
        planted=keys.get("planted", ""),
        tells_page=keys.get("referrer") == "page",
        enabled=keys.get("enabled", True),
        origin=origin,
        line=line,
        **search,
    )
