"""Which desks are offered for which address."""

from __future__ import annotations

import pytest

from monitor.domains import domain_of
from monitor.errors import ConfigError, UsageError
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel_files import load_channels
from monitor.takedown.clocks import Deadline
from monitor.takedown.countries import applies, country
from monitor.takedown.lanes import Lane
from monitor.takedown.record import Record, SuccessRecord
from monitor.takedown.regimes import regimes_in
from monitor.takedown.routing import (
    Address,
    Route,
    address_for,
    first_day,
    fitting_routes,
    next_route,
    registrable_domain,
)
from tests.takedown.asked import fitting_channels, route_to

CHANNELS = load_channels()


@pytest.mark.parametrize(
    ("page", "image", "jurisdiction", "expected"),
    [
        pytest.param("https://www.facebook.com/p/1", "", "US", ["meta us_tida"], id="platform, US"),
        pytest.param("https://www.facebook.com/p/1", "", "DE", ["meta eu_dsa_16"], id="platform, elsewhere"),
        pytest.param("https://facebook.com/p/1", "", "", ["meta platform"], id="nothing said: no US law"),
        pytest.param(
            "https://facebook.com/p/1",
            "",
            "IN",
            ["meta_india in_it_rules_3_2_b", "meta in_it_rules_3_2_b"],
            id="India has a clock, so it stands first",
        ),
        pytest.param("https://x.com/a/1", "", "US", ["x_tida us_tida", "x_policy platform"], id="two desks"),
        pytest.param("https://x.com/a/1", "", "FR", ["x_policy eu_dsa_16"], id="one desk"),
        pytest.param("https://discord.com/c/1", "", "DE", ["discord platform"], id="made for elsewhere"),
        pytest.param("https://t.me/x", "", "US", ["telegram_email platform"], id="no US form"),
        pytest.param(
            "https://t.me/x", "", "FR", ["telegram_email eu_dsa_16", "telegram_dsa eu_dsa_16"], id="EU desk too"
        ),
        pytest.param(
            "https://forum.example/1",
            "https://forum.example/1.jpg",
            "US",
            ["site_tida us_tida", "site_own platform"],
            id="unknown site, US",
        ),
        pytest.param("https://forum.example/1", "", "GB", ["site_own uk_osa_20a"], id="unknown site, UK"),
        pytest.param(
            "https://forum.example/1",
            "https://i.imgur.com/a.jpg",
            "US",
            ["imgur us_tida", "site_tida us_tida", "site_own platform"],
            id="the picture lies at a known one",
        ),
        pytest.param(
            "https://www.reddit.com/r/x",
            "https://cdn.unknown.example/a.jpg",
            "US",
            ["reddit us_tida"],
            id="the picture lies at an unknown one",
        ),
        pytest.param("https://drive.google.com/f/1", "", "US", ["google_products platform"], id="longest name wins"),
        pytest.param("https://me.github.io/", "", "US", ["github us_tida"], id="below a private suffix"),
        pytest.param("https://FACEBOOK.com./p", "", "US", ["meta us_tida"], id="capitals and a last dot"),
        pytest.param("https://notx.com/", "", "DE", ["site_own eu_dsa_16"], id="x.com is not the end of notx.com"),
        pytest.param("https://x.com.evil.example/", "", "DE", ["site_own eu_dsa_16"], id="nor its beginning"),
        pytest.param("https://facebook.com@evil.example/", "", "DE", ["site_own eu_dsa_16"], id="user name that lies"),
        pytest.param("https://evil.example\\@facebook.com/", "", "DE", ["site_own eu_dsa_16"], id="backslash trick"),
        pytest.param("http://127.0.0.1:8080/t", "", "DE", ["site_own eu_dsa_16"], id="an IP address"),
        pytest.param("http://[::1", "data:image/png;base64,AA", "DE", ["site_own eu_dsa_16"], id="no address"),
        pytest.param(
            "https://bucket.s3.amazonaws.com/a", "", "DE", ["aws eu_dsa_16", "site_own eu_dsa_16"], id="a bare host"
        ),
    ],
)
def test_fitting(page: str, image: str, jurisdiction: str, expected: list[str]) -> None:
    routes = [route for route in fitting_channels(page, image, jurisdiction, CHANNELS) if route.lane.is_at_source]
    assert sorted(f"{route.channel.id} {route.regime.id}" for route in routes) == sorted(expected)


