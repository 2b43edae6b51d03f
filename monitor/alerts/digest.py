"""The weekly review: what happened, what could not be seen, what is due, and always what was looked at.

`gather` reads the store, `build` decides what belongs where (pure), `digest_words` puts it into words (pure).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from monitor.alerts.health import failed_long
from monitor.localtime import instant_of
from monitor.model.alert import Outstanding, Part
from monitor.model.channel_health import ChannelHealth
from monitor.model.course import Course
from monitor.model.desk import DeskLook
from monitor.model.digest import Blind, Coverage, Cut, Digest
from monitor.model.figures import CountedAs
from monitor.model.ids import CaseId
from monitor.model.observation import RunStatus, unlike
from monitor.model.outline import FindOutline
from monitor.model.report import Report
from monitor.model.run import Run
from monitor.model.settings import DigestSettings
from monitor.model.sighting import Sighting, Status
from monitor.model.standstill import Standstill
from monitor.ports import Store
from monitor.tracking.changes import absences_of
from monitor.tracking.course import WEEK, course_of
from monitor.tracking.figures import counted_as, figures_of, is_hers, is_new

NOTHING_WAITS = Outstanding()
TREND_WEEKS = 8
MOST_OF_WATCH = 3  # observations
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What the store holds that a digest may need. sightings: all of the case. reports: those that the person is to
    look at again. proposed: drafted to be sent next. last_good: per watch with a run, its last good look ever. watches:
    names of the watches that should have run; empty where the caller does not know them. wrong: how many things are
    wrong in the watchlists. stopped: something that is switched on cannot run. outstanding: how the outbox stands: what
    nobody was told of is new, whenever it was found. refusing: recipients that refused for good when asked last.
    failing: channels that took nothing for a day. folded: labels of photos that turn up everywhere, and are told of
    once an hour. custody, doubts, course, standstills: as in `Digest`."""

    case: CaseId
    since: datetime
    until: datetime
    sightings: tuple[Sighting, ...] = ()
    reports: tuple[Report, ...] = ()
    proposed: tuple[Report, ...] = ()
    runs: tuple[Run, ...] = ()
    last_good: Mapping[str, datetime | None]
    outstanding: Outstanding = NOTHING_WAITS
    refusing: tuple[Part, ...] = ()
    failing: tuple[ChannelHealth, ...] = ()
    watches: tuple[str, ...] = ()
    wrong: int = 0
    stopped: bool = False
    folded: tuple[str, ...] = ()
    custody: str = ""
    doubts: tuple[DeskLook, ...] = ()
    course: Course | None = None
    standstills: tuple[Standstill, ...] = ()


def _channels_of(case: CaseId, store: Store) -> str:
    """By which it is told, as `ChannelHealth` has it."""
    return case if case in store.case_settings.having("alerts.urls") else ""


def gather(
    store: Store,
    case: CaseId,
    *,
    since: datetime,
    now: datetime,
    watches: Sequence[str] = (),
    wrong: int = 0,
    stopped: bool = False,
    with_course: bool = True,
) -> DigestFacts:
    """watches: names of the enabled watches of the case, so that one that never ran is named too."""
    runs = tuple(store.runs.since(case, since))
    names = {run.watch for run in runs} | set(watches)
    outstanding = store.alerts.outstanding(case)
    finds = tuple(store.sightings.all(case))
    return DigestFacts(
        case=case,
        since=since,
        until=now,
        sightings=finds,
        reports=tuple(store.reports.due(case, now)),
        proposed=tuple(store.reports.proposed(case)),
        runs=runs,
        last_good={name: store.runs.last_good(case, name) for name in sorted(names)},
        outstanding=outstanding,
        refusing=tuple(store.alert_parts.refusing(case)),
        failing=tuple(one for one in store.channel_health.all(_channels_of(case, store)) if failed_long(one, now)),
        watches=tuple(watches),
        wrong=wrong,
        stopped=stopped,
        folded=_folded(store, case),
        doubts=tuple(look for look in store.desk_looks.all(case).values() if look.answer.is_doubt),
        custody=head.reference if (head := store.custody.head(case)).number else "",
        course=_course(finds, store, case, now) if with_course else None,
        standstills=tuple(one for one in store.standstills.since(since) if one.until <= now),
    )


def _folded(store: Store, case: CaseId) -> tuple[str, ...]:
    if not store.references.folded(case):  # which is quickly asked; the photos themselves are large
        return ()
    return tuple(reference.label for reference in store.references.all(case) if reference.folded_at is not None)


def _course(finds: Sequence[Sighting], store: Store, case: CaseId, until: datetime) -> Course:
    gone = absences_of(store.changes.of(case, [find.id for find in finds]))
    return course_of(map(FindOutline.of, finds), gone, until=until)


class Section(StrEnum):
    """Where a digest tells of a find. New, back and again are together what is still there."""

    NEW = "new"
    POSSIBLE = "possible"
    AGAIN = "again"
    REMOVED = "removed"
    REAPPEARED = "reappeared"


def section_of(sighting: Sighting, since: datetime, untold: Collection[str]) -> Section | None:
    """None: it is not told. Dismissed finds were decided; of what is under age nothing is shown but in its own place;
    hearsay is not a find."""
    kind = counted_as(sighting)
    if kind is CountedAs.GONE:
        return Section.REMOVED if sighting.removed_at is not None and sighting.removed_at >= since else None
    if kind is CountedAs.TO_DECIDE:
        return Section.POSSIBLE
    if kind is not CountedAs.STILL_THERE:
        return None
    if is_new(sighting, since, untold):
        return Section.NEW
    is_back = sighting.status is Status.REAPPEARED and (sighting.last_seen >= since or sighting.id in untold)
    return Section.REAPPEARED if is_back else Section.AGAIN


