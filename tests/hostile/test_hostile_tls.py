from __future__ import annotations

from pathlib import Path

import pytest
from hostile_site import Names, ok, site, to, way
from hostile_tls import serving, trusting

from monitor.model.page import OutcomeKind as K
from monitor.model.page import Request


@pytest.mark.parametrize("kind", ("straight", "socks", "http"))
@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        pytest.param("good.test", {}, K.OK, id="good"),
        pytest.param("other.test", {}, K.TLS, id="for another host"),
        pytest.param("good.test", {"self_signed": True}, K.TLS, id="signed by itself"),
        pytest.param("good.test", {"expired": True}, K.TLS, id="expired"),
        pytest.param("good.test", {"not_yet": True}, K.TLS, id="not valid yet"),
        pytest.param("127.0.0.1", {}, K.TLS, id="asked by its address"),
    ],
)
async def test_certificates(kind: str, host: str, options: dict[str, bool], expected: K, tmp_path: Path) -> None:
    async with (
        site(ok(), tls=serving(tmp_path, **options)) as served,
        way(kind, served.port, timeout_s=5, tls=trusting()) as client,
    ):
        fetched = await client.fetch(Request(served.url(host=host, scheme="https")))
        assert fetched.outcome.kind is expected, fetched.outcome
        assert bool(fetched.certificate) == (expected is K.OK)
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
