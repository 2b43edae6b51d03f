"""Where several watches ask for the same, a daemon that does the work itself visits them together, as a worker does:
all rows of the group that are free are claimed by one holder, due or not, and each is settled with its run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from monitor.crawl.visit_groups import asked_by
from monitor.daemon.generation import DaemonApp, Generation
from monitor.daemon.progress import PASS_WITHIN_S
from monitor.daemon.queue.claimed import Claimed, Lease, VisitedMember, VisitedMembers, has_another_time, visit_claimed
from monitor.daemon.selfwatch import cut_off_if_it_stands
from monitor.daemon.timekeeping import Clocks
from monitor.daemon.visits import Visits
from monitor.errors import MonitorError, NewerStore
from monitor.model.progress import Loop
from monitor.model.run import Run
from monitor.model.watch import Watch
from monitor.pipeline.surviving import surviving
from monitor.pipeline.visiting import VISIT_HELD_AGAIN_S, VISIT_HELD_FOR, Visit, holder_here, let_go_of_the_dead
from monitor.ports import Store
from monitor.run_names import in_run


@dataclass(frozen=True, slots=True)
class Together:
    """group_of: what watches have in common that are visited as one. visit: for the holder that claimed their rows;
    with whether their last look got no answer (`scan.run_watch`)."""

    group_of: Callable[[DaemonApp, Watch], str]
    visit: Callable[[DaemonApp, bool, Sequence[Watch], str], Awaitable[VisitedMembers]]


@dataclass(frozen=True, slots=True)
class StoppedMember:
    watch: Watch
    why_not: Exception
    run: Run | None = None


class VisitsTogether(Visits):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._together: Together | None = None  # None: each by itself
        self._alike_of: tuple[object, object] = (None, None)  # the watches and settings that `_alike` was made from
        self._alike: dict[str, tuple[Watch, ...]] = {}

    # -- who is visited together

    def _mates(self, name: str) -> Sequence[Watch]:
        """Itself among them, in the order of the watchlists. As it is just now: a log-in may have been saved."""
        now, together = self._now, self._together
        watch = now.watches.get(name)
        if watch is None or together is None:
            return () if watch is None else (watch,)
        alike = self._alike_to(now).get(name, ())
        if len(alike) < 2:
            return (watch,)
        try:
            group = together.group_of(now.app, watch)
            return [one for one in alike if one is watch or together.group_of(now.app, one) == group]
        except MonitorError:  # of the store: told where it is needed
            return (watch,)

    def _alike_to(self, now: Generation) -> dict[str, tuple[Watch, ...]]:
        """By what stands in the files alone, which is most of it: worked out once for each reading of them."""
        settings = now.app.settings
        if self._alike_of[0] is not now.watches or self._alike_of[1] is not settings:
            found = dict[bytes, list[Watch]]()
            for watch in now.watches.values():
                if (asked := asked_by(watch, settings, has_login=False)) is not None:
                    found.setdefault(asked, []).append(watch)
            self._alike = {one.name: tuple(alike) for alike in found.values() if len(alike) > 1 for one in alike}
            self._alike_of = (now.watches, settings)
        return self._alike

    # -- looking

    async def _look_in_turn(self, name: str) -> bool:
        mates = self._mates(name)
        free = [one for one in mates if one.name not in self._visiting and self._may_look(one.name)]
        if len(free) < 2 or name not in {one.name for one in free}:
            return await super()._look_in_turn(name)
        with in_run(self._run_name(name)):
            return await self._look_together(mates, free)

    def _may_look(self, name: str) -> bool:
        return name not in self._over_quota and not self._is_refused(name)

    async def _look_together(self, mates: Sequence[Watch], free: Sequence[Watch]) -> bool:
        """As `_look`, for all of them."""
        now, places = self._now, {one.name: self._place(one) for one in free}
        self._visiting.update(places)
        members: Sequence[VisitedMember] = ()
        try:
            async with self._slots:
                if self._stopping:
                    return False
                with self._in_hand(now):
                    members = await self._visit_together(now, mates, free)
                    await self._owe_together(mates, members)
        except NewerStore as error:
            self._end_outgrown(error)
            return False
        except Exception as error:  # nothing was claimed
            members = [StoppedMember(one, error) for one in free]
        finally:
            self._note_members(members, places)
            self._out_of_hand(free)
        return bool(members)

    async def _visit_together(
        self, now: Generation, mates: Sequence[Watch], free: Sequence[Watch]
    ) -> Sequence[VisitedMember]:
        app, holder = now.app, holder_here()
        visits = {one.name: Visit(one, app.settings, app.store, app.clock, holder) for one in free}
        claimed = self._claim(now, visits, holder)
        if not claimed.watches or self._together is None:
            return ()  # another process is at them, and says when they are to be looked at next

        def hold() -> bool:
            """Whatever comes of it: a single look goes on too, and where others could have it the fence stands."""
            for watch in claimed.watches:
                with surviving("visit"):
                    visits[watch.name].hold()
            return True

        lease = Lease(hold, VISIT_HELD_FOR.total_seconds(), VISIT_HELD_AGAIN_S, is_settled=bool)
        again = any(one.name in self._owed.names for one in mates)
        try:
            with cut_off_if_it_stands(Loop.VISITS, "visit", PASS_WITHIN_S):
                return await visit_claimed(claimed, lease, partial(self._together.visit, app, again))
        except NewerStore:
            raise
        except Exception as error:
            return [StoppedMember(one, error) for one in claimed.watches if not _is_settled(one, claimed, app.store)]
        finally:
            with surviving("visit"):
                app.store.visits.let_go_all(holder)  # what is settled is out of its hands already

    def _claim(self, now: Generation, visits: dict[str, Visit], holder: str) -> Claimed:
        store = now.app.store
        let_go_of_the_dead(store)
        with store.transaction():
            had = [now.watches[name] for name, visit in visits.items() if visit.is_had()]
            rows = [store.visits.get(one.case, one.name) for one in had]
        return Claimed(holder, tuple(row for row in rows if row is not None), tuple(had))

    # -- what came of it

    async def _owe_together(self, mates: Sequence[Watch], members: Sequence[VisitedMember]) -> None:
        """They are one place, which is silent or not: the first of them stands for all."""
        run = next((one.run for one in members if one.run is not None), None)
        if run is None:
            return
        for one in mates[1:]:
            self._owed.drop(one.name)
        with surviving("owed"):
            await self._look_again(mates[0].name, run)

    def _owe(self, name: str, at: datetime) -> None:
        for one in self._mates(name):
            super()._owe(one.name, at)

    def _note_members(self, members: Sequence[VisitedMember], places: dict[str, int]) -> None:
        for one in members:
            place = places[one.watch.name]
            if isinstance(one.why_not, NewerStore):
                self._end_outgrown(one.why_not)
            elif one.why_not is not None:
                self._note_stopped(one.watch, place, one.why_not)
            elif one.run is not None:
                self._note_looked(one.watch, place, one.run)


def _is_settled(watch: Watch, claimed: Claimed, store: Store) -> bool:
    """Of a visit that was cut off: whether this one had its run by then, and with it its next time."""
    with suppress(MonitorError):
        was = {(row.case, row.watch): row for row in claimed.rows}.get((watch.case, watch.name))
        return was is not None and has_another_time(was, store)
    return False
