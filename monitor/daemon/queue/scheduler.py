"""`run`, where a queue is set: it plans, and workers do. One leads; any other stands by until that one is gone.

What is due is put into the queue in lots, no more than the workers can begin within a minute, and what died there is
ended, so that its place is looked at again. All that it knows of this is in the store: whoever leads next goes on.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor import watchlist
from monitor.acting import acting_for_all
from monitor.daemon import schedule
from monitor.daemon.generation import DaemonApp
from monitor.daemon.logs import of_error
from monitor.daemon.queue import JobKind, JobQueue, QueueJob, QueueState
from monitor.daemon.queue.lots import Lots
from monitor.daemon.rounds import DaemonRound, Rounds
from monitor.daemon.service import Service
from monitor.daemon.timekeeping import Leap
from monitor.errors import MonitorError, QueueAway
from monitor.measures import Measure, count_measure, note_measure
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit
from monitor.model.watch import Watch
from monitor.pipeline.adapting_visits import bring_forward, hold_back
from monitor.pipeline.last_good import dump_watches
from monitor.pipeline.surviving import surviving
from monitor.pipeline.vault_keeping import IN_WORK
from monitor.store.engine import in_lots
from monitor.tracking.due import at_start
from monitor.tracking.next_look import FURTHEST_LOOK, WATCHED_FOR

log = logging.getLogger(__name__)

QUEUE_EVERY_S = 5  # a worker that died is noticed within this, after its hold ran out
AGAIN_AT_ONCE_S = 1  # where more is due than may be put now
STANDS_BY_EVERY_S = 2.0
PLANNED_AT_ONCE = 100  # in one transaction, which all others wait for
UNLISTED_EVERY_S = 3600
ALWAYS = frozenset({"queue", "rest", "zone", "files", "reach"})  # rounds of one that does not lead


class Scheduling(Service):
    """queue: given once and for all, whatever is read anew."""

    def __init__(
        self, settings: Settings, *, queue: JobQueue, group_of: Callable[[DaemonApp, Watch], str], **as_service: Any
    ) -> None:
        super().__init__(settings, **as_service)
        self._queue, self._group_of, self._lots = queue, group_of, Lots()
        self._leads, self._told_away = False, False
        self._has_led = False
        self._unlisted_at = self._clocks.awake()
        self.state = QueueState()

    async def _serve(self) -> None:
        with acting_for_all():
            try:
                if await self._leads_in_the_end():
                    await super()._serve()
            finally:
                await self._queue.aclose()

    async def _leads_in_the_end(self) -> bool:
        """False: told to end before."""
        stands_by = False
        async with AsyncExitStack() as closing:
            while True:
                self._leads = await self._takes_lead()
                if self._leads:
                    log.info("this scheduler leads", extra={"action": "leads"})
                    self._has_led = True
                    return True
                if not stands_by:
                    stands_by = True
                    self._notifier.ready()
                    aloud = "Another scheduler is at work. This one stands by, and goes on where that one ends."
                    log.info("this scheduler stands by", extra={"action": "stands_by", "aloud": aloud})
                    await self._answer_meanwhile(closing)
                try:
                    async with asyncio.timeout(STANDS_BY_EVERY_S):
                        while await self._signals.get() is signal.SIGHUP:
                            pass
                    return False
                except TimeoutError:
                    continue

    async def _answer_meanwhile(self, closing: AsyncExitStack) -> None:
        """Whoever looks after the machines has to see that one that stands by is there."""
        if not self._first.monitoring.metrics:
            return
        try:
            app = await closing.enter_async_context(self._open_app(self._first))
        except MonitorError as error:
            log.error("no counts are told while it stands by", extra={"action": "metrics"} | of_error(error))
            return
        closing.push_async_callback(self._shut_door)
        await self._keep_door_of(app)

    def _watched(self) -> Sequence[Watch]:
        return super()._watched() if self._has_led else ()

    async def _takes_lead(self) -> bool:
        """Raises QueueMisfit."""
        try:
            leads = await self._queue.take()
        except QueueAway as error:
            if not self._told_away:
                said = {"action": "queue_away"} | of_error(error)
                log.error("the queue does not answer: no work is given out until it does", extra=said)
            self._told_away = True
            return False
        if self._told_away:
            self._told_away = False
            log.warning("the queue answers again", extra={"action": "queue_back"})
        return leads

    # -- rounds

    def _rounds(self) -> tuple[DaemonRound, ...]:
        return (("queue", QUEUE_EVERY_S, 0, self._look_after_queue), *super()._rounds())

    async def _round(self, name: str, work: Callable[[], Coroutine[Any, Any, object | None]], *more: Any) -> None:
        if self._leads or name in ALWAYS:
            await super()._round(name, work, *more)

    async def _look_after_queue(self) -> None:
        led, self._leads = self._leads, await self._takes_lead()
        if self._leads and not led:
            log.warning("this scheduler leads again", extra={"action": "leads"})
            self._schedule_watches(list(self._now.watches))
        if not self._leads:
            return
        store, now = self._now.app.store, self._now.app.clock()
        try:
            swept = await self._queue.sweep(store.visits.held_groups(now))
        except QueueAway:
            self._leads = False
            return
        count_measure(Measure.SWEEPS)
        for group in swept.groups:
            store.visits.take_away(group, now)
        if swept:
            count_measure(Measure.SWEPT, swept.dead + swept.late + swept.idle)
            said = {"action": "swept", "dead": swept.dead, "late": swept.late, "idle": swept.idle}
            log.warning("jobs were ended whose workers are gone: they are done again", extra=said)
            self._wake(self._clocks.wall(), AGAIN_AT_ONCE_S)

    async def _put(self, kind: JobKind, ids: Collection[str]) -> int:
        try:
            return await self._queue.put([QueueJob(kind, one) for one in sorted(ids)])
        except QueueAway:
            self._leads = False
            return 0

    async def _take_captures(self) -> None:
        app, now = self._now.app, self._now.app.clock()
        if schedule.is_open(now, self._zone, app.settings.crawl):
            cases = app.store.captures.cases_due(now)
            if self._clocks.awake() >= self._unlisted_at:
                self._unlisted_at = self._clocks.awake() + UNLISTED_EVERY_S
                cases |= app.store.captures.cases_without_manifest(now - IN_WORK)
            await self._put(JobKind.CAPTURES, cases)

    async def _recheck(self) -> None:
        app, now = self._now.app, self._now.app.clock()
        if schedule.is_open(now, self._zone, app.settings.crawl):
            due = app.store.rechecks.cases_due(now, furthest=now + FURTHEST_LOOK, removed_since=now - WATCHED_FOR)
            await self._put(JobKind.RECHECKS, due)

    async def _send_alerts(self, *, urgent: bool) -> object | None:
        if urgent:  # one round for both lanes, which the worker has beside each other
            await self._put(JobKind.ALERTS, self._now.app.store.alerts.cases_due(self._now.app.clock()))
        return None

    # -- visits

    def _take_in(self, loaded: watchlist.WatchlistLoad, settings: Settings) -> dict[str, Watch]:
        """Written down for the workers, which have no watchlists."""
        watches = super()._take_in(loaded, settings)
        store, now = self._now.app.store, self._now.app.clock()
        kept = store.kept_watches.all()
        texts = ((watch, dump_watches((watch,))) for watch in watches.values())
        changed = ((watch, text) for watch, text in texts if kept.get((watch.case, watch.name)) != text)
        for lot in in_lots(changed, PLANNED_AT_ONCE):  # to be saved one by one costs a disk's write each
            with store.transaction():
                for watch, text in lot:
                    store.kept_watches.save(watch.case, watch.name, text, now)
        return watches

    def _schedule_watches(self, names: Sequence[str]) -> None:  # type: ignore[override]
        """As without a queue, but that nothing is spread: what is overdue goes out as fast as the workers take it, and
        a scheduler that follows another puts nothing off."""
        self._unplanned.update(names)
        store, now = self._now.app.store, self._now.app.clock()
        with surviving("plan_visits"):
            rows = {(row.case, row.watch): row for row in store.visits.all()}
            fresh = self._unplanned - self._over_quota
            meant = [watch for name, watch in self._now.watches.items() if name in fresh]
            for lot in in_lots(meant, PLANNED_AT_ONCE):
                changed = [(watch, rows.get((watch.case, watch.name))) for watch in lot]
                planned = [(self._planned(watch, row, store, now), row) for watch, row in changed]
                with store.transaction():
                    for one, row in planned:
                        if one != row:
                            store.visits.plan(one)
                self._unplanned.difference_update(watch.name for watch in lot)
            self._unplanned.clear()
            for row in rows.values():
                if self._watch_of(row) is None:
                    store.visits.drop(row.case, row.watch)
        with surviving("bring_forward"):
            bring_forward(store, self._now.app.settings.crawl.adapt_requests, self._zone, now)
        self._wake()

    def _planned(self, watch: Watch, row: DueVisit | None, store: Any, now: datetime) -> DueVisit:
        last = store.runs.last_look(watch.case, watch.name) if row is None else None
        planned = at_start(row, watch, last, now, self._zone)
        if row is not None and planned.rhythm != row.rhythm:
            planned = at_start(row, watch, store.runs.last_look(watch.case, watch.name), now, self._zone)
        return replace(planned, grp=self._group_of(self._now.app, watch))

    async def _take_up_due(self) -> None:
        """Into the queue, as far as the workers get on."""
        if self._unplanned:
            self._schedule_watches(())
        app, now = self._now.app, self._now.app.clock()
        opens = schedule.next_opening(now, self._zone, app.settings.crawl)
        if opens is not None:
            return self._wake(self._clocks.wall(), (opens - now) / timedelta(seconds=1))
        with surviving("hold_back"):
            hold_back(app.store, app.settings.crawl.adapt_requests, self._zone, now)
        is_more_due = await self._put_visits(now)
        self._wake(self._clocks.wall(), AGAIN_AT_ONCE_S if is_more_due else None)

    async def _put_visits(self, now: datetime) -> bool:
        """Whether more is due than could be put."""
        try:
            self.state = state = await self._queue.state()
            standing = state.waiting | state.in_hand
            waiting, in_hand = (_visits(locks) for locks in (state.waiting, state.in_hand))
            room = self._lots.room(waiting, in_hand, state.workers, self._clocks.awake())
            note_measure(Measure.QUEUE_WAITING, len(state.waiting))
            note_measure(Measure.QUEUE_OLDEST, state.oldest_s)
            note_measure(Measure.QUEUE_WORKERS, state.workers)
            due = self._now.app.store.visits.due_groups(now, room + len(standing) + 1)
            jobs = {QueueJob(JobKind.VISIT, group): at for group, at in due}
            fresh = [job for job in jobs if job.lock not in standing]
            if fresh and room:
                self._lots.put(await self._queue.put(fresh[:room]))
                self._note_put({job: jobs[job] for job in fresh[:room]})
        except QueueAway:
            self._leads = False
            return False
        return len(fresh) > room and state.workers > 0

    def _note_put(self, jobs: Mapping[QueueJob, datetime]) -> None:
        """Under the name that the visit has in the worker's journal."""
        if log.isEnabledFor(logging.DEBUG):
            for job, at in jobs.items():
                name = self._now.app.store.run_name(job.id, at)
                log.debug("a visit is given out", extra={"action": "job_put", "run": name})

    def _plan_anew(self, leap: Leap) -> None:
        """Rows are by the database's time: this machine's clock moves none of them."""
        Rounds._plan_anew(self, leap)

    async def _look(self, name: str) -> bool:
        """What a page wished: it is due at once. False: that it was made is seen by its run."""
        watch, store, now = self._now.watches.get(name), self._now.app.store, self._now.app.clock()
        if watch is None:
            return False
        with store.transaction():
            row = store.visits.get(watch.case, name)
            if row is not None and row.at > now:
                store.visits.plan(replace(row, at=now))
        self._wake(self._clocks.wall(), 0)
        return False


def _visits(locks: Collection[str]) -> int:
    return sum(lock.startswith(f"{JobKind.VISIT}:") for lock in locks)
