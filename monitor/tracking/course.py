"""How it goes over the weeks: counted from the finds and from when each was gone. Plain functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from monitor.hosts import host_of
from monitor.model.course import NO_ABSENCES, Absence, Course, CourseWeek, RouteCourse
from monitor.model.figures import CountedAs
from monitor.model.ids import SightingId
from monitor.model.presence import Standing, Truth
from monitor.model.sighting import Decision, Sighting, Status
from monitor.tracking.figures import counted_as, is_hers

WEEK = timedelta(days=7)
MOST_WEEKS = 52

Gone = Mapping[SightingId, Sequence[Absence]]
Away = tuple[datetime, datetime | None]
SpentHours = tuple[datetime, float]
"""When something that was reported was removed, and how many hours after."""


def course_of(
    finds: Iterable[Sighting],
    gone: Gone = NO_ABSENCES,
    routes: Iterable[RouteCourse] = (),
    removals: Iterable[SpentHours] = (),
    *,
    until: datetime,
) -> Course:
    """gone: the absences of each find, the oldest first; a find without any is where it was."""
    every = list(finds)
    hers = [find for find in every if is_hers(find)]
    open_now = [find for find in hers if counted_as(find) is CountedAs.STILL_THERE]
    return Course(
        until=until,
        open=len(open_now),
        reported=sum(find.status is Status.REPORTED for find in open_now),
        back=sum(_was_gone(gone.get(find.id, ()), until) for find in open_now),
        removed=len(hers) - len(open_now),
        undecided=sum(counted_as(find) is CountedAs.TO_DECIDE for find in every),
        left=sum(find.decision is Decision.NOT_HERE and not find.under_18 for find in every),
        accounts=tuple(sorted({_account(find) for find in open_now if find.seen_at.account})),
        hosts=tuple(sorted({host for find in open_now for host in serving_hosts(find, until)})),
        weeks=_weeks(hers, gone, list(removals), until),
        routes=tuple(routes),
    )


def serving_hosts(find: Sighting, at: datetime) -> frozenset[str]:
    """Of a find that was open then: the host of its page and that of its file, each unless it is known to have been
    gone there."""
    return frozenset(host for host, gone_since in _hosts(find) if gone_since is None or gone_since > at)


def _hosts(find: Sighting) -> Iterator[tuple[str, datetime | None]]:
    """And since when each is known to be gone there."""
    place, presence = find.seen_at, find.presence
    for url, truth in ((place.page_url, Truth.PAGE), (place.image_url, Truth.MEDIA)):
        trace, host = presence.of(truth), "" if url.startswith("data:") else host_of(url)
        if host:
            yield host, trace.gone_since if trace.standing is Standing.GONE else None


def _account(find: Sighting) -> tuple[str, str]:
    return host_of(find.seen_at.page_url), find.seen_at.account


def _was_gone(absences: Iterable[Absence], until: datetime) -> bool:
    return any(one.back_at is not None and one.back_at <= until for one in absences)


def _weeks(
    hers: Sequence[Sighting], gone: Gone, removals: Sequence[SpentHours], until: datetime
) -> tuple[CourseWeek, ...]:
    """Counted back from `until`, as far as there is something to tell. What a clock that stood ahead noted for later
    counts as of `until`."""
    if not hers:
        return ()
    lives = [_Life.of(find, gone.get(find.id, ()), until) for find in hers]
    age = until - min(life.first for life in lives)
    many = min(MOST_WEEKS, age // WEEK + 1)
    ends = [until - WEEK * back for back in range(many, -1, -1)]
    away = [one for life in lives for one in life.away]
    return tuple(_week(begin, end, lives, away, removals) for begin, end in pairwise(ends))


def _week(
    begin: datetime, end: datetime, lives: Sequence[_Life], away: Sequence[Away], removals: Sequence[SpentHours]
) -> CourseWeek:
    is_open = [life for life in lives if life.is_open(end)]
    hours = [spent for at, spent in removals if begin < at <= end]
    return CourseWeek(
        begins=begin.date(),
        new=sum(begin < life.first <= end for life in lives),
        removed=sum(begin < gone_at <= end for gone_at, _ in away),
        back=sum(back_at is not None and begin < back_at <= end for _, back_at in away),
        open=len(is_open),
        accounts=len({life.account for life in is_open if life.account[1]}),
        hosts=len({host for life in is_open for host, since in life.hosts if since is None or since > end}),
        median_hours=median(hours) if hours else None,
    )


@dataclass(frozen=True, slots=True)
class _Life:
    """Of one find. first: when it was first seen. away: from when to when it was gone. hosts: as `_hosts` has them."""

    first: datetime
    away: tuple[Away, ...]
    account: tuple[str, str]
    hosts: tuple[tuple[str, datetime | None], ...]

    @classmethod
    def of(cls, find: Sighting, absences: Iterable[Absence], until: datetime) -> _Life:
        away = ((min(one.gone_at, until), one.back_at and min(one.back_at, until)) for one in absences)
        return cls(min(find.first_seen, until), tuple(away), _account(find), tuple(_hosts(find)))

    def is_open(self, at: datetime) -> bool:
        gone = any(begin <= at and (end is None or end > at) for begin, end in self.away)
        return self.first <= at and not gone
