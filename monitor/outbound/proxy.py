"""The one way through the proxy that the person set: for visits, for the browser's tunnels, and for alerts.

What is said to the proxy is a generator that does no I/O (`handshake`), carried by who has the socket (`carry`). The
proxy is dialled as the owner wrote it. Names go to it unresolved.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import secrets
import ssl
from collections.abc import Awaitable, Callable, Generator
from dataclasses import replace
from functools import cache

from socksio import ProtocolError, socks5

from monitor.domains import registrable_domain
from monitor.model.proxy import Proxy, ProxyScheme
from monitor.outbound.dialling import Streams

CONNECT_S = 15.0  # to one address, or to the proxy
ANSWER_S = 60.0  # it has to look the name up, and Tor takes its time
ANSWER_BYTES = 16 * 1024  # of an HTTP proxy's answer, head only

_WITH_NAME = [socks5.SOCKS5AuthMethod.USERNAME_PASSWORD]
_WITHOUT = [socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED]
_OTHER_LOG_IN = "the proxy does not take the way of logging in that is set"
_NO_TOR = "the proxy keeps no circuits apart: it is not Tor, or its PreferSOCKSNoAuth is set"

Handshake = Generator[tuple[bytes, int], bytes, None]
"""What to send and how many bytes to read next; it is given these."""


class ProxyFailed(OSError):
    """The proxy itself cannot be used. Nothing is sent without it."""


@cache
def usual_tls() -> ssl.SSLContext:
    """For a proxy behind TLS: the usual authorities, and those that this system's owner trusts."""
    import certifi  # few set such a proxy

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


async def open_through(proxy: Proxy, host: str, port: int, identity: str = "") -> Streams:
    """A connection to `host`. identity: as `handshake`. Raises ProxyFailed, TimeoutError, and OSError
    where the proxy does not get there."""
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                proxy.host, proxy.port, ssl=usual_tls() if proxy.is_tls else None
            )
    except (OSError, TimeoutError) as error:
        raise unreachable(proxy, error) from error

    async def write(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    try:
        await carry(handshake(proxy, host, port, identity), reader.read, write)
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


def unreachable(proxy: Proxy, error: BaseException) -> ProxyFailed:
    """error: of dialling the proxy, as any library wraps it."""
    where = f"the proxy {proxy.host}:{proxy.port}"
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLCertVerificationError):
            return ProxyFailed(f"{where} does not prove who it is: {link.verify_message}")
        if isinstance(link, ssl.SSLError):
            return ProxyFailed(f"{where} does not speak TLS as it should: {link.reason or 'no reason given'}")
        link = link.__cause__ or link.__context__
    return ProxyFailed(f"{where} cannot be reached")


async def carry(
    talk: Handshake, read: Callable[[int], Awaitable[bytes]], write: Callable[[bytes], Awaitable[None]]
) -> None:
    """read: so many bytes at most, b"" at the end. Raises ProxyFailed, OSError, TimeoutError."""
    try:
        async with asyncio.timeout(ANSWER_S):
            send, wanted = next(talk)
            while True:
                if send:
                    await write(send)
                data = b""
                while len(data) < wanted:
                    more = await read(wanted - len(data))
                    if not more:
                        raise ProxyFailed("the proxy breaks off")
                    data += more
                send, wanted = talk.send(data)
    except StopIteration:
        return


def handshake(proxy: Proxy, host: str, port: int, identity: str = "") -> Handshake:
    """Not a byte more is read than the proxy's answer has: a mail server's greeting may follow at once. identity: whose
    circuit it is, where the proxy is Tor; '': one for each owner of hosts, of what the program's owner wrote."""
    name = _ascii(host.strip("[]"))
    if not proxy.is_socks:
        return _connect(proxy, name, port)
    if not proxy.is_tor:
        return _socks(proxy, name, port, _WITH_NAME if proxy.user else _WITHOUT)
    # What only listens on Tor's port may want no name: then it is asked as it wants.
    methods = _WITH_NAME if proxy.scheme is ProxyScheme.TOR else _WITH_NAME + _WITHOUT
    word = identity or _of_owner(registrable_domain(name))
    return _socks(replace(proxy, user=word, password=word), name, port, methods)


