"""The person's word on a find: what it makes of it, what taking it back makes, and how a find is told to have changed
since it was shown. Plain functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from monitor.errors import UsageError
from monitor.model.deciding import DecisionAct, MadeDecision
from monitor.model.ids import SightingId
from monitor.model.sighting import Decision, Sighting, Status
from monitor.tracking import sighting_life

_MORNING = time(7)


class PutOff(StrEnum):
    """For how long something is put aside."""

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"


def put_off_until(how: PutOff, now: datetime, zone: tzinfo) -> datetime:
    """In the morning, where she is."""
    days = 1 if how is PutOff.TOMORROW else 7
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=days), _MORNING, zone)


def stamp_of(find: Sighting) -> str:
    """Eight signs for all that a decision rests on: another stamp, and the find is not as it was shown."""
    match, place = find.match, find.seen_at
    told = [
        *(find.status.value, find.decision, find.before_dismissal, find.under_18, find.is_hearsay),
        *(match.tier.value, match.reference, match.reason, place.page_url, place.image_url),
        find.later_until.isoformat() if find.later_until else None,
    ]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=4).hexdigest()


def is_as_seen(find: Sighting, seen: Mapping[SightingId, str] | None) -> bool:
    """seen: the stamps as they were shown; None: nothing was shown, so nothing can have changed."""
    return seen is None or seen.get(find.id) == stamp_of(find)


def with_word(act: DecisionAct, find: Sighting, *, now: datetime, until: datetime | None) -> Sighting:
    """The find with that said of it; the same where it says nothing new. Raises UsageError for one that is closed."""
    if act is DecisionAct.CONFIRM:
        return sighting_life.confirm(find)
    if act is DecisionAct.DISMISS:
        return sighting_life.dismiss(find, Decision.NOT_MINE, now=now)
    if act is DecisionAct.LEAVE:
        return sighting_life.dismiss(find, Decision.NOT_HERE, now=now)
    if act is DecisionAct.LATER and until is not None:
        return sighting_life.for_later(find, until)
    return find


def last_standing(made: Iterable[MadeDecision]) -> MadeDecision | None:
    """Of one find's: what is taken back first. A note stands beside the others."""
    return next((one for one in reversed([*made]) if one.stands and one.act is not DecisionAct.NOTE), None)


def taken_back(find: Sighting, made: MadeDecision, *, now: datetime) -> Sighting:
    """The find without that word, which is the last that stands. What became of it meanwhile stays. What is dismissed
    anew by that is so from now on. Raises UsageError where nothing is left to take back."""
    before = made.before
    if made.act is DecisionAct.NOTE:
        return find
    if made.act is DecisionAct.LATER:
        return replace(find, later_until=before.later_until)
    undone = _BACK[made.act](find)
    if made.act is DecisionAct.CONFIRM:
        undone = replace(undone, status=before.status, before_dismissal=before.before_dismissal)
    elif before.decision is not None:  # what was left alone had been called not hers, or the other way round
        undone = replace(undone, status=Status.DISMISSED, before_dismissal=undone.status)
    decided_at = now if before.decision else None
    return replace(undone, decision=before.decision, decided_at=decided_at, later_until=before.later_until)


def _unconfirmed(find: Sighting) -> Sighting:
    if find.status is Status.CONFIRMED:
        return find
    raise nothing_to_take_back(find)


def _undismissed(find: Sighting) -> Sighting:
    if find.status is Status.DISMISSED:
        return sighting_life.undo(find)
    raise nothing_to_take_back(find)


_BACK: Mapping[DecisionAct, Callable[[Sighting], Sighting]] = {
    DecisionAct.CONFIRM: _unconfirmed,
    DecisionAct.DISMISS: _undismissed,
    DecisionAct.LEAVE: _undismissed,
}


def nothing_to_take_back(find: Sighting) -> UsageError:
    return UsageError(
        f"find {find.number} is {find.status}: there is nothing to take back",
        remedy="Only what was confirmed, dismissed, left alone or put aside can be taken back.",
    )
