"""With a proxy set, alerts go through it or not at all: real proxies on loopback, Apprise's real plugins."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from monitor.errors import AlertFailed
from monitor.model.proxy import Proxy as ProxySetting
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from monitor.outbound.alerts.dial import dial
from monitor.outbound.proxy import usual_tls
from tests.alerts.alert_helpers import endpoint, settings
from tests.hostile.hostile_tls import authority, serving, trusting
from tests.patience import WITHIN_S
from tests.serving.mail import mail_server
from tests.serving.streams import listening

MESSAGE = {"title": "t", "text": "x", "html": "<p>x</p>", "message_id": "<a@b>", "tag": ""}


@dataclass
class Proxy:
    """SOCKS5, or HTTP CONNECT, inside TLS too. `hosts` maps names that only the proxy knows;
    `asked`: what it was asked for."""

    kind: str
    port: int = 0
    login: str = ""
    asked: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)  # user names and passwords
    refuse: bool = False
    greeted: bytes = b""
    served: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def url(self) -> str:
        host = "localhost" if self.kind == "https" else "127.0.0.1"  # its certificate is for a name
        return f"{self.kind}://{self.login + '@' if self.login else ''}{host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                port = await (self._http(reader, writer) if self.kind[:4] == "http" else self._socks(reader, writer))
                if port:
                    there, back = await asyncio.open_connection("127.0.0.1", port)
                    writers.append(back)
                    await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            for open_writer in writers:
                open_writer.close()
                with contextlib.suppress(OSError):
                    await open_writer.wait_closed()
            self.served.release()

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        self.passed += [line for line in head.split("\r\n") if line.startswith("Proxy-Authorization")]
        writer.write(b"HTTP/1.1 403 No\r\n\r\n" if self.refuse else b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n")
        return 0 if self.refuse else int(head.split()[1].rpartition(":")[2])

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        writer.write(bytes([5, methods[0]]))
        if methods[0] == 2:
            await reader.readexactly(1)
            pair = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
            self.passed.append(":".join(pair))
            writer.write(b"\x01\x00")
        *_, kind = await reader.readexactly(4)
        if kind == 1:
            host = str(ipaddress.ip_address(await reader.readexactly(4)))
        else:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"{host}:{port}")
        greeting = b"220 together with the answer\r\n" if host == "greets-at-once.test" else b""
        writer.write(bytes([5, 5 if self.refuse else 0, 0, 1, 0, 0, 0, 0, 0, 0]) + greeting)
        if greeting:
            self.greeted = await reader.readline()
            return 0
        return 0 if self.refuse else port


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(4096):
            target.write(data)
        if target.can_write_eof():
            target.write_eof()
        else:  # inside TLS there is no half of an end
            target.close()


@contextlib.asynccontextmanager
async def proxy(kind: str, tls: ssl.SSLContext | None = None, **more: object) -> AsyncIterator[Proxy]:
    made = Proxy(kind, **more)  # type: ignore[arg-type]
    async with listening(made.serve, tls) as made.port:
        yield made
        for _ in made.asked:  # every connection has ended, since both of its ends have
            await asyncio.wait_for(made.served.acquire(), WITHIN_S)


@contextlib.asynccontextmanager
async def channel(url: str, through: Proxy) -> AsyncIterator[AppriseChannel]:
    made = AppriseChannel(settings(url, proxy=through.url))
    try:
        yield made
    finally:
        await made.aclose()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a proxy whose authority this machine trusts."""
    trusted = tmp_path / "authorities.pem"
    trusted.write_bytes(authority()[1].public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return serving(tmp_path, "localhost")


@pytest.mark.rows(2)
@pytest.mark.parametrize("kind", ["http", "https", "socks5", "socks5h"])
async def test_mail_and_webhooks_go_through_the_proxy_which_resolves(kind: str, tls: ssl.SSLContext) -> None:
    async with proxy(kind, tls if kind == "https" else None) as through, mail_server() as mail, endpoint() as hook:
        for url in (mail.url(), hook.url()):
            named = url.replace("127.0.0.1", "only-the-proxy.test")  # a name that no resolver here knows
            async with channel(named, through) as made:
                await made.send(**MESSAGE)
    assert through.asked == [f"only-the-proxy.test:{mail.port}", f"only-the-proxy.test:{hook.port}"]
    assert len(mail.mails) == len(hook.bodies) == 1


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("kind", "login", "passed"),
    [
        pytest.param("socks5", "me:p%40ss", "me:p@ss", id="socks"),
        pytest.param("http", "me:p%40ss", "Proxy-Authorization: Basic bWU6cEBzcw==", id="http"),
        pytest.param("https", "me:p%40ss", "Proxy-Authorization: Basic bWU6cEBzcw==", id="https"),
    ],
)
async def test_the_proxys_own_log_in(kind: str, login: str, passed: str, tls: ssl.SSLContext) -> None:
    async with proxy(kind, tls if kind == "https" else None, login=login) as through, endpoint() as hook:
        async with channel(hook.url(), through) as made:
            await made.send(**MESSAGE)
    assert through.passed == [passed] and len(hook.bodies) == 1


