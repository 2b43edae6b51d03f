"""How it goes over the weeks: counted from the finds and from when each was gone. Plain functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.hosts import host_of
from monitor.model.course import NO_ABSENCES, Absence, Course, CourseWeek, RouteCourse
from monitor.model.ids import SightingId
from monitor.model.match import Tier
from monitor.model.presence import Standing, Truth
from monitor.model.sighting import HER_WORD, Decision, Sighting, Status

WEEK = timedelta(days=7)
MOST_WEEKS = 52

Gone = Mapping[SightingId, Sequence[Absence]]


def course_of(
    finds: Iterable[Sighting],
    gone: Gone = NO_ABSENCES,
    routes: Iterable[RouteCourse] = (),
    *,
    until: datetime,
) -> Course:
    """gone: the absences of each find, the oldest first; a find without any is where it was."""
    every = list(finds)
    hers = [find for find in every if is_hers(find)]
    open_now = [find for find in hers if find.status is not Status.REMOVED]
    return Course(
        until=until,
        open=len(open_now),
        reported=sum(find.status is Status.REPORTED for find in open_now),
        back=sum(_was_gone(gone.get(find.id, ()), until) for find in open_now),
        removed=len(hers) - len(open_now),
        undecided=sum(_is_undecided(find) for find in every),
        left=sum(find.decision is Decision.NOT_HERE and not find.under_18 for find in every),
        accounts=tuple(sorted({_account(find) for find in open_now if find.seen_at.account})),
        hosts=tuple(sorted({host for find in open_now for host in serving_hosts(find)})),
        weeks=_weeks(hers, gone, until),
        routes=tuple(routes),
    )


def is_hers(find: Sighting) -> bool:
    """It counts: hers by her word or by a sure match, and not set aside."""
    if find.under_18 or find.status is Status.DISMISSED or find.is_hearsay:
        return False
    return not _is_undecided(find)


def serving_hosts(find: Sighting) -> frozenset[str]:
    """Of an open find: the host of its page and that of its file, each unless it is known to be gone there."""
    place, presence = find.seen_at, find.presence
    both = ((place.page_url, Truth.PAGE), (place.image_url, Truth.MEDIA))
    still = (url for url, truth in both if presence.of(truth).standing is not Standing.GONE)
    return frozenset(filter(None, (host_of(url) for url in still if not url.startswith("data:"))))


def _is_undecided(find: Sighting) -> bool:
    if find.under_18 or find.status not in (Status.NEW, Status.REAPPEARED) or find.is_hearsay:
        return False
    return find.match.tier is not Tier.MATCH and find.is_compared and find.status not in HER_WORD


def _account(find: Sighting) -> tuple[str, str]:
    return host_of(find.seen_at.page_url), find.seen_at.account


def _was_gone(absences: Iterable[Absence], until: datetime) -> bool:
    return any(one.back_at is not None and one.back_at <= until for one in absences)


def _weeks(hers: Sequence[Sighting], gone: Gone, until: datetime) -> tuple[CourseWeek, ...]:
    """Counted back from `until`, as far as there is something to tell. What a clock that stood ahead noted for later
    counts as of `until`."""
    if not hers:
        return ()
    lives = [_life(find, gone.get(find.id, ()), until) for find in hers]
    age = until - min(first for first, _ in lives)
    many = min(MOST_WEEKS, age // WEEK + 1)
    ends = [until - WEEK * back for back in range(many, -1, -1)]
    absences = [one for _, of_find in lives for one in of_find]
    return tuple(
        CourseWeek(
            begins=begin.date(),
            new=sum(begin < first <= end for first, _ in lives),
            removed=sum(begin < away <= end for away, _ in absences),
            back=sum(back is not None and begin < back <= end for _, back in absences),
            open=sum(first <= end and not any(_covers(one, end) for one in of_find) for first, of_find in lives),
        )
        for begin, end in pairwise(ends)
    )


Away = tuple[datetime, datetime | None]


def _life(find: Sighting, absences: Iterable[Absence], until: datetime) -> tuple[datetime, tuple[Away, ...]]:
    """When it was first seen, and from when to when it was gone."""
    away = ((min(one.gone_at, until), one.back_at and min(one.back_at, until)) for one in absences)
    return min(find.first_seen, until), tuple(away)


def _covers(away: Away, at: datetime) -> bool:
    return away[0] <= at and (away[1] is None or away[1] > at)
