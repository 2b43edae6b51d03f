"""The browser's tunnels take the same ways out as everything else."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from monitor.outbound.dial import LocalDialler
from monitor.outbound.guard import AddressRules, Refusal
from monitor.outbound.proxy import ProxyFailed
from tests.hostile.hostile_site import Names, ok, proxy, site
from tests.serving.streams import listening


def rules(port: int) -> AddressRules:
    return AddressRules((ip_network("127.0.0.1/32"),), {80, 443, port})


async def greeted(dialler: LocalDialler, host: str, port: int) -> bytes:
    (reader, writer), _ = await dialler.open(host, port)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return await reader.readuntil(b"hello</p>")
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http"])
async def test_through_a_proxy(scheme: str) -> None:
    here = Names()
    async with site(ok()) as served, proxy(Names()) as through:
        dialler = LocalDialler(rules(served.port), here, f"{scheme}://127.0.0.1:{through.port}")
        assert b"200 OK" in await greeted(dialler, "good.test", served.port)
        assert (through.asked, here.asked) == (["good.test"], [])
        with pytest.raises(OSError, match="cannot reach"):
            await dialler.open("nowhere.test", served.port)
        inside_names = ("localhost", "printer.local", "x.fritz.box", "10.0.0.1.nip.io", "a.localtest.me")
        for inside in ("127.0.0.2", "10.0.0.1", "::1", *inside_names):
            with pytest.raises(Refusal):
                await dialler.open(inside, served.port)
        assert "127.0.0.2" not in through.asked


@pytest.mark.parametrize("scheme", ["socks5", "http", "https"])
async def test_without_its_proxy_nothing_is_dialled(scheme: str) -> None:
    async with site(ok()) as served:
        async with site(ok()) as gone:
            pass
        with pytest.raises(ProxyFailed):
            await LocalDialler(rules(served.port), Names(), f"{scheme}://127.0.0.1:{gone.port}").open(
                "good.test", served.port
            )
        assert served.heads == []


@pytest.mark.parametrize("answer", [b"", b"\x05\xff", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 407 x\r\n\r\n", bytes(64)])
@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_a_proxy_that_talks_nonsense(scheme: str, answer: bytes) -> None:
    import asyncio

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(answer)
        writer.close()

    async with listening(serve) as port:
        with pytest.raises((ProxyFailed, OSError)):
            await LocalDialler(rules(80), Names(), f"{scheme}://127.0.0.1:{port}").open("good.test", 80)


async def test_straight_the_checked_address_is_dialled() -> None:
    names = Names(tricky=[["127.0.0.1"], ["127.0.0.2"]])
    async with site(ok()) as served:
        dialler = LocalDialler(rules(served.port), names)
        assert b"200 OK" in await greeted(dialler, "tricky.test", served.port)
        with pytest.raises(Refusal):
            await dialler.open("tricky.test", served.port)
        assert served.inside == 0
