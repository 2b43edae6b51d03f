"""What a worker does with a job. It works from the store alone: what is due and as which watch stands there, so a job
that nobody needs any more, or that came twice, finds nothing to do."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.acting import acting_for, acting_for_all, fenced
from monitor.clock import monotonic
from monitor.daemon.logs import of_error
from monitor.daemon.queue import JobKind, QueueJob
from monitor.daemon.queue.claimed import (
    Claimed,
    Lease,
    VisitedMember,
    VisitedMembers,
    has_another_time,
    visit_claimed,
)
from monitor.daemon.stopped_looks import note_stopped
from monitor.errors import BeingLookedAt, MonitorError, NewerStore, StoreError
from monitor.measures import Measure, count_measure
from monitor.model.ids import CaseId
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Watch
from monitor.outbound.own_ways import CountsDoor
from monitor.pipeline.last_good import restore_watches
from monitor.pipeline.surviving import surviving
from monitor.pipeline.visiting import Visit
from monitor.ports import Store
from monitor.run_names import in_run
from monitor.tracking.due import owed

log = logging.getLogger(__name__)

VISIT_LEASE = timedelta(seconds=40)  # a group whose worker was killed is free after that
LEASED_AGAIN_S = 8.0
UNKNOWN_FOR = timedelta(minutes=10)  # a row whose watch no scheduler has written down
OFFLINE_FOR = timedelta(minutes=5)  # of a worker without network: its next try but the first


class WorkerApp(Protocol):
    """What a worker needs of `monitor.app.App`."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    async def visit_group(self, watches: Sequence[Watch], holder: str) -> VisitedMembers: ...
    async def take_captures(self, watches: Sequence[Watch]) -> object: ...
    async def recheck(self, watches: Sequence[Watch]) -> object: ...
    async def send_alerts(self) -> object: ...
    def counts_door(self) -> CountsDoor: ...


