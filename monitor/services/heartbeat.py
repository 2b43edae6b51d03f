"""The sign of life: once a week, in neutral words, half a week after the weekly summary. Whoever hears neither knows
within half a week that something is wrong, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts.digest import WEEKDAYS, last_occurrence
from monitor.alerts.outbox import new_alert
from monitor.alerts.zone import zone_of
from monitor.model.alert import AlertKind
from monitor.model.observation import RunStatus
from monitor.model.settings import DigestSettings, Settings
from monitor.model.watch import Watch
from monitor.ports import Store

AFTER_DIGEST_DAYS = 3
A_WEEK = timedelta(days=7)


def heartbeat_due(last: datetime, settings: DigestSettings, now: datetime) -> bool:
    """last: when one was put into the outbox, or since when the program is there. One that was missed while the machine
    was off comes once."""
    weekday = WEEKDAYS[(WEEKDAYS.index(settings.weekday) + AFTER_DIGEST_DAYS) % 7]
    moment = last_occurrence(replace(settings, weekday=weekday), now, zone_of(settings.timezone))
    return last < moment or last > now + timedelta(hours=1)  # noted by a clock that was ahead


def queue_heartbeats(store: Store, settings: Settings, watches: Sequence[Watch], now: datetime) -> int:
    """How many alerts, at most one a case. Where nothing was looked at none goes out: that is no sign of life."""
    own = store.case_settings.having("alerts.urls")
    if not settings.monitoring.heartbeat or not (settings.alerts.urls or own):
        return 0
    last = store.machine.heartbeat()
    if last is not None and not heartbeat_due(last, settings.digest, now):
        return 0
    queued = 0
    with store.transaction():
        store.machine.note_heartbeat(now)
        for case in store.cases.all() if last is not None else ():
            looked_at = {
                run.watch for run in store.runs.since(case.id, now - A_WEEK) if run.status is not RunStatus.FAILED
            } & {watch.name for watch in watches if watch.enabled and watch.case == case.id}
            waits = any(one.kind is AlertKind.HEARTBEAT for one in store.alerts.open(case.id))
            is_told = bool(settings.alerts.urls) or case.id in own
            if looked_at and is_told and not waits:
                alert = new_alert(AlertKind.HEARTBEAT, case=case.id, subject="", now=now, not_before=now)
                store.alerts.save(replace(alert, count=len(looked_at)))
                queued += 1
    return queued
