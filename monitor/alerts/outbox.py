"""The rules of the outbox: what is one alert, when it first goes out, what is told in one. When it is tried again is
`alerts.retrying`'s. Facts and the time in, values out; ids and Message-IDs alone are drawn at random."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model.alert import Alert, AlertKind, Delivery
from monitor.model.ids import CaseId, new_id
from monitor.model.settings import AlertSettings
from monitor.model.sighting import Sighting, Status

LONGEST_GROUPING = timedelta(minutes=10)
"""An incident that never falls quiet is told after this long (`contract.md`, "Words that are data")."""

FOLD_AFTER = timedelta(hours=6)
"""What was tried and could not be delivered for this long is told in one."""


TOLD_LATELY = timedelta(days=1)
"""A site that was told of within this long is known: what comes there next is told with what comes at the others."""

FURTHER = "further"
"""The subject of the alert that tells of it, one for all sites of a case."""

FURTHER_AFTER = timedelta(minutes=30)
"""It goes out so long after the last message at the least; after each of a day twice as long as after the one before:
five in a day, however much comes."""

MOST_SITES = 5  # alerts within an hour, each of a site of its own; what is found at more is told with what is further
URGENT_CAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sending:
    """What one pass over the outbox did. sent: alerts that the first recipient took. waiting: alerts that nobody has
    yet, due or not. errors: what went wrong, in words for the person, also where somebody took the alert.
    nothing_at: the state of the store in which nothing was open (`Store.writings`)."""

    sent: int = 0
    waiting: int = 0
    errors: tuple[str, ...] = ()
    nothing_at: object = None


def new_message_id() -> str:
    """`<...@localhost>`: random, and with no host or program name in it, so that a mailbox tells nothing by it."""
    return f"<{secrets.token_hex(16)}@localhost>"


def new_alert(
    kind: AlertKind, *, case: CaseId, subject: str, now: datetime, not_before: datetime, urgent: bool = False
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


def subject_for(sighting: Sighting, lately: Sequence[Alert], *, now: datetime, urgent: bool) -> str:
    """Which alert tells of `sighting`: its incident's own, or the one of what is further. lately: alerts about finds of
    its case, of the last day (`TOLD_LATELY`)."""
    own = [alert for alert in lately if alert.subject == sighting.incident]
    if urgent or any(may_grow(alert) for alert in own):
        return sighting.incident
    sites = {alert.subject for alert in lately if now - alert.created_at < timedelta(hours=1)} - {FURTHER}
    return FURTHER if own or len(sites) >= MOST_SITES else sighting.incident


def _goes_out(
    subject: str, created_at: datetime, lately: Sequence[Alert], *, now: datetime, urgent: bool, settings: AlertSettings
) -> datetime:
    """When it does. Of an urgent one the first goes out now; those that follow on the same site are grouped, and each
    waits a little longer, so that a thread of thirty is no thirty messages."""
    grouped = min(now + min(timedelta(seconds=settings.group_for_s), LONGEST_GROUPING), created_at + LONGEST_GROUPING)
    told = [alert for alert in lately if not may_grow(alert)]
    of_kind = [alert for alert in told if alert.subject == subject]
    if subject == FURTHER:
        first, before, cap = FURTHER_AFTER, told, TOLD_LATELY
    elif urgent and of_kind:
        first, before, cap = timedelta(seconds=settings.group_for_s) / 2, of_kind, URGENT_CAP
    else:
        return now if urgent else grouped
    doubled: int = 1 << min(len(of_kind), 16)
    gap = min(first * doubled, cap)
    last = max((alert.sent_at or alert.created_at for alert in before), default=now)
    return max(grouped, min(last, now) + gap)


def alert_for(
    sighting: Sighting,
    waiting: Alert | None,
    *,
    now: datetime,
    urgent: bool,
    settings: AlertSettings,
    is_back: bool = False,
    lately: Sequence[Alert] = (),
) -> Alert:
    """The alert that tells of `sighting`: one for each subject (`subject_for`), which grows until its incident has been
    quiet for `group_for_s`, at most `LONGEST_GROUPING` after it was made; what is further waits longer. An urgent one
    goes out now.

    A waiting alert that was tried already is left alone: it may have arrived, and a mail server that saw its Message-ID
    would drop what was added. is_back: a new place, where a copy of the same picture had been removed.
    """
    kind = AlertKind.REAPPEARED if is_back or sighting.status is Status.REAPPEARED else AlertKind.NEW
    if waiting is None or not may_grow(waiting):
        subject = subject_for(sighting, lately, now=now, urgent=urgent)
        at = _goes_out(subject, now, lately, now=now, urgent=urgent, settings=settings)
        fresh = new_alert(kind, case=sighting.case, subject=subject, now=now, not_before=at, urgent=urgent)
        return replace(fresh, sightings=(sighting.id,))
    if sighting.id in waiting.sightings:
        return waiting
    urgent = urgent or waiting.urgent
    at = _goes_out(waiting.subject, waiting.created_at, lately, now=now, urgent=urgent, settings=settings)
    return replace(
        waiting,
        kind=kind if kind is waiting.kind else AlertKind.NEW,
        urgent=urgent,
        not_before=at,
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
