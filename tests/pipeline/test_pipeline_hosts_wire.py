"""Registries asked over a real socket, by the real way out, and read by a real confined reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from monitor.clock import utc_now
from monitor.model.hosting import Hosting, HostPart
from monitor.model.registry import RdapServers
from monitor.model.settings import CrawlSettings, NetworkSettings, Settings
from monitor.outbound.polite import open_fetcher
from monitor.pipeline.who_hosts import LookupParts, ask_about
from monitor.ports.hosting import NameAnswer, RegistryCopy
from monitor.reader.pool import ReaderPool, page_plan
from monitor.takedown.rdap.bootstrap import BOOTSTRAP_URLS
from tests.pipeline.test_pipeline_who_hosts import CASE, HOST, REGISTRAR, FakeNames
from tests.serving.web import answering
from tests.stores import a_store
from tests.takedown.rdap import shapes
from tests.takedown.rdap.shapes import abuse, domain, email, holder, network

Answering = Callable[[web.Request], web.Response]


async def asked(answer: Answering, asked_for: list[web.Request], *hosts: str) -> tuple[Hosting, ...]:
    store = a_store()

    async def site(request: web.Request) -> web.StreamResponse:
        asked_for.append(request)
        return answer(request)

    async with answering(site) as port, ReaderPool(pages=replace(page_plan(), workers=1)) as reader:
        here = f"http://127.0.0.1:{port}/rdap/"
        for name, keys in (("dns", ("com",)), ("ipv4", ("8.0.0.0/8",))):
            servers = RdapServers("2026-11-29", tuple((key, here) for key in keys))
            store.hosting.keep_copy(RegistryCopy(BOOTSTRAP_URLS[name], json_of(servers), utc_now()))
        settings = Settings(
            path=None,
            data_dir=Path("/nowhere"),
            watchlist_dir=Path("/nowhere"),
            network=NetworkSettings(allow_networks=("127.0.0.0/8",), allow_ports=(port,)),
            crawl=CrawlSettings(per_host_delay_s=0.0),
        )
        fetcher = open_fetcher(settings, store.hosts, store, reader=reader, clock=utc_now)
        names = FakeNames({host: NameAnswer(("8.8.8.8",)) for host in hosts})
        try:
            found = []
            for host in hosts:
                store.hosting.want(CASE, host, utc_now())
                found.append(await ask_about(host, LookupParts(store, fetcher, reader, names, utc_now)))
            soon, then = utc_now() + timedelta(minutes=19), utc_now() + timedelta(minutes=21)
            assert store.hosting.wanted(soon, 9) == []
            assert set(store.hosting.wanted(then, 9)) == {one.host for one in found if "left alone" in one.waiting}
            return tuple(found)
        finally:
            await fetcher.aclose()


def json_of(servers: RdapServers) -> str:
    from pydantic import TypeAdapter

    return TypeAdapter(RdapServers).dump_json(servers).decode()


def rdap(answer: object) -> web.Response:
    return web.Response(body=shapes.as_bytes(answer), content_type="application/rdap+json")


async def test_what_goes_over_the_wire_tells_nothing_but_the_question() -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/rdap/ip/8.8.8.8":
            raise web.HTTPFound("/rdap/moved/ip/8.8.8.8", headers={"Set-Cookie": "seen=1"})
        if request.path.startswith("/rdap/moved"):
            return rdap(network(holder(), abuse(email("abuse@hoster.example"))))
        return rdap(domain(REGISTRAR))

    wire: list[web.Request] = []
    (found,) = await asked(answer, wire, HOST)
    assert [request.path for request in wire] == [
        "/rdap/ip/8.8.8.8",
        "/rdap/moved/ip/8.8.8.8",
        "/rdap/domain/site.com",
    ]
    for request in wire:
        assert request.headers["Accept"] == "application/rdap+json" and "Referer" not in request.headers
        assert HOST not in str(request.headers)
    assert "Cookie" not in wire[2].headers
    assert found.of(HostPart.HOST)[0].email == "abuse@hoster.example" and not found.waiting
    assert found.of(HostPart.REGISTRAR)[0].email == "abuse@registrar.org"


async def test_a_registry_that_wants_to_be_left_alone_is_left_alone_for_as_long_as_it_asks() -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "1200"}, body=b"{}")

    wire: list[web.Request] = []
    found = await asked(answer, wire, HOST, "other.com")
    assert len(wire) == 1  # the name's registry is the same server, and so is that of the second host
    assert all(one.waiting and not any(contact.is_published for contact in one.contacts) for one in found)


async def test_redirects_without_end_are_not_followed() -> None:
    def answer(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{request.path}/x")

    wire: list[web.Request] = []
    await asked(answer, wire, HOST)
    assert len([request for request in wire if "/ip/" in request.path]) == 5  # the question and four referrals
