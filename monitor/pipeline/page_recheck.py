"""What one look says of the page of a find: does it still name the picture, as far as that can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from monitor.crawl.cookies import CookieJar
from monitor.crawl.outcome import outcome_of_page, was_sent_to_front
from monitor.crawl.routes import is_always_rendered
from monitor.crawl.way import way_out
from monitor.hosts import host_of
from monitor.model.observation import RunTrouble
from monitor.model.page import Fetched, ImageRef, Outcome, OutcomeKind, PageContent, Purpose, Request
from monitor.model.presence import NO_MARK, Glance, Saw, ServerMark, Truth
from monitor.model.sighting import Sighting
from monitor.model.watch import Render, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.embedded_pictures import take_out
from monitor.pipeline.login import as_whom, fetch_as_person, login_of
from monitor.pipeline.presence_look import FRONT_PAGE, is_front_page_gone, what_came
from monitor.pipeline.state import part_of
from monitor.ports import Source
from monitor.sources import source_for

LOOKED_AT = 8  # pictures of a page that might be this one at another address
CONTROLS = 3  # pictures of a page that tell a stand-in for one from a stand-in for all
NOT_NAMED = "the page does not name it any more"


@dataclass(frozen=True, slots=True, eq=False)
class PageSeen:
    """saw: of the page itself. images: that it names, where it was read."""

    saw: Saw
    why: str
    outcome: OutcomeKind
    images: tuple[ImageRef, ...] = ()
    given: tuple[Fetched, ...] = ()  # pictures that a browser got with it
    jar: CookieJar = field(default_factory=CookieJar)  # what it set, for what it shows
    fetched: Fetched | None = None  # where it was read
    inline: Mapping[str, Fetched] = field(default_factory=dict)  # pictures written into it, by their `data:` address
    content: PageContent | None = None  # where it was read
    is_picture: bool = False  # what came is no page but a picture, which `given` has
    mark: ServerMark = NO_MARK  # by which it can be known again; where it is unchanged, by which it was known
    is_unchanged: bool = False  # since it was so marked: it did not come again, and names what it named

    def names(self, addresses: frozenset[str]) -> bool:
        return any(url in addresses for ref in self.images for url in ref.variants)

    @property
    def keeps_some_from_guests(self) -> bool:
        noted = self.content.noted if self.content is not None else ()
        return any(one.kind is RunTrouble.KEPT_FROM_GUESTS for one in noted)

    def named_as(self, url: str) -> tuple[str, ...]:
        """Every address by which it names the picture that has this one."""
        return next((ref.variants for ref in self.images if url in ref.variants), ())

    def gave(self, url: str) -> Fetched | None:
        """Such a picture, by its address."""
        for one in self.given:
            if url in (one.request.url, one.url) and one.outcome.kind is OutcomeKind.OK:
                return one
        return None


async def look_at_page_again(url: str, watch: Watch, deps: Dependencies, mark: ServerMark = NO_MARK) -> PageSeen:
    """One request, or two where it says nothing without its scripts. mark: of when it named what is looked for."""
    seen = await _look(url, watch, deps, browser=is_always_rendered(url, watch.render), mark=mark)
    if seen.outcome is OutcomeKind.EMPTY and watch.render is Render.AUTO:
        return await _look(url, watch, deps, browser=True)
    return seen


async def _look(url: str, watch: Watch, deps: Dependencies, *, browser: bool, mark: ServerMark = NO_MARK) -> PageSeen:
    jar, login = CookieJar(), login_of(watch, deps.store)
    visitor = as_whom(watch, login)
    way = way_out(deps.settings.network, deps.store.machine).of(visitor)
    request = Request(url, Purpose.PAGE, ignore_robots=watch.ignore_robots, browser=browser, jar=jar, visitor=visitor)
    if browser and login is not None:
        request = replace(request, browser_state=login.of)
    elif not browser:
        request = way.asks(request, mark)
    fetched = await fetch_as_person(request, login, deps.fetcher)
    outcome = fetched.outcome
    if outcome.kind is OutcomeKind.NOT_MODIFIED:
        return PageSeen(Saw.THERE, "", outcome.kind, jar=jar, mark=mark, is_unchanged=True)
    if is_front_page_gone(fetched):
        return PageSeen(Saw.UNKNOWN, FRONT_PAGE, OutcomeKind.MOVED, jar=jar)
    if outcome.kind is OutcomeKind.GONE:
        return PageSeen(Saw.GONE, outcome.message, outcome.kind)
    if outcome.kind is not OutcomeKind.OK:
        return PageSeen(Saw.UNKNOWN, outcome.message, outcome.kind, jar=jar)
    content = await _read(url, watch, fetched, deps)
    said = content.problem or outcome_of_page(content, fetched)
    if said is not None:
        saw = Saw.GONE if said.kind is OutcomeKind.GONE else Saw.UNKNOWN
        why = FRONT_PAGE if said.kind is OutcomeKind.MOVED else said.message
        return PageSeen(saw, why, said.kind, jar=jar)
    content, inline = take_out(content, deps.clock())
    is_as_sent = not browser and not fetched.request.browser
    return PageSeen(
        Saw.THERE,
        "",
        outcome.kind,
        content.images,
        fetched.subresources,
        jar,
        fetched,
        inline,
        content,
        mark=way.mark_of(fetched) if is_as_sent else NO_MARK,
    )


async def _read(url: str, watch: Watch, fetched: Fetched, deps: Dependencies) -> PageContent:
    source = source_for(watch, deps.settings)
    return await deps.reader.page(source.job(watch, fetched, _depth(url, watch, source)), fetched.body)


def _depth(url: str, watch: Watch, source: Source) -> int:
    return 0 if any(url in (seed.url, seed.shown) for seed in source.seeds(watch)) else 1


@dataclass(frozen=True, slots=True)
class NamedByPage:
    """elsewhere: the page shows it at another address now. moved_to: that, where it is the same to the byte; what is
    not may be another copy, which the next pass over the page is to say."""

    glance: Glance
    elsewhere: bool = False
    moved_to: str = ""


async def named_by(
    page: PageSeen, sighting: Sighting, watch: Watch, deps: Dependencies, *, is_given: bool
) -> NamedByPage:
    """is_given: its media answered with it, so that nothing hangs on whether it moved on the page."""
    if page.saw is not Saw.THERE:
        return NamedByPage(Glance(Truth.PAGE, page.saw, page.why))
    if page.is_unchanged or not sighting.place.image_url or page.names(frozenset({sighting.place.image_url})):
        return NamedByPage(Glance(Truth.PAGE, Saw.THERE))
    if is_given:
        return NamedByPage(Glance(Truth.PAGE, Saw.UNKNOWN, "it was not looked for under another address"))
    if page.keeps_some_from_guests:
        return NamedByPage(Glance(Truth.PAGE, Saw.UNKNOWN, "some of its page is kept from who has not logged in"))
    if (came := page.fetched) is not None and was_sent_to_front(came.request.url, came.url):
        return NamedByPage(Glance(Truth.PAGE, Saw.UNKNOWN, FRONT_PAGE))  # which may be this page's other name: it names
    return await _moved(page, sighting, watch, deps)


async def _moved(page: PageSeen, sighting: Sighting, watch: Watch, deps: Dependencies) -> NamedByPage:
    """A page can go on showing it at another address. Known pictures are known not to be it; what is another find there
    is that."""
    there = deps.store.sightings.on_pages(sighting.case, [sighting.place.page_url])
    taken = frozenset(one.place.image_url for one in there if one.id != sighting.id)
    images = [ref for ref in page.images if taken.isdisjoint(ref.variants)]
    known = deps.store.seen.get(sighting.case, [ref.url for ref in images])
    for url, one in known.items():
        if one.digest and one.digest == sighting.image_digest:
            return NamedByPage(Glance(Truth.PAGE, Saw.THERE), True, url)
    new = [ref for ref in images if not (ref.url in known and known[ref.url].digest)]
    path = _without_query(sighting.place.image_url)
    new.sort(key=lambda ref: _without_query(ref.url) != path)  # signed anew, it has its path still
    return await _among(new, page, sighting, watch, deps)


async def _among(
    new: Sequence[ImageRef], page: PageSeen, sighting: Sighting, watch: Watch, deps: Dependencies
) -> NamedByPage:
    """Pictures of its page that nobody has looked at."""
    there, saws = [ref for ref in new if not ref.url.startswith("data:")], set[Saw]()
    for ref in there[:LOOKED_AT]:
        came = await _ask(ref.url, page, sighting, watch, deps)
        saw, _ = await what_came(sighting, came, deps)
        if saw is Saw.THERE:
            return NamedByPage(Glance(Truth.PAGE, saw), True, ref.url if came.digest == sighting.image_digest else "")
        saws.add(saw)
    if len(there) < len(new) or len(there) > LOOKED_AT:
        return NamedByPage(Glance(Truth.PAGE, Saw.UNKNOWN, f"{len(new)} pictures of its page are yet to be looked at"))
    if Saw.UNKNOWN in saws:
        return NamedByPage(Glance(Truth.PAGE, Saw.UNKNOWN, "not all pictures of its page could be seen"))
    return NamedByPage(Glance(Truth.PAGE, Saw.GONE, NOT_NAMED))


def _without_query(url: str) -> str:
    return url.partition("?")[0]


class Others(StrEnum):
    """What comes for other pictures of the page, beside what came in the place of this one."""

    NONE = "none"  # there are none to ask for
    SAME = "same"
    PICTURES = "pictures"  # themselves


async def others_of(stand_in: Fetched, page: PageSeen, sighting: Sighting, watch: Watch, deps: Dependencies) -> Others:
    """SAME is a wall that answers with 200, or a picture that says "members only"."""
    hers = {one.place.image_url for one in deps.store.sightings.on_pages(sighting.case, [sighting.place.page_url])}
    host = host_of(sighting.place.image_url)
    others = [ref.url for ref in page.images if host_of(ref.url) == host and hers.isdisjoint(ref.variants)]
    answers = [await _ask(url, page, sighting, watch, deps) for url in _spread(others)]
    if not answers:
        return Others.NONE
    if all(_is_alike(one, stand_in) for one in answers):
        return Others.SAME
    return Others.PICTURES if any(one.outcome.kind is OutcomeKind.OK for one in answers) else Others.NONE


def _spread(urls: Sequence[str]) -> Sequence[str]:
    once = list(dict.fromkeys(urls))
    step = max(1, len(once) // CONTROLS)
    return once[::step][:CONTROLS]


def _is_alike(answer: Fetched, stand_in: Fetched) -> bool:
    if answer.digest and answer.digest == stand_in.digest:
        return True
    pages = (answer.outcome.kind, stand_in.outcome.kind)
    return pages == (OutcomeKind.UNREADABLE, OutcomeKind.UNREADABLE)


async def _ask(url: str, page: PageSeen, sighting: Sighting, watch: Watch, deps: Dependencies) -> Fetched:
    if (given := page.gave(url)) is not None:
        return given
    if url in deps.store.sightings.closed_addresses(sighting.case):
        return Fetched.of(Request(url), Outcome(OutcomeKind.REFUSED), url, deps.clock())
    request = part_of(watch, sighting.place.page_url, url, Purpose.IMAGE, page.jar)
    return await fetch_as_person(request, login_of(watch, deps.store), deps.fetcher)
