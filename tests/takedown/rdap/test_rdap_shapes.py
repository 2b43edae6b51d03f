"""Each shape of a registry's answer gives the right contact, or none and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.registry import RecordKind
from monitor.takedown.rdap.contacts import Heard, for_place, network_contacts, registrar_contact
from monitor.takedown.rdap.reading import read_registry
from tests.takedown.rdap import shapes
from tests.takedown.rdap.shapes import abuse, domain, email, entity, fn, holder, network, remark

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
ASKED = "https://rdap.registry.example/ip/8.8.8.8"
PLACE = ("www.site.example", "img.site-cdn.example")


def heard(answer: Any, source: str = ASKED) -> Heard:
    return Heard(source, NOW, read_registry(shapes.as_bytes(answer)))


def of_network(answer: Any, **more: Any) -> AbuseContact:
    (contact, *_) = network_contacts([("8.8.8.8", [heard(answer)])], place=PLACE, **more)
    return contact


@dataclass(frozen=True)
class Want:
    email: str = ""
    url: str = ""
    why: str = ""  # a part of it
    guess: bool = False
    name: str = "Hoster Ltd"
    part: HostPart = HostPart.HOST


def check(contact: AbuseContact, want: Want) -> None:
    assert (contact.part, contact.email, contact.url, contact.is_guess) == (want.part, want.email, want.url, want.guess)
    assert want.why in contact.why and contact.why
    assert contact.name == want.name
    assert contact.source == ASKED and contact.asked_at == NOW


def said(*items: Any, **more: Any) -> Any:
    """A network with a holder and a desk for abuse of which this is said."""
    return network(holder(), abuse(*items, **more))


FOUND = Want("abuse@hoster.example", why="named as the desk for abuse")
NONE = Want(why="names no desk for abuse")

NETWORKS = [
    pytest.param(network(holder(shapes.POC, shapes.POC), shapes.POC), FOUND, id="ARIN, nested and twice"),
    pytest.param(network(shapes.DEEP), Want(FOUND.email, why="inside the technical"), id="three deep"),
    pytest.param(said(email("abuse@hoster.example")), FOUND, id="RIPE, with a desk for abuse"),
    pytest.param(network(holder(), entity(["technical"], fn("Tech"))), NONE, id="RIPE, without one"),
    pytest.param(
        network(
            holder(),
            entity(["abuse"], fn("IRT"), email("x@irt.example"), email("abuse@hoster.example", pref="1")),
        ),
        FOUND,
        id="APNIC: an incident team with two mailboxes, one preferred",
    ),
    pytest.param(said(email("removed@lacnic.net")), Want(why="nobody reads"), id="LACNIC: a dead mailbox"),
    pytest.param(
        network(entity(["registrant"], fn("Hoster Ltd"), email("noc@hoster.example"))),
        Want("abuse@hoster.example", why="names no desk for abuse", guess=True),
        id="AFRINIC: no desk for abuse, a guess at its own domain",
    ),
    pytest.param(
        network(holder(), entity(["abuse"], fn("Equipe de Abuso"))),
        Want(why='("Equipe de Abuso") has no address'),
        id="registro.br: a desk without an address",
    ),
    pytest.param(
        said(["contact-uri", {}, "uri", "https://hoster.example/abuse"]),
        Want(url="https://hoster.example/abuse", why="named as the desk for abuse"),
        id="a form alone",
    ),
    pytest.param(
        said(["contact-uri", {}, "uri", "mailto:abuse@hoster.example"]),
        FOUND,
        id="a form that is a mailbox",
    ),
    pytest.param(
        network(holder(), abuse(email("")), redacted=shapes.REDACTED),
        Want(why="Registrar Abuse Contact Email"),
        id="redacted as RFC 9537 says",
    ),
    pytest.param(said(email("DATA REDACTED")), Want(why="no plain e-mail address"), id="redacted in words"),
    pytest.param(
        network(holder(), shapes.JSCONTACT),
        Want("abuse@hoster.example", "https://hoster.example/abuse", "named as the desk"),
        id="JSContact",
    ),
    pytest.param(
        network(
            holder(),
            abuse(email("b@x.example", pref="2"), email("abuse@hoster.example", pref=1), email("c@x.example")),
        ),
        FOUND,
        id="the preferred one, as text and as a number",
    ),
    pytest.param(said(email("abuse@hoster.example", "b@hoster.example")), FOUND, id="jCard of five"),
    pytest.param(said(email(["abuse@hoster.example", "b@hoster.example"])), FOUND, id="jCard with a list"),
    pytest.param(
        network(holder(), entity("abuse", email("abuse@hoster.example"))), FOUND, id="a role that is a string"
    ),
    pytest.param(said(email("<a href=mailto:x@y.example>")), Want(why="no plain e-mail"), id="markup"),
    pytest.param(
        said(email("a@hoster.example, b@hoster.example")),
        Want(why="several addresses"),
        id="several in one",
    ),
    pytest.param(
        said(email("old@hoster.example"), remarks=remark("Please DO NOT USE this address.")),
        Want(why="'do not use'"),
        id="do not use",
    ),
    pytest.param(
        said(email("old@hoster.example"), remarks=remark("old@hoster.example is invalid")),
        Want(why="'is invalid'"),
        id="APNIC: found to be invalid",
    ),
    pytest.param(network(entities=None), Want(why="names no desk", name="HOSTER-NET"), id="entities: null"),
    pytest.param(shapes.LEVELS, Want(why="nested too deep", name=""), id="3,000 levels"),
    pytest.param(b"\x00\xff junk", Want(why="no JSON", name=""), id="junk"),
    pytest.param(b"<!doctype html><p>abuse@hoster.example", Want(why="no JSON", name=""), id="HTML"),
    pytest.param(b"[]", Want(why="no object", name=""), id="a list"),
    pytest.param({"notices": []}, Want(why="not about a network", name=""), id="an answer about nothing"),
    pytest.param({"errorCode": 404, "title": "none"}, Want(why="knows no such network", name=""), id="404 with a body"),
    pytest.param(
        said(email("abuse@hoster.example"), startAddress="2001:4860::", endAddress="2001:4860::ff"),
        FOUND,
        id="IPv6",
    ),
    pytest.param(
        network(holder(name="Cloudflare, Inc."), abuse(email("abuse@cloudflare.example")), name="CLOUDFLARENET"),
        Want("abuse@cloudflare.example", why="named", name="Cloudflare, Inc.", part=HostPart.CDN),
        id="a CDN in front",
    ),
    pytest.param(
        said(email("abuse@site.example")),
        Want(why="the place's own domain"),
        id="at the site's own domain",
    ),
    pytest.param(
        said(email("missbrauch@mail.site.example")),
        Want(why="own domain"),
        id="there, in another language",
    ),
    pytest.param(
        said(email("abuse@SITE-CDN.example")),
        Want(why="own domain"),
        id="at the media's own domain",
    ),
    pytest.param(
        network(entity(["registrant"], fn("Hoster Ltd"), email("noc@site.example"), email("hoster@gmail.com"))),
        NONE,
        id="no guess at the site's own domain, nor where anybody has a mailbox",
    ),
    pytest.param(
        network(holder(), abuse(email("noreply@hoster.example")), abuse(email("abuse@hoster.example"))),
        FOUND,
        id="one that nobody reads, and the next desk",
    ),
]


@pytest.mark.parametrize(("answer", "want"), NETWORKS)
def test_a_network_s_answer_gives_a_contact_or_says_why_none(answer: Any, want: Want) -> None:
    check(of_network(answer), want)


def test_there_are_as_many_shapes_as_are_asked_for() -> None:
    assert len(NETWORKS) + len(DOMAINS) >= 24


REGISTRAR = entity(["registrar"], fn("Registrar Inc"), entities=[abuse(email("abuse@registrar.example"))])
AT_REGISTRAR = Want(
    "abuse@registrar.example", why="inside the registrar", name="Registrar Inc", part=HostPart.REGISTRAR
)
NAMED_ALONE = entity(["registrar"], fn("Registrar Inc"))

DOMAINS = [
    pytest.param([domain(REGISTRAR)], AT_REGISTRAR, id="registrar without a handle"),
    pytest.param([domain(NAMED_ALONE), domain(REGISTRAR)], AT_REGISTRAR, id="the registrar's own answer names it"),
    pytest.param(
        [domain(NAMED_ALONE)],
        Want(why="names no desk", name="Registrar Inc", part=HostPart.REGISTRAR),
        id="a registrar, and no desk",
    ),
    pytest.param(
        [domain(entity(["registrant"], fn("Owner"), entities=[abuse(email("owner@elsewhere.example"))]))],
        Want(why="names no desk", name="", part=HostPart.REGISTRAR),
        id="what stands in the owner's own entity is not the registrar's",
    ),
    pytest.param(
        [domain(entity(["registrar"], fn("Registrar Inc"), entities=[abuse(email("abuse@site.example"))]))],
        Want(why="own domain", name="Registrar Inc", part=HostPart.REGISTRAR),
        id="a site that is its own registrar",
    ),
    pytest.param(
        [{"errorCode": 404}],
        Want(why="knows no such name", name="", part=HostPart.REGISTRAR),
        id="no such name",
    ),
]


@pytest.mark.parametrize(("answers", "want"), DOMAINS)
def test_a_name_s_answers_give_its_registrar(answers: list[Any], want: Want) -> None:
    check(registrar_contact([heard(answer) for answer in answers], place=PLACE), want)


def test_several_addresses_in_one_network_are_one_contact() -> None:
    answer, other = heard(network(holder(), shapes.POC)), heard(network(holder(), shapes.POC, startAddress="8.8.0.0"))
    told = [("8.8.8.8", [answer]), ("8.8.8.9", [answer]), ("8.8.0.1", [other])]
    (contact,) = network_contacts(told, place=PLACE)
    assert contact.networks == ("8.8.8.0 - 8.8.8.255 HOSTER-NET", "8.8.0.0 - 8.8.8.255 HOSTER-NET")


def test_behind_a_cdn_nobody_is_called_the_host() -> None:
    answer = heard(network(holder(name="Cloudflare, Inc."), shapes.POC, name="CLOUDFLARENET"))
    cdn, host = network_contacts([("8.8.8.8", [answer])], place=PLACE)
    assert (cdn.part, cdn.desk) == (HostPart.CDN, "cloudflare_ncsei")
    assert (host.part, host.email, host.url) == (HostPart.HOST, "", "") and "stands behind Cloudflare, Inc." in host.why


def test_an_alias_tells_a_cdn_whose_network_does_not() -> None:
    assert of_network(network(holder(name="Amazon"), shapes.POC), leads_to="d1.cloudfront.net").part is HostPart.CDN
    assert of_network(network(holder(name="Amazon"), shapes.POC), leads_to="xcloudfront.net").part is HostPart.HOST


def test_an_organisation_that_the_channels_know_has_its_own_desk() -> None:
    assert of_network(network(holder(name="Hetzner Online GmbH"), shapes.POC)).desk == "hetzner"
    assert of_network(network(holder(name="Metzner"), shapes.POC)).desk == ""


def test_what_one_host_s_answer_names_may_be_the_other_host_s_own() -> None:
    contacts = network_contacts([("8.8.8.8", [heard(network(holder(), shapes.POC))])], place=("a.example",))
    found = Hosting("a.example", ("8.8.8.8",), "a.example", contacts, NOW)
    assert for_place(found, ("a.example", "b.example")) == found
    (contact,) = for_place(found, ("a.example", "www.hoster.example")).contacts
    assert (contact.email, contact.url) == ("", "") and "own domain" in contact.why


def test_links_lead_on_only_to_rdap_about_the_same_thing() -> None:
    record = read_registry(
        shapes.as_bytes(domain(links=shapes.related("https://rdap.registrar.example/domain/site.example")))
    )
    assert record.kind is RecordKind.DOMAIN and record.links == ("https://rdap.registrar.example/domain/site.example",)
