"""That the daemon stood still: what it notes of itself, what the next start makes of it, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts.outbox import new_alert
from monitor.clock import within
from monitor.documents.standstill import subject_of
from monitor.model.alert import AlertKind
from monitor.model.ids import CaseId
from monitor.model.progress import Loop
from monitor.model.standstill import LastAlive, Standstill
from monitor.model.watch import Cron, Watch, interval_s
from monitor.ports import Store
from monitor.tracking.standing import A_DAY, hangs_of_a_day, is_worth_telling, stood_at_start

TOLD_FOR_DAYS = 7
MOST_ALERTS = 100  # that are looked through for one of the same kind
SLOWEST = timedelta(days=1)  # of a watch on cron, whose times may lie anywhere


def began(store: Store, now: LastAlive, hung: Loop | None, watches: Sequence[Watch]) -> Standstill | None:
    """At a start. What the one before noted last says since when nothing was looked at."""
    last = store.machine.alive()
    stood = stood_at_start(last, now, hung) if last is not None else None
    with store.transaction():
        store.machine.note_alive(now)
        if stood is not None:
            note_standstill(stood, store, watches, now.at)
    return stood


def note_standstill(stood: Standstill, store: Store, watches: Sequence[Watch], now: datetime) -> None:
    """For `status` and the digest; and by a message where it was longer than the watches of a case allow, or where
    something hangs again and again, once a day."""
    with store.transaction():
        store.standstills.note(stood)
        hangs = hangs_of_a_day(store.standstills.since(now - A_DAY), now)
        for case in store.cases.all():
            intervals = _intervals(watch for watch in watches if watch.case == case.id)
            is_often = bool(hangs and intervals) and not _is_told(store, case.id, now)
            if is_often or is_worth_telling(stood, intervals):
                kind, subject = AlertKind.STOOD_STILL, subject_of(stood)
                alert = new_alert(kind, case=case.id, subject=subject, now=now, not_before=now)
                store.alerts.save(replace(alert, count=hangs))


def _is_told(store: Store, case: CaseId, now: datetime) -> bool:
    lately = store.alerts.recent(case, MOST_ALERTS)
    return any(one.kind is AlertKind.STOOD_STILL and within(A_DAY, one.created_at, now) for one in lately)


def last_standstill(store: Store, now: datetime) -> Standstill | None:
    """None when that was more than a week ago."""
    lately = [one for one in store.standstills.since(now - timedelta(days=TOLD_FOR_DAYS)) if one.until <= now]
    return lately[-1] if lately else None


def _intervals(watches: Iterable[Watch]) -> list[timedelta]:
    return [
        SLOWEST if isinstance(watch.schedule, Cron) else timedelta(seconds=interval_s(watch.schedule))
        for watch in watches
        if watch.enabled
    ]
