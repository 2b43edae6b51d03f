"""A clock that was set far, and what that does to what is kept: it is said, records are marked with it, and nothing is
forgotten as long as one of the two times may be wrong."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts.outbox import new_alert
from monitor.clock_trust import ClockTrust
from monitor.model.alert import CLOCK_SET, AlertKind
from monitor.model.settings import Settings
from monitor.pipeline.hindrances import told_under
from monitor.ports import Store
from monitor.ports.machine import ClockSet

log = logging.getLogger(__name__)

MARKED_FOR = timedelta(days=7)
FAR = timedelta(days=1)
"""What summer time, a wrong zone or a laptop's battery never does. It is told."""

DOUBTED_FROM = timedelta(days=31)
"""Set on by more, all that is kept looks old."""


def marked_by_leap(trust: ClockTrust, store: Store, now: datetime) -> ClockTrust:
    leap = store.machine.clock_set()
    if leap is None or abs(now - leap.at) > MARKED_FOR:
        return replace(trust, set_at=None, set_by_s=None)
    return replace(trust, set_at=leap.at, set_by_s=leap.by_s)


def is_doubted(leap: ClockSet | None, now: datetime) -> bool:
    """Whether nothing is to be forgotten by what the clock says: it was set far on, not long ago by itself. That it was
    wrong before and is right now looks the same, and costs only that all is kept for a month more."""
    return leap is not None and leap.by_s > DOUBTED_FROM.total_seconds() and now - leap.at < DOUBTED_FROM


def tell_leap(leap: ClockSet, store: Store, settings: Settings) -> bool:
    """That the clock was set far, either way: once each time. Whether it was."""
    case = told_under(store, settings)
    if abs(leap.by_s) < FAR.total_seconds() or case is None:
        return False
    store.alerts.save(new_alert(AlertKind.CLOCK, case=case, subject=CLOCK_SET, now=leap.at, not_before=leap.at))
    log.warning("that the clock was set far is told", extra={"action": "clock_told"})
    return True
