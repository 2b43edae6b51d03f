"""The two ways bytes travel: straight, or through the proxy that the person set. Both are httpx transports,
called without httpx's client: its redirects, cookies, decoders and environment are what `client` does by
itself, bounded.

Straight: aiohttp under httpx-aiohttp (0.3 ms a request against 1.7). Its resolver is not asked for literal
addresses, its `socket_factory` is: so the latter has the last word. By proxy: httpcore, for aiohttp would
speak plain HTTP to a SOCKS proxy. A network backend that dials nothing but the proxy makes it fail closed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, ItemsView, Iterable
from contextvars import ContextVar
from typing import Any

import aiohttp
import httpcore
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream

from monitor.outbound.guard import AddressRules, Refusal, Resolve

# A page's header lines reach some kilobytes (content security policies); a flood of them does not pass.
MAX_HEADER_BYTES = 64 * 1024  # of one line
MAX_HEADERS = 200
PIECE_BYTES = 256 * 1024  # of a body, read at once: what a picture costs here goes by the piece
IDLE_S = 20.0  # a connection is kept for the next request to its host


_opened: ContextVar[list[httpcore.AsyncNetworkStream]] = ContextVar("opened")  # by the request of this task


class ProxyFailed(Exception):
    """The proxy itself cannot be used. Nothing is sent without it."""


def straight(
    rules: AddressRules, resolve: Resolve, tls: ssl.SSLContext, *, connections: int
) -> httpx.AsyncBaseTransport:
    def checked_socket(info: tuple[Any, ...]) -> socket.socket:
        """The last word: what is dialled is what is checked here."""
        family, kind, protocol, _, address = info
        rules.check_address(str(address[0]), int(address[1]))
        return socket.socket(family=family, type=kind, proto=protocol)

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=tls,
            limit=connections,
            limit_per_host=4,
            resolver=_CheckedResolver(rules, resolve),
            use_dns_cache=False,  # every dial is checked by what is dialled; connections are kept instead
            socket_factory=checked_socket,
            keepalive_timeout=IDLE_S,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            response_class=_NotedResponse,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )

    return _Straight(verify=tls, trust_env=False, client=session)


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

    peer: tuple[str, bytes] = ("", b"")

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        self.peer = _peer(connection.transport.get_extra_info) if connection.transport else ("", b"")
        return await super().start(connection)


class _AsWritten(httpx.Headers):
    """httpx shows names in lower case, and so aiohttp would send them."""

    def items(self) -> ItemsView[str, str]:
        lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw]
        return lines  # type: ignore[return-value]  # all that is asked of it is to be gone through


class _Straight(AiohttpTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers = _AsWritten(request.headers.raw)
        response = await super().handle_async_request(request)
        if isinstance(response.stream, AiohttpResponseStream):
            response.stream.CHUNK_SIZE = PIECE_BYTES
        answer = getattr(response.stream, "_aiohttp_response", None)
        if isinstance(answer, _NotedResponse):
            response.extensions["peer"] = answer.peer
        return response


def by_proxy(proxy: str, tls: ssl.SSLContext, *, connections: int) -> httpx.AsyncBaseTransport:
    """proxy: http://, https://, socks5:// or socks5h:// with user and password where it wants them. Names
    are looked up by the proxy in all of them."""
    url = httpx.URL(proxy)
    scheme = "socks5" if url.scheme == "socks5h" else url.scheme
    port = url.port or (1080 if scheme == "socks5" else {"http": 80, "https": 443}[scheme])
    auth = (url.username, url.password) if url.username else None
    origin = httpcore.URL(scheme=scheme, host=url.raw_host, port=port, target=b"/")
    backend = _OnlyProxy(url.host, port)
    pool: httpcore.AsyncConnectionPool
    if scheme == "socks5":
        pool = httpcore.AsyncSOCKSProxy(
            origin,
            proxy_auth=auth,
            ssl_context=tls,
            max_connections=connections,
            keepalive_expiry=IDLE_S,
            network_backend=backend,
        )
    else:
        pool = httpcore.AsyncHTTPProxy(
            origin,
            proxy_auth=auth,
            ssl_context=tls,
            proxy_ssl_context=tls if scheme == "https" else None,
            max_connections=connections,
            keepalive_expiry=IDLE_S,
            network_backend=backend,
        )
    return _ByProxy(pool)


class _OnlyProxy(httpcore.AsyncNetworkBackend):
    """Dials the proxy, as the owner wrote it, and nothing else."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if (host, port) != (self._host, self._port):
            raise Refusal(f"{host}:{port} would have been dialled past the proxy")
        try:
            stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as error:
            raise ProxyFailed(f"the proxy {host}:{port} cannot be reached") from error
        _opened.get().append(stream)
        return stream

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Refusal(f"{path}: only the proxy is dialled")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _ByProxy(httpx.AsyncBaseTransport):
    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        opened: list[httpcore.AsyncNetworkStream] = []
        token = _opened.set(opened)
        try:
            response = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.content,
                    extensions=request.extensions,
                )
            )
        except BaseException:
            for stream in opened:  # httpcore leaves them open when the proxy does not reach the site
                await stream.aclose()
            raise
        finally:
            _opened.reset(token)
        extensions = dict(response.extensions)
        network = extensions.pop("network_stream", None)
        # The address is the proxy's: of the site's, nothing is known. Its certificate is.
        certificate = _peer(network.get_extra_info)[1] if network is not None else b""
        extensions["peer"] = ("", certificate if request.url.scheme == "https" else b"")
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Stream(response),
            request=request,
            extensions=extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


def _peer(extra: Any) -> tuple[str, bytes]:
    """Address, and certificate in DER. `extra`: asyncio's or httpcore's get_extra_info."""
    name = extra("peername")
    tls = extra("ssl_object")
    certificate = (tls.getpeercert(binary_form=True) or b"") if tls is not None else b""
    return (str(name[0]) if name else "", certificate)
