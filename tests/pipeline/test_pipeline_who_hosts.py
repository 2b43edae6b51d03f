"""Registries are asked politely, each answer is kept with its date, and what cannot be asked now is asked later."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.model.case import Case
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import CaseId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.page import Outcome, OutcomeKind, Purpose
from monitor.model.sighting import Place, Sighting, Status
from monitor.pipeline import who_hosts
from monitor.pipeline.who_hosts import LookupParts, ask_about, ask_wanted, reportable_hosts, settle_wants
from monitor.ports.hosting import NameAnswer
from monitor.store.store import SqlStore
from monitor.takedown.rdap.bootstrap import BOOTSTRAP_URLS, bootstrap_of, shipped_servers
from tests.fakes import FakeClock, FakeSite, InlineReader
from tests.outbound.test_outbound_abusix import answer as dns_answer
from tests.outbound.test_outbound_abusix import txt
from tests.stores import a_store
from tests.takedown.rdap import shapes
from tests.takedown.rdap.shapes import abuse, domain, email, entity, fn, holder, network

CASE = CaseId("default")
NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
NETWORK = "https://rdap.arin.net/registry/ip/8.8.8.8"
DOMAIN = "https://rdap.verisign.com/com/v1/domain/site.com"
HOST = "www.site.com"
REGISTRAR = entity(["registrar"], fn("Registrar Inc"), entities=[abuse(email("abuse@registrar.org"))])


@dataclass
class FakeNames:
    answers: dict[str, NameAnswer] = field(default_factory=dict)

    async def look_up(self, host: str) -> NameAnswer:
        return self.answers.get(host, NameAnswer(why="no such name"))


class World:
    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.site, self.names, self.store = FakeSite(self.clock), FakeNames(), a_store()
        self.parts = LookupParts(self.store, self.site, InlineReader(), self.names, self.clock)
        self.names.answers[HOST] = NameAnswer(("8.8.8.8",))
        self.says(NETWORK, network(holder(), shapes.POC))
        self.says(DOMAIN, domain(REGISTRAR))
        for url in BOOTSTRAP_URLS.values():
            self.site.fails[url] = Outcome(OutcomeKind.GONE, "none")

    def says(self, url: str, answer: Any) -> None:
        self.site.put(url, shapes.as_bytes(answer), "application/rdap+json")

    async def ask(self, host: str = HOST) -> Hosting:
        self.store.hosting.want(CASE, host, self.clock())
        return await ask_about(host, self.parts)

    def asked(self) -> list[str]:
        return [url for url in self.site.urls_asked() if not url.startswith("https://data.iana.org")]


@pytest.fixture
def world() -> World:
    return World()


async def test_host_and_registrar_are_told_apart_with_source_and_date(world: World) -> None:
    found = await world.ask()
    (host,), (registrar,) = found.of(HostPart.HOST), found.of(HostPart.REGISTRAR)
    assert (host.name, host.email, host.source, host.asked_at) == ("Hoster Ltd", "abuse@hoster.example", NETWORK, NOW)
    assert (registrar.name, registrar.email, registrar.source) == ("Registrar Inc", "abuse@registrar.org", DOMAIN)
    assert (found.domain, found.addresses, found.waiting) == ("site.com", ("8.8.8.8",), "")
    assert world.store.hosting.get(HOST) == found
    for request in world.site.asked:
        assert (request.purpose, request.accept, request.referrer) == (Purpose.API, "application/rdap+json", "")
    assert world.store.hosting.wanted(NOW + timedelta(days=13), 9) == []
    assert world.store.hosting.wanted(NOW + timedelta(days=14), 9) == [HOST]


async def test_a_copy_serves_its_whole_network_until_it_is_old(world: World) -> None:
    await world.ask()
    world.names.answers["img.site.com"] = NameAnswer(("8.8.8.200",))
    other = await world.ask("img.site.com")
    assert world.asked() == [NETWORK, DOMAIN] and other.of(HostPart.HOST)[0].source == NETWORK
    assert other.of(HostPart.HOST)[0].asked_at == NOW
    world.clock.forward(days=15)
    await world.ask()
    assert world.asked() == [NETWORK, DOMAIN] * 2


async def test_a_copy_is_for_no_address_that_its_network_does_not_hold(world: World) -> None:
    world.says(NETWORK, network(holder(), shapes.POC, startAddress="0.0.0.0", endAddress="8.0.0.0"))
    await world.ask()
    world.names.answers["b.site.com"] = NameAnswer(("7.7.7.7",))
    await world.ask("b.site.com")
    assert "https://rdap.arin.net/registry/ip/7.7.7.7" in world.asked()


async def test_every_address_is_asked_about_and_ipv6_too(world: World) -> None:
    six = "https://rdap.arin.net/registry/ip/2600::1"
    world.names.answers[HOST] = NameAnswer(("8.8.8.8", "2600::1"))
    world.says(six, network(holder(name="Fastly, Inc."), shapes.POC, startAddress="2600::", endAddress="2600::ffff"))
    found = await world.ask()
    assert [contact.part for contact in found.contacts] == [HostPart.HOST, HostPart.CDN, HostPart.REGISTRAR]
    world.names.answers[HOST] = NameAnswer(("2600::1",))
    found = await world.ask()
    assert [contact.part for contact in found.contacts] == [HostPart.CDN, HostPart.HOST, HostPart.REGISTRAR]
    assert found.contacts[1].email == "" and "behind Fastly" in found.contacts[1].why


async def test_the_registrar_s_own_answer_is_asked_for_where_the_registry_names_no_desk(world: World) -> None:
    own = "https://rdap.registrar.org/domain/site.com"
    world.says(DOMAIN, domain(entity(["registrar"], fn("Registrar Inc")), links=shapes.related(own)))
    world.says(own, domain(REGISTRAR))
    (registrar,) = (await world.ask()).of(HostPart.REGISTRAR)
    assert (registrar.email, registrar.source) == ("abuse@registrar.org", own)
    assert world.asked() == [NETWORK, DOMAIN, own]


async def test_two_that_send_to_each_other_are_asked_once_each(world: World) -> None:
    own = "https://rdap.registrar.org/domain/site.com"
    world.says(DOMAIN, domain(links=shapes.related(own)))
    world.says(own, domain(links=shapes.related(f"{DOMAIN}?again")))
    (registrar,) = (await world.ask()).of(HostPart.REGISTRAR)
    assert not registrar.is_published and world.asked() == [NETWORK, DOMAIN, own]


async def test_a_chain_of_referrals_ends(world: World) -> None:
    chain = [DOMAIN, *(f"https://rdap{number}.registrar.org/domain/site.com" for number in range(9))]
    for here, there in itertools.pairwise(chain):
        world.says(here, domain(links=shapes.related(there)))
    await world.ask()
    assert world.asked() == [NETWORK, *chain[:5]]
    assert [request.max_hops for request in world.site.asked if "/domain/" in request.url] == [4, 3, 2, 1, 0]


async def test_a_link_to_plain_http_is_not_followed(world: World) -> None:
    world.says(DOMAIN, domain(links=shapes.related("http://rdap.registrar.org/domain/site.com")))
    await world.ask()
    assert world.asked() == [NETWORK, DOMAIN]


async def test_no_such_name_is_an_answer(world: World) -> None:
    del world.site.files[DOMAIN]
    (registrar,) = (await world.ask()).of(HostPart.REGISTRAR)
    assert registrar.why == "the registry knows no such name" and registrar.source == DOMAIN
    await world.ask()
    assert world.asked() == [NETWORK, DOMAIN]


WAITS = [
    pytest.param(Outcome(OutcomeKind.RATE_LIMITED, "slow down", retry_after_s=900.0), 900, id="429, as it asks"),
    pytest.param(Outcome(OutcomeKind.RATE_LIMITED, "slow down"), 3600, id="429 that does not say for how long"),
    pytest.param(Outcome(OutcomeKind.OFFLINE, "this machine has no network"), 900, id="offline"),
    pytest.param(Outcome(OutcomeKind.SERVER_ERROR, "a fault of its own"), 6 * 3600, id="503"),
    pytest.param(Outcome(OutcomeKind.BLOCKED, "refused"), 3 * 86_400, id="refused"),
]


@pytest.mark.parametrize(("outcome", "seconds"), WAITS)
async def test_what_is_not_answered_is_queued(world: World, outcome: Outcome, seconds: int) -> None:
    world.site.fails[NETWORK] = outcome
    found = await world.ask()
    assert found.waiting == f"rdap.arin.net: {outcome.message}"
    assert not found.of(HostPart.HOST)[0].is_published and found.of(HostPart.REGISTRAR)[0].is_published
    just_before, then = NOW + timedelta(seconds=seconds - 1), NOW + timedelta(seconds=seconds)
    assert world.store.hosting.wanted(just_before, 9) == [] and world.store.hosting.wanted(then, 9) == [HOST]
    world.site.fails.pop(NETWORK)
    world.clock.now = then
    assert await ask_wanted(world.parts) == 1
    known = world.store.hosting.get(HOST)
    assert known is not None and known.waiting == "" and known.of(HostPart.HOST)[0].is_published


async def test_what_was_known_stays_while_nobody_answers(world: World) -> None:
    before = await world.ask()
    world.clock.forward(days=15)
    world.site.fails |= {url: Outcome(OutcomeKind.OFFLINE, "no network") for url in (NETWORK, DOMAIN)}
    world.names.answers[HOST] = NameAnswer(why="no network", retry=True)
    after = await world.ask()
    assert after.contacts == before.contacts and after.waiting and after.contacts[0].asked_at == NOW


async def test_behind_a_proxy_the_registrar_alone_is_known(world: World) -> None:
    world.names.answers[HOST] = NameAnswer(why="the proxy looks names up")
    found = await world.ask()
    (host,) = found.of(HostPart.HOST)
    assert host.why == "the proxy looks names up" and found.of(HostPart.REGISTRAR)[0].is_published
    assert world.asked() == [DOMAIN] and not found.waiting


async def test_an_ending_that_no_registry_answers_for(world: World) -> None:
    world.names.answers["a.site.kg"] = NameAnswer(("8.8.8.8",))
    (registrar,) = (await world.ask("a.site.kg")).of(HostPart.REGISTRAR)
    assert "no registry of .kg answers" in registrar.why and not registrar.source


async def test_a_host_that_is_a_number_has_no_registrar(world: World) -> None:
    world.names.answers["8.8.8.8"] = NameAnswer(("8.8.8.8",))
    found = await world.ask("8.8.8.8")
    assert found.domain == "" and [contact.part for contact in found.contacts] == [HostPart.HOST]


# -- which registry answers for what


def test_the_shipped_files_are_dated_and_lead_to_registries() -> None:
    assert {name: told.published[:10] for name, told in shipped_servers().items()} == {
        "dns": "2026-07-23",
        "ipv4": "2019-06-07",
        "ipv6": "2024-11-01",
    }
    bootstrap = bootstrap_of({})
    assert bootstrap.about_address("8.8.8.8") == NETWORK and bootstrap.about_domain("site.com") == DOMAIN
    assert bootstrap.about_address("193.0.0.1").startswith("https://rdap.db.ripe.net/")
    assert bootstrap.about_address("2a00::1").startswith("https://rdap.db.ripe.net/")
    assert bootstrap.about_address("10.0.0.1") == "" and bootstrap.about_domain("a.nowhere") == ""
    assert all(url.startswith("https://") for told in shipped_servers().values() for _, url in told.servers)


async def test_iana_s_files_are_asked_for_once_a_month_and_a_broken_one_changes_nothing(world: World) -> None:
    dns = BOOTSTRAP_URLS["dns"]
    world.site.fails.clear()
    world.site.put(dns, json.dumps({"publication": "2026-11-28", "services": [[["com"], ["https://new.example/"]]]}))
    world.site.put(BOOTSTRAP_URLS["ipv4"], b"<html>")
    world.says("https://new.example/domain/site.com", domain(REGISTRAR))
    world.store.hosting.want(CASE, HOST, NOW)
    await ask_wanted(world.parts)
    assert "https://new.example/domain/site.com" in world.asked() and NETWORK in world.asked()
    asked = len([url for url in world.site.urls_asked() if url == dns])
    world.clock.forward(days=29)
    await who_hosts.renew_bootstrap(world.parts)
    assert len([url for url in world.site.urls_asked() if url == dns]) == asked == 1
    world.clock.forward(days=1)
    await who_hosts.renew_bootstrap(world.parts)
    assert len([url for url in world.site.urls_asked() if url == dns]) == 2


# -- which hosts are asked about


def a_find(number: int, **more: Any) -> Sighting:
    made = Sighting(
        id=SightingId(f"s{number}"),
        incident="i",
        case=CASE,
        watch="w",
        place=Place(f"https://page{number}.com/", f"https://img{number}.com/1.jpg"),
        match=Match(Tier.MATCH, 1.0, "same"),
        status=Status.NEW,
        first_seen=NOW,
        last_seen=NOW,
    )
    return replace(made, **more)


POSSIBLE = Match(Tier.POSSIBLE, 0.5, "perhaps")


@pytest.mark.parametrize(
    ("find", "hosts"),
    [
        pytest.param(a_find(1), ("page1.com", "img1.com"), id="page and media"),
        pytest.param(a_find(1, place=Place("https://a.com/", "data:")), ("a.com",), id="written into its page"),
        pytest.param(a_find(1, place=Place("https://a.com/", "https://a.com/1")), ("a.com",), id="one host"),
        pytest.param(a_find(1, place=Place("http://127.0.0.1:8/", "http://nas/1.jpg")), (), id="in her own network"),
        pytest.param(a_find(1, match=POSSIBLE), (), id="only possibly hers"),
        pytest.param(a_find(1, match=POSSIBLE, status=Status.CONFIRMED), ("page1.com", "img1.com"), id="confirmed"),
        pytest.param(a_find(1, status=Status.DISMISSED), (), id="dismissed"),
        pytest.param(a_find(1, status=Status.REMOVED), (), id="removed"),
        pytest.param(a_find(1, under_18=True), (), id="closed as under 18"),
        pytest.param(a_find(1, only_said=True), (), id="hearsay"),
    ],
)
def test_nobody_is_asked_about_what_is_not_reported(find: Sighting, hosts: tuple[str, ...]) -> None:
    assert reportable_hosts(find) == hosts


def test_what_is_wanted_is_what_the_finds_of_the_case_are_on() -> None:
    store: SqlStore = a_store()
    store.cases.save(Case(CaseId("other")))
    store.sightings.save(a_find(1))
    store.sightings.save(a_find(2, case=CaseId("other")))
    for case in (CASE, CaseId("other")):
        settle_wants(store, case, NOW)
    assert set(store.hosting.wanted_by(CASE)) == {"page1.com", "img1.com"}
    assert set(store.hosting.wanted_by("other")) == {"page2.com", "img2.com"}
    store.sightings.save(a_find(1, under_18=True, status=Status.DISMISSED))
    settle_wants(store, CASE, NOW)
    assert not store.hosting.wanted_by(CASE) and store.hosting.wanted_by("other")


def test_what_was_checked_goes_when_no_open_find_needs_it() -> None:
    store = a_store()
    store.hosting.want(CASE, "page1.com", NOW)
    for address in ("abuse@network.example", "abuse@left.example"):
        store.hosting.check(CASE, address, NOW)
    contact = AbuseContact(HostPart.HOST, "N", "Abuse@network.example", why="named")
    store.hosting.save(Hosting("page1.com", (), "page1.com", (contact,), NOW), NOW)
    store.sightings.save(a_find(1))
    settle_wants(store, CASE, NOW)
    assert set(store.hosting.checks(CASE)) == {"abuse@network.example"}
    store.sightings.save(a_find(1, under_18=True, status=Status.DISMISSED))
    settle_wants(store, CASE, NOW)
    assert store.hosting.checks(CASE) == {}


def test_new_finds_are_asked_about_soon_and_the_whole_case_is_settled_once_a_day() -> None:
    store = a_store()
    old = NOW - timedelta(days=3)
    store.sightings.save(a_find(1))
    store.sightings.save(a_find(2, first_seen=old, last_seen=old))
    who_hosts.want_of_late(store, CASE, NOW + timedelta(minutes=20))
    assert set(store.hosting.wanted_by(CASE)) == {"page1.com", "img1.com"}
    settle_wants(store, CASE, NOW)
    assert set(store.hosting.wanted_by(CASE)) == {"page1.com", "img1.com", "page2.com", "img2.com"}


# -- a third party's list


class FakeList:
    def __init__(self, answer: bytes) -> None:
        self.asked, self._answer = list[str](), answer

    def question(self, address: str) -> str:
        return f"{address}.list"

    async def ask(self, address: str) -> bytes:
        self.asked.append(address)
        return self._answer


LISTED = dns_answer(txt(b"abuse@listed.org"))


async def test_a_list_is_asked_only_where_it_is_switched_on_and_no_desk_is_published(world: World) -> None:
    listing = FakeList(LISTED)
    world.parts = replace(world.parts, contact_list=listing)
    await world.ask()
    assert listing.asked == []  # the registry names a desk
    world.clock.forward(days=15)
    world.says(NETWORK, network(holder()))
    (host,) = (await world.ask()).of(HostPart.HOST)
    assert (host.name, host.email, host.source) == ("Hoster Ltd", "abuse@listed.org", "dns:8.8.8.8.list")
    assert host.networks == ("8.8.8.0 - 8.8.8.255 HOSTER-NET",)
    await world.ask()  # from the copy
    assert listing.asked == ["8.8.8.8"] * 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(b"", "did not answer", id="no answer"),
        pytest.param(b"junk", "no DNS answer", id="junk"),
        pytest.param(dns_answer(txt(b"removed@lacnic.net")), "nobody reads", id="LACNIC's dead mailbox"),
        pytest.param(dns_answer(txt(b"abuse@site.com")), "own domain", id="the place itself"),
    ],
)
async def test_what_a_list_says_is_judged_as_a_registry_s_answer_is(world: World, answer: bytes, why: str) -> None:
    world.parts = replace(world.parts, contact_list=FakeList(answer))
    world.says(NETWORK, network(holder()))
    (host,) = (await world.ask()).of(HostPart.HOST)
    assert not host.email and why in host.why
