"""What is to be asked about a find now, after what was asked before and what came of it; and the record that this
makes. Pure: times are passed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.domains import domain_of
from monitor.model.ids import SightingId
from monitor.model.outline import FindOutline
from monitor.model.report import WAITING, Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.facts import is_gone_at_source
from monitor.takedown.lanes import Lane
from monitor.takedown.record import ReportOutcome
from monitor.takedown.regimes import Element
from monitor.takedown.routing import Desk, Route, address_for, first_day
from monitor.takedown.whose_desk import DOMAIN, NETWORK

BELIEVED = timedelta(days=3)  # a desk that says "removed": by then two looks have shown whether it is so


def find_of(sighting: Sighting, software: str = "") -> FindToReport:
    """software: what is known to run the page's server."""
    place = sighting.place
    return FindToReport(
        sighting=sighting.id,
        page_url=place.page_url,
        image_url=place.image_url,
        account=place.account,
        is_gone=is_gone_at_source(sighting),
        software=software,
    )


def to_ask_now(
    sighting: Sighting, routes: Sequence[Route], reports: Iterable[Report], now: datetime
) -> tuple[Route, ...]:
    """Of `routes`, in their order: at the source whom to ask next, unless somebody there has it in hand; search engines
    that were not asked yet, and authorities that take a report on the first day; once a time has run out, the authority
    to complain to. What came back after it was removed begins anew; whose mail came back is asked again where another
    address is known."""
    sent = _sent(sighting, reports)
    left = _untried(routes, sent)
    has_it = any(lane_of_report(report).is_at_source and is_in_hand(report, now) for report in sent)
    if is_gone_at_source(sighting):  # what a search still shows of it is refreshed, not reported
        return tuple(route for route in left if Element.GONE in route.regime.elements)
    wanted = [route for route in first_day(left) if route.lane is Lane.SEARCH]
    if not has_it:
        wanted += _next_at_source(left)
    is_out = any(_is_out(report, now) for report in sent)
    wanted += [route for route in left if route.lane is Lane.REGULATOR and (is_out or route.regime.on_first_day)]
    return tuple(route for route in left if route in wanted)


def _untried(routes: Sequence[Route], sent: Sequence[Report]) -> list[Route]:
    """One whose mail came back was tried only where no other address of it is known."""
    returned = {asked_desk(report) for report in sent if report.state is ReportState.BOUNCED}
    tried = {asked_desk(report) for report in sent if report.state is not ReportState.BOUNCED}
    return [
        route
        for route in routes
        if route.desk not in tried and (route.desk not in returned or address_for(route).is_known)
    ]


def _next_at_source(left: Sequence[Route]) -> list[Route]:
    """The registrar once nobody else is left."""
    found = [route for route in first_day(left) if route.lane.is_at_source]
    return found or [route for route in left if route.lane is Lane.REGISTRAR][:1]


def asked_desk(report: Report) -> Desk:
    looked_up = report.channel in (NETWORK, DOMAIN)
    return Desk(report.channel, (report.frozen.email or report.frozen.address) if looked_up else "")


def lane_of_report(report: Report) -> Lane:
    """Earlier versions asked sites alone, and did not write it down."""
    return Lane(report.lane) if report.lane else Lane.PLATFORM


def is_in_hand(report: Report, now: datetime) -> bool:
    """The desk's turn, and its time is not out; or it says that it is done, and nobody has seen otherwise yet."""
    if report.state is ReportState.REMOVED:
        return now - report.changed_at < BELIEVED
    return report.state in WAITING and not report.overdue(now) and not report.unanswered(now)


def outcomes(reports: Iterable[Report], sightings: Mapping[SightingId, FindOutline]) -> Iterator[ReportOutcome]:
    """Of each report that was sent and not taken back, one for each place that it was about."""
    for report in reports:
        if report.sent_at is None or report.state in (ReportState.WITHDRAWN, ReportState.BOUNCED):
            continue  # of what came back, nobody ever heard
        lane = lane_of_report(report)
        places: dict[str, list[FindOutline]] = {}
        for sighting in (sightings[one] for one in report.sightings if one in sightings):
            url = sighting.image_url if lane is Lane.MEDIA_HOST else sighting.page_url
            places.setdefault(domain_of(url), []).append(sighting)
        for place, there in places.items():
            yield ReportOutcome(
                place=place,
                channel=report.channel,
                sent_at=report.sent_at,
                due_at=report.due_at,
                removed_at=_removed_at(report, lane, there),
                is_closed=_is_refused(report),
            )


def _sent(sighting: Sighting, reports: Iterable[Report]) -> list[Report]:
    since = sighting.removed_at if sighting.status is Status.REAPPEARED else None
    return [
        report
        for report in reports
        if report.sent_at is not None
        and report.state is not ReportState.WITHDRAWN
        and (since is None or report.sent_at >= since)
    ]


def _is_refused(report: Report) -> bool:
    return report.state is ReportState.REFUSED


def _is_out(report: Report, now: datetime) -> bool:
    """Somebody else may be told that nothing came of it."""
    return _is_refused(report) or report.overdue(now)


def _removed_at(report: Report, lane: Lane, sightings: Sequence[FindOutline]) -> datetime | None:
    """When all of them were gone for all that was seen; else when the desk said so."""
    seen = [one.search_gone if lane is Lane.SEARCH else one.removed_at for one in sightings]
    gone = [at for at in seen if at is not None]
    if len(gone) == len(seen) and report.sent_at is not None and max(gone) >= report.sent_at:
        return max(gone)
    return report.changed_at if report.state is ReportState.REMOVED else None