def build(facts: DigestFacts) -> Digest:
    since, until = facts.since, facts.until
    finds: dict[Section | None, list[Sighting]] = {section: [] for section in (*Section, None)}
    for sighting in sorted(facts.sightings, key=lambda sighting: (sighting.first_seen, sighting.id)):
        finds[section_of(sighting, since, facts.outstanding.finds)].append(sighting)
    latest = _latest(facts)
    return Digest(
        case=facts.case,
        since=since,
        until=until,
        new=tuple(finds[Section.NEW]),
        possible=tuple(finds[Section.POSSIBLE]),
        again=tuple(finds[Section.AGAIN]),
        removed=tuple(finds[Section.REMOVED]),
        reappeared=tuple(finds[Section.REAPPEARED]),
        blind=_blind(facts, latest),
        partly=_observed(latest, RunStatus.PARTIAL, facts),
        noted=_observed(latest, RunStatus.OK, facts),
        cut=tuple(Cut(name, limit) for name, run in sorted(latest.items()) for limit in run.limits),
        wrong=facts.wrong,
        stopped=facts.stopped,
        folded=facts.folded,
        custody=facts.custody,
        doubts=facts.doubts,
        course=facts.course,
        standstills=facts.standstills,
        overdue=tuple(report for report in facts.reports if report.overdue(until)),
        unanswered=tuple(report for report in facts.reports if report.unanswered(until)),
        proposed=facts.proposed,
        waiting=facts.outstanding.tried,
        not_all=facts.outstanding.partly,
        oldest=facts.outstanding.oldest if facts.outstanding.tried else None,
        refusing=facts.refusing,
        failing=facts.failing,
        coverage=_coverage(facts),
        trend=_trend(facts.sightings, until),
        figures=figures_of(facts.sightings, since, facts.outstanding.finds),
    )


def digest_due(last_sent: datetime | None, settings: DigestSettings, now: datetime, *, zone: tzinfo) -> bool:
    """Whether the set hour has come since `last_sent`: one missed while the machine was off is due once, later ones
    are not added up. last_sent None: nothing was watched yet (the daemon notes its first start instead)."""
    if last_sent is None:
        return False
    # Noted at a time that is yet to come: by a clock that stood wrong. Else there were none until then.
    return last_sent > now + timedelta(hours=1) or last_sent < last_occurrence(settings, now, zone)


def last_occurrence(settings: DigestSettings, now: datetime, zone: tzinfo) -> datetime:
    """The latest set weekday and hour at or before `now`, in UTC. For an hour that summer time skips, the
    moment of the change; of one that it repeats, the first."""
    weekday = WEEKDAYS.index(settings.weekday)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=1 - back) for back in range(10))
    moments = (instant_of(datetime.combine(day, settings.at), zone) for day in days if day.weekday() == weekday)
    return next(moment for moment in moments if moment <= now)


def _latest(facts: DigestFacts) -> dict[str, Run]:
    latest: dict[str, Run] = {}
    for run in facts.runs:
        if run.watch not in latest or run.finished_at >= latest[run.watch].finished_at:
            latest[run.watch] = run
    return latest


def _of_run(run: Run, facts: DigestFacts) -> Blind:
    cause = run.cause
    return Blind(
        run.watch,
        cause.message if cause else "no good look",
        facts.last_good.get(run.watch),
        cause.remedy if cause else "",
    )


def _observed(latest: Mapping[str, Run], status: RunStatus, facts: DigestFacts) -> tuple[Blind, ...]:
    """What the last looks with this status observed."""
    return tuple(
        Blind(name, one.message, facts.last_good.get(name), one.remedy)
        for name, run in sorted(latest.items())
        if run.status is status
        for one in unlike(run.observed)[:MOST_OF_WATCH]
    )


def _blind(facts: DigestFacts, latest: Mapping[str, Run]) -> tuple[Blind, ...]:
    blind = []
    for name in sorted(set(latest) | set(facts.watches)):
        last = latest.get(name)
        if last is None:
            remedy = "`reupload-monitor status` says whether the daemon runs, and what else holds this place back."
            blind.append(Blind(name, "it was not looked at in this time", facts.last_good.get(name), remedy))
        elif last.status is RunStatus.FAILED:
            blind.append(_of_run(last, facts))
    return tuple(blind)


def _coverage(facts: DigestFacts) -> Coverage:
    good = {run.watch for run in facts.runs if run.status is not RunStatus.FAILED}
    return Coverage(
        watches=len({run.watch for run in facts.runs} | set(facts.watches)),
        good=len(good),
        runs=len(facts.runs),
        pages=sum(run.pages_seen for run in facts.runs),
        images=sum(run.images_seen for run in facts.runs),
        new_images=sum(run.new_images for run in facts.runs),
    )


def _trend(sightings: Sequence[Sighting], until: datetime) -> tuple[tuple[date, int], ...]:
    """What was found in each of the last weeks, be it gone since; weeks counted back from `until`."""
    counts = Counter(
        (until - sighting.first_seen) // WEEK
        for sighting in sightings
        if is_hers(sighting) and sighting.first_seen <= until
    )
    return tuple(((until - WEEK * (back + 1)).date(), counts[back]) for back in reversed(range(TREND_WEEKS)))
