"""No report goes to the site that it is about: one rule, at each place where an address may come in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport, answering_desks
from monitor.takedown.channel_files import load_channels
from monitor.takedown.rdap.contacts import for_place, network_contacts, taking_guess
from monitor.takedown.watched_site import WatchedSite
from tests.takedown.rdap.shapes import abuse, email, holder, network
from tests.takedown.rdap.test_rdap_shapes import heard

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
CHANNELS = load_channels()

OWN = [
    pytest.param("site.com", "site.com", id="the same"),
    pytest.param("www.site.com", "site.com", id="above it"),
    pytest.param("site.com", "mail.abuse.site.com", id="below it"),
    pytest.param("img.site.com", "www.site.com", id="beside it"),
    pytest.param("www.site.com", "SITE.Com", id="upper case"),
    pytest.param("WWW.SITE.COM", "site.com", id="a place in upper case"),
    pytest.param("www.site.com.", "site.com", id="the root's dot"),
    pytest.param("www.site.com:8443", "site.com", id="with a port"),
    pytest.param("straße.example", "xn--strae-oqa.example", id="IDN"),
    pytest.param("www.xn--strae-oqa.example", "mail.xn--strae-oqa.example", id="IDN in ASCII"),
    pytest.param("forum.site.co.uk", "site.co.uk", id="below a public suffix of two labels"),
    pytest.param("a.b.nowhere", "x.b.nowhere", id="an ending that no list knows"),
    pytest.param("alice.blogspot.com", "alice.blogspot.com", id="blogspot"),
    pytest.param("alice.blogspot.com", "blogspot.com", id="blogspot itself"),
    pytest.param("alice.blogspot.com", "bob.blogspot.com", id="somebody else's on blogspot"),
    pytest.param("alice.github.io", "github.io", id="a private suffix"),
    pytest.param("evil.co.uk", "co.uk", id="a public suffix above it"),
]
OTHERS = [
    pytest.param("site.com", "othersite.com", id="a name that ends alike"),
    pytest.param("site.com", "site.com.evil.org", id="a name that begins alike"),
    pytest.param("site.com", "site.net", id="another ending"),
    pytest.param("forum.site.co.uk", "hoster.co.uk", id="beside it, right below a public suffix"),
    pytest.param("straße.example", "strasse.example", id="IDN: who is somebody else"),
    pytest.param("alice.blogspot.com", "google.com", id="who runs blogspot"),
    pytest.param("a.b.nowhere", "x.c.nowhere", id="an ending that no list knows"),
    pytest.param("co.uk", "hoster.co.uk", id="a place that is a public suffix"),
    pytest.param("localhost", "hoster.org", id="a single label"),
    pytest.param("8.8.8.8", "hoster.org", id="a place that is a number"),
    pytest.param("2600::1", "hoster.org", id="a place that is an IPv6 number"),
]


@pytest.mark.parametrize(("host", "other"), OWN)
def test_it_is_the_site_s_own(host: str, other: str) -> None:
    site = WatchedSite.at([host])
    assert site.has(other) and site.has_email(f"abuse@{other}") and site.has_url(f"https://{other}/abuse")
    assert usable(host, other) == set()


@pytest.mark.parametrize(("host", "other"), OTHERS)
def test_it_is_somebody_else_s(host: str, other: str) -> None:
    site = WatchedSite.at([host])
    assert not site.has(other) and not site.has_email(f"abuse@{other}") and not site.has_url(f"https://{other}/abuse")
    assert usable(host, other) == {f"abuse@{other}"}


def usable(host: str, other: str) -> set[str]:
    """Which address gets through at any of the doors: as a registry names it, for the finds of a host, in routing."""
    page = f"https://[{host}]/t/1" if host.count(":") > 1 else f"https://{host}/t/1"
    find = FindToReport(sighting=SightingId("s"), page_url=page)
    answer = heard(network(holder(), abuse(email(f"abuse@{other}"))))
    doors: list[set[str]] = [{one.email for one in network_contacts([("9.9.9.9", [answer])], place=(host,))}]
    for is_guess in (False, True):
        contact = AbuseContact(HostPart.HOST, "Hoster", f"abuse@{other}", is_guess=is_guess, why="x", asked_at=NOW)
        known = Hosting(find.page_host, ("9.9.9.9",), "", (contact,), NOW)
        known = taking_guess(known, contact.email)
        doors.append({one.email for one in for_place(known, (host,)).contacts})
        desks = answering_desks(find, "US", CHANNELS, {find.page_host: known})
        doors.append({one.contact.email for one in desks if one.contact})
    doors = [door - {""} for door in doors]
    assert all(door == doors[0] for door in doors)
    return doors[0]


@pytest.mark.parametrize(
    ("host", "url", "is_own"),
    [
        pytest.param("8.8.8.8", "https://8.8.8.8/abuse", True, id="itself"),
        pytest.param("8.8.8.8", "https://8.8.8.9/abuse", False, id="the next number"),
        pytest.param("8.8.8.8:8080", "https://8.8.8.8/abuse", True, id="with a port"),
        pytest.param("8.8.8.8", "https://[::ffff:8.8.8.8]/abuse", True, id="written as IPv6"),
        pytest.param("[2600::1]", "https://[2600:0:0::1]/abuse", True, id="IPv6 in another spelling"),
        pytest.param("2600::1", "https://[2600::2]/abuse", False, id="IPv6, the next number"),
        pytest.param("site.com", "https://site.com:8443/abuse", True, id="another port of it"),
        pytest.param("site.com", "https://SITE.com./abuse", True, id="an address with the root's dot"),
        pytest.param("site.com", "https:///abuse", False, id="an address without a host"),
        pytest.param("", "https://site.com/", False, id="no place"),
    ],
)
def test_numbers_and_addresses(host: str, url: str, is_own: bool) -> None:
    assert WatchedSite.at([host]).has_url(url) is is_own


def test_a_picture_s_own_site_is_the_find_s_too() -> None:
    site = WatchedSite.at(["www.forum.com", "img.cdn-of-forum.net"])
    assert site.has("forum.com") and site.has("cdn-of-forum.net") and not site.has("cdn.net")
