"""When each watch is visited by the running daemon, and what a visit that failed leaves behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, tzinfo

from monitor.daemon import memory, schedule
from monitor.daemon.generation import Working
from monitor.daemon.logs import of_error
from monitor.daemon.owed import OwedLooks
from monitor.daemon.progress import PASS_WITHIN_S
from monitor.daemon.selfwatch import cut_off_if_it_stands
from monitor.daemon.timekeeping import Clocks, Leap
from monitor.errors import AttestationMissing, MonitorError, NewerStore, WatchlistError
from monitor.model.observation import RunStatus
from monitor.model.progress import Loop
from monitor.model.run import Run
from monitor.model.watch import Cron, Watch
from monitor.outbound import own_network
from monitor.pipeline.runs import save_run, stopped_run
from monitor.plain import several
from monitor.ports import Store

log = logging.getLogger(__name__)

WATCHES_AT_ONCE = 4  # pages are slow and machines small; hosts are paced by themselves


class Visits(Working):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._slots = asyncio.Semaphore(WATCHES_AT_ONCE)
        self._visiting: set[str] = set()
        self._owed = OwedLooks()
        self._network = ""  # as it was when a look was owed first
        self._planned: dict[tuple[str, str], datetime | None] = {}  # as it stands in the store
        self._held: set[str] = set()  # wait for the hours in which visits may be made

    def _schedule_watches(self, names: Sequence[str]) -> None:
        store = self._now.app.store
        watches = [self._now.watches[name] for name in names]
        last = {}
        for watch in watches:
            last[watch.name] = store.runs.last_look(watch.case, watch.name)
            if last[watch.name] is None and isinstance(watch.schedule, Cron):
                last[watch.name] = _known_since(watch, store, self._clocks.wall())
        first = schedule.first_visits(watches, last, self._clocks.wall(), self._zone)
        for watch in watches:
            self._scheduler.add_job(
                self._visit,
                schedule.Times(watch.schedule, self._zone),
                args=(watch.name,),
                id=_job_id(watch.name),
                # One at a time by `_visiting`. What becomes due while APScheduler has not yet heard that the visit
                # before it ended would be passed over until its next time, a day later perhaps.
                max_instances=2,
                name="a watch",  # APScheduler logs it: no name that the person chose
                next_run_time=first[watch.name],
                replace_existing=True,
            )

    def _look_around(self) -> None:
        """What is owed is looked at as soon as something changed about this machine's network."""
        if not self._owed.names:
            return
        state = own_network.state()
        if state == self._network:
            return
        self._network = state
        for name, at in schedule.spread(list(self._owed.names), self._clocks.wall()).items():
            if name not in self._visiting:
                self._at(name, at)

    def _look_again(self, name: str, run: Run) -> None:
        """What this machine's own network kept from being looked at: in growing gaps, no later than its schedule."""
        nothing_owed, now = not self._owed.names, self._clocks.wall()
        again = self._owed.noted(name, run)
        if again and nothing_owed:
            self._network = own_network.state()
        for other, gap in again.items():
            job = self._scheduler.get_job(_job_id(other))
            if job is not None and job.next_run_time is not None and job.next_run_time > now + gap:
                job.modify(next_run_time=now + gap)

    def _plan_anew(self, leap: Leap) -> None:
        super()._plan_anew(leap)
        if leap.slept:
            self._owed.woke()
        due: list[tuple[datetime, str]] = []
        for name, watch in self._now.watches.items():
            job = self._scheduler.get_job(_job_id(name))
            if job is None or job.next_run_time is None:
                continue
            at = leap.now if name in self._held else schedule.after_leap(watch, job.next_run_time, leap, self._zone)
            if at <= leap.now:
                due.append((at, name))
            else:
                job.modify(next_run_time=at)
        for name, at in schedule.spread([name for _, name in sorted(due)], leap.now).items():
            self._at(name, at)

    def _at(self, name: str, at: datetime) -> None:
        job = self._scheduler.get_job(_job_id(name))
        if job is not None:
            job.modify(next_run_time=at)

    async def _note_planned(self) -> None:
        facts = self._now.app.store.watch_facts
        for name, watch in self._now.watches.items():
            job = self._scheduler.get_job(_job_id(name))
            at = job.next_run_time if job is not None else None
            if self._planned.get((watch.case, name)) != at:
                facts.plan(watch.case, name, at)
                self._planned[watch.case, name] = at

    def _unschedule(self, name: str) -> None:
        self._owed.drop(name)
        self._scheduler.remove_job(_job_id(name))

    async def _visit(self, name: str) -> None:
        """One pass over one watch; the scheduler's job. An error of any kind ends this pass, not the daemon."""
        now, watch = self._now, self._now.watches.get(name)
        if watch is None or name in self._visiting:  # `_visiting`: an old generation's pass may still run
            return
        wait_until = schedule.next_opening(now.app.clock(), self._zone, now.app.settings.crawl)
        if wait_until is not None:
            self._held.add(name)
            self._at(name, wait_until + schedule.GAP * (hash(name) % 90))  # not all on the hour; within half an hour
            return
        self._held.discard(name)
        await self._look(name)

    async def _look(self, name: str) -> bool:
        """Whatever the hour. False: it did not take place."""
        now, watch = self._now, self._now.watches.get(name)
        if watch is None or name in self._visiting:
            return False
        place = 1 + list(now.watches).index(name)  # names may say whom they are about: the journal gets a number
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
        except Exception as error:
            self._note_stopped(watch, place, error)
        else:
            self._look_again(name, run)
            level = logging.WARNING if run.status is RunStatus.FAILED else logging.INFO
            said = {"action": "watch_done", "watch": place, "aloud": _in_words(run), **_figures(run)}
            log.log(level, "watch looked at", extra=said)
        finally:
            self._visiting.discard(name)
            memory.give_back()
        return True

    def _note_stopped(self, watch: Watch, place: int, error: Exception) -> None:
        """Kept as a run that saw nothing: else status and digest went on telling of the last one that took place."""
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
            if app.store.cases.get(watch.case) is None:
                return  # there is nothing to keep a run under: the standing alarm and `status` tell of it
            cannot = isinstance(error, AttestationMissing | WatchlistError)
            save_run(stopped_run(watch, error, app.clock()), watch, app.store, alarm=not cannot)
        except MonitorError as trouble:  # the store itself, most likely: that was the error
            log.warning("which could not be noted", extra={"action": "note_failed"} | of_error(trouble))


def _known_since(watch: Watch, store: Store, now: datetime) -> datetime:
    """Since when this watch is known that was never looked at: a time of its that came since is overdue."""
    known = store.watch_facts.known_since(watch.case, watch.name)
    if known is None:
        store.watch_facts.first_met(watch.case, watch.name, now)
    return known or now


def _job_id(name: str) -> str:
    return f"watch:{name}"


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