class Doing:
    """ends: called once a newer version has upgraded the store."""

    def __init__(
        self, app: WorkerApp, ends: Callable[[NewerStore], None], clock: Callable[[], float] = monotonic
    ) -> None:
        self._app, self._ends, self._clock = app, ends, clock
        self._to_let_go = set[str]()  # claims that could not be given back, since the store was away

    async def do(self, job: QueueJob, number: int) -> None:
        """number: the job's, for the journal. Never raises but what a stop raises: what fails has its row, which says
        when it comes next, and procrastinate has nothing to try again."""
        count_measure(Measure.JOBS)
        try:
            self._give_back()
            if job.kind is JobKind.VISIT:
                await self._visit(job.id, number)
            else:
                with acting_for(job.id):
                    await self._for_case(job.kind, CaseId(job.id))
        except NewerStore as error:
            self._ends(error)
        except MonitorError as error:
            count_measure(Measure.JOBS_FAILED)
            said = {"action": "job_failed", "kind": job.kind.value} | of_error(error)
            log.warning("a job was not done; it comes again when it is due", extra=said)
        except Exception:
            count_measure(Measure.JOBS_FAILED)
            log.exception("a job ended by a fault of the program", extra={"action": "job_fault"})

    # -- visits

    async def _visit(self, group: str, number: int) -> None:
        claimed = self._claimed(group, number)
        if not claimed.watches:
            return
        with in_run(self._app.store.run_name(group, min(row.at for row in claimed.rows))):
            await self._visit_claimed(claimed)

    async def _visit_claimed(self, claimed: Claimed) -> None:
        is_in_hand = True
        try:
            members = await visit_claimed(claimed, self._lease(claimed), self._app.visit_group)
        except NewerStore:
            raise
        except StoreError as error:  # of a find nothing is half written; the visit is due as before
            log.warning("a visit was not saved: it is made again", extra={"action": "visit_lost"} | of_error(error))
        except Exception as error:
            self._note_group_stopped(claimed, error)
        else:
            self._note_done(claimed, members)
            is_in_hand = any(one.run is None for one in members)  # else each is settled
        finally:
            if is_in_hand:
                self._let_go(claimed.holder)

    def _claimed(self, group: str, number: int) -> Claimed:
        app, holder = self._app, f"{secrets.token_hex(8)} job {number}"
        with acting_for_all():
            rows = app.store.visits.claim_group(group, holder, VISIT_LEASE, app.clock())
            found = [(row, _watch_of(row, app.store.kept_watches.get(row.case, row.watch))) for row in rows]
            for row in (row for row, watch in found if watch is None):
                self._put_off(row, holder)
        watches = tuple(watch for _, watch in found if watch is not None)
        return Claimed(holder, tuple(row for row, _ in found), watches)

    def _put_off(self, row: DueVisit, holder: str) -> None:
        log.warning("a visit is due whose watch no scheduler has written down", extra={"action": "visit_unknown"})
        self._app.store.visits.settle(replace(row, at=self._app.clock() + UNKNOWN_FOR), holder)

    def _lease(self, claimed: Claimed) -> Lease:
        app = self._app

        def hold() -> bool:
            return app.store.visits.hold_all(claimed.holder, VISIT_LEASE, app.clock()) > 0

        def is_settled() -> bool:
            with fenced(""):
                return all(has_another_time(row, app.store) for row in claimed.rows)

        return Lease(hold, VISIT_LEASE.total_seconds(), LEASED_AGAIN_S, is_settled, self._clock)

    def _note_done(self, claimed: Claimed, members: Sequence[VisitedMember]) -> None:
        before = {(row.case, row.watch): row for row in claimed.rows}
        for one in members:
            run = one.run
            if one.why_not is not None:
                self._note_stopped(one.watch, one.why_not)
            if run is None:
                continue
            said = {"action": "watch_done", "status": run.status.value, "pages": run.pages, "images": run.images}
            said |= {"new_sightings": run.new_sightings, "errors": len(run.errors)}
            log.info("watch looked at", extra=said)
            row = before.get((run.case, run.watch))
            if run.is_offline and row is not None and row.why is VisitReason.OWED:
                with surviving("owed"), acting_for(run.case):
                    self._put_off_offline(run)

    def _put_off_offline(self, run: Run) -> None:
        """Whoever had no network before either waits for longer than at first."""
        with self._app.store.transaction():
            row = self._app.store.visits.get(run.case, run.watch)
            if row is not None and not row.held_by:
                self._app.store.visits.plan(owed(row, self._app.clock() + OFFLINE_FOR))

    def _note_stopped(self, watch: Watch, error: Exception) -> None:
        """As a run that saw nothing."""
        if isinstance(error, NewerStore):
            return self._ends(error)
        if isinstance(error, StoreError | BeingLookedAt):  # nothing was saved, and it is due as before
            log.warning("a visit was not saved: it is made again", extra={"action": "visit_lost"} | of_error(error))
            return
        if isinstance(error, MonitorError):
            said = {"action": "watch_failed"} | of_error(error)
            log.warning("watch could not be looked at: `watch check` or `status` says why", extra=said)
        else:
            log.error("watch ended by a fault of the program", exc_info=error, extra={"action": "watch_fault"})
        with surviving("visit"), acting_for(watch.case):
            note_stopped(watch, error, self._app.store, self._app.clock())

    def _note_group_stopped(self, claimed: Claimed, error: Exception) -> None:
        """Of each that was not looked at; its next time comes in its rhythm."""
        app = self._app
        for watch in claimed.watches:
            with surviving("visit"), acting_for(watch.case):
                row = app.store.visits.get(watch.case, watch.name)
                if row is not None and row.held_by == claimed.holder:
                    Visit(watch, app.settings, app.store, app.clock, claimed.holder).settle(None)
                    self._note_stopped(watch, error)

    def _let_go(self, holder: str) -> None:
        """What is still in hand stays due."""
        self._to_let_go.add(holder)
        with surviving("visit"):
            self._give_back()

    def _give_back(self) -> None:
        """Nobody died of what a worker gives back that lives."""
        with acting_for_all():
            for holder in list(self._to_let_go):
                self._app.store.visits.let_go_all(holder)
                self._to_let_go.discard(holder)

    # -- for a case

    async def _for_case(self, kind: JobKind, case: CaseId) -> None:
        app = self._app
        if kind is JobKind.ALERTS:
            await app.send_alerts()
        elif kind is JobKind.CAPTURES:
            await app.take_captures(self._watches_of(case))
        elif kind is JobKind.RECHECKS:
            await app.recheck(self._watches_of(case))

    def _watches_of(self, case: CaseId) -> list[Watch]:
        """That are visited."""
        store = self._app.store
        rows = (row for row in store.visits.all() if row.case == case)
        found = (_watch_of(row, store.kept_watches.get(row.case, row.watch)) for row in rows)
        return [watch for watch in found if watch is not None]


def _watch_of(row: DueVisit, kept: str) -> Watch | None:
    """As the scheduler read it last."""
    found = restore_watches(kept)
    return found[0] if found and (found[0].case, found[0].name) == (row.case, row.watch) else None
