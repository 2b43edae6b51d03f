"""The rules of sending: how long a claim holds, what an answer means, who is asked again and when, what has to wait.

Nothing is given up while nobody has it. Pure: facts and the time in, values out. `alerts.sending` does what is decided
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.model.alert import FURTHEST, MOST_COPIES, Alert, AlertKind, Answer, Delivery, Part

LEASE = timedelta(minutes=2)
"""How long a claim holds that nobody renews. A sender renews it while its talk goes on (`RENEW_EVERY_S`); one that was
killed took its talk along (`monitor.lifeline`), so the next may go on after this."""

RENEW_EVERY_S = 20.0

FIRST_RETRY = timedelta(minutes=2)
RETRY_CAP = timedelta(hours=1)
"""Between two tries of what nobody has."""

PART_FIRST_RETRY = timedelta(minutes=5)  # greylisting lets pass after five minutes, as a rule
PART_CAP = timedelta(hours=6)
"""Between two tries at one recipient of what somebody else has."""

REFUSED_FIRST_RETRY = timedelta(hours=1)
REFUSED_CAP = timedelta(hours=6)
"""Between two tries at a recipient that refused for good, as long as nobody has it: the only word of a find."""

UNSURE_FIRST = timedelta(minutes=20)
"""What was handed over without an answer goes out again after this: a server may take 10 minutes for its answer (RFC
5321 section 4.5.3.2.6), 5 for what comes before it, and its answer may be lost. The second time it has the same
Message-ID; there is no third (`MOST_COPIES`)."""

PART_FOR = timedelta(days=30)
"""A recipient that could not be reached for this long while others have it counts as one that refuses."""

URGENT_AT_ONCE_FOR = timedelta(minutes=30)
A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 10
"""Also after days without a channel. What is urgent and new goes out at once."""


def retry_at(attempts: int, now: datetime) -> datetime:
    """When an alert that was tried `attempts` times (this one counted) is offered again: doubling, capped."""
    return now + _doubling(FIRST_RETRY, RETRY_CAP, attempts)


def answered(
    before: Part | None, *, alert: Alert, target: str, name: str, answer: Answer, now: datetime, said: str = ""
) -> Part:
    """What a recipient answered in this try. before: what stood there when the try began."""
    told = alert.delivery is Delivery.PARTLY
    if answer is Answer.LATER and told and now - alert.created_at >= PART_FOR:
        answer = Answer.REFUSED
    tries = 1 + (before.tries if before else 0)
    handed = (before.handed if before else 0) + (answer is Answer.UNSURE)
    return Part(
        alert=alert.id,
        target=target,
        name=name,
        answer=answer,
        tries=tries,
        handed=handed,
        changed_at=now,
        retry_at=_part_retry(answer, tries, handed, now, told=told),
        said=said,
    )


def _part_retry(answer: Answer, tries: int, handed: int, now: datetime, *, told: bool) -> datetime | None:
    if answer is Answer.TAKEN or handed >= MOST_COPIES or (answer is Answer.REFUSED and told):
        return None
    if answer is Answer.REFUSED:
        return now + _doubling(REFUSED_FIRST_RETRY, REFUSED_CAP, tries)
    if answer is Answer.UNSURE:
        return now + UNSURE_FIRST
    if handed:  # it may be there already
        return now + PART_CAP
    return now + (_doubling(PART_FIRST_RETRY, PART_CAP, tries) if told else _doubling(FIRST_RETRY, RETRY_CAP, tries))


def _doubling(first: timedelta, cap: timedelta, tries: int) -> timedelta:
    doublings: int = 1 << min(max(tries, 1) - 1, 16)  # far beyond the cap; keeps the product small
    return min(first * doublings, cap)


def may_be_asked(part: Part, alert: Alert, now: datetime) -> bool:
    """Whether a recipient that was asked before is asked in this try."""
    if part.answer is Answer.TAKEN or part.is_spent:
        return False
    if alert.delivery is Delivery.WAITING and part.answer is Answer.LATER and not part.handed:
        return True  # nobody has it: every way is tried
    return part.retry_at is not None and not now < part.retry_at <= now + FURTHEST


def after_try(
    alert: Alert,
    parts: Sequence[Part],
    *,
    attempt: int,
    now: datetime,
    said: str,
    to_all: bool = False,
    missed: bool = False,
) -> Alert:
    """The alert after try number `attempt`, by what each recipient answered so far. said: what went wrong, or ''.

    Somebody has it: the other recipients of that channel still get it; other channels were only a way out, unless they
    are `to_all` have it. missed: one of them was cut short, so that not all of its recipients are known. Everybody may
    have it, and nobody said so: it goes on waiting, for a channel that is added, and counts as untold.
    """
    has_it = {part.channel for part in parts if part.answer is Answer.TAKEN}
    after = replace(alert, attempts=attempt, last_error=said)
    if not has_it and parts and all(part.is_spent for part in parts):
        return replace(after, not_before=now + PART_CAP, last_error="handed over twice without an answer")
    parts = [part for part in parts if not part.is_spent]
    if not has_it:
        again = [part.retry_at for part in parts if part.retry_at is not None]
        return replace(after, not_before=min(again, default=retry_at(attempt, now)))
    sent_at = alert.sent_at or now
    open_parts = _still_open(parts, None if to_all else has_it)
    missed = missed and now - alert.created_at < PART_FOR
    if not open_parts and not missed:
        return replace(after, delivery=Delivery.SENT, sent_at=sent_at)
    again = [part.retry_at for part in open_parts if part.retry_at is not None]
    again += [now + _doubling(PART_FIRST_RETRY, PART_CAP, attempt)] if missed else []
    return replace(after, delivery=Delivery.PARTLY, sent_at=sent_at, not_before=min(again, default=now + PART_CAP))


def _still_open(parts: Sequence[Part], channels: set[str] | None) -> list[Part]:
    """channels: only these; None = all."""
    of_them = (part for part in parts if channels is None or part.channel in channels)
    return [part for part in of_them if part.answer in (Answer.LATER, Answer.UNSURE)]


def takes_its_turn(alert: Alert, now: datetime, *, is_last: bool = False) -> bool:
    """Whether it goes out only while fewer than `MOST_A_MINUTE` went in the last minute. What is urgent and new never
    waits for that; of what is urgent and waited through a dead channel, forty at once would be no help either. is_last:
    nothing more is sent by this process, so that what is new goes."""
    if alert.urgent and now - alert.created_at < URGENT_AT_ONCE_FOR:
        return False
    return not is_last or alert.attempts > 0 or now - alert.created_at >= timedelta(hours=1)


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
