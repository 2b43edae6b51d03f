from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from monitor.model.page import OutcomeKind as K
from monitor.model.page import Request
from tests.hostile.hostile_site import Names, ok, site, to, way
from tests.hostile.hostile_tls import serving, trusting
from tests.serving.streams import listening


@pytest.mark.rows(3)
@pytest.mark.parametrize("kind", ("straight", "socks", "http", "straight, apart"))
@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        pytest.param("good.test", {}, K.OK, id="good"),
        pytest.param("other.test", {}, K.TLS, id="for another host"),
        pytest.param("good.test", {"self_signed": True}, K.TLS, id="signed by itself"),
        pytest.param("good.test", {"expired": True}, K.TLS, id="expired"),
        pytest.param("good.test", {"not_yet": True}, K.TLS, id="not valid yet"),
        pytest.param("127.0.0.1", {}, K.TLS, id="asked by its address"),
        pytest.param("good.test", {"named": False}, K.TLS, id="named where names once stood"),
        pytest.param("good.test", {"weak": True}, K.TLS, id="a key of 1024 bits"),
        pytest.param("good.test", {"chain": 60}, K.OK, id="sixty certificates that lead nowhere"),
        pytest.param("good.test", {"chain": 400}, K.TLS, id="four hundred of them"),
        pytest.param("good.test", {"old": True}, (K.TLS, K.CONNECTION), id="TLS 1.1"),
        pytest.param("good.test", {"speaks": ("h2",)}, K.OK, id="it would rather speak HTTP/2"),
    ],
)
async def test_certificates(
    kind: str, host: str, options: dict[str, Any], expected: K | tuple[K, ...], tmp_path: Path
) -> None:
    async with (
        site(ok(), tls=serving(tmp_path, **options)) as served,
        way(kind, served.port, timeout_s=5, tls=trusting()) as client,
    ):
        fetched = await client.fetch(Request(served.url(host=host, scheme="https")))
        kinds = expected if isinstance(expected, tuple) else (expected,)
        assert fetched.outcome.kind in kinds, fetched.outcome
        assert bool(fetched.chain) == (expected is K.OK)
        assert bool(served.heads) == (expected is K.OK)


async def test_no_tls_where_tls_is_asked_for() -> None:
    """A plain server waits for the end of a request head, and the client for a handshake."""
    async with site(ok()) as served, way("straight", served.port, timeout_s=0.5) as client:
        fetched = await client.fetch(Request(served.url(scheme="https")))
        assert fetched.outcome.kind in (K.TLS, K.TIMEOUT, K.CONNECTION), fetched.outcome


async def test_tls_where_none_is_asked_for(tmp_path: Path) -> None:
    async with site(ok(), tls=serving(tmp_path)) as served, way("straight", served.port) as client:
        fetched = await client.fetch(Request(served.url()))
        assert fetched.outcome.kind in (K.UNREADABLE, K.CONNECTION), fetched.outcome


async def test_the_name_is_checked_not_the_address_that_was_dialled(tmp_path: Path) -> None:
    names = Names(shop=[["127.0.0.1"]])
    async with (
        site(ok(), tls=serving(tmp_path, "shop.test")) as served,
        way("straight", served.port, timeout_s=5, names=names, tls=trusting()) as client,
    ):
        fetched = await client.fetch(Request(served.url(host="shop.test", scheme="https")))
        assert (fetched.outcome.kind, fetched.ip) == (K.OK, "127.0.0.1")
        assert b"Host: shop.test" in served.heads[0] or b"host: shop.test" in served.heads[0]


async def test_credentials_do_not_go_on_to_a_plain_address(tmp_path: Path) -> None:
    async with site(ok()) as plain:
        async with (
            site(to(plain.url()), tls=serving(tmp_path)) as served,
            way("straight", served.port, timeout_s=5, tls=trusting()) as client,
        ):
            client.rules.ports.add(plain.port)
            request = Request(served.url(scheme="https"), headers=(("Authorization", "secret"),))
            fetched = await client.fetch(request)
        assert fetched.outcome.kind is K.OK
        assert b"secret" in served.heads[0]
        assert b"secret" not in plain.heads[0]


async def test_who_asks_for_a_certificate_of_ours_is_shown_none(tmp_path: Path) -> None:
    async with (
        site(ok(), tls=serving(tmp_path, asks_who=True)) as served,
        way("straight", served.port, timeout_s=5, tls=trusting()) as client,
    ):
        fetched = await client.fetch(Request(served.url(scheme="https")))
        assert fetched.outcome.kind in (K.TLS, K.CONNECTION), fetched.outcome
        assert served.heads == []


HELLO = b"\x16\x03\x03"  # a handshake record of TLS 1.2


@pytest.mark.parametrize("kind", ("straight", "socks", "straight, apart"))
@pytest.mark.parametrize(
    ("raw", "kinds"),
    [
        pytest.param(b"", (K.CONNECTION, K.TLS), id="closes at once"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", (K.TLS,), id="plain HTTP"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x28", (K.TLS,), id="an alert"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x70", (K.TLS,), id="it does not know the name"),
        pytest.param(HELLO + b"\xff\xff" + bytes(70_000), (K.TLS, K.CONNECTION), id="a record that is too long"),
        pytest.param(HELLO + b"\x00\x04\x02\xff\xff\xff", (K.TLS, K.CONNECTION), id="a hello of 16 MB"),
        pytest.param(b"\x80\x2e\x04\x00\x01\x00\x02" + bytes(60), (K.TLS, K.CONNECTION), id="SSL 2"),
        pytest.param(bytes(range(256)) * 20, (K.TLS, K.CONNECTION), id="noise"),
    ],
)
async def test_handshakes_that_are_none(kind: str, raw: bytes, kinds: tuple[K, ...]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(raw)
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    async with listening(serve) as port, way(kind, port, timeout_s=5, tls=trusting()) as client:
        fetched = await client.fetch(Request(f"https://good.test:{port}/"))
        assert fetched.outcome.kind in kinds, fetched.outcome
        assert fetched.outcome.message.isprintable()


async def test_a_handshake_that_never_ends_costs_its_deadline() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        await reader.read()
        writer.close()

    async with listening(serve) as port, way("straight", port, timeout_s=0.5) as client:
        fetched = await client.fetch(Request(f"https://good.test:{port}/"))
        assert fetched.outcome.kind is K.TIMEOUT, fetched.outcome
