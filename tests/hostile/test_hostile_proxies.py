"""Every kind of proxy that the configuration takes, for every way out: one dialler serves them all."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from monitor.model.page import OutcomeKind, Request
from monitor.model.proxy import Proxy, ProxyScheme
from monitor.outbound.dial import LocalDialler
from monitor.outbound.proxy import ProxyFailed, usual_tls
from tests.hostile.hostile_site import Names, client, ok, proxy, site
from tests.hostile.hostile_tls import authority, serving, trusting
from tests.hostile.test_hostile_dial import greeted, rules

BASIC = b"Proxy-Authorization: Basic bWU6cEBzcw=="


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Of a proxy whose authority this machine trusts."""
    trusted = tmp_path / "authorities.pem"
    trusted.write_bytes(authority()[1].public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    usual_tls.cache_clear()
    yield serving(tmp_path, "localhost")
    usual_tls.cache_clear()


@pytest.mark.parametrize("scheme", ProxyScheme)
@pytest.mark.parametrize("way", ["a plain page", "a page by TLS", "a tunnel of the browser's"])
async def test_every_way_goes_through_every_kind(
    scheme: ProxyScheme, way: str, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    here, there = Names(), Names()
    at_site = serving(tmp_path) if "TLS" in way else None
    is_socks = scheme.startswith(("socks", "tor"))
    login = "" if is_socks else "me:p%40ss@"
    async with site(ok(), at_site) as served, proxy(there, tls if scheme is ProxyScheme.HTTPS else None) as through:
        url = f"{scheme}://{login}localhost:{through.port}"
        if "tunnel" in way:
            assert b"200 OK" in await greeted(LocalDialler(rules(served.port), here, url), "good.test", served.port)
        else:
            async with client(served.port, names=here, proxy=url, tls=trusting(), timeout_s=30) as made:
                address = served.url().replace("http:", "https:" if at_site else "http:")
                fetched = await made.fetch(Request(address))
                again = await made.fetch(Request(address))
            assert (fetched.outcome.kind, again.outcome.kind) == (OutcomeKind.OK, OutcomeKind.OK), fetched.outcome
            assert b"hello" in fetched.body and fetched.ip == "" and bool(fetched.chain) is bool(at_site)
        assert set(through.asked) == {"good.test"} and here.asked == []
        assert all(BASIC in head for head in through.heads)
        connects = [head.startswith(b"CONNECT ") for head in through.heads]
        assert all(connects) is (way != "a plain page" or is_socks)


@pytest.mark.parametrize("way", ["a page", "a tunnel"])
async def test_a_proxy_that_cannot_prove_who_it_is_is_asked_for_nothing(way: str, tmp_path: Path) -> None:
    async with site(ok()) as served, proxy(Names(), serving(tmp_path, "localhost")) as through:
        url = f"https://me:secret@localhost:{through.port}"
        if way == "a tunnel":
            with pytest.raises(ProxyFailed, match="does not prove who it is"):
                await LocalDialler(rules(served.port), Names(), url).open("good.test", served.port)
        else:
            async with client(served.port, proxy=url, tls=trusting(), timeout_s=30) as made:
                outcome = (await made.fetch(Request(served.url()))).outcome
            assert outcome.kind is OutcomeKind.PROXY and "does not prove who it is" in outcome.message, outcome
            assert "secret" not in outcome.message
        assert through.heads == served.heads == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("http://a.test", Proxy(ProxyScheme.HTTP, "a.test", 80), id="HTTP"),
        pytest.param("https://a.test", Proxy(ProxyScheme.HTTPS, "a.test", 443), id="HTTP inside TLS"),
        pytest.param("socks5://[::1]", Proxy(ProxyScheme.SOCKS5, "::1", 1080), id="SOCKS, by number"),
        pytest.param("tor://a", Proxy(ProxyScheme.TOR, "a", 9050), id="Tor"),
        pytest.param("socks5h://u:p%40@a:9050", Proxy(ProxyScheme.SOCKS5H, "a", 9050, "u", "p@"), id="with a log-in"),
        pytest.param("ftp://a.test", None, id="no proxy's scheme"),
        pytest.param("http://", None, id="no host"),
        pytest.param("http://:80", None, id="a port alone"),
        pytest.param("http://a.test:99999", None, id="no port"),
        pytest.param("http://a .test", None, id="a blank"),
    ],
)
def test_what_is_a_proxy(written: str, read: Proxy | None) -> None:
    if read is None:
        with pytest.raises(ValueError, match="is not a proxy that this program can use"):
            Proxy.of(written)
    else:
        assert Proxy.of(written) == read and "p@" not in repr(Proxy.of(written))
