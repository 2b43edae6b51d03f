"""The rules of the outbox: what is one alert, when it goes out, when it is tried again, when it is given up.

Pure: facts and the time in, values out. `alerts.sending` does what is decided here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.model.alert import Alert, AlertKind, Delivery
from monitor.model.ids import new_id
from monitor.model.settings import AlertSettings
from monitor.model.sighting import Sighting, Status

MAX_WAIT = timedelta(minutes=10)
"""An incident that never falls quiet is told after this long (`contract.md`, "Words that are data")."""

FIRST_RETRY = timedelta(minutes=2)
"""Longer than one sending may take (`SEND_WITHIN_S` of the channel): a claimed alert is never offered to somebody else
while it is still under way."""

RETRY_CAP = timedelta(hours=1)

GIVE_UP_AFTER = timedelta(days=7)
GIVE_UP_TRIES = 24
"""Both must be reached: a machine that was off for two weeks first tries."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What one pass over the outbox did. waiting: alerts that are still to be sent, due or not. failed: given up in
    this pass. errors: what went wrong, in words for the person, also where a later channel took the alert."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    errors: tuple[str, ...] = ()


def new_message_id() -> str:
    """`<...@localhost>`: random, and with no host or program name in it, so that a mailbox tells nothing by it."""
    return f"<{secrets.token_hex(16)}@localhost>"


def new_alert(
    kind: AlertKind, *, case: str, subject: str, now: datetime, not_before: datetime, urgent: bool = False
) -> Alert:
    """An alert about no sighting yet; its Message-ID is fixed from here on."""
    return Alert(
        id=new_id(now),
        case=case,
        kind=kind,
        subject=subject,
        message_id=new_message_id(),
        created_at=now,
        not_before=not_before,
        urgent=urgent,
    )


def alert_for(
    sighting: Sighting, waiting: Alert | None, *, now: datetime, urgent: bool, settings: AlertSettings
) -> Alert:
    """The alert that tells of `sighting`: one for each incident, which grows until the incident has been quiet for
    `group_for_s`, at most `MAX_WAIT` after it was made. An urgent one goes out now.

    A waiting alert that was tried already is left alone: it may have arrived, and a mail server that saw its Message-ID
    would drop what was added.
    """
    kind = AlertKind.REAPPEARED if sighting.status is Status.REAPPEARED else AlertKind.NEW
    if waiting is None or waiting.attempts > 0 or waiting.delivery is not Delivery.WAITING:
        quiet = now if urgent else now + min(timedelta(seconds=settings.group_for_s), MAX_WAIT)
        fresh = new_alert(kind, case=sighting.case, subject=sighting.incident, now=now, not_before=quiet, urgent=urgent)
        return replace(fresh, sightings=(sighting.id,))
    if sighting.id in waiting.sightings:
        return waiting
    urgent = urgent or waiting.urgent
    quiet = min(now + timedelta(seconds=settings.group_for_s), waiting.created_at + MAX_WAIT)
    return replace(
        waiting,
        kind=kind if kind is waiting.kind else AlertKind.NEW,
        urgent=urgent,
        not_before=now if urgent else quiet,
        count=waiting.count + 1,
        sightings=(*waiting.sightings, sighting.id),
    )


def flood_alert(sighting: Sighting, hosts: int, *, now: datetime) -> Alert:
    """A reference matched on so many hosts that it was paused. count: the hosts."""
    alert = new_alert(
        AlertKind.FLOOD,
        case=sighting.case,
        subject=sighting.match.reference or "",
        now=now,
        not_before=now,
    )
    return replace(alert, count=hosts, sightings=(sighting.id,))


def retry_at(attempts: int, now: datetime) -> datetime:
    """When an alert that was tried `attempts` times (this one counted) is offered again: doubling, capped."""
    doublings: int = 1 << min(max(attempts, 1) - 1, 16)  # far beyond the cap; keeps the product small
    return now + min(FIRST_RETRY * doublings, RETRY_CAP)


def after_success(alert: Alert, *, attempt: int, now: datetime, said: str) -> Alert:
    """`attempt`: the number of this try. said: what channels before the one that took it answered ('' = nothing)."""
    return replace(alert, attempts=attempt, delivery=Delivery.SENT, sent_at=now, last_error=said)


def after_failure(alert: Alert, *, attempt: int, now: datetime, error: str) -> Alert:
    """Waits for its next try, or is given up after `GIVE_UP_AFTER` and `GIVE_UP_TRIES`."""
    given_up = now - alert.created_at >= GIVE_UP_AFTER and attempt >= GIVE_UP_TRIES
    return replace(
        alert,
        attempts=attempt,
        not_before=retry_at(attempt, now),
        delivery=Delivery.FAILED if given_up else Delivery.WAITING,
        last_error=error,
    )


def hold_until(alert: Alert, quiet_hours: tuple[time, time] | None, zone: tzinfo, now: datetime) -> datetime | None:
    """The end of the quiet hours that `alert` has to wait for, or None when it may go out now. Urgent alerts and the
    test that the person asks for do not wait. Quiet hours may run over midnight; an empty span is none."""
    if quiet_hours is None or alert.urgent or alert.kind is AlertKind.TEST:
        return None
    start, end = quiet_hours
    local = now.astimezone(zone)
    clock = local.time()
    if start <= end:
        inside = start <= clock < end
    else:
        inside = clock >= start or clock < end
    if not inside:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    ends = datetime.combine(day, end, tzinfo=zone).astimezone(UTC)
    # In the hour that summer time repeats, the end can lie behind `now`: then nothing is left to wait for.
    return ends if ends > now else None
