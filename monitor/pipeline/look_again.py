"""One look at a find's page and its media, each where it is due or where the other hangs on it.

What is gone is asked for twice: a server of several that fails now and then is no removal. A redirect to the site's
front page, and an address that has run out, say nothing by themselves: what stands beside them decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from monitor.crawl.cookies import CookieJar
from monitor.crawl.signed_address import has_run_out, serves_for_a_time
from monitor.crawl.way import way_out
from monitor.hosts import host_of
from monitor.model.page import Fetched, OutcomeKind
from monitor.model.presence import NO_MARK, Glance, PlannedLook, Saw, ServerMark, Standing, Truth
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import as_whom, login_of
from monitor.pipeline.page_recheck import (
    Others,
    PageSeen,
    look_at_page_again,
    named_by,
    others_of,
)
from monitor.pipeline.presence_look import FRONT_PAGE, is_whole_turn, look_at_media, what_came
from monitor.tracking.presence import truths_of

ELSEWHERE_NOW = "its page shows such a picture at another address now"
ONE_FOR_ALL = "the same came for other pictures of its page: it is not shown to strangers, or not to programs"
NOT_HOME_FOR_OTHERS = "the site shows its front page in its place, and its other pages as they are"
RUN_OUT = "its address serves for a time only, and its page could not be asked for the new one"
OTHER_PAGES = 2  # other pages of a site

PageOf = tuple[str, str]  # its address, and the watch as which it is looked at


@dataclass(frozen=True, slots=True, eq=False)
class PagesOfRound:
    """seen: that were looked at. marks: by which a page is to be asked for, where several finds stand on it."""

    seen: dict[PageOf, PageSeen] = field(default_factory=dict)
    marks: dict[PageOf, ServerMark] = field(default_factory=dict)

    def clear(self) -> None:
        self.seen.clear()
        self.marks.clear()


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """moved_to: the address at which its page shows it now, where that is another one. marks: of what was there."""

    glances: tuple[Glance, ...]
    moved_to: str = ""
    marks: Mapping[Truth, ServerMark] = field(default_factory=dict)


class Offline(Exception):
    """This machine has no network: nothing is learnt, and all stays due."""


@dataclass(frozen=True, slots=True)
class LookAtFind:
    """At one find. pages: that were looked at in this round."""

    sighting: Sighting
    watch: Watch
    deps: Dependencies
    pages: PagesOfRound
    planned: Mapping[Truth, PlannedLook]

    # -- the page

    async def page(self, *, whole: bool = False) -> PageSeen:
        url = self.sighting.place.page_url
        shared = self.pages.marks.get((url, self.watch.name))
        mark = NO_MARK if whole else shared if shared is not None else self.mark(Truth.PAGE)
        known = self.pages.seen.get((url, self.watch.name))
        if known is not None and (not known.is_unchanged or known.mark == mark):
            return known
        seen = await look_at_page_again(url, self.watch, self.deps, mark)
        if seen.saw is Saw.GONE and self._is_news(Truth.PAGE):
            seen = await look_at_page_again(url, self.watch, self.deps)
        if seen.outcome is OutcomeKind.OFFLINE:
            raise Offline
        self.pages.seen[url, self.watch.name] = seen
        return seen

    async def is_home_for_this_alone(self) -> bool:
        """Another page of the site is shown as itself: who is sent to the front page here is not sent there from
        everywhere."""
        for url in list(self._other_pages())[:OTHER_PAGES]:
            seen = self.pages.seen.get((url, self.watch.name))
            if seen is None:
                seen = self.pages.seen[url, self.watch.name] = await look_at_page_again(url, self.watch, self.deps)
            if seen.saw is Saw.THERE:
                return True
        return False

    def _other_pages(self) -> Iterator[str]:
        """Of the same host, that are known to be of the person's concern."""
        own, sighting = self.sighting.place.page_url, self.sighting
        beside = self.deps.store.sightings.copies_on_site(sighting)
        closed = self.deps.store.sightings.closed_addresses(sighting.case)
        named = (*self.watch.urls, *(one.place.page_url for one in beside))
        for url in dict.fromkeys(named):
            if url != own and host_of(url) == host_of(own) and url not in closed and url.count("/") > 3:
                yield url

    # -- the media

    async def media(self, page: PageSeen | None, *, whole: bool = False) -> tuple[Glance, Fetched]:
        jar = page.jar if page is not None else CookieJar()
        mark = None if whole else self.mark(Truth.MEDIA)
        media, came = await look_at_media(self.sighting, self.watch, self.deps, jar, mark)
        if media.saw is Saw.GONE and self._is_news(Truth.MEDIA):
            media, came = await look_at_media(self.sighting, self.watch, self.deps, jar, None)
        if came.outcome.kind is OutcomeKind.OFFLINE:
            raise Offline
        return media, came

    async def beside(self, media: Glance, came: Fetched, page: PageSeen) -> Glance:
        """What the page says of an answer that is not the picture."""
        if (given := page.gave(self.sighting.place.image_url)) is not None:
            return Glance(Truth.MEDIA, *await what_came(self.sighting, given, self.deps))  # as a browser has it
        is_home = media.why == FRONT_PAGE
        if not came.body or (came.outcome.kind is OutcomeKind.GONE and not is_home):
            return media
        others = await others_of(came, page, self.sighting, self.watch, self.deps)
        if others is Others.SAME:
            return replace(media, saw=Saw.UNKNOWN, why=ONE_FOR_ALL)
        if is_home and (others is Others.PICTURES or page.saw is Saw.GONE):
            return replace(media, saw=Saw.GONE, why=NOT_HOME_FOR_OTHERS)
        return media

    # -- both

    def mark(self, truth: Truth) -> ServerMark:
        """By which it is asked for; none where it is to come whole."""
        known = self.planned.get(truth)
        is_there = self.sighting.presence.of(truth).standing is Standing.THERE
        whole = self.sighting.place.page_url if truth is Truth.PAGE else self.sighting.id
        if known is None or not is_there or is_whole_turn(whole, self.deps.clock()):
            return NO_MARK
        return known.mark

    def _is_news(self, truth: Truth) -> bool:
        """That it is gone: it was not known before."""
        is_known = self.sighting.presence.of(truth).standing is Standing.GONE
        return self.sighting.status is not Status.REMOVED and not is_known


