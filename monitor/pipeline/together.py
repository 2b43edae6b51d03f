"""One visit for several watches that ask for the same: each runs its own pass, all over one look at the place.

So each finds what it would have found alone, with its own photos, its own decisions and its own record, and the place
is asked as by one of them. `pipeline/shared_look.py` says how one answer is right for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.acting import acting_for
from monitor.crawl.visit_groups import alone, asked_by
from monitor.errors import MonitorError
from monitor.model.ids import CaseId
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visitor import Visitor
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies, InCommon
from monitor.pipeline.for_others import ForOthers
from monitor.pipeline.scan import run_watch
from monitor.pipeline.shared_look import SharedLook
from monitor.pipeline.shared_reading import SharedReading
from monitor.ports import Reader, Store
from monitor.ports.other_cases import OtherCases

log = logging.getLogger(__name__)

PASSES_AT_ONCE = 50  # passes in hand, each with its case's matcher: 2.7 MB where there are fifty photos


def group_of(watch: Watch, settings: Settings, store: Store) -> str:
    """By what a watch's row says with which others it is visited: a keyed hash, which tells nobody of what."""
    has_login = store.logins.get(watch.case, watch.name) is not None
    return store.mark_for_all(asked_by(watch, settings, has_login=has_login) or alone(watch))


@dataclass(frozen=True, slots=True)
class Visited:
    """What came of one member. run: None where its pass did not take place, and then why_not."""

    watch: Watch
    run: Run | None = None
    why_not: Exception | None = None


@dataclass(frozen=True, slots=True)
class VisitedTogether:
    """requests: that went out for all. asked_again: answers that had to be let go of before all had them."""

    members: tuple[Visited, ...]
    requests: int
    asked_again: int = 0


class VisitTogether:
    """One visit. watches: of whichever cases; those that are not to be asked alike get answers of their own.
    dependencies: of a case. group: by which the place knows the visitor again, and nothing else. held_by
    and again: as `run_watch` has them. others: None where only the members' photos are looked for."""

    def __init__(
        self,
        watches: Sequence[Watch],
        dependencies: Callable[[CaseId], Awaitable[Dependencies]],
        reader: Reader,
        store: Store,
        clock: Callable[[], datetime],
        *,
        group: str,
        held_by: str = "",
        again: bool = False,
        others: OtherCases | None = None,
    ) -> None:
        self._watches, self._dependencies, self._held_by, self._again = watches, dependencies, held_by, again
        self._visitor = Visitor.of_group(group)
        cases = {watch.case for watch in watches}
        self._look = SharedLook(
            len(watches),
            self._visitor,
            store.closed_for_all.media,
            clock,
            is_whole=any(_has_never_looked(watch, store) for watch in watches),
            first=clock().toordinal(),
        )
        self._reading = SharedReading(reader, len(watches))
        self._others = ForOthers(others, cases, dependencies) if others is not None else None
        self._room = asyncio.Semaphore(PASSES_AT_ONCE)

    async def run(self) -> VisitedTogether:
        """What goes wrong with one member is that one's, and is in what came of it."""
        try:
            done = await asyncio.gather(*(self._visit(number, watch) for number, watch in enumerate(self._watches)))
        finally:
            await self._look.aclose()
            await self._reading.aclose()
        asked = {"requests": self._look.requests, "asked_again": self._look.asked_again}
        said = {"action": "visited_together", "watches": len(done), **asked}
        log.info("a place was visited for several watches", extra=said)
        return VisitedTogether(tuple(done), self._look.requests, self._look.asked_again)

    async def _visit(self, number: int, watch: Watch) -> Visited:
        async with self._room:
            try:
                with acting_for(watch.case):
                    return Visited(watch, await self._run(number, watch))
            except MonitorError as error:
                return Visited(watch, why_not=error)
            except Exception as error:
                log.exception("a pass was ended by a fault of the program", extra={"action": "visit_fault"})
                return Visited(watch, why_not=error)
            finally:
                self._look.left(number)
                self._reading.left(number)

    async def _run(self, number: int, watch: Watch) -> Run:
        deps = await self._dependencies(watch.case)
        fetcher = self._look.member(number, watch.case, deps.fetcher)
        hear = self._others.hear if self._others is not None else None
        common = InCommon(self._visitor, fetcher.told, pays=len(self._watches) == 1, hear=hear)
        own = replace(deps, fetcher=fetcher, reader=self._reading.member(number), common=common)
        return await run_watch(watch, own, again=self._again, held_by=self._held_by)


def _has_never_looked(watch: Watch, store: Store) -> bool:
    with acting_for(watch.case):
        return store.runs.last_look(watch.case, watch.name) is None
