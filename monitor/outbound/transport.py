"""The two ways bytes travel: straight, or through the proxy that the person set. Both are httpx transports,
called without httpx's client: its redirects, cookies, decoders and environment are what `client` does by
itself, bounded.

Straight: aiohttp under httpx-aiohttp (0.3 ms a request against 1.7). Its resolver is not asked for literal
addresses, its `socket_factory` is: so the latter has the last word. By proxy: httpcore, for aiohttp would
speak plain HTTP to a SOCKS proxy. A network backend that dials nothing but the proxy makes it fail closed.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import aiohttp
import httpcore
import httpx
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from httpx_aiohttp.transport import AiohttpResponseStream, map_aiohttp_exceptions
from multidict import CIMultiDict

from monitor.model.proxy import Proxy
from monitor.outbound.answer_head import AnswerHead
from monitor.outbound.guard import AddressRules, Refusal, Resolve
from monitor.outbound.peer import PEER, Peer, peer_of
from monitor.outbound.proxy import ProxyFailed, carry, credentials, handshake, unreachable, usual_tls
from monitor.outbound.raw_http import RawResponse
from monitor.parts.messages.fetching import MAX_ANSWERED_LINES

MAX_HEADER_BYTES = 64 * 1024  # of one line: content security policies reach some kilobytes
PIECE_BYTES = 256 * 1024  # of a body, read at once: what a picture costs here goes by the piece
TARGET = "as_written"  # of a request's extensions: what its first line asks for, to the letter
KEEP_ALIVE_S = 20.0  # a connection is kept for the next request to its host

_opened: ContextVar[list[httpcore.AsyncNetworkStream]] = ContextVar("opened")  # by the request of this task


def straight(
    rules: AddressRules, resolve: Resolve, tls: ssl.SSLContext, *, connections: int
) -> httpx.AsyncBaseTransport:
    def checked_socket(info: tuple[Any, ...]) -> socket.socket:
        """The last word: what is dialled is what is checked here."""
        family, kind, protocol, _, address = info
        rules.check_address(str(address[0]), int(address[1]))
        return socket.socket(family=family, type=kind, proto=protocol)

    def session() -> aiohttp.ClientSession:
        connector = _Connector(
            ssl=tls,
            limit=connections,
            limit_per_host=4,
            resolver=_CheckedResolver(rules, resolve),
            use_dns_cache=False,  # every dial is checked by what is dialled; connections are kept instead
            socket_factory=checked_socket,
            keepalive_timeout=KEEP_ALIVE_S,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            response_class=_NotedResponse,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_ANSWERED_LINES,
        )

    return _Straight(session)


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        made: Any = partial(_Reading, loop=asyncio.get_running_loop())
        self._factory = made  # aiohttp has no other way in; `tests/outbound/test_outbound_wire.py` tells if it goes


class _Reading(ResponseHandler):
    """Shows the parser heads as browsers read them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._answer_head = AnswerHead()

    def set_response_params(self, **settings: Any) -> None:
        self._answer_head.begin()
        super().set_response_params(**settings)

    def data_received(self, data: bytes) -> None:
        ready = self._answer_head.feed(data)
        if ready or not data:
            super().data_received(ready)
        if self._answer_head.is_longer and self.transport is not None:
            self.force_close()  # nothing more is asked of who sends more than they say
            self.transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        if held := self._answer_head.rest():
            super().data_received(held)
        super().connection_lost(exc)


