"""The rules of the outbox: what is one alert, when it goes out, when it is tried again, what is told in one.

Nothing is given up while nobody has it. Pure: facts and the time in, values out. `alerts.sending` does what is decided
here.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.model.alert import FURTHEST, MOST_COPIES, Alert, AlertKind, Answer, Delivery, Part
from monitor.model.ids import new_id
from monitor.model.settings import AlertSettings
from monitor.model.sighting import Sighting, Status

MAX_WAIT = timedelta(minutes=10)
"""An incident that never falls quiet is told after this long (`contract.md`, "Words that are data")."""

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

FOLD_AFTER = timedelta(hours=6)
"""What was tried and could not be delivered for this long is told in one."""

A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 10
"""Of what waited long. What is new goes out at once."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What one pass over the outbox did. sent: alerts that the first recipient took. waiting: alerts that nobody has
    yet, due or not. errors: what went wrong, in words for the person, also where somebody took the alert."""

    sent: int = 0
    waiting: int = 0
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


def may_grow(alert: Alert) -> bool:
    """Whether more may be told in it: nobody was offered it yet. Of any other, somebody has seen what it said then."""
    return alert.delivery is Delivery.WAITING and alert.attempts == 0


def alert_for(
    sighting: Sighting, waiting: Alert | None, *, now: datetime, urgent: bool, settings: AlertSettings
) -> Alert:
    """The alert that tells of `sighting`: one for each incident, which grows until the incident has been quiet for
    `group_for_s`, at most `MAX_WAIT` after it was made. An urgent one goes out now.

    A waiting alert that was tried already is left alone: it may have arrived, and a mail server that saw its Message-ID
    would drop what was added.
    """
    kind = AlertKind.REAPPEARED if sighting.status is Status.REAPPEARED else AlertKind.NEW
    if waiting is None or not may_grow(waiting):
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


def flood_alert(sighting: Sighting, waiting: Alert | None, *, now: datetime, not_before: datetime) -> Alert:
    """The hour's summary of a photo that turns up everywhere, with this find in it. waiting: the one for its photo that
    is still to be sent, None where there is none."""
    if waiting is None or not may_grow(waiting):
        subject = sighting.match.reference or ""
        alert = new_alert(AlertKind.FLOOD, case=sighting.case, subject=subject, now=now, not_before=not_before)
        return replace(alert, sightings=(sighting.id,))
    if sighting.id in waiting.sightings:
        return waiting
    return replace(waiting, count=waiting.count + 1, sightings=(*waiting.sightings, sighting.id))


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


def after_try(alert: Alert, parts: Sequence[Part], *, attempt: int, now: datetime, said: str) -> Alert:
    """The alert after try number `attempt`, by what each recipient answered so far. said: what went wrong, or ''.

    Somebody has it: the other recipients of that channel still get it; other channels were only a way out. Everybody
    may have it, and nobody said so: it goes on waiting, for a channel that is added, and counts as untold.
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
    open_parts = [part for part in parts if part.channel in has_it and part.answer in (Answer.LATER, Answer.UNSURE)]
    if not open_parts:
        return replace(after, delivery=Delivery.SENT, sent_at=sent_at)
    again = [part.retry_at for part in open_parts if part.retry_at is not None]
    return replace(after, delivery=Delivery.PARTLY, sent_at=sent_at, not_before=min(again, default=now + PART_CAP))


def folded(waiting: Sequence[Alert], now: datetime) -> tuple[Alert, tuple[Alert, ...]] | None:
    """What was tried and could not be told for long, as one alert, and those that it stands for; None where there is
    nothing to fold. waiting: alerts of one case that nobody has and nobody may have, all of them digests or none.

    A digest tells of all the time since the first that was not told.
    """
    old = [alert for alert in waiting if alert.attempts > 0 and now - alert.created_at >= FOLD_AFTER]
    if len(old) < 2:
        return None
    old.sort(key=lambda alert: (alert.created_at, alert.id))
    first, last = old[0], old[-1]
    digest = first.kind is AlertKind.DIGEST
    names = dict.fromkeys(name for alert in old for name in alert.sightings)
    counts = _counted(old)
    subject = f"{first.subject.partition('/')[0]}/{last.subject.partition('/')[2]}" if digest else json.dumps(counts)
    made = new_alert(
        AlertKind.DIGEST if digest else AlertKind.UNTOLD,
        case=first.case,
        subject=subject,
        now=now,
        not_before=min(alert.not_before for alert in old),
        urgent=any(alert.urgent for alert in old),
    )
    one = replace(
        made,
        created_at=first.created_at,
        attempts=max(alert.attempts for alert in old),
        count=1 if digest else sum(counts.values()),
        sightings=tuple(names),
        last_error=last.last_error,
    )
    return one, tuple(replace(alert, delivery=Delivery.FOLDED) for alert in old)


def _counted(alerts: Sequence[Alert]) -> Counter[str]:
    """How many of each kind: what `wording` tells of an alert of kind `untold`, whose subject is this as JSON. A find
    that stands in several counts once, as what the first of them said; what was folded before comes first."""
    counts: Counter[str] = Counter()
    seen = set[str]()
    for alert in sorted(alerts, key=lambda one: one.kind is not AlertKind.UNTOLD):
        names = set(alert.sightings)
        if alert.kind is AlertKind.UNTOLD:
            counts += untold_counts(alert)
            counts["new"] -= min(counts["new"], len(names & seen))
        elif alert.kind in _FINDS:
            counts[_FINDS[alert.kind]] += len(names - seen) if names else alert.count
        else:
            counts["checks"] += 1
        seen |= names
    return +counts


_FINDS = {AlertKind.NEW: "new", AlertKind.FLOOD: "new", AlertKind.REAPPEARED: "reappeared"}


def untold_counts(alert: Alert) -> Counter[str]:
    """From the subject of an alert of kind `untold`: `{"new": 2, "checks": 1}`."""
    try:
        return Counter(json.loads(alert.subject))
    except (ValueError, TypeError):  # written by hand
        return Counter({"new": alert.count})


def waited_long(alert: Alert, now: datetime) -> bool:
    """Whether it belongs to what is told at most `MOST_A_MINUTE` a minute."""
    return not alert.urgent and (alert.attempts > 0 or now - alert.created_at >= timedelta(hours=1))


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
