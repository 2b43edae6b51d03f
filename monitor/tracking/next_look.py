"""When each truth of a find is looked at again.

    nothing was sent of it            once a day
    a report was sent                 1 h, 6 h and 24 h after it, then after 2, 4 and 7 days, then every 14 days
    it is removed                     1 day after, then after 2, 4 and 7 days, then every 14 days, for a year
    gone once                         after 2, 7 and 14.5 h, then when the second look counts
    not to be told                    the next day, for four days

What is back counts as not reported until something is sent of it again. What stands is looked at for as long as it
stands: after a year too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model.presence import NO_MARK, REMOVAL_SPACING, PlannedLook, ServerMark, Standing, Truth
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.tracking.presence import deciding, truths_of

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

FIRST_AFTER_SENDING = _HOUR
AFTER_SENDING = (FIRST_AFTER_SENDING, 6 * _HOUR, _DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY)
AFTER_REMOVAL = (_DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY)
THEN_EVERY = timedelta(days=14)
UNREPORTED_EVERY = _DAY
WATCHED_FOR = timedelta(days=365)  # after removal: it may come back
UNTOLD_FOR = 4 * _DAY
"""So long what could not be told is tried again each day; then it waits as the rest does."""

SECOND_LOOK_AFTER = REMOVAL_SPACING + _HOUR
BETWEEN_AFTER = (2 * _HOUR, 7 * _HOUR, 14.5 * _HOUR)
"""Between the two looks that count, at other times of the day and at no even gaps: a server that fails each night, or
half of every few hours, is no removal."""

NEAR_A_VISIT = 6 * _HOUR
"""So far at most a look at a page is put off or done early, for it to go with a visit of its watch."""

NO_MARKS: Mapping[Truth, ServerMark] = {}
FURTHEST_LOOK = THEN_EVERY + _DAY
"""No look is put off for longer: what is, was planned by a clock that stood wrong."""


def next_look(truth: Truth, sighting: Sighting, sent_at: datetime | None, now: datetime) -> datetime:
    """sent_at: of the last report about it that was sent and not taken back. Always later than `now`, by at most
    `FURTHEST_LOOK`."""
    regular = _regular(sighting, sent_at, now)
    seconds = [second for one in {truth, *_asked_for_by(truth, sighting)} if (second := _second(one, sighting, now))]
    trace = sighting.presence.of(truth)
    if not seconds and trace.unknown_since is not None and now - trace.unknown_since < UNTOLD_FOR:
        return min(regular, now + _DAY)
    return min([regular, *seconds])


def _asked_for_by(truth: Truth, sighting: Sighting) -> frozenset[Truth]:
    """What the media says of a find counts only with a look at its page."""
    return frozenset({deciding(sighting.place)}) if truth is Truth.PAGE else frozenset()


def _second(truth: Truth, sighting: Sighting, now: datetime) -> datetime | None:
    """When what is gone, and not yet known to be, is looked at again: its own second look, or that with its page."""
    trace = sighting.presence.of(truth)
    if sighting.status is Status.REMOVED or trace.gone_since is None:
        return None
    if trace.standing is not Standing.GONE_ONCE and truth is not deciding(sighting.place):
        return None
    after = (trace.gone_since + gap for gap in (*BETWEEN_AFTER, SECOND_LOOK_AFTER))
    return next((at for at in after if at > now), now + _DAY)


def last_sent(reports: Iterable[Report]) -> datetime | None:
    """Of reports that were not taken back."""
    sent = [one.sent_at for one in reports if one.sent_at is not None and one.state is not ReportState.WITHDRAWN]
    return max(sent, default=None)


def is_seen_by_visits(sighting: Sighting) -> bool:
    """Whether a visit of its watch that finds its page as it was is as good as a look at it: nothing of it is in
    doubt, and it is not gone."""
    trace = sighting.presence.of(Truth.PAGE)
    is_doubted = sighting.presence.of(deciding(sighting.place)).gone_since is not None
    return sighting.status is not Status.REMOVED and trace.standing is Standing.THERE and not is_doubted


def page_due_after(sighting: Sighting, sent_at: datetime | None, visited_at: datetime) -> datetime:
    """When its page is to be looked at, since a visit saw it. What would be due shortly after the visit is done by
    it."""
    at = next_look(Truth.PAGE, sighting, sent_at, visited_at)
    if sent_at is None or at - visited_at > near(at, sent_at):
        return at
    return next_look(Truth.PAGE, sighting, sent_at, at)


def near(at: datetime, since: datetime) -> timedelta:
    """How much sooner or later than at that time a look is as good. since: when that was planned."""
    return max(min((at - since) / 4, NEAR_A_VISIT), timedelta())


def _regular(sighting: Sighting, sent_at: datetime | None, now: datetime) -> datetime:
    removed_at = sighting.removed_at
    if sighting.status is Status.REMOVED and removed_at is not None:
        return _in_series(AFTER_REMOVAL, removed_at, now)
    if sent_at is not None and (removed_at is None or sent_at > removed_at):
        return _in_series(AFTER_SENDING, sent_at, now)
    return now + UNREPORTED_EVERY


def _in_series(series: Sequence[timedelta], since: datetime, now: datetime) -> datetime:
    """The first of its times that is yet to come. A time of sending that is yet to come is a slip, or of a clock that
    stood wrong: it puts nothing off."""
    since = min(since, now)
    for gap in series:
        if since + gap > now:
            return since + gap
    last = since + series[-1]
    return last + ((now - last) // THEN_EVERY + 1) * THEN_EVERY


def is_looked_at(sighting: Sighting, now: datetime) -> bool:
    """Neither dismissed nor closed nor hearsay, and if it was removed, not longer ago than a year."""
    if sighting.under_18 or sighting.is_hearsay or sighting.status is Status.DISMISSED:
        return False
    if sighting.status is not Status.REMOVED:
        return True
    return sighting.removed_at is not None and sighting.removed_at >= now - WATCHED_FOR


def first_looks(sighting: Sighting, now: datetime) -> tuple[PlannedLook, ...]:
    """Of a find that is new: at once, so that its page and its file are seen apart."""
    return tuple(PlannedLook(sighting.id, truth, now) for truth in Truth if truth in truths_of(sighting.place))


def due_truths(sighting: Sighting, planned: Iterable[PlannedLook], now: datetime) -> frozenset[Truth]:
    """That are to be looked at now: also those that have no time yet."""
    known = {look.truth: look.due_at for look in planned}
    return frozenset(
        truth
        for truth in truths_of(sighting.place)
        if truth not in known or known[truth] <= now or known[truth] > now + FURTHEST_LOOK
    )


def planned_anew(
    sighting: Sighting,
    planned: Iterable[PlannedLook],
    looked: Iterable[Truth],
    sent_at: datetime | None,
    now: datetime,
    marks: Mapping[Truth, ServerMark] = NO_MARKS,
) -> tuple[PlannedLook, ...]:
    """After a look. sighting: as it stands now. looked: the truths that were looked at; what was not, is looked at no
    later than planned, and sooner where something hangs on it. marks: of what was there."""
    before, done = {look.truth: look for look in planned}, set(looked)
    rows = []
    for truth in Truth:
        if truth not in truths_of(sighting.place):
            continue
        at = next_look(truth, sighting, sent_at, now)
        known = before.get(truth)
        if known is None or truth in done:
            rows.append(PlannedLook(sighting.id, truth, at, marks.get(truth, NO_MARK)))
        elif known.due_at > at:
            rows.append(replace(known, due_at=at))
    return tuple(rows)