def _of_owner(domain: str) -> str:
    return hashlib.blake2b(domain.encode(), key=_key_of_process(), digest_size=16).hexdigest()


@cache
def _key_of_process() -> bytes:
    return secrets.token_bytes(32)


def credentials(proxy: Proxy) -> tuple[tuple[str, str], ...]:
    """The header lines of an HTTP proxy's own log-in."""
    if not proxy.user:
        return ()
    pair = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
    return (("Proxy-Authorization", f"Basic {pair}"),)


def _connect(proxy: Proxy, host: str, port: int) -> Handshake:
    """RFC 9110 section 9.3.6."""
    literal = f"[{host}]" if ":" in host else host
    lines = [f"CONNECT {literal}:{port} HTTP/1.1", f"Host: {literal}:{port}"]
    lines += [f"{name}: {value}" for name, value in credentials(proxy)]
    answer = yield "\r\n".join([*lines, "", ""]).encode("ascii"), 1
    while not answer.endswith(b"\r\n\r\n"):
        if len(answer) >= ANSWER_BYTES:
            raise ProxyFailed("the proxy's answer has no end")
        answer += yield b"", 1
    words = answer.split(None, 2)
    status = words[1][:3].decode("ascii", "replace") if len(words) > 1 and words[0][:5] == b"HTTP/" else ""
    if status in ("502", "503", "504"):
        raise OSError(f"the proxy cannot reach it ({status})")
    if status == "407":
        raise ProxyFailed(
            "the proxy does not take user and password (407)" if proxy.user else "the proxy wants a log-in"
        )
    if not (status.isdigit() and status[0] == "2"):
        raise ProxyFailed(f"the proxy refuses ({status or 'no HTTP'})")


def _socks(proxy: Proxy, host: str, port: int, methods: list[socks5.SOCKS5AuthMethod]) -> Handshake:
    """RFC 1928 and 1929."""
    try:
        protocol = socks5.SOCKS5Connection()
        protocol.send(socks5.SOCKS5AuthMethodsRequest(methods))
        said = protocol.receive_data((yield protocol.data_to_send(), 2))
        if not isinstance(said, socks5.SOCKS5AuthReply) or said.method not in methods:
            raise ProxyFailed(_NO_TOR if proxy.scheme is ProxyScheme.TOR else _OTHER_LOG_IN)
        if said.method in _WITH_NAME:
            protocol.send(socks5.SOCKS5UsernamePasswordRequest(proxy.user.encode(), proxy.password.encode()))
            said = protocol.receive_data((yield protocol.data_to_send(), 2))
            if not isinstance(said, socks5.SOCKS5UsernamePasswordReply) or not said.success:
                raise ProxyFailed("the proxy does not take user and password")
        protocol.send(socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, (host, port)))
        data = yield protocol.data_to_send(), 5
    except (ProtocolError, OverflowError) as error:  # OverflowError: more than 255 bytes of a name
        raise ProxyFailed("the proxy does not speak SOCKS5") from error
    if data[0] != 5:
        raise ProxyFailed("the proxy does not speak SOCKS5")
    if data[1]:
        raise OSError(f"the proxy cannot reach it (code {data[1]})")
    left = {1: 5, 3: data[4] + 2, 4: 17}.get(data[3])  # IPv4, name, IPv6: what is left of it, and the port
    if left is None:
        raise ProxyFailed("the proxy does not speak SOCKS5")
    yield b"", left


def _ascii(host: str) -> str:
    """Raises UnicodeError, OSError."""
    if any(char <= " " or char == "\x7f" for char in host):
        raise OSError("a host name with blanks")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host if host.isascii() else host.encode("idna").decode()
