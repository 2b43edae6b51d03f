"""An address that nobody publishes is used after a yes alone, for that draft, and is called a guess there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel_files import load_channels
from monitor.takedown.rdap.contacts import taking_guess
from monitor.takedown.routing import address_for, fitting_routes
from monitor.takedown.whose_desk import NETWORK

AT = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
FIND = FindToReport(sighting=SightingId("s"), page_url="https://forum.example/t/1")
GUESS = AbuseContact(
    HostPart.HOST, "Hoster", "abuse@hoster.example", is_guess=True, why="a guess", source="x", asked_at=AT
)
KNOWN = Hosting("forum.example", ("8.8.8.8",), "forum.example", (GUESS,), AT)


def routed(known: Hosting) -> dict[str, str]:
    """Channels of who serves it, and the e-mail address of each."""
    routes = fitting_routes(FIND, "US", load_channels(), hosting={known.host: known})
    return {route.channel.id: address_for(route).email for route in routes if route.contact is not None}


def test_a_guess_is_used_after_a_yes_alone() -> None:
    assert routed(KNOWN) == {}
    assert routed(taking_guess(KNOWN, GUESS.email)) == {NETWORK: "abuse@hoster.example"}
    assert KNOWN.contacts[0].is_guess and not KNOWN.contacts[0].is_taken  # of the others nothing changed


def test_a_yes_is_for_that_address_alone() -> None:
    other = replace(GUESS, email="abuse@other.example", name="Other")
    both = replace(KNOWN, contacts=(other, GUESS))
    assert routed(taking_guess(both, other.email)) == {NETWORK: "abuse@other.example"}
    assert routed(taking_guess(both, "abuse@nobody.example")) == {}


def test_what_is_published_is_as_it_was() -> None:
    published = replace(KNOWN, contacts=(replace(GUESS, is_guess=False),))
    assert taking_guess(published, GUESS.email) == published and routed(published) == {NETWORK: "abuse@hoster.example"}


def test_an_organisation_s_own_desk_is_asked_whatever_is_guessed() -> None:
    known = replace(KNOWN, contacts=(replace(GUESS, name="Hetzner Online GmbH", desk="hetzner"),))
    assert "hetzner" in routed(known) and "abuse@hoster.example" not in routed(known).values()


def test_no_guess_is_used_at_the_site_s_own_domain() -> None:
    own = replace(KNOWN, contacts=(replace(GUESS, email="abuse@forum.example"),))
    assert routed(taking_guess(own, "abuse@forum.example")) == {}
