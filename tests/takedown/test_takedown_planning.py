"""Whom to ask about a find now, after what was asked before; and what came of it, for the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import CaseId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.outline import FindOutline
from monitor.model.presence import Presence, Trace
from monitor.model.report import Frozen, Report, ReportState
from monitor.model.sighting import Place, Sighting, Status
from monitor.takedown.channel_files import load_channels
from monitor.takedown.lanes import Lane
from monitor.takedown.planning import asked_desk, find_of, outcomes, to_ask_now
from monitor.takedown.routing import Desk, fitting_routes

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CASE = CaseId("default")
CHANNELS = load_channels()
PAGES = AbuseContact(HostPart.HOST, "Small Host", "abuse@small.example", why="entity", source="rdap", asked_at=NOW)
NAMES = AbuseContact(HostPart.REGISTRAR, "Names", "abuse@names.example", why="entity", source="rdap", asked_at=NOW)
HOSTING = {"forum.example": Hosting("forum.example", ("192.0.2.1",), "forum.example", (PAGES, NAMES), NOW)}


def sighting(page: str = "https://forum.example/t/1", status: Status = Status.REPORTED) -> Sighting:
    return Sighting(
        id=SightingId("s1"),
        incident="i1",
        case=CASE,
        watch="w",
        place=Place(page, ""),
        match=Match(Tier.MATCH, 0.9, "same picture"),
        status=status,
        first_seen=NOW - timedelta(days=30),
        last_seen=NOW,
    )


def report(
    channel: str, lane: Lane, *, hours: float = 1, due_h: float | None = None, state: ReportState = ReportState.SENT
) -> Report:
    """Sent so many hours ago; due so many hours from now."""
    sent_at = NOW - timedelta(hours=hours)
    made = Report.drafted(
        id=f"r-{channel}",
        case=CASE,
        sightings=(SightingId("s1"),),
        channel=channel,
        route="platform",
        at=sent_at,
        lane=lane.value,
        frozen=Frozen(address=PAGES.email if channel == "rdap_network" else ""),
    )
    due = None if due_h is None else NOW + timedelta(hours=due_h)
    sent = made.sent(at=sent_at, due_at=due)
    if state is ReportState.SENT:
        return sent
    if state is ReportState.WITHDRAWN:
        return sent.withdrawn(at=sent_at)
    return sent.answered(state, at=sent_at, due_at=due)


def asked(one: Sighting, *reports: Report, jurisdiction: str = "DE") -> list[str]:
    routes = fitting_routes(find_of(one), jurisdiction, CHANNELS, hosting=HOSTING)
    found = to_ask_now(one, routes, reports, NOW)
    return [route.channel.id for route in found if route.lane is not Lane.SEARCH]


SITE = Lane.PLATFORM


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        pytest.param((), ["site_own", "rdap_network"], id="the site, and who hosts it"),
        pytest.param((report("site_own", SITE),), [], id="the site has it in hand"),
        pytest.param(
            (report("site_own", SITE, hours=169),),
            ["rdap_network"],
            id="nothing heard for a week",
        ),
        pytest.param((report("site_own", SITE, hours=49, due_h=-1),), ["rdap_network"], id="its time is out"),
        pytest.param((report("site_own", SITE, state=ReportState.REFUSED),), ["rdap_network"], id="refused"),
        pytest.param((report("site_own", SITE, state=ReportState.BOUNCED),), ["rdap_network"], id="came back"),
        pytest.param((report("site_own", SITE, state=ReportState.MORE_ASKED),), [], id="they ask for more"),
        pytest.param((report("site_own", SITE, state=ReportState.REMOVED),), [], id="they say removed"),
        pytest.param(
            (report("site_own", SITE, hours=73, state=ReportState.REMOVED),),
            ["rdap_network"],
            id="but not so",
        ),
        pytest.param(
            (report("site_own", SITE, state=ReportState.WITHDRAWN),), ["site_own", "rdap_network"], id="taken back"
        ),
        pytest.param(
            (report("site_own", SITE, state=ReportState.REFUSED), report("rdap_network", Lane.PAGE_HOST)),
            [],
            id="the host has it in hand",
        ),
        pytest.param((report("google_search", Lane.SEARCH),), ["site_own", "rdap_network"], id="search is none"),
    ],
)
def test_whom_to_ask_now(reports: tuple[Report, ...], expected: list[str]) -> None:
    found = [one for one in asked(sighting(), *reports) if one in ("site_own", "rdap_network", "rdap_domain")]
    assert found == expected


def test_what_came_back_begins_anew() -> None:
    gone = report("site_own", SITE, hours=400, state=ReportState.REMOVED)
    back = replace(sighting(status=Status.REAPPEARED), removed_at=NOW - timedelta(hours=300))
    assert asked(back, gone) == ["site_own", "rdap_network"]


def test_what_came_of_it() -> None:
    one = replace(sighting(status=Status.REMOVED), removed_at=NOW)
    (found,) = outcomes([report("site_own", SITE, hours=31)], {one.id: FindOutline.of(one)})
    assert (found.place, found.channel, found.removed_at) == ("forum.example", "site_own", NOW)
    earlier = replace(one, removed_at=NOW - timedelta(hours=40))
    (found,) = outcomes([report("site_own", SITE, hours=31)], {one.id: FindOutline.of(earlier)})
    assert found.removed_at is None, "it was gone before it was asked"
    assert list(outcomes([report("site_own", SITE, state=ReportState.BOUNCED)], {one.id: FindOutline.of(one)})) == []
    assert list(outcomes([report("site_own", SITE, state=ReportState.WITHDRAWN)], {one.id: FindOutline.of(one)})) == []


def test_delisted_is_what_a_search_shows_no_more() -> None:
    gone = Trace(None, NOW - timedelta(days=2), NOW - timedelta(days=1))
    one = replace(sighting(), presence=Presence(search=gone))
    (found,) = outcomes([report("google_search", Lane.SEARCH, hours=72)], {one.id: FindOutline.of(one)})
    assert found.removed_at == NOW - timedelta(days=2)


def test_a_looked_up_desk_with_mailbox_and_page_is_known_again_after_it_was_asked() -> None:
    both = replace(PAGES, url="https://small.example/abuse")
    hosting = {"forum.example": replace(HOSTING["forum.example"], contacts=(both,))}
    find = find_of(sighting())
    (route,) = (r for r in fitting_routes(find, "DE", CHANNELS, hosting=hosting) if r.channel.id == "rdap_network")
    asked = replace(report("rdap_network", Lane.PAGE_HOST), frozen=Frozen(address=both.url, email=both.email))
    assert asked_desk(asked) == route.desk == Desk("rdap_network", both.email)


@pytest.mark.parametrize(
    ("jurisdiction", "authority"),
    [
        pytest.param("AU", ["esafety"], id="Australia: eSafety takes it at once"),
        pytest.param("IT", ["it_garante"], id="Italy: so does the Garante"),
        pytest.param("ES", [], id="Spain: AEPD wants the site asked first"),
        pytest.param("US", [], id="US: the FTC hears complaints"),
        pytest.param("", [], id="no country said"),
    ],
)
def test_an_authority_that_takes_it_on_the_first_day_is_asked_beside_the_site(
    jurisdiction: str, authority: list[str]
) -> None:
    routes = fitting_routes(find_of(sighting()), jurisdiction, CHANNELS, hosting=HOSTING)
    found = to_ask_now(sighting(), routes, (), NOW)
    asked_first = [route for route in found if route.lane is Lane.REGULATOR]
    assert [route.channel.id for route in asked_first] == authority
    assert any(route.lane is Lane.PLATFORM for route in found)
    assert all("on the first day, beside the site" in " ".join(route.warnings) for route in asked_first)
    for id_ in authority:
        there = to_ask_now(sighting(), routes, (report(id_, Lane.REGULATOR),), NOW)
        assert id_ not in [route.channel.id for route in there], "once"
        assert "site_own" in [route.channel.id for route in there], "it does not stand for the site"