async def look_again(
    sighting: Sighting,
    due: AbstractSet[Truth],
    planned: Iterable[PlannedLook],
    watch: Watch,
    deps: Dependencies,
    pages: PagesOfRound,
) -> SeenAgain:
    """What is seen of page and media, where one of them is due; the other too, where something hangs on it. Raises
    Offline."""
    looking = LookAtFind(sighting, watch, deps, pages, {look.truth: look for look in planned})
    there_are = truths_of(sighting.place)
    page = await looking.page() if Truth.PAGE in due & there_are else None  # first: a picture may want what it gave
    if Truth.MEDIA not in there_are:
        return await _page_alone(looking, page) if page is not None else SeenAgain(())
    if Truth.MEDIA not in due and page is not None and _names(page, sighting):
        return SeenAgain((Glance(Truth.PAGE, Saw.THERE),), marks={Truth.PAGE: page.mark})
    if page is None and Truth.MEDIA not in due:
        return SeenAgain(())
    return await _media_with_page(looking, page, has_page=Truth.PAGE in there_are)


async def _page_alone(looking: LookAtFind, page: PageSeen) -> SeenAgain:
    named = await named_by(page, looking.sighting, looking.watch, looking.deps, is_given=False)
    glance = await _page_glance(looking, page, named.glance, is_media_gone=True)
    return SeenAgain((glance,), marks={Truth.PAGE: page.mark} if glance.saw is Saw.THERE else {})


