"""For each country and each site of the data: on the first day there is a draft, made with what `init` asks alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.errors import DraftIncomplete
from monitor.model.case import Authority
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.batching import Target
from monitor.takedown.channel import ChannelKind
from monitor.takedown.channel_files import load_channels
from monitor.takedown.countries import EU_MEMBERS
from monitor.takedown.covering import fewest_forms
from monitor.takedown.drafts import Claimant, DraftFacts, FoundAt
from monitor.takedown.elements import waits_for_nothing
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import first_day, fitting_routes

NOW = datetime(2026, 11, 29, tzinfo=UTC)
CHANNELS = load_channels()
ONE = SightingId("s")
PUBLISHING = {host for channel in CHANNELS.channels if channel.publishes_complaints for host in channel.hosts}
HOSTS = sorted(
    {
        host
        for channel in CHANNELS.channels
        if channel.kind in (ChannelKind.PLATFORM, ChannelKind.HOST, ChannelKind.CDN)
        for host in channel.hosts
        if host != "*" and host not in PUBLISHING
    }
    | {"forum.example"}
)
COUNTRIES = sorted(
    {
        place
        for channel in CHANNELS.channels
        for place in channel.jurisdictions
        if place not in ("GLOBAL", "EU", "LATAM")
    }
    | {"GB", "AU", "CH", "PL", ""}
)


def facts_of_init(url: str, country: str) -> DraftFacts:
    """Name, e-mail address and country; the rest is said by sending it."""
    found = FoundAt(sighting=ONE, page_url=url, image_url="", account="", first_seen=NOW, result_url="")
    claimant = Claimant(
        name="Jane Doe", email="x1@mail.example", signature="Jane Doe", role=Authority.SELF, country=country
    )
    return DraftFacts(
        finds=(found,), claimant=claimant, adult=True, authorised=True, intimate=True, not_consensual=True
    )


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country or "no country said")
def test_a_draft_on_the_first_day(country: str) -> None:
    missing = [host for host in HOSTS if not drafted(f"https://{host}/a", country)]
    assert missing == []


def drafted(url: str, country: str) -> list[str]:
    """At the source, of the shortest list of forms."""
    facts = facts_of_init(url, country)
    find = FindToReport(sighting=ONE, page_url=url)
    routes = [route for route in fitting_routes(find, country, CHANNELS) if waits_for_nothing(route, facts)]
    asked = tuple(route for route in first_day(routes) if route.lane.is_at_source)
    made = []
    for batch in fewest_forms([Target(find, asked)]):
        try:
            made.append(render_draft(batch.route, facts, NOW).channel)
        except DraftIncomplete:
            continue
    return made


def test_the_table_holds_what_it_should() -> None:
    assert len(HOSTS) > 60 and {"IN", "US", "UK", "DE", "KR", "CA-BC"} <= set(COUNTRIES)
    assert PUBLISHING == {"kiwifarms.st", "kiwifarms.net"}, "where nothing is drafted by itself"
    assert set(COUNTRIES) & EU_MEMBERS


def test_in_india_the_form_that_nobody_checked_and_the_one_that_somebody_did() -> None:
    url = "https://www.facebook.com/p/1"
    routes = fitting_routes(FindToReport(sighting=ONE, page_url=url), "IN", CHANNELS)
    asked = tuple(route for route in first_day(routes) if route.lane.is_at_source)
    listed = fewest_forms([Target(FindToReport(sighting=ONE, page_url=url), asked)])
    assert {batch.route.channel.id for batch in listed} == {"meta", "meta_india"}
    assert drafted(url, "IN") == ["meta"], "the other wants a yes to the name"
