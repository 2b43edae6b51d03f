"""What a page wishes: looked for every few seconds, taken up by one daemon alone, and told when it is done.

A wish is *claimed* by compare-and-set and held for two minutes at a time; as long as the work goes on each round says
so again. What a daemon was at that was killed is free after that: it is taken up once more, but for a message that may
have gone out already (`tracking.wishes`).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import AbstractContextManager
from datetime import tzinfo

from monitor.acting import acting_for
from monitor.daemon.generation import Generation
from monitor.daemon.logs import of_error
from monitor.daemon.progress import PASS_WITHIN_S
from monitor.daemon.selfwatch import cut_off_if_it_stands
from monitor.daemon.timekeeping import Clocks
from monitor.daemon.visits import Visits
from monitor.errors import MonitorError, NewerStore
from monitor.model.progress import Loop
from monitor.model.wish import Wish, WishEnd, WishKind
from monitor.pipeline.surviving import surviving
from monitor.services.granting import Granting, end_of_look
from monitor.tracking.wishes import WISH_HELD_FOR, Turn, as_it_stands, ended, turn_of

log = logging.getLogger(__name__)

WISHES_AT_ONCE = 4


def _watched() -> AbstractContextManager[object]:
    return cut_off_if_it_stands(Loop.WISHES, "wish", PASS_WITHIN_S)


class Wishing(Visits):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._holder = secrets.token_hex(8)  # two daemons of one store are never one
        self._granting: dict[str, asyncio.Task[None]] = {}
        self._none_open: object = None  # the state of the store in which there was no wish

    def _is_behind(self) -> bool:
        """Whether files were changed that this daemon has not read yet: a place that was just added, say."""
        return False

    async def _grant_wishes(self) -> object | None:
        store, now = self._now.app.store, self._now.app.clock()
        state, found = store.writings(), False
        if state == self._none_open:
            return state
        for case in store.cases.all():
            with acting_for(case.id):
                for wish in store.wishes.open(case.id):
                    found = True
                    if wish.id in self._granting:
                        store.wishes.hold(wish.case, wish.id, self._holder, now + WISH_HELD_FOR)
                    elif (turn := turn_of(wish, now)) is Turn.END:
                        store.wishes.end(as_it_stands(wish, now))
                    elif turn is Turn.TAKE:
                        await self._take_up(wish)
        self._none_open = None if found else state
        return self._none_open

    async def _take_up(self, wish: Wish) -> None:
        store, now = self._now.app.store, self._now.app.clock()
        if self._stopping or len(self._granting) >= WISHES_AT_ONCE:
            return
        if wish.kind is WishKind.LOOK and wish.about in self._visiting:
            return  # what is being done is what was wished
        if await asyncio.to_thread(self._is_behind):
            return
        if store.wishes.claim(wish, self._holder, now + WISH_HELD_FOR, now):
            claimed = store.wishes.get(wish.case, wish.id)
            if claimed is not None:
                self._granting[wish.id] = asyncio.create_task(self._grant(claimed))

    async def _grant(self, wish: Wish) -> None:
        generation = self._now
        store = generation.app.store
        try:
            with self._in_hand(generation), surviving("wish"), _watched():
                done = await self._granted(wish, generation)
                if done is None:
                    store.wishes.give_back(wish.case, wish.id, self._holder)
                else:
                    store.wishes.end(done)
                    said = {"action": "wish_done", "wish": wish.kind.value, "end": done.end}
                    log.info("what a page wished is done", extra=said)
        finally:
            self._granting.pop(wish.id, None)

    async def _granted(self, wish: Wish, generation: Generation) -> Wish | None:
        """None: it has to wait."""
        clock = generation.app.clock
        try:
            if wish.kind is WishKind.LOOK:
                return await self._looked(wish, generation)
            watches = list(generation.watches.values())
            return await Granting(generation.app.store, clock, generation.app).granted(wish, watches)
        except NewerStore as error:
            self._end_outgrown(error)
            return None
        except MonitorError as error:
            log.warning("what a page wished could not be done", extra={"action": "wish_failed"} | of_error(error))
            return ended(wish, WishEnd.REFUSED, clock(), said=(str(error), error.remedy))
        except Exception:
            log.exception("a wish ended by a fault of the program", extra={"action": "wish_fault"})
            return ended(wish, WishEnd.FAULT, clock())

    async def _looked(self, wish: Wish, generation: Generation) -> Wish | None:
        watch, store = generation.watches.get(wish.about), generation.app.store
        if watch is None or watch.case != wish.case:
            return ended(wish, WishEnd.NOT_WATCHED, generation.app.clock())
        last = store.runs.last(watch.case, watch.name)
        if last is None or last.finished_at < wish.asked_at:
            if not await self._look(watch.name):
                return None
            last = store.runs.last(watch.case, watch.name)
        return end_of_look(wish, last, generation.app.clock())
