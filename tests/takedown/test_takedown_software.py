"""Servers that anybody may run: the desk follows from what is known to run there, and from nothing else."""

from __future__ import annotations

import pytest

from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.batching import Target, batches
from monitor.takedown.channel_files import load_channels
from monitor.takedown.disclosure import given_away
from monitor.takedown.facts import account_in
from monitor.takedown.routing import first_day, fitting_routes

CHANNELS = load_channels()
POST = "https://social.example/@bad/112233"


def find(page: str, software: str = "", image: str = "") -> FindToReport:
    return FindToReport(sighting=SightingId(page), page_url=page, image_url=image, software=software)


def sites(one: FindToReport, country: str = "DE") -> list[str]:
    routes = fitting_routes(one, country, CHANNELS)
    return [route.channel.id for route in first_day(routes) if route.lane.is_at_source]


@pytest.mark.parametrize(
    ("one", "country", "expected"),
    [
        pytest.param(find(POST, "mastodon"), "DE", ["mastodon"], id="known"),
        pytest.param(find(POST, "mastodon"), "US", ["mastodon"], id="known, US"),
        pytest.param(find(POST), "DE", ["site_own"], id="an address that looks like it is no knowledge"),
        pytest.param(find(POST, "discourse"), "DE", ["site_own"], id="software of no channel"),
        pytest.param(find("https://www.facebook.com/@bad/1", "mastodon"), "DE", ["meta"], id="the name is surer"),
        pytest.param(
            find(POST, "mastodon", "https://files.social.example/1.jpg"), "DE", ["mastodon"], id="media beside it"
        ),
        pytest.param(
            find(POST, "mastodon", "https://i.imgur.com/1.jpg"), "DE", ["imgur", "mastodon"], id="media elsewhere"
        ),
    ],
)
def test_the_desk_of_a_server(one: FindToReport, country: str, expected: list[str]) -> None:
    assert sorted(sites(one, country)) == expected


def test_its_reports_are_apart_by_server_and_say_what_forward_does() -> None:
    posts = [find(POST, "mastodon"), find(POST + "4", "mastodon"), find("https://other.example/@x/1", "mastodon")]
    found = [Target(one, first_day(fitting_routes(one, "DE", CHANNELS))) for one in posts]
    made = [batch for batch in batches(found) if batch.route.channel.id == "mastodon"]
    assert [len(batch.sightings) for batch in made] == [2, 1], "each server has an operator of its own"
    assert any("forward" in line for line in given_away(made[0].route))


@pytest.mark.parametrize(
    ("url", "account"),
    [
        pytest.param(POST, "@bad", id="a post"),
        pytest.param("https://social.example/@bad", "@bad", id="a profile"),
        pytest.param("https://social.example/@bad/", "@bad", id="with its slash"),
        pytest.param("https://social.example/@bad?x=/@other/", "@bad", id="a query"),
        pytest.param("https://social.example/@bad@far.example/1", "@bad@far.example", id="of another server"),
        pytest.param("https://social.example/web/@bad/1", "@bad", id="its older pages"),
        pytest.param("https://www.tiktok.com/@a.b_c/video/1", "@a.b_c", id="elsewhere too"),
        pytest.param("https://social.example/tags/@bad/1", "", id="not in the first place"),
        pytest.param("https://social.example/@", "", id="nobody"),
        pytest.param("https://social.example/@b%20d/1", "", id="not plain"),
        pytest.param("https://social.example/@<b>/1", "", id="markup"),
        pytest.param("https://user:pw@social.example/1", "", id="a user name"),
        pytest.param("https://social.example/a/1", "", id="none"),
        pytest.param("http://[::1", "", id="no address"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_account_that_an_address_holds(url: str, account: str) -> None:
    assert account_in(url) == account
