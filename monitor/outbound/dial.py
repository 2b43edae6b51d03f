"""Opens a connection for what is no request of ours: the tunnels of the browser. Same rules as everywhere;
with a proxy set, through it or not at all."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from monitor.outbound.guard import AddressRules, Resolve
from monitor.outbound.transport import ProxyFailed

CONNECT_S = 15.0
HEAD_BYTES = 16 * 1024  # of a proxy's answer

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Dialler:
    rules: AddressRules
    resolve: Resolve
    proxy: str = ""

    async def open(self, host: str, port: int) -> tuple[Streams, str]:
        """The streams, and the address that was dialled ('' by proxy). Raises Refusal, ProxyFailed, OSError,
        UnicodeError, TimeoutError."""
        self.rules.check_target("http", host, port, by_proxy=bool(self.proxy))
        if self.proxy:
            return await self._by_proxy(host, port), ""
        addresses = await self.resolve(host.strip("[]"), port)
        self.rules.check_answers(host, addresses, port)
        problem: Exception = OSError(f"{host} has no address")
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_S):
                    return await asyncio.open_connection(address, port), address  # the checked literal
            except (OSError, TimeoutError) as error:
                problem = error
        raise problem

    async def _by_proxy(self, host: str, port: int) -> Streams:
        parts = urlsplit(self.proxy)
        socks = parts.scheme.startswith("socks5")
        proxy_port = parts.port or (1080 if socks else {"http": 80, "https": 443}.get(parts.scheme, 0))
        try:
            async with asyncio.timeout(CONNECT_S):
                streams = await asyncio.open_connection(
                    parts.hostname, proxy_port, ssl=True if parts.scheme == "https" else None
                )
        except (OSError, TimeoutError) as error:
            raise ProxyFailed(f"the proxy {parts.hostname}:{proxy_port} cannot be reached") from error
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        try:
            async with asyncio.timeout(CONNECT_S * 4):  # it has to look the name up, and Tor takes its time
                if socks:
                    await _socks5(streams, host, port, user, password)
                else:
                    await _http_connect(streams, host, port, user, password)
        except BaseException as error:
            streams[1].close()
            if isinstance(error, asyncio.IncompleteReadError | asyncio.LimitOverrunError):
                raise ProxyFailed("the proxy breaks off") from error
            raise
        return streams


async def _socks5(streams: Streams, host: str, port: int, user: str, password: str) -> None:
    """RFC 1928 and 1929. The name goes to the proxy unresolved."""
    reader, writer = streams
    writer.write(b"\x05\x01" + (b"\x02" if user else b"\x00"))
    version, method = await reader.readexactly(2)
    if version != 5 or method != (2 if user else 0):
        raise ProxyFailed("the proxy does not take the way of logging in that is set")
    if user:
        name, word = user.encode()[:255], password.encode()[:255]
        writer.write(b"\x01" + bytes([len(name)]) + name + bytes([len(word)]) + word)
        if (await reader.readexactly(2))[1] != 0:
            raise ProxyFailed("the proxy does not take user and password")
    writer.write(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"))
    _, reply, _, kind = await reader.readexactly(4)
    if reply:
        raise OSError(f"the proxy cannot reach the site (code {reply})")
    length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    await reader.readexactly(length + 2)


def _socks_address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        name = host.encode("ascii")
        return b"\x03" + bytes([len(name)]) + name
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


async def _http_connect(streams: Streams, host: str, port: int, user: str, password: str) -> None:
    reader, writer = streams
    head = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    if user:
        head += f"Proxy-Authorization: Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}\r\n"
    writer.write(f"{head}\r\n".encode("ascii"))
    answer = await reader.readuntil(b"\r\n\r\n")
    words = answer[:HEAD_BYTES].split(b" ", 2)
    status = words[1] if len(words) > 1 else b""
    if status in (b"502", b"503", b"504"):
        raise OSError(f"the proxy cannot reach the site ({status.decode()})")
    if status != b"200":
        raise ProxyFailed(f"the proxy refuses ({status[:3].decode('ascii', 'replace')})")