def test_the_surest_stands_first() -> None:
    routes = fitting_channels("https://forum.example/1", "https://i.imgur.com/a.jpg", "US", CHANNELS)
    assert routes[0].channel.id == "imgur"
    routes = fitting_channels("https://facebook.com/1", "", "IN", CHANNELS)
    assert routes[0].channel.id == "meta_india"


@pytest.mark.parametrize(
    ("page", "jurisdiction", "channel", "deadline", "source"),
    [
        ("https://facebook.com/", "US", "meta", Deadline(hours=48), "TAKE IT DOWN"),
        ("https://facebook.com/", "DE", "meta", None, ""),
        ("https://youtube.com/", "DE", "youtube", Deadline(hours=48), "promise"),
        ("https://facebook.com/", "IN", "meta_india", Deadline(hours=2), "IT Rules"),
        ("https://forum.example/", "US", "site_tida", Deadline(hours=48), "TAKE IT DOWN"),
        ("https://forum.example/", "US", "site_own", None, ""),
        ("https://facebook.com/", "CA", "meta", None, ""),
    ],
)
def test_clock_of_a_route(page: str, jurisdiction: str, channel: str, deadline: Deadline | None, source: str) -> None:
    routes = {route.channel.id: route for route in fitting_channels(page, "", jurisdiction, CHANNELS)}
    assert routes[channel].deadline == deadline
    assert source in routes[channel].deadline_source


@pytest.mark.parametrize(
    ("page", "jurisdiction", "channel", "address"),
    [
        pytest.param(
            "https://discord.com/",
            "US",
            "discord",
            Address("https://discord.com/report", checked=True),
            id="checked",
        ),
        pytest.param("https://imgur.com/", "US", "imgur", Address(email="abuse@imgur.com", checked=True), id="mailbox"),
        pytest.param(
            "https://facebook.com/",
            "IN",
            "meta_india",
            Address("https://help.meta.com/requests/1371776380779082/"),
            id="a lead elsewhere",
        ),
        pytest.param("https://xhamster.com/", "US", "xhamster", Address(), id="a guess at the site itself"),
        pytest.param("https://onlyfans.com/", "US", "onlyfans", Address(), id="none known"),
        pytest.param("https://forum.example/", "US", "site_tida", Address(), id="unknown site"),
    ],
)
def test_address(page: str, jurisdiction: str, channel: str, address: Address) -> None:
    routes = {route.channel.id: route for route in fitting_channels(page, "", jurisdiction, CHANNELS)}
    assert address_for(routes[channel]) == address


def test_no_unchecked_mailbox_is_ever_offered() -> None:
    for channel in CHANNELS.channels:
        if channel.kind != "platform":
            continue
        for host in channel.hosts or ("forum.example",):
            route = route_to(channel.id, f"https://{host}/x", "", "US", CHANNELS)
            address = address_for(route)
            assert not address.email or channel.email_confidence == "verified"
            if not address.checked and address.url:
                assert domain_of(address.url) != registrable_domain(host)


def test_a_channel_by_name() -> None:
    route = route_to("mastodon", "https://social.example/@a/1", "", "us", CHANNELS)
    assert (route.channel.id, route.regime.id, route.site) == ("mastodon", "us_tida", "social.example")
    assert route_to("google_search", "https://a.example/", "", "US", CHANNELS).regime.id == "google_real"
    with pytest.raises(UsageError, match="no draft for StopNCII") as caught:
        route_to("stopncii", "https://a.example/", "", "US", CHANNELS)
    assert "guide report" in caught.value.remedy
    with pytest.raises(UsageError, match="no report channel"):
        route_to("nobody", "https://a.example/", "", "US", CHANNELS)


def test_a_way_made_for_elsewhere_says_so() -> None:
    route, *_ = fitting_channels("https://discord.com/c/1", "", "DE", CHANNELS)
    assert "made for people in US" in route.warnings[0]


@pytest.mark.parametrize(
    ("case", "listed", "fits"),
    [
        ("US", ["US"], True),
        ("US", ["GLOBAL"], True),
        ("", ["US"], False),
        ("DE", ["EU"], True),
        ("UK", ["EU"], False),
        ("CA-BC", ["CA"], True),
        ("CA", ["CA-BC"], False),
    ],
)
def test_applies(case: str, listed: list[str], fits: bool) -> None:
    assert applies(case, listed) is fits


