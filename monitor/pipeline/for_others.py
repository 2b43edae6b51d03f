"""A picture in hand may be of somebody who does not watch this page: it is compared with the photos of all cases, and
whoever it suggests itself for looks at it with her own matcher, by the ordinary steps.

Nothing is asked for that: page and picture are those in hand. The other case learns of the page what any visitor sees,
and of whose watch it was, nothing: not its name, not what it searched for, not how it came there. What was shown to a
log-in or an account is nobody else's to see, and an address that holds a question is not handed on.

The member whose pass it was waits for that, and only then remembers the picture: a visit that is cut off in the midst
is made again and comes to it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from monitor.acting import acting_for, fenced
from monitor.crawl.frontier import FrontierEntry
from monitor.errors import AttestationMissing, StoreAway, StoreBusy
from monitor.model.fingerprint import ImageReading
from monitor.model.ids import CaseId, ContentDigest
from monitor.model.match import Tier
from monitor.model.page import Fetched, ImageRef, Outcome, OutcomeKind, Request
from monitor.model.sighting import SEEN_BESIDE
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.attestation import require_attestation
from monitor.pipeline.closely import look_closely
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.images import ImageStage
from monitor.pipeline.scan import begin
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.still_there import StillThere
from monitor.pipeline.surviving import surviving
from monitor.ports.other_cases import OtherCases
from monitor.sources import source_for

log = logging.getLogger(__name__)

OTHERS_AT_ONCE = 4  # matchers of other cases that are held for it
_A_DAY = 86_400
_NOTHING_ASKED = Outcome(OutcomeKind.BUDGET, "nothing is asked for it", "It is looked at as it was seen.")


class ForOthers:
    """Of one visit. members: the cases whose watches they are; they look themselves."""

    def __init__(
        self,
        others: OtherCases,
        members: Collection[CaseId],
        dependencies: Callable[[CaseId], Awaitable[Dependencies]],
    ) -> None:
        self._others, self._members, self._dependencies = others, frozenset(members), dependencies
        self._compared: set[tuple[str, ContentDigest]] = set()
        self._room = asyncio.Semaphore(OTHERS_AT_ONCE)

    async def hear(self, run: Pass, look: Look, ref: ImageRef, fetched: Fetched, reading: ImageReading) -> bool:
        """Once for all members: of one page the same bytes are compared once. False: it was not to be had from the
        store just now, and has to be looked at again."""
        place = (look.shown, fetched.digest)
        if place in self._compared or not _is_for_everybody(run, look):
            return True
        self._compared.add(place)
        with surviving("other_cases"):
            near = await self._others.near(reading, beside=self._members)
            looks = (self._look_for(one.case, run.watch, look, ref, fetched, reading) for one in near)
            if not all(await asyncio.gather(*looks)):
                self._compared.discard(place)
                return False
        return True

    async def _look_for(
        self, case: CaseId, watch: Watch, look: Look, ref: ImageRef, fetched: Fetched, reading: ImageReading
    ) -> bool:
        async with self._room:
            # Of her own: the visit that led to it may have ended, and its claim with it.
            with surviving("other_cases"), acting_for(case), fenced(""):
                try:
                    deps = await self._dependencies(case)
                    require_attestation(deps.store, case)
                    if await _may_be_hers(reading, fetched, deps):
                        deps = replace(deps, fetcher=_NothingAsked(deps.clock))
                        await _look_as(case, watch, look, ref, fetched, deps)
                except AttestationMissing:
                    pass
                except (StoreAway, StoreBusy) as error:
                    said = {"action": "left_for_now", "error": type(error).__name__}
                    log.warning("what may be of another case is looked at again by the next visit", extra=said)
                    return False
        return True


async def _may_be_hers(reading: ImageReading, fetched: Fetched, deps: Dependencies) -> bool:
    """Of what is not, no row is written in her case."""
    match = deps.matcher.fast(reading)
    if match.tier is not Tier.MATCH and deps.matcher.wants_features(reading, match):
        match = (await look_closely(fetched.body, deps.reader, deps.matcher)).match
    return match.tier is not Tier.NONE


async def _look_as(case: CaseId, watch: Watch, look: Look, ref: ImageRef, fetched: Fetched, deps: Dependencies) -> None:
    own = Watch(SEEN_BESIDE, Kind.URLS, Every(_A_DAY), urls=(look.shown,), case=case, render=watch.render)
    run = begin(own, source_for(own, deps.settings), deps)
    url = fetched.request.url
    if not run.closed.isdisjoint((url, ref.url, look.shown)):
        return
    run.budget.turn_to(look.shown)
    named = frozenset(url for one in look.content.images for url in one.variants)
    images = ImageStage(deps, StillThere(), named)
    shown = replace(ref, url=url, alternatives=(), shown=())
    await images.look_through(run, _as_any_visitor(look, shown, {url: fetched}))
    await images.end_lists(run)


def _is_for_everybody(run: Pass, look: Look) -> bool:
    if run.login is not None or run.watch.credentials:
        return False
    return run.watch.kind is not Kind.SEARCH or look.entry.depth > 0


def _as_any_visitor(look: Look, ref: ImageRef, inline: dict[str, Fetched]) -> Look:
    """The page with that picture alone, and without the way that led there."""
    page = look.fetched
    asked = replace(page.request, referrer="", shown="", jar=None, known_images=())
    content = replace(look.content, images=(ref,), links=(), next_pages=(), offered=(), stylesheets=())
    entry = FrontierEntry(Request(look.entry.request.url), 0, list_of=look.entry.list_of)
    return Look(entry, replace(page, request=asked), content, look.shown, inline=inline)


class _NothingAsked:
    """`ports.Fetcher`."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def allow_ports_of(self, urls: Iterable[str]) -> None: ...

    async def fetch(self, request: Request) -> Fetched:
        return Fetched.of(request, _NOTHING_ASKED, request.url, self._clock())