async def test_a_greeting_in_one_packet_with_the_proxys_answer_is_not_lost() -> None:
    url = "mailto://greets-at-once.test:25/?mode=insecure&from=a@b.test&to=c@d.test"
    async with proxy("socks5") as through, channel(url, through) as made:
        with pytest.raises(AlertFailed, match="broke off"):
            await made.send(**MESSAGE)
    assert through.greeted == b"ehlo [127.0.0.1]\r\n"  # it read the greeting and went on


@pytest.mark.rows(1)
@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_refuses_is_no_reason_to_go_past_it(kind: str) -> None:
    async with proxy(kind, refuse=True) as through, mail_server() as mail, endpoint() as hook:
        for url in (mail.url(), hook.url()):
            async with channel(url, through) as made:
                with pytest.raises(AlertFailed):
                    await made.send(**MESSAGE)
    assert mail.mails == [] and hook.bodies == [] and len(through.asked) == 2


async def test_a_proxy_that_cannot_prove_who_it_is_is_handed_nothing(tmp_path: Path) -> None:
    async with proxy("https", serving(tmp_path, "localhost"), login="me:secret") as through, mail_server() as mail:
        async with channel(mail.url(), through) as made:
            with pytest.raises(AlertFailed, match=r"the proxy localhost:[0-9]+ does not prove who it is"):
                await made.send(**MESSAGE)
    assert through.asked == through.passed == mail.ehlo == []


async def test_tls_inside_the_tls_of_a_proxy(tmp_path: Path, tls: ssl.SSLContext) -> None:
    """As smtplib, requests and http.client make it, on a socket's descriptor; and what they set on it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello " + await reader.readline())
        writer.close()

    def talk(port: int, through: str) -> bytes:
        with dial(ProxySetting.of(through), "only-the-proxy.test", port, 30) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with trusting().wrap_socket(plain, server_hostname="mail.test") as inner:
                inner.sendall(b"there\n")
                return inner.makefile("rb").read()

    usual_tls.cache_clear()
    try:
        async with listening(answer, serving(tmp_path, "mail.test")) as port, proxy("https", tls) as through:
            assert await asyncio.to_thread(talk, port, through.url) == b"hello there\n"
    finally:
        usual_tls.cache_clear()


async def test_a_dead_proxy_is_said_and_nothing_goes_past_it() -> None:
    async with proxy("socks5") as through:
        pass
    async with mail_server() as mail, channel(mail.url(), through) as made:
        with pytest.raises(AlertFailed, match="refused the connection"):
            await made.send(**MESSAGE)
    assert mail.mails == [] and mail.ehlo == []


async def test_a_channel_that_knows_no_proxy_sends_nothing() -> None:
    """rsyslog:// is UDP: it would tell the destination where the person is."""
    heard = asyncio.Event()

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            heard.set()

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Listener, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    url = f"rsyslog://127.0.0.1:{port}/local0"
    async with proxy("socks5") as through, channel(url, through) as made:
        with pytest.raises(AlertFailed):
            await made.send(**MESSAGE)
    assert through.asked == [] and not heard.is_set()
    direct = AppriseChannel(settings(url))
    await direct.send(**MESSAGE)  # without a proxy the same URL works: the refusal above was the proxy's
    await asyncio.wait_for(heard.wait(), WITHIN_S)
    await direct.aclose()
    transport.close()


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        pytest.param("http", b"HTTP/1.1 200 O", id="HTTP"),
        pytest.param("socks5", b"\x05\x00\x05\x00\x00\x03\xff", id="SOCKS"),
    ],
)
async def test_a_proxy_that_drips_is_left(kind: str, first: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(first)
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)

    async with listening(drip) as port:
        proxy = ProxySetting.of(f"{kind}://127.0.0.1:{port}")
        with pytest.raises(OSError, match=r"too slow|timed out"):
            await asyncio.wait_for(asyncio.to_thread(dial, proxy, "mail.example", 25, 0.4), WITHIN_S)
