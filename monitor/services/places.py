"""A new place to watch: what kind it is, what would be looked at there, what that gives away and to whom, and the lines
of the watchlist that say so. `PlaceService.look` asks the place once, politely, as any visit would; `by_address`
asks nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.crawl.choosing import SURE, offers_of
from monitor.crawl.outcome import outcome_of_page
from monitor.crawl.urls import canonical_url
from monitor.errors import UsageError, WatchlistError, WorkFailed
from monitor.hosts import host_of
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, ParseJob, Parser, PlaceProgram, Request
from monitor.model.settings import Settings
from monitor.model.visitor import Visitor
from monitor.model.watch import Adapt, Every, Follow, Kind, Render, Watch
from monitor.outbound.reach import COPY_IT, SHOWN_OF_ADDRESS, why_not_reached
from monitor.pipeline.attestation import require_attestation
from monitor.plain import plain, several, without_userinfo
from monitor.ports import Fetcher, Reader, Store
from monitor.services.case_limits import refuse_one_more
from monitor.sources import check_watch, disclosure, source_for
from monitor.sources.engines import find_engine
from monitor.sources.recognising import PAGE, PlaceKind, cannot_work, is_one_post, kind_of_address, kind_of_answer
from monitor.tomlfile import web_address
from monitor.watchlist_edit import PLACES, add_watch, switch_watch

EVERY: Mapping[Kind, str] = {Kind.FEED: "1h", Kind.SEARCH: "1d", Kind.SITEMAP: "6h"}
ADAPTS = {"floor": "15m", "ceiling": "1d"}
"""Bounds of what is written for a place that the program is to decide of."""

USUALLY_EVERY = "2h"
LISTED_LINKS = 3  # links of a page that are worth opening: with fewer it is no list
MOST_NAMED = 3  # pictures, pages, hosts
TRANSIENT = frozenset(
    {OutcomeKind.OFFLINE, OutcomeKind.TIMEOUT, OutcomeKind.CONNECTION, OutcomeKind.RATE_LIMITED, OutcomeKind.PROXY}
    | {OutcomeKind.SERVER_ERROR, OutcomeKind.BUDGET, OutcomeKind.PART}
)
"""They say nothing of the place."""


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """What one look came to. place: what it is. trouble: why nothing was seen, None where something was. pictures,
    pages: that the page shows or leads to, the first of them; a list has `pages` that would be opened. scripted: it is
    empty without its scripts. more: further pages of the same list. unseen: nobody looked; all is by the address."""

    url: str
    place: PlaceKind
    trouble: Outcome | None = None
    title: str = ""
    pictures: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    more: int = 0
    scripted: bool = False
    unseen: bool = False

    @property
    def is_transient(self) -> bool:
        return self.trouble is not None and self.trouble.kind in TRANSIENT


@dataclass(frozen=True, slots=True)
class NewWatch:
    """keys: as they are written. looks_at, gives_away: sentences for the person. already: a watch that looks there."""

    watch: Watch
    keys: Mapping[str, Any]
    words: str
    looks_at: tuple[str, ...]
    gives_away: tuple[str, ...]
    already: Watch | None = None

    @property
    def sentence(self) -> str:
        return f"{self.words[0].upper()}{self.words[1:]}."


def address_meant(text: str) -> str:
    """What a person typed as an address; '' for words to search for. `forum.example/x`, `@name@server.example` are
    addresses. Raises UsageError for an address that cannot be one."""
    typed = text.strip()
    if found := re.fullmatch(r"@([A-Za-z0-9_.]+)@([A-Za-z0-9.-]+\.[A-Za-z]{2,})", typed):
        typed = f"https://{found[2]}/@{found[1]}"
    elif re.fullmatch(r"[^\s/@:\"']+\.[^\s/@:.\"']{2,}(?::[0-9]+)?(?:[/?].*)?", typed):
        typed = f"https://{typed}"
    elif re.fullmatch(r"[^\s/@]+:[^\s/]*@[^\s/]+\.[^\s]+", typed):  # a log-in before the host: no words to search for
        typed = f"https://{typed}"
    elif "://" not in typed:
        return ""
    try:
        return web_address(typed)
    except ValueError as error:
        raise UsageError(f"{plain(without_userinfo(typed), SHOWN_OF_ADDRESS)} {error}", remedy=COPY_IT) from error


@dataclass(frozen=True, slots=True)
class PlaceService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    outside: Callable[[], tuple[Fetcher, Reader]]

    async def look(self, url: str, case: CaseId) -> PlaceSeen:
        """One request, and the site's robots.txt before it where that is asked for. Raises AttestationMissing, and
        WatchlistError for what no watch can look at."""
        require_attestation(self.store, case)
        self.refuse(url, case)
        fetcher, reader = self.outside()
        guess = kind_of_address(url)
        request, read = self._asked(url, guess, case)
        fetcher.allow_ports_of([request.url])
        fetched = await fetcher.fetch(replace(request, visitor=Visitor(case)))
        if fetched.outcome.kind is not OutcomeKind.OK:
            return PlaceSeen(url, guess, fetched.outcome)
        content = await reader.page(read(fetched), fetched.body)
        return _seen(url, guess, fetched, content)

    def refuse(self, url: str, case: CaseId) -> None:
        """Raises WatchlistError."""
        refused = [*cannot_work(Watch("", Kind.PAGE, Every(0), (url,))), why_not_reached(url, self.settings.network)]
        for error in filter(None, refused):
            raise error
        if {url, canonical_url(url)} & set(self.store.sightings.closed_addresses(case)):
            raise WatchlistError(
                "this page was closed as under 18 and is not visited any more",
                remedy="The services made for this: reupload-monitor guide under-18",
                key="url",
            )

    def _asked(self, url: str, guess: PlaceKind, case: CaseId) -> tuple[Request, Callable[[Fetched], ParseJob]]:
        """As its own kind would, where the address alone says which."""
        if guess.is_sure:
            watch = Watch("", guess.kind, Every(0), (url,), case)
            source = source_for(watch, self.settings)
            return source.seeds(watch)[0], lambda fetched: source.job(watch, fetched, 0)

        def job(fetched: Fetched) -> ParseJob:
            kind = fetched.header("content-type")
            parser = Parser.IMAGE if kind.lower().startswith("image/") else Parser.PLACE
            return ParseJob(parser, fetched.url, kind, offer_links=True)

        return Request(url), job

    def new_watch(
        self,
        seen: PlaceSeen,
        *,
        name: str,
        every: str,
        case: CaseId,
        watches: Sequence[Watch],
        adapts: bool = False,
    ) -> NewWatch:
        """name, every: '' for what suits. watches: all that there are. adapts: in place of `every`. Raises
        WatchlistError where it cannot work."""
        kind, follow, render = seen.place.kind, _follow_of(seen), {"render": "auto"} if _is_scripted(seen) else {}
        keys: dict[str, Any] = {"name": name or free_name(seen.url, watches), "kind": kind.value, "url": seen.url}
        keys |= _how_often(every or EVERY.get(kind, USUALLY_EVERY), adapts) | render | follow
        new = self._made(keys, case, watches, seen.place.words)
        already = next((one for one in watches if one.case == case and _is_same_place(one, seen.url)), None)
        return replace(
            new, looks_at=_looks_at(seen, new.watch), gives_away=self._gives_away(new.watch, seen), already=already
        )

    def new_search(
        self,
        query: str,
        *,
        engine: str,
        name: str,
        every: str,
        case: CaseId,
        watches: Sequence[Watch],
        adapts: bool = False,
    ) -> NewWatch:
        """engine: '' for one of config.toml. Raises UsageError, WatchlistError."""
        keys: dict[str, Any] = {
            "name": name or free_name("search", watches),
            "kind": Kind.SEARCH.value,
            "engine": engine or self._own_engine(),
            "query": query,
            **_how_often(every or EVERY[Kind.SEARCH], adapts),
            "follow": {"depth": 1, "max_pages": 40},
        }
        new = self._made(keys, case, watches, f"a search for {query}")
        already = next(
            (one for one in watches if (one.case, one.engine, one.query) == (case, keys["engine"], query)), None
        )
        looks_at = ("The first page of results, and the pages that they lead to: at most 40 in one visit.",)
        beside = f"The sites that it finds are visited from {self._way()}: they see that somebody looks, not for what."
        return replace(new, looks_at=looks_at, gives_away=(*self._discloses(new.watch), beside), already=already)

    def _own_engine(self) -> str:
        found = [
            one.name for one in self.settings.engines if not find_engine(one.name, self.settings.engines).needs_token
        ]
        if found:
            return found[0]
        raise UsageError(
            "no search engine is set up, and each of them learns the words that it is asked for",
            remedy='The kindest is a SearXNG of your own: [engines.searxng] url = "https://..." in config.toml. Or add '
            "--engine duckduckgo-html: DuckDuckGo learns the words then. If you meant an address, begin it with https://",
        )

    def _made(self, keys: dict[str, Any], case: CaseId, watches: Sequence[Watch], words: str) -> NewWatch:
        if case != self.settings.case.id:
            keys = {**keys, "case": case}
        if taken := next((one for one in watches if one.name == keys["name"]), None):
            others = f", in the case {taken.case!r}: the names of watches are for all cases"
            where = "" if taken.case == case else others
            raise UsageError(f"there is a watch named {keys['name']!r} already{where}", remedy="Give another --name.")
        refuse_one_more(watches, case, self.settings, self.store)
        watch = watch_from_keys(keys, case)
        for error in check_watch(watch, self.settings):
            raise WatchlistError(error.cause, remedy=error.remedy, key=error.key)
        return NewWatch(watch, keys, words, (), ())

    def _gives_away(self, watch: Watch, seen: PlaceSeen) -> tuple[str, ...]:
        asked = dict.fromkeys(host_of(one.url) for one in source_for(watch, self.settings).seeds(watch))
        hosts = _listed(dict.fromkeys((host_of(seen.url), *asked)))
        told: tuple[str, ...] = (
            f"{hosts} sees a browser's visits from {self._way()}: which pages and pictures, and when.",
        )
        others = dict.fromkeys(host for one in seen.pictures if (host := host_of(one)) and host not in asked)
        others.pop(host_of(seen.url), None)
        if others:
            told = (*told, f"So do the servers of its pictures: {_listed(others)}.")
        return (*told, *self._discloses(watch), "Nothing of your photos, and not what is looked for.")

    def _discloses(self, watch: Watch) -> tuple[str, ...]:
        said = disclosure(watch, self.settings)
        return (f"{said[0].upper()}{said[1:]}.",) if said else ()

    def _way(self) -> str:
        return "your proxy's address" if self.settings.network.proxy else "this machine's address"


def by_address(url: str, *, is_list: bool | None = None) -> PlaceSeen:
    """What can be said of a place that nobody has asked. is_list: what the person says of a page whose address does
    not tell: that it lists the threads, albums or posts which are to be opened."""
    place = kind_of_address(url)
    if is_list is not None and can_be_list(place):
        place = replace(place, is_list=is_list)
    return PlaceSeen(url, place, unseen=True)


def can_be_list(place: PlaceKind) -> bool:
    """Whether somebody has to look, or to say, if its links are to be opened."""
    return place.kind is Kind.PAGE and place.is_list is None


def refuse_wrong_file(settings: Settings, mistakes: Sequence[WatchlistError]) -> None:
    """Nothing is written into a file that is not right: it might not be taken. Raises UsageError."""
    path = settings.watchlist_dir / PLACES
    wrong = next((one for one in mistakes if one.file == str(path)), None)
    if wrong is not None:
        raise UsageError(
            f"nothing is written into {path} before it is right: line {wrong.line}: {wrong.cause}",
            remedy=f"{wrong.remedy} Then this shows whether it is right: reupload-monitor watch check",
        )


def write_place(settings: Settings, new: NewWatch) -> Path:
    """Into the watchlist, and read again. The file. Raises UsageError, WorkFailed."""
    from monitor.services.watches import load_watches

    path = add_watch(settings.watchlist_dir, new.keys, new.sentence)
    written = next((one for one in load_watches(settings).right if one.name == new.watch.name), None)
    if written is None:
        raise WorkFailed(
            f"{new.watch.name} was written into {path}, and is not taken as it stands there",
            remedy="reupload-monitor watch check says what is wrong.",
        )
    if not written.enabled:  # by the file's own [defaults]
        switch_watch(written, on=True)
    return path


def _how_often(fixed: str, adapts: bool) -> dict[str, Any]:
    return {"adapt": ADAPTS} if adapts else {"every": fixed}


def watch_from_keys(keys: Mapping[str, Any], case: CaseId) -> Watch:
    """As it is read from the file."""
    from monitor.watchlist_keys import every

    follow = dict(keys.get("follow", {}))
    return Watch(
        name=keys["name"],
        kind=Kind(keys["kind"]),
        schedule=Adapt(*(every(keys["adapt"][bound]) for bound in ADAPTS))
        if "adapt" in keys
        else Every(every(keys["every"])),
        urls=(keys["url"],) if "url" in keys else (),
        case=case,
        render=Render(keys.get("render", "http")),
        follow=Follow(**follow, chosen=follow.get("depth", 0) > 0),
        engine=keys.get("engine", ""),
        query=keys.get("query", ""),
    )


def free_name(url: str, watches: Iterable[Watch]) -> str:
    """Of the place's host, and what its address ends in where that is taken; not one of the watches'."""
    taken = {watch.name for watch in watches}
    host = host_of(url).removeprefix("www.") or url
    last = next((word for word in reversed(urlsplit(url).path.split("/")) if word), "")
    stems = [_slug(host), _slug(f"{host}-{last}")]
    numbered = (f"{stems[0]}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*stems, *numbered) if name not in taken)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48].strip("-") or "place"


def _seen(url: str, guess: PlaceKind, fetched: Fetched, content: PageContent) -> PlaceSeen:
    place = guess if guess.is_sure else kind_of_answer(url, content.program)
    scripted = content.needs_browser or (place.scripted and content.program is not PlaceProgram.UNKNOWN)
    trouble = content.problem or outcome_of_page(content, fetched)
    if trouble is not None and trouble.kind is OutcomeKind.EMPTY and scripted:
        trouble = None
    if place is PAGE and trouble is not None and guess.kind is Kind.XENFORO:
        place = guess  # nothing was seen that would speak against it, and its pages are read as they are
    pages = content.links or tuple(one.url for one in offers_of(content.offered, content.url) if one.worth >= SURE)
    pictures = tuple(one.url for one in content.images if one.is_sure and not one.url.startswith("data:"))
    return PlaceSeen(url, place, trouble, content.title, pictures, pages, len(content.next_pages), scripted)


def _is_list(seen: PlaceSeen) -> bool:
    if seen.place.is_list is not None:
        return seen.place.is_list
    return len(seen.pages) >= LISTED_LINKS and not is_one_post(seen.url)


def _follow_of(seen: PlaceSeen) -> dict[str, Any]:
    if seen.place.kind not in (Kind.PAGE, Kind.XENFORO) or not _is_list(seen):
        return {}
    return {"follow": {"depth": 2 if urlsplit(seen.url).path in ("", "/") else 1, "max_pages": 50}}


def _is_scripted(seen: PlaceSeen) -> bool:
    """A page whose scripts may bring what a plain visit did not see."""
    if seen.place.kind is not Kind.PAGE or seen.trouble is not None:
        return False
    return seen.scripted or not (seen.pictures or _is_list(seen))


def _looks_at(seen: PlaceSeen, watch: Watch) -> tuple[str, ...]:
    said = []
    if seen.pictures:
        said.append(f"It shows {several(len(seen.pictures), 'picture', 'pictures')} now.")
    if watch.follow.chosen:
        away = "opens" if watch.follow.depth == 1 else "opens, up to two links deep,"
        found = f", {len(seen.pages)} of them now" if seen.pages else ""
        said.append(f"Each visit {away} the threads, albums or posts that it lists{found}: at most 50 pages.")
    elif watch.kind in (Kind.FEED, Kind.SITEMAP):
        found = f", {len(seen.pages)} of them now" if seen.pages else ""
        said.append(f"Each visit opens the entries that it lists{found}: at most {watch.follow.max_pages} pages.")
    else:
        more = ", which it has" if seen.more else ""
        said.append(f"Each visit looks at this place, and at its further pages{more}.")
    if seen.pages and (watch.follow.chosen or watch.kind in (Kind.FEED, Kind.SITEMAP)):
        said.append(f"The first of them: {_listed(seen.pages[:MOST_NAMED])}")
    if watch.render is Render.AUTO and seen.scripted:
        said.append("It is empty without its scripts, so a browser (Chromium) opens it. That has to be installed.")
    elif watch.render is Render.AUTO and seen.unseen:
        said.append("Where no picture is seen there, a browser (Chromium) tries whether the page's scripts bring any.")
    elif watch.render is Render.AUTO:
        said.append("No picture was seen there now. A browser (Chromium) tries whether the page's scripts bring any.")
    return tuple(said)


def _is_same_place(watch: Watch, url: str) -> bool:
    return canonical_url(url) in map(canonical_url, watch.urls)


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more
