"""Who serves a find, as registries say, and which desk that is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import AnsweringDesk, FindToReport, answering_desks
from monitor.takedown.channel_files import load_channels
from monitor.takedown.lanes import Lane
from monitor.takedown.rdap.organisations import desk_of
from monitor.takedown.routing import first_day, fitting_routes
from monitor.takedown.whose_desk import desks_of

NOW = datetime(2026, 11, 28, tzinfo=UTC)
CHANNELS = load_channels()

HOST, CDN, REGISTRAR = HostPart.HOST, HostPart.CDN, HostPart.REGISTRAR


def contact(part: HostPart, name: str, email: str = "", url: str = "", *, is_guess: bool = False) -> AbuseContact:
    at = "https://rdap.example/ip/1"
    return AbuseContact(part, name, email, url, is_guess, "entity 1", at, NOW, desk=desk_of(part, name))


def hosting(**contacts: AbuseContact | list[AbuseContact]) -> dict[str, Hosting]:
    """By host; `_` for a dot."""
    found = {}
    for name, of in contacts.items():
        host = name.replace("_", ".")
        found[host] = Hosting(host, ("192.0.2.1",), host, tuple(of if isinstance(of, list) else [of]), NOW)
    return found


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(contact(HOST, "Hetzner Online GmbH", "abuse@hetzner.com"), ["hetzner"], id="by the domain"),
        pytest.param(contact(HOST, "HETZNER-DC", "abuse@dc.example"), ["hetzner"], id="by the name's first word"),
        pytest.param(contact(CDN, "Cloudflare, Inc.", "abuse@cloudflare.com"), ["cloudflare_ncsei"], id="CDN"),
        pytest.param(contact(CDN, "Cloudflare, Inc."), ["cloudflare_ncsei"], id="no address wanted"),
        pytest.param(
            contact(REGISTRAR, "Cloudflare, Inc.", "registrar-abuse@cloudflare.com"),
            ["cloudflare_registrar"],
            id="one name, another part",
        ),
        pytest.param(contact(HOST, "Small Host BV", "abuse@small.example"), ["rdap_network"], id="nobody's channel"),
        pytest.param(contact(CDN, "Small CDN", "abuse@cdn.example"), ["rdap_network"], id="a CDN of no channel"),
        pytest.param(contact(REGISTRAR, "Small Names", url="https://names.example/abuse"), ["rdap_domain"], id="names"),
        pytest.param(contact(HOST, "Small Host BV"), [], id="no address, no channel"),
        pytest.param(contact(HOST, "", "abuse@notcloudflare.com"), ["rdap_network"], id="a name that ends alike"),
    ],
)
def test_whose_desk(known: AbuseContact, expected: list[str]) -> None:
    assert [channel.id for channel in desks_of(known, CHANNELS)] == expected


FORUM = FindToReport(
    sighting=SightingId("s1"), page_url="https://www.forum.example/t/1", image_url="https://img.media.example/1.jpg"
)


def serving(find: FindToReport, known: dict[str, Hosting], dead: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    found: list[AnsweringDesk] = [
        one for one in answering_desks(find, "", CHANNELS, known, dead) if one.contact is not None
    ]
    return [(one.lane.value, one.channel.id) for one in sorted(found, key=lambda one: one.lane.place)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            hosting(
                www_forum_example=contact(HOST, "Page Host", "abuse@pages.example"),
                img_media_example=contact(HOST, "Hetzner", "abuse@hetzner.com"),
            ),
            [(Lane.MEDIA_HOST, "hetzner"), (Lane.PAGE_HOST, "rdap_network")],
            id="media and page apart",
        ),
        pytest.param(
            hosting(
                www_forum_example=[
                    contact(CDN, "Cloudflare, Inc.", "abuse@cloudflare.com"),
                    contact(REGISTRAR, "Namecheap", "abuse@namecheap.com"),
                ]
            ),
            [(Lane.CDN, "cloudflare_ncsei"), (Lane.REGISTRAR, "namecheap")],
            id="behind a CDN: it is never called the host",
        ),
        pytest.param(
            hosting(www_forum_example=contact(HOST, "Forum", "abuse@forum.example")), [], id="the site's own address"
        ),
        pytest.param(hosting(img_media_example=contact(HOST, "Forum", "a@forum.example")), [], id="nor for its media"),
        pytest.param(
            hosting(www_forum_example=contact(HOST, "X", "abuse@host.example", is_guess=True)), [], id="a guess"
        ),
        pytest.param({}, [], id="nothing known"),
    ],
)
def test_who_serves_it(known: dict[str, Hosting], expected: list[tuple[str, str]]) -> None:
    assert serving(FORUM, known) == expected


def test_below_the_sites_own_name_neither() -> None:
    find = FindToReport(sighting=SightingId("s1"), page_url="https://www.example.com/t/1")
    known = hosting(www_example_com=contact(HOST, "Forum", url="https://melding.mail.example.com/misbruik"))
    assert serving(find, known) == []


def test_an_address_that_came_back_is_offered_no_more() -> None:
    known = hosting(www_forum_example=contact(HOST, "Page Host", "abuse@pages.example"))
    assert serving(FORUM, known) == [("page-host", "rdap_network")]
    assert serving(FORUM, known, dead=("abuse@pages.example",)) == []


def test_what_is_gone_is_asked_about_at_search_engines_alone() -> None:
    gone = FindToReport(sighting=FORUM.sighting, page_url=FORUM.page_url, image_url=FORUM.image_url, is_gone=True)
    known = hosting(www_forum_example=contact(HOST, "Page Host", "abuse@pages.example"))
    assert {one.lane for one in answering_desks(gone, "AU", CHANNELS, known)} == {Lane.SEARCH}
    assert Lane.REGULATOR in {one.lane for one in answering_desks(FORUM, "AU", CHANNELS, known)}


def test_every_lane_in_its_order() -> None:
    known = hosting(
        www_forum_example=[
            contact(REGISTRAR, "Namecheap", "abuse@namecheap.com"),
            contact(CDN, "Cloudflare, Inc."),
            contact(HOST, "Page Host", "abuse@pages.example"),
        ],
        img_media_example=contact(HOST, "Media Host", "abuse@pictures.example"),
    )
    routes = fitting_routes(FORUM, "AU", CHANNELS, hosting=known)
    lanes = list(dict.fromkeys(route.lane for route in routes))
    assert lanes == [lane for lane in Lane if lane in lanes], "each lane after the one before"
    assert set(Lane) - set(lanes) == {Lane.HASH_SERVICE, Lane.HELPLINE, Lane.POLICE}, "for which there are no drafts"
    (registrar,) = [route for route in routes if route.lane is Lane.REGISTRAR]
    assert "does not name intimate images" in registrar.warnings[0]
    asked = {route.lane for route in first_day(routes)}
    assert asked == {Lane.PLATFORM, Lane.MEDIA_HOST, Lane.SEARCH}, "up to the first whose address is known"
