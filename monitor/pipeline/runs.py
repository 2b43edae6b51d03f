"""What is kept of a pass, and when a watch that cannot see is told of. Row and alert in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.alerts.outbox import new_alert
from monitor.errors import MonitorError, step_of
from monitor.model.alert import AlertKind
from monitor.model.observation import Covers, Observation, RunStatus, RunTrouble, Weight
from monitor.model.run import Run
from monitor.model.watch import Cron, Watch, interval_s
from monitor.pipeline.visiting import Visit
from monitor.ports import Store
from monitor.tracking.hindrances import is_told_again
from monitor.tracking.posting import count_of

BLIND_AFTER = 3  # looks in a row, which are as many intervals since the last good one


def save_run(run: Run, watch: Watch, store: Store, *, visit: Visit | None = None, alarm: bool = True) -> None:
    """visit: the look that it was, whose next time is written with it. alarm: False where the standing alarm tells of
    it, with all else that cannot run."""
    with store.transaction():
        count = count_of(run, store.runs.looks_before(watch.case, watch.name, run.sight))
        store.runs.save(run)
        if visit is not None:
            visit.settle(run, count)
        told = store.watch_facts.blindness_told(watch.case, watch.name)
        if run.status is not RunStatus.FAILED:
            if told:
                store.watch_facts.tell_blindness(watch.case, watch.name, None)
        elif not alarm:
            pass
        elif run.is_closed:
            pass  # as was wanted, and for good: `status` says what to do
        elif run.is_offline:
            pass  # status and digest tell of it; an alert could not leave, and it is not the place's fault
        elif _is_blind(watch, store, run.finished_at) and (told is None or is_told_again(told, run.finished_at)):
            now = run.finished_at
            store.alerts.save(
                new_alert(
                    AlertKind.BLIND, case=watch.case, subject=watch.name, now=now, not_before=now, urgent=watch.urgent
                )
            )
            store.watch_facts.tell_blindness(watch.case, watch.name, now)


def stopped_run(watch: Watch, error: Exception, now: datetime) -> Run:
    """Of a pass that did not take place: without it the last good one would go on standing for today's."""
    known = isinstance(error, MonitorError)
    kind = ", ".join(filter(None, (type(error).__name__, step_of(error))))
    message = str(error) if known else f"a fault of the program ended the look ({kind})"
    remedy = error.remedy if isinstance(error, MonitorError) else "Please report it; the journal has the details."
    observed = Observation("", RunTrouble.STOPPED, message, remedy, Covers.PLACE, Weight.BLIND)
    return Run(watch.name, watch.case, RunStatus.FAILED, now, now, errors=(observed,))


def _is_blind(watch: Watch, store: Store, now: datetime) -> bool:
    """Three looks in a row, and not three by hand within minutes."""
    count, since = store.runs.failed_in_a_row(watch.case, watch.name)
    if count < BLIND_AFTER or since is None:
        return False
    if since > now:
        return True  # noted by a clock that was ahead: rather too soon than never
    if isinstance(watch.schedule, Cron):
        return True
    return now - since >= timedelta(seconds=interval_s(watch.schedule)) * 1.5
