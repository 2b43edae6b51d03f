"""With a proxy set, no name is looked up past it: not the place's, not a registry's, not in Abusix's list. What is not
known then is said."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from monitor.clock import utc_now
from monitor.documents.hosting import hosting_document
from monitor.model.hosting import HostPart
from monitor.model.registry import RdapServers
from monitor.model.settings import CrawlSettings, NetworkSettings, Settings
from monitor.outbound.names import BY_PROXY
from monitor.outbound.polite import open_fetcher
from monitor.ports.hosting import RegistryCopy
from monitor.services.hosting import HostingService, HostOfFinds
from monitor.takedown.rdap.bootstrap import BOOTSTRAP_URLS
from tests.fakes import InlineReader
from tests.hostile.hostile_site import Names, TestProxy, proxy
from tests.pipeline.test_pipeline_hosts_wire import json_of, rdap
from tests.pipeline.test_pipeline_who_hosts import CASE, REGISTRAR, a_find
from tests.serving.web import answering
from tests.stores import a_store
from tests.takedown.rdap.shapes import domain, holder, network


@pytest.fixture
def past_it(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What this machine's own resolver was asked for. It is hostile: it has an answer to everything."""
    asked: list[str] = []

    def look_up(host: Any, port: Any, *_: object, **__: object) -> list[Any]:
        asked.append(str(host))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "evil.example", ("9.9.9.9", int(port or 0)))]

    async def datagrams(*_: object, **__: object) -> None:
        asked.append("a datagram")
        raise OSError("refused")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        monkeypatch.setattr(socket, name, look_up)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_datagram_endpoint", datagrams)
    yield asked


@asynccontextmanager
async def asking(url: str, port: int) -> Any:
    """A service for a find on a name and on a number. Every registry is at good.test, which the proxy alone knows."""
    store = a_store()
    for name, keys in (("dns", ("com",)), ("ipv4", ("8.0.0.0/8",)), ("ipv6", ("2600::/12",))):
        servers = RdapServers("2026-11-29", tuple((key, f"http://good.test:{port}/rdap/") for key in keys))
        store.hosting.keep_copy(RegistryCopy(BOOTSTRAP_URLS[name], json_of(servers), utc_now()))
    found = a_find(1)
    store.sightings.save(found)
    store.sightings.save(a_find(2, place=type(found.place)("https://8.8.8.8/t", "https://8.8.8.8/1.jpg")))
    settings = Settings(
        path=None,
        data_dir=Path("/nowhere"),
        watchlist_dir=Path("/nowhere"),
        network=NetworkSettings(proxy=url, ask_abusix=True, allow_ports=(port,)),
        crawl=CrawlSettings(per_host_delay_s=0.0),
    )
    reader = InlineReader()
    fetcher = open_fetcher(settings, store.hosts, store, reader=reader, clock=utc_now)
    try:
        yield HostingService(store, settings, utc_now, lambda: (fetcher, reader))
    finally:
        await fetcher.aclose()


def answer(request: web.Request) -> web.Response:
    return rdap(network(holder()) if "/ip/" in request.path else domain(REGISTRAR))


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http"])
async def test_no_name_is_looked_up_past_a_proxy(scheme: str, past_it: list[str]) -> None:
    here: list[str] = []

    async def site(request: web.Request) -> web.StreamResponse:
        here.append(request.path)
        return answer(request)

    async with answering(site) as port, proxy(Names()) as through:
        async with asking(f"{scheme}://127.0.0.1:{through.port}", port) as service:
            found = {one.host: one for one in await service.ask([], case=CASE)}
    check_told(found, through)
    assert sorted(here) == ["/rdap/domain/img1.com", "/rdap/domain/page1.com", "/rdap/ip/8.8.8.8"]
    assert past_it == []


def check_told(found: dict[str, HostOfFinds], through: TestProxy) -> None:
    assert set(through.asked) == {"good.test"}  # registries alone; of the places the proxy learns nothing by this
    named, number = found["page1.com"].known, found["8.8.8.8"].known
    assert named is not None and number is not None
    (host,) = named.of(HostPart.HOST)
    assert named.addresses == () and (host.email, host.url, host.why, host.source) == ("", "", BY_PROXY, "")
    assert named.of(HostPart.REGISTRAR)[0].email == "abuse@registrar.org" and not named.waiting
    (host,) = number.of(HostPart.HOST)
    assert number.addresses == ("8.8.8.8",) and host.name == "Hoster Ltd"
    assert "names no desk for abuse" in host.why and "Abusix's list is not asked" in host.why
    told = hosting_document("page1.com", [], named)
    assert told["addresses"] == [] and told["contacts"][0]["why"] == BY_PROXY


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http"])
async def test_nor_where_the_proxy_is_gone(scheme: str, past_it: list[str]) -> None:
    async with proxy(Names()) as gone:
        pass
    async with asking(f"{scheme}://127.0.0.1:{gone.port}", 8) as service:
        found = {one.host: one for one in await service.ask([], case=CASE)}
        known = found["page1.com"].known
        assert known is not None and known.waiting.startswith("good.test: ") and "proxy" in known.waiting
        assert not any(one.is_published for one in known.contacts)
    assert past_it == []
