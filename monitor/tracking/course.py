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
from monitor.model.outline import FindOutline
from monitor.model.sighting import Decision, Status
from monitor.tracking.figures import HERS, kind_of

WEEK = timedelta(days=7)
MOST_WEEKS = 52

Gone = Mapping[SightingId, Sequence[Absence]]
Away = tuple[datetime, datetime | None]
SpentHours = tuple[datetime, float]
"""When something that was reported was removed, and how many hours after."""


def course_of(
    finds: Iterable[FindOutline],
    gone: Gone = NO_ABSENCES,
    routes: Iterable[RouteCourse] = (),
    removals: Iterable[SpentHours] = (),
    *,
    until: datetime,
) -> Course:
    """gone: the absences of each find, the oldest first; a find without any is where it was."""
    kinds = [(kind_of(find.facts), find) for find in finds]
    hers = [_Life.of(find, kind, gone.get(find.id, ()), until) for kind, find in kinds if kind in HERS]
    open_now = [life for life in hers if life.kind is CountedAs.STILL_THERE]
    return Course(
        until=until,
        open=len(open_now),
        reported=sum(life.is_reported for life in open_now),
        back=sum(life.was_gone for life in open_now),
        removed=len(hers) - len(open_now),
        undecided=sum(kind is CountedAs.TO_DECIDE for kind, _ in kinds),
        left=sum(find.decision is Decision.NOT_HERE and not find.facts.under_18 for _, find in kinds),
        accounts=tuple(sorted({life.account for life in open_now if life.account[1]})),
        hosts=tuple(sorted({host for life in open_now for host in life.serving(until)})),
        unseen=sum(kind is CountedAs.NOT_LOOKED_AT for kind, _ in kinds),
        weeks=_weeks(hers, list(removals), until),
        routes=tuple(routes),
    )


def serving_hosts(find: FindOutline, at: datetime) -> frozenset[str]:
    """Of a find that was open then: the host of its page and that of its file, each unless it is known to have been
    gone there."""
    return _serving(_hosts(find), at)


def _serving(hosts: Iterable[tuple[str, datetime | None]], at: datetime) -> frozenset[str]:
    return frozenset(host for host, gone_since in hosts if gone_since is None or gone_since > at)


def _hosts(find: FindOutline) -> Iterator[tuple[str, datetime | None]]:
    """And since when each is known to be gone there."""
    for url, gone_since in ((find.page_url, find.page_gone), (find.image_url, find.media_gone)):
        host = "" if url.startswith("data:") else host_of(url)
        if host:
            yield host, gone_since


def _weeks(lives: Sequence[_Life], removals: Sequence[SpentHours], until: datetime) -> tuple[CourseWeek, ...]:
    """Counted back from `until`, as far as there is something to tell. What a clock that stood ahead noted for later
    counts as of `until`."""
    if not lives:
        return ()
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
        hosts=len({host for life in is_open for host in life.serving(end)}),
        median_hours=median(hours) if hours else None,
    )


@dataclass(frozen=True, slots=True)
class _Life:
    """Of one find that is hers. first: when it was first seen. away: from when to when it was gone. was_gone: and is
    back. account: with the host of its page. hosts: as `_hosts` has them."""

    kind: CountedAs
    is_reported: bool
    was_gone: bool
    first: datetime
    away: tuple[Away, ...]
    account: tuple[str, str]
    hosts: tuple[tuple[str, datetime | None], ...]

    @classmethod
    def of(cls, find: FindOutline, kind: CountedAs, absences: Sequence[Absence], until: datetime) -> _Life:
        return cls(
            kind=kind,
            is_reported=find.facts.status is Status.REPORTED,
            was_gone=any(one.back_at is not None and one.back_at <= until for one in absences),
            first=min(find.first_seen, until),
            away=tuple((min(one.gone_at, until), one.back_at and min(one.back_at, until)) for one in absences),
            account=(host_of(find.page_url), find.account),
            hosts=tuple(_hosts(find)),
        )

    def is_open(self, at: datetime) -> bool:
        gone = any(begin <= at and (end is None or end > at) for begin, end in self.away)
        return self.first <= at and not gone

    def serving(self, at: datetime) -> frozenset[str]:
        return _serving(self.hosts, at)