class _CheckedResolver(AbstractResolver):
    def __init__(self, rules: AddressRules, resolve: Resolve) -> None:
        self._rules, self._resolve = rules, resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._resolve(host, port)
        self._rules.check_answers(host, addresses, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


class _NotedResponse(aiohttp.ClientResponse):
    """Notes whom it came from before the connection goes back to the pool, which for a short answer is at
    once."""

    peer = Peer()

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        self.peer = peer_of(connection.transport.get_extra_info) if connection.transport else Peer()
        return await super().start(connection)


def _as_utf_8(value: bytes) -> str:
    """aiohttp sends text, as UTF-8. A cookie in another encoding cannot go out as it came in, so it is left out."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "; ".join(part.decode("utf-8") for part in value.split(b"; ") if _is_utf_8(part))


def _is_utf_8(part: bytes) -> bool:
    return part.decode("utf-8", "ignore").encode("utf-8") == part


class _Straight(httpx.AsyncBaseTransport):
    """httpx-aiohttp's transport hands an address on as text, and yarl spells that anew: so the request is made here."""

    def __init__(self, session: Callable[[], aiohttp.ClientSession]) -> None:
        self._make, self._session = session, None

    _session: aiohttp.ClientSession | None  # made with the first request: it wants a running loop

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:
            self._session = self._make()
        with map_aiohttp_exceptions():
            answer = await self._session.request(
                method=request.method,
                url=_address(request),
                headers=CIMultiDict((name.decode("latin-1"), _as_utf_8(value)) for name, value in request.headers.raw),
                data=request.content or None,
                allow_redirects=False,
                auto_decompress=False,
                compress=False,
                timeout=_timeout(request.extensions.get("timeout", {}).get("connect")),
            )
        stream = AiohttpResponseStream(answer)
        stream.CHUNK_SIZE = PIECE_BYTES
        return RawResponse(
            answer.status,
            answer.raw_headers,
            stream,
            {
                PEER: answer.peer if isinstance(answer, _NotedResponse) else Peer(),
                "http_version": b"HTTP/%d.%d" % answer.version if answer.version else b"",
                "reason_phrase": (answer.reason or "").encode("utf-8", "surrogateescape"),
            },
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


@lru_cache(maxsize=64)
def _timeout(connect_s: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect_s)


def _address(request: httpx.Request) -> yarl.URL:
    """Path and query in one, so that nothing of them is read: yarl undoes and redoes escapes, and a signature is over
    the letters as they stood."""
    return yarl.URL.build(
        scheme=request.url.scheme,
        authority=request.url.netloc.decode("ascii"),
        path=request.extensions[TARGET],
        encoded=True,
    )


def by_proxy(proxy: Proxy, tls: ssl.SSLContext, *, connections: int, identity: str = "") -> httpx.AsyncBaseTransport:
    """tls: for the sites. identity: as `proxy.handshake`. A plain page is asked of an HTTP proxy by its whole address:
    many let CONNECT out to 443 only."""

    def pool(*, tunnels: bool) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=_OnlyProxy(proxy, identity, tunnels=tunnels),
        )

    return _ByProxy(proxy, pool(tunnels=True), None if proxy.is_socks else pool(tunnels=False))


class _OnlyProxy(httpcore.AsyncNetworkBackend):
    """Dials the proxy, as the owner wrote it, and nothing else. tunnels: and asks it for a way on."""

    def __init__(self, proxy: Proxy, identity: str, *, tunnels: bool) -> None:
        self._proxy, self._identity, self._tunnels = proxy, identity, tunnels
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if not self._tunnels and (host, port) != (self._proxy.host, self._proxy.port):
            raise Refusal(f"{host}:{port} would have been dialled past the proxy")
        stream = await self._to_proxy(timeout, local_address, socket_options)
        if self._tunnels:
            await carry(handshake(self._proxy, host, port, self._identity), stream.read, stream.write)
        return _ReadingStream(stream)

    async def _to_proxy(
        self,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        proxy = self._proxy
        try:
            stream = await self._backend.connect_tcp(proxy.host, proxy.port, timeout, local_address, socket_options)
            _opened.get().append(stream)
            return await stream.start_tls(usual_tls(), proxy.host, timeout) if proxy.is_tls else stream
        except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as error:
            raise unreachable(proxy, error) from error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Refusal(f"{path}: only the proxy is dialled")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _ReadingStream(httpcore.AsyncNetworkStream):
    """To a site, by proxy: its heads as browsers read them."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream, self._answer_head = stream, AnswerHead()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while data := await self._stream.read(max_bytes, timeout):
            if ready := self._answer_head.feed(data):
                return ready
        return self._answer_head.rest()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._answer_head.begin()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _ReadingStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _ByProxy(httpx.AsyncBaseTransport):
    """forwarding: for plain requests, which an HTTP proxy makes itself."""

    def __init__(
        self, proxy: Proxy, tunnels: httpcore.AsyncConnectionPool, forwarding: httpcore.AsyncConnectionPool | None
    ) -> None:
        self._proxy, self._tunnels, self._forwarding = proxy, tunnels, forwarding

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        opened: list[httpcore.AsyncNetworkStream] = []
        token = _opened.set(opened)
        try:
            return await self._answer(request)
        except BaseException:
            for stream in opened:  # httpcore leaves open what does not come to be a connection
                await stream.aclose()
            raise
        finally:
            _opened.reset(token)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        target = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.extensions[TARGET].encode("ascii"),
        )
        is_plain = request.url.scheme == "http"
        if self._forwarding is not None and is_plain:
            response = await self._forwarding.handle_async_request(self._forwarded(request, target))
            if response.status == 407:
                await response.aclose()
                raise ProxyFailed("the proxy does not take user and password, or wants them (407)")
        else:
            response = await self._tunnels.handle_async_request(_asked(request, target, request.headers.raw))
        extensions = dict(response.extensions)
        network = extensions.pop("network_stream", None)
        # The address is the proxy's: of the site's, nothing is known. Its certificates are.
        peer = peer_of(network.get_extra_info) if network is not None and not is_plain else Peer()
        extensions[PEER] = replace(peer, ip="")
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Stream(response),
            request=request,
            extensions=extensions,
        )

    def _forwarded(self, request: httpx.Request, target: httpcore.URL) -> httpcore.Request:
        """RFC 9112 section 3.2.2. TLS with the proxy is the dialler's: so this is http whichever the proxy speaks."""
        proxy = self._proxy
        to = httpcore.URL(scheme="http", host=proxy.host, port=proxy.port, target=bytes(target))
        return _asked(request, to, [*_raw(credentials(proxy)), *request.headers.raw])

    async def aclose(self) -> None:
        await self._tunnels.aclose()
        if self._forwarding is not None:
            await self._forwarding.aclose()


def _asked(request: httpx.Request, url: httpcore.URL, headers: Sequence[tuple[bytes, bytes]]) -> httpcore.Request:
    return httpcore.Request(
        method=request.method, url=url, headers=headers, content=request.content, extensions=request.extensions
    )


def _raw(lines: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in lines]


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()
