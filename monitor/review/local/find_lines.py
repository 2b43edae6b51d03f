"""Finds and reports as lists have them. Plain functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from monitor.documents.how_matched import how_it_matches
from monitor.domains import domain_of
from monitor.hosts import host_of
from monitor.model.figures import CountedAs
from monitor.model.ids import SightingId
from monitor.model.report import Report
from monitor.model.sighting import Decision, Sighting, Status
from monitor.review.port.finds import FindLine, FindState
from monitor.review.port.report_lines import ReportLine
from monitor.tracking.deciding import stamp_of
from monitor.tracking.figures import counted_as

_STATES = {
    Status.NEW: FindState.NEW,
    Status.CONFIRMED: FindState.CONFIRMED,
    Status.DISMISSED: FindState.NOT_MINE,
    Status.REPORTED: FindState.REPORTED,
    Status.REMOVED: FindState.REMOVED,
    Status.REAPPEARED: FindState.BACK,
}


def find_state(find: Sighting) -> FindState:
    if find.under_18:
        return FindState.UNDER_18
    if find.decision is Decision.NOT_HERE:
        return FindState.LEFT
    kind = counted_as(find)
    if kind is CountedAs.TO_DECIDE:
        return FindState.TO_DECIDE
    return FindState.ONLY_SAID if kind is CountedAs.ONLY_SAID else _STATES[find.status]


def find_line(find: Sighting) -> FindLine:
    place = find.seen_at
    return FindLine(
        id=find.id,
        number=find.number,
        incident=find.incident,
        state=find_state(find),
        site=site_of(find),
        page_url=place.page_url,
        account=place.account,
        label=(find.match.label or "") if find.is_compared else "",
        first_seen=find.first_seen,
        last_seen=find.last_seen,
        how=how_it_matches(find),
        stamp=stamp_of(find),
        later_until=find.later_until,
        removed_at=find.removed_at,
    )


def site_of(find: Sighting) -> str:
    """Its registrable domain; the host where it has none."""
    url = find.seen_at.page_url
    return domain_of(url) or host_of(url)


def report_line(report: Report, finds: Mapping[SightingId, Sighting], now: datetime) -> ReportLine:
    about = [finds[one] for one in report.sightings if one in finds]
    return ReportLine(
        id=report.id,
        to=report.frozen.channel_name or report.channel,
        lane=report.lane,
        state=report.state,
        sites=tuple(dict.fromkeys(site_of(one) for one in about)),
        numbers=tuple(sorted(one.number for one in about)),
        created_at=report.created_at,
        changed_at=report.changed_at,
        sent_at=report.sent_at,
        due_at=report.due_at,
        look_at=report.look_at,
        is_overdue=report.overdue(now),
        is_unanswered=report.unanswered(now),
        follows=report.follows,
        number=report.number,
        has_sheet=bool(report.file),
        steps=report.steps,
    )


def ids_of(reports: Iterable[Report]) -> tuple[SightingId, ...]:
    """Of all finds that they are about, each once."""
    return tuple(dict.fromkeys(one for report in reports for one in report.sightings))
