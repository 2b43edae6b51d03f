"""Whose turn it is to look at a watch: its row is claimed before a look, held while it goes on, and settled with its
next time in the transaction that keeps the run. So two processes never look beside each other, and a look that was
killed is made by the next one: at once on this machine, elsewhere once the hold has run out.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts.zone import zone_of
from monitor.errors import BeingLookedAt, LeaseLost, StoreAway, StoreBusy
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit, VisitCount
from monitor.model.watch import Watch
from monitor.pipeline.next_visits import Ended, next_after
from monitor.pipeline.surviving import surviving
from monitor.ports import Store
from monitor.processes import has_ended, mark_of_process
from monitor.run_names import current_run, in_run
from monitor.tracking.due import at_start

VISIT_HELD_FOR = timedelta(minutes=2)
FURTHEST_VISIT = 2 * VISIT_HELD_FOR  # for longer nobody holds anything: it was noted by a clock that stood wrong
VISIT_HELD_AGAIN_S = 30.0
_NOT_SAVED = (LeaseLost, StoreAway, StoreBusy)  # where several hold rows: another worker saves it maybe


class Visit:
    """One look, whose holder is nobody else's."""

    def __init__(
        self, watch: Watch, settings: Settings, store: Store, clock: Callable[[], datetime], held_by: str = ""
    ) -> None:
        self._watch, self._store, self._clock = watch, store, clock
        self._zone = zone_of(settings.visits_timezone)
        self._adapt_requests = settings.crawl.adapt_requests
        self._holder = held_by or holder_here()
        self._began = clock()
        self.settled = False

    def claim(self) -> None:
        """Raises BeingLookedAt."""
        let_go_of_the_dead(self._store)
        if not self.is_had():
            raise BeingLookedAt(
                f"{self._watch.name!r} is being looked at just now",
                remedy="`reupload-monitor status` tells what came of it, in a few minutes. Then ask again, if need be.",
            )

    def is_had(self) -> bool:
        """Claims it, unless somebody has it who lives, or may live elsewhere."""
        watch, store, now = self._watch, self._store, self._began
        planned = at_start(None, watch, store.runs.last_look(watch.case, watch.name), now, self._zone)
        mine = replace(planned, held_by=self._holder)
        return store.visits.claim(mine, now + VISIT_HELD_FOR, now, furthest=now + FURTHEST_VISIT)

    async def hold_on(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(VISIT_HELD_AGAIN_S)
            with surviving("visit"):  # a store that is busy: there are three more tries before the hold runs out
                self.hold()

    def hold(self) -> None:
        watch = self._watch
        self._store.visits.hold(watch.case, watch.name, self._holder, self._clock() + VISIT_HELD_FOR)

    def settle(self, run: Run | None, count: VisitCount | None = None) -> None:
        """With its next time, out of this hand. In the transaction that keeps what came of it: both or neither. run:
        None where the look did not take place; count: what it says of the place."""
        watch, store = self._watch, self._store
        row = store.visits.get(watch.case, watch.name)
        if row is not None and row.held_by == self._holder:
            now = self._clock()
            began = min(self._began, now)  # the clock may have been set back meanwhile
            chance = random.random()  # noqa: S311
            ended = Ended(watch, run, count, began, now, self._zone, chance, self._adapt_requests)
            store.visits.settle(next_after(row, ended, store), self._holder)
        self.settled = True

    def let_go(self) -> None:
        """It stays due."""
        self._store.visits.let_go(self._watch.case, self._watch.name, self._holder)


def holder_here() -> str:
    """By whom something is held from now on: in this process, and nobody else's."""
    return f"{secrets.token_hex(8)} {mark_of_process()}"


def let_go_of_the_dead(store: Store) -> None:
    """What a process held that was killed on this machine waits for no hold to run out."""
    for row in store.visits.held():
        if has_ended(row.held_by.partition(" ")[2]):
            store.visits.let_go(row.case, row.watch, row.held_by)


def run_name_of(row: DueVisit | None, store: Store) -> str:
    """'' where nothing is known of it."""
    return store.run_name(row.grp or f"{row.case} {row.watch}", row.at) if row is not None else ""


@asynccontextmanager
async def visiting(
    watch: Watch, settings: Settings, store: Store, clock: Callable[[], datetime], *, held_by: str = ""
) -> AsyncIterator[Visit]:
    """For one look. Raises BeingLookedAt. Where the look did not take place its next one comes in its rhythm; one that
    was cut off from outside stays due. held_by: who has claimed its row already, with others maybe, and holds on to
    it."""
    visit = Visit(watch, settings, store, clock, held_by)
    async with _holding(visit) if not held_by else nullcontext():
        with in_run(current_run() or run_name_of(store.visits.get(watch.case, watch.name), store)):
            async with _settling(visit, stays_due=_NOT_SAVED if held_by else ()):
                yield visit


@asynccontextmanager
async def _holding(visit: Visit) -> AsyncIterator[None]:
    visit.claim()
    holding = asyncio.create_task(visit.hold_on())
    try:
        yield
    finally:
        holding.cancel()
        with suppress(asyncio.CancelledError):
            await holding


@asynccontextmanager
async def _settling(visit: Visit, stays_due: tuple[type[Exception], ...]) -> AsyncIterator[None]:
    """stays_due: after which it is made again at once."""
    try:
        yield
        if not visit.settled:  # nothing of it was to be kept
            visit.settle(None)
    except Exception as error:
        with surviving("visit"):
            visit.let_go() if isinstance(error, stays_due) else visit.settle(None)
        raise
    except BaseException:
        with surviving("visit"):
            visit.let_go()
        raise