async def _media_with_page(looking: LookAtFind, page: PageSeen | None, *, has_page: bool) -> SeenAgain:
    sighting, deps = looking.sighting, looking.deps
    media, came = await looking.media(page)
    if media.saw is not Saw.THERE and has_page and (page is None or page.is_unchanged):
        page = await looking.page(whole=True)  # which it may want to have been seen first
        if media.saw is Saw.UNKNOWN:
            media, came = await looking.media(page, whole=True)
    marks = {Truth.MEDIA: _mark_of(media, came, looking)}
    if page is None:
        return SeenAgain((media,), marks=marks)
    if media.saw is not Saw.THERE:
        media = await looking.beside(media, came, page)
    named = await named_by(page, sighting, looking.watch, deps, is_given=media.saw is Saw.THERE)
    if named.elsewhere:  # its old address says nothing of it any more
        saw = Saw.THERE if named.moved_to else Saw.UNKNOWN
        media, marks = Glance(Truth.MEDIA, saw, "" if named.moved_to else ELSEWHERE_NOW), {}
    if media.why == FRONT_PAGE and named.glance.saw is Saw.GONE:
        media = replace(media, saw=Saw.GONE, why=named.glance.why)  # two say so
    on_page = await _page_glance(looking, page, named.glance, is_media_gone=media.saw is Saw.GONE)
    if media.saw is not Saw.THERE and not named.elsewhere:
        media = _as_signed(media, came, on_page, page, looking)
    if on_page.saw is Saw.THERE:
        marks[Truth.PAGE] = page.mark
    return SeenAgain((media, on_page), named.moved_to, marks)


async def _page_glance(looking: LookAtFind, page: PageSeen, glance: Glance, *, is_media_gone: bool) -> Glance:
    is_home = page.outcome is OutcomeKind.MOVED or glance.why == FRONT_PAGE
    if is_home and is_media_gone and await looking.is_home_for_this_alone():
        return replace(glance, saw=Saw.GONE, why=NOT_HOME_FOR_OTHERS)
    return glance


def _as_signed(media: Glance, came: Fetched, on_page: Glance, page: PageSeen, looking: LookAtFind) -> Glance:
    """An address that serves for a time only is refused, or not found, when that has run out. Its page knows the
    present one: where the page names it no more, nobody is given an address that serves."""
    url, kind = looking.sighting.place.image_url, came.outcome.kind
    is_refused = kind is OutcomeKind.BLOCKED and has_run_out(url, looking.deps.clock())
    if not serves_for_a_time(url) or not (kind is OutcomeKind.GONE or is_refused):
        return media
    if page.saw is Saw.THERE and page.names(frozenset({url})):
        return media  # given out today: it has not run out
    # A page that shows no pictures from there at all may hide them from strangers.
    is_told = kind is OutcomeKind.GONE or page.saw is Saw.GONE or _shows_others(page, url)
    if on_page.saw is Saw.GONE and is_told:
        return replace(media, saw=Saw.GONE, why=on_page.why)
    return replace(media, saw=Saw.UNKNOWN, why=RUN_OUT)


def _shows_others(page: PageSeen, url: str) -> bool:
    return any(host_of(ref.url) == host_of(url) for ref in page.images)


def _names(page: PageSeen, sighting: Sighting) -> bool:
    if page.saw is not Saw.THERE:
        return False
    return page.is_unchanged or page.names(frozenset({sighting.place.image_url}))


def _mark_of(media: Glance, came: Fetched, looking: LookAtFind) -> ServerMark:
    if media.saw is not Saw.THERE:
        return NO_MARK
    known = looking.planned.get(Truth.MEDIA)
    if came.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return known.mark if known is not None else NO_MARK
    way = way_out(looking.deps.settings.network, looking.deps.store.machine)
    return way.of(as_whom(looking.watch, login_of(looking.watch, looking.deps.store))).mark_of(came)
