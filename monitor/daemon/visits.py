"""When each watch is visited by the running daemon, and what a visit that failed leaves behind."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from monitor import memory
from monitor.daemon import schedule
from monitor.daemon.generation import Working
from monitor.daemon.logs import of_error
from monitor.daemon.owed import OwedLooks
from monitor.daemon.progress import PASS_WITHIN_S
from monitor.daemon.selfwatch import cut_off_if_it_stands
from monitor.daemon.stopped_looks import note_stopped
from monitor.daemon.timekeeping import Clocks, Leap
from monitor.errors import BeingLookedAt, MonitorError, NewerStore
from monitor.model.observation import RunStatus
from monitor.model.progress import Loop
from monitor.model.run import Run
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Watch
from monitor.pipeline.adapting_visits import bring_forward, hold_back
from monitor.pipeline.next_visits import Ended, next_after
from monitor.pipeline.surviving import surviving
from monitor.pipeline.visiting import FURTHEST_VISIT, let_go_of_the_dead, run_name_of
from monitor.plain import several
from monitor.ports import Store
from monitor.run_names import in_run
from monitor.tracking.due import adapt_of, at_start, caught_up, owed

log = logging.getLogger(__name__)

WATCHES_AT_ONCE = 4  # pages are slow and machines small; hosts are paced by themselves
REFUSED_FOR_S = 60.0  # what failed before it was claimed, a store without room say, is still due: not in a rush


class Visits(Working):
    """What is due stands in the store, a row for each watch (`monitor.ports.visits`), and nowhere else: the scheduler
    wakes when the soonest row is due, and every few seconds, since other processes plan and look too."""

    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._slots = asyncio.Semaphore(WATCHES_AT_ONCE)
        self._visiting: set[str] = set()
        self._looks: set[asyncio.Task[bool]] = set()
        self._owed = OwedLooks()
        self._network = ""  # as it was when a look was owed first
        self._asking_network: asyncio.Task[None] | None = None
        self._unplanned: set[str] = set()  # the store took no row for them yet
        self._refused_at: dict[str, float] = {}  # when it took no claim for them, by the clock that nobody sets

    # -- rows

    def _schedule_watches(self, names: Iterable[str]) -> None:
        """At a start, and whenever watches are read anew. What became due while nobody looked is visited once, one
        watch after the other; the rest keeps its time."""
        self._unplanned.update(names)
        store, now, due = self._now.app.store, self._clocks.wall(), list[tuple[DueVisit, datetime | None]]()
        with surviving("plan_visits"), store.transaction():
            for name, watch in self._now.watches.items():
                if name not in self._unplanned or name in self._over_quota:
                    continue
                last, row = store.runs.last_look(watch.case, name), store.visits.get(watch.case, name)
                planned = at_start(row, watch, last, now, self._zone)
                if planned.at <= now:
                    due.append((planned, last))
                elif planned != row:
                    store.visits.plan(planned)
            for (planned, last), at in zip(due, schedule.spread(len(due), now), strict=True):
                store.visits.plan(caught_up(planned, at, last))
            self._drop_strangers(store)
            self._unplanned.clear()
        with surviving("bring_forward"):
            bring_forward(store, self._now.app.settings.crawl.adapt_requests, self._zone, now)
        self._wake()

    def _drop_strangers(self, store: Store) -> None:
        """Rows of watches that are not there any more, or paused, or beyond the quota of their case."""
        for row in store.visits.all():
            if self._watch_of(row) is None:
                store.visits.drop(row.case, row.watch)

    def _hold_to_quota(self) -> None:
        """What its case may have no more of has no row; what it may have again gets one."""
        before = self._over_quota
        super()._hold_to_quota()
        if before != self._over_quota:
            log.info("watches are held to a quota", extra={"action": "quota", "watches": len(self._over_quota)})
            self._schedule_watches(before - self._over_quota)

    def _watch_of(self, row: DueVisit) -> Watch | None:
        watch = self._now.watches.get(row.watch) if row.watch not in self._over_quota else None
        return watch if watch is not None and watch.case == row.case else None

    def _unschedule(self, name: str) -> None:
        """Its row goes with the next reading of the rows, which is at once."""
        self._owed.drop(name)
        self._unplanned.discard(name)

    async def _take_up_due(self) -> None:
        """By the rows."""
        if self._unplanned:
            self._schedule_watches(())
        store, now, awake = self._now.app.store, self._clocks.wall(), self._clocks.awake()
        nothing_at = store.writings()
        let_go_of_the_dead(store)
        due = self._due(store, now)
        for row in due:
            watch = self._watch_of(row)
            if watch is not None and row.watch not in self._visiting and not self._is_refused(row.watch):
                self._visit(row)
        if due or self._unplanned or store.visits.held():
            return self._wake(now)
        self._wake(now, max(schedule.UNTIL_WRITTEN_S, schedule.VISITS_EVERY_S))
        self._at_rest[schedule.ROUND_OF_VISITS] = (nothing_at, awake + schedule.VISITS_EVERY_S)

    def _due(self, store: Store, now: datetime) -> Sequence[DueVisit]:
        """Of those that adapt, the ones that go first, as far as their budget lasts."""
        due = store.visits.due(now, furthest=now + FURTHEST_VISIT)
        if any(adapt_of(row.rhythm) is not None for row in due):
            with surviving("hold_back"):
                hold_back(store, self._now.app.settings.crawl.adapt_requests, self._zone, now)
            due = store.visits.due(now, furthest=now + FURTHEST_VISIT)
        return due

    def _wake(self, looked_at: datetime | None = None, latest_s: float | None = None) -> None:
        """At the soonest row after the rows were looked at, and no later than in a few seconds. Whoever has not looked
        at them puts nothing off: a row may have fallen due just now."""
        job, now = self._scheduler.get_job(f"round:{schedule.ROUND_OF_VISITS}"), looked_at or self._clocks.wall()
        if job is None or self._stopping:
            return
        with surviving("wake"):
            soonest = self._now.app.store.visits.soonest(now)
            at = now + timedelta(seconds=latest_s or schedule.VISITS_EVERY_S)
            at = at if soonest is None else min(soonest, at)
            if looked_at is None and job.next_run_time is not None:
                at = min(job.next_run_time, at)
            job.modify(next_run_time=at)

    def _is_refused(self, name: str) -> bool:
        at = self._refused_at.get(name)
        return at is not None and self._clocks.awake() - at < REFUSED_FOR_S

    # -- what moves them

    def _look_around(self) -> None:
        """What is owed is looked at as soon as something changed about this machine's network."""
        super()._look_around()
        if self._owed.names and (self._asking_network is None or self._asking_network.done()):
            self._asking_network = asyncio.get_running_loop().create_task(self._look_at_network())

    async def _look_at_network(self) -> None:
        with surviving("owed"):
            state = await self._now.app.network_state()
            if state in ("", self._network) or self._stopping:  # '': it cannot be known just now
                return
            self._network = state
            names = [name for name in self._owed.names if name not in self._visiting]
            for name, at in zip(names, schedule.spread(len(names), self._clocks.wall()), strict=True):
                self._owe(name, at)

    async def _look_again(self, name: str, run: Run) -> None:
        """What this machine's own network kept from being looked at: in growing gaps, no later than its schedule."""
        nothing_owed, now = not self._owed.names, self._clocks.wall()
        again = self._owed.noted(name, run)
        if again and nothing_owed:
            self._network = await self._now.app.network_state()
        for other, gap in again.items():
            self._owe(other, now + gap)

    def _owe(self, name: str, at: datetime) -> None:
        watch, store = self._now.watches.get(name), self._now.app.store
        if watch is None:
            return
        with store.transaction():
            row = store.visits.get(watch.case, name)
            if row is not None and (row.why is VisitReason.OWED or row.at > at):
                store.visits.plan(owed(row, at))

    def _plan_anew(self, leap: Leap) -> None:
        super()._plan_anew(leap)
        if leap.slept:
            self._owed.woke()
        store, due = self._now.app.store, list[DueVisit]()
        with surviving("plan_visits"), store.transaction():
            store.visits.clock_moved(leap.by + leap.slept)
            for row in store.visits.all():
                watch = self._watch_of(row)
                if watch is None:
                    continue
                planned = schedule.after_leap(row, watch, leap, self._zone)
                if planned.at > leap.now or row.watch in self._visiting:
                    store.visits.plan(planned)
                else:
                    due.append(planned)
            due.sort(key=lambda row: row.at)
            for row, at in zip(due, schedule.spread(len(due), leap.now), strict=True):
                store.visits.plan(replace(row, at=at, beat=at, why=VisitReason.MISSED))
        self._wake()

    # -- looking

    def _visit(self, row: DueVisit) -> None:
        """What a row that is due comes to."""
        app = self._now.app
        wait_until = schedule.next_opening(app.clock(), self._zone, app.settings.crawl)
        if wait_until is None:
            look = asyncio.create_task(self._look_in_turn(row.watch))
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)
            return
        at = wait_until + schedule.GAP * (hash(row.watch) % 90)  # not all on the hour; within half an hour
        with surviving("hours"):
            app.store.visits.plan(replace(row, at=at, beat=at, why=VisitReason.HOURS))

    async def _look_in_turn(self, name: str) -> bool:
        """When its row is due."""
        return await self._look(name)

    async def _look(self, name: str) -> bool:
        """One pass over one watch, whatever the hour. False: it did not take place. An error of any kind ends this
        pass, not the daemon."""
        with in_run(self._run_name(name)):
            return await self._look_in_run(name)

    def _run_name(self, name: str) -> str:
        watch, store = self._now.watches.get(name), self._now.app.store
        try:
            return run_name_of(store.visits.get(watch.case, name), store) if watch is not None else ""
        except MonitorError:  # of the store: told where it is needed
            return ""

    async def _look_in_run(self, name: str) -> bool:
        now, watch = self._now, self._now.watches.get(name)
        if watch is None or name in self._visiting:
            return False
        place = self._place(watch)
        self._visiting.add(name)
        try:
            async with self._slots:
                if self._stopping:
                    return False
                with self._in_hand(now), cut_off_if_it_stands(Loop.VISITS, "visit", PASS_WITHIN_S):
                    again = {"again": True} if name in self._owed.names else {}
                    run = await now.app.run_watch(watch, **again)
        except NewerStore as error:
            self._end_outgrown(error)
            return False
        except BeingLookedAt:
            return False  # by another process, which says when it is to be looked at next
        except Exception as error:
            self._note_stopped(watch, place, error)
        else:
            with surviving("owed"):
                await self._look_again(name, run)
            self._note_looked(watch, place, run)
        finally:
            self._out_of_hand([watch])
        return True

    def _place(self, watch: Watch) -> int:
        """Names may say whom they are about: the journal gets a number."""
        return 1 + list(self._now.watches).index(watch.name)

    def _out_of_hand(self, watches: Sequence[Watch]) -> None:
        self._visiting.difference_update(watch.name for watch in watches)
        memory.give_back()
        # Read anew meanwhile: its next time is by the old one.
        changed = [one.name for one in watches if self._now.watches.get(one.name) not in (None, one)]
        if changed:
            self._schedule_watches(changed)
        self._wake()

    def _note_looked(self, watch: Watch, place: int, run: Run) -> None:
        self._refused_at.pop(watch.name, None)
        level = logging.WARNING if run.status is RunStatus.FAILED else logging.INFO
        said = {"action": "watch_done", "watch": place, "aloud": _in_words(run), **_figures(run)}
        log.log(level, "watch looked at", extra=said)

    def _note_stopped(self, watch: Watch, place: int, error: Exception) -> None:
        self._refused_at[watch.name] = self._clocks.awake()
        self._note_refused(error)
        if isinstance(error, MonitorError):
            aloud = f'Could not look at "{watch.name}": {error}. {error.remedy}'
            said: dict[str, object] = {"action": "watch_failed", "watch": place, "aloud": aloud} | of_error(error)
            log.warning(
                "watch could not be looked at: `watch check` or `status` says why", extra=said | of_error(error)
            )
        else:
            said = {"action": "watch_fault", "watch": place}
            log.error("watch ended by a fault of the program", exc_info=error, extra=said)
        try:
            app = self._now.app
            self._pass_over(watch, app.store, app.clock())
            note_stopped(watch, error, app.store, app.clock())
        except MonitorError as trouble:  # the store itself, most likely: that was the error
            log.warning("which could not be noted", extra={"action": "note_failed"} | of_error(trouble))

    def _pass_over(self, watch: Watch, store: Store, now: datetime) -> None:
        """What was cut off since it stood still is due as before: it has its next time, like what failed by itself."""
        with store.transaction():
            row = store.visits.get(watch.case, watch.name)
            if row is not None and row.at <= now and not row.held_by:
                chance, budget = random.random(), self._now.app.settings.crawl.adapt_requests  # noqa: S311
                ended = Ended(watch, None, None, now, now, self._zone, chance, budget)
                store.visits.plan(next_after(row, ended, store))


def _in_words(run: Run) -> str:
    """For the person at a terminal."""
    if run.status is RunStatus.FAILED:
        why = run.errors[0].message if run.errors else "nothing could be seen"
        return f'Could not look at "{run.watch}": {why}. More: reupload-monitor status'
    finds = several(run.new_sightings, "new find", "new finds") if run.new_sightings else "nothing new"
    seen = f"{several(run.pages, 'page', 'pages')}, {several(run.images, 'picture', 'pictures')}, {finds}"
    partly = "" if run.status is RunStatus.OK else " Not all could be seen: reupload-monitor status"
    return f'Looked at "{run.watch}": {seen}.{partly}'


def _figures(run: Run) -> dict[str, object]:
    return {
        "status": run.status.value,
        "pages": run.pages,
        "images": run.images,
        "new_sightings": run.new_sightings,
        "errors": len(run.errors),
    }