def test_country() -> None:
    assert [country(code) for code in (" us ", "gb", "EL", "")] == ["US", "UK", "GR", ""]


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


REGIME = """
[[regime]]
id = "mine"
title = "t"
channel_kinds = ["platform"]
elements = ["contact"]
"""


@pytest.mark.parametrize(
    ("change", "key"),
    [
        pytest.param(('["contact"]', '["contact", "seal"]'), "elements", id="an element that nothing checks"),
        pytest.param(('["platform"]', '["embassy"]'), "channel_kinds", id="a kind of desk that there is not"),
    ],
)
def test_a_word_of_regimes_toml_that_there_is_not(change: tuple[str, str], key: str) -> None:
    assert [regime.id for regime in regimes_in(REGIME)] == ["mine"]
    with pytest.raises(ConfigError, match="'mine'") as caught:
        regimes_in(REGIME.replace(*change))
    assert (caught.value.file, caught.value.key) == ("regimes.toml", key)
    assert caught.value.remedy


HOPELESS, GOOD = Record(3, 0), Record(3, 2, 31)


def of(page: str, image: str = "", jurisdiction: str = "", **at: Record) -> tuple[Route, ...]:
    find = FindToReport(sighting=SightingId("s"), page_url=page, image_url=image)
    record = SuccessRecord(anywhere=at)
    routes = fitting_routes(find, jurisdiction, CHANNELS, record=record)
    return tuple(route for route in routes if route.lane.is_at_source)


def test_the_order_of_lanes() -> None:
    assert [lane for lane in Lane if lane.is_at_source] == [Lane.PLATFORM, Lane.MEDIA_HOST, Lane.PAGE_HOST, Lane.CDN]
    assert [lane.place for lane in Lane] == sorted(lane.place for lane in Lane)
    assert list(Lane)[4:] == ["search", "registrar", "hash-service", "regulator", "helpline", "police"]


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param(of("https://t.me/x", jurisdiction="FR"), ["telegram_dsa", "telegram_email"], id="own first"),
        pytest.param(of("https://facebook.com/1", jurisdiction="IN"), ["meta_india", "meta"], id="India's own"),
        pytest.param(
            of("https://forum.example/1", "https://i.imgur.com/a.jpg", imgur=HOPELESS),
            ["site_own", "imgur"],
            id="what never worked comes last",
        ),
        pytest.param(
            of("https://forum.example/1", "https://i.imgur.com/a.jpg", imgur=Record(2, 0)),
            ["imgur", "site_own"],
            id="two reports say nothing",
        ),
    ],
)
def test_order(routes: tuple[Route, ...], expected: list[str]) -> None:
    assert [route.channel.id for route in routes] == expected


def test_the_next_is_the_first_that_was_not_tried() -> None:
    routes = of("https://x.com/a/1", jurisdiction="US")
    first, second = routes
    assert next_route(routes, ()) is first
    assert next_route(routes, {first.desk}) is second
    assert next_route(routes, {first.desk, second.desk}) is None


def test_a_sites_report_link_is_used_once_on_the_first_day() -> None:
    routes = of("https://forum.example/1", jurisdiction="US")
    assert [route.channel.id for route in first_day(routes)] == ["site_tida"], "with the law that sets a time"
    tida, own = routes
    assert first_day([own]) == (own,), "once that time is out, without it"
    assert next_route(routes, {tida.desk}) is own
    elsewhere = of("https://forum.example/1", jurisdiction="DE")
    assert first_day(elsewhere) == elsewhere


def test_a_record_is_shown_with_its_route() -> None:
    (route,) = of("https://www.facebook.com/p/1", meta=GOOD)
    assert str(route.record) == "2 of 3 removed, median 31 h"


def test_who_publishes_complaints_is_asked_only_by_name() -> None:
    assert all(route.lane is Lane.SEARCH for route in of("https://kiwifarms.st/t/1", jurisdiction="DE"))
    assert "in public" in route_to("kiwifarms", "https://kiwifarms.st/t/1", "", "DE", CHANNELS).warnings[0]
