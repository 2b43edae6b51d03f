"""One request to a destination that the owner wrote, and nothing that a site named: time-stamp authorities, the address
that is told that all is well. Each is dialled as it is written, by the proxy where one is set, and led nowhere else."""

from __future__ import annotations

import asyncio
import ssl

import httpx

from monitor.model.proxy import Proxy
from monitor.outbound.proxy import ProxyFailed, usual_tls
from monitor.outbound.transport import TARGET, by_proxy
from monitor.parts.messages.own import OwnReply, OwnRequest

MOST_KIND_CHARS = 200

FAILURES = (httpx.HTTPError, ssl.SSLError, OSError, UnicodeError, ValueError)
"""What asking may raise beside TimeoutError; `in_words` says each."""


async def ask_own(request: OwnRequest, body: bytes) -> tuple[OwnReply, bytes]:
    """Never raises. Of an answer that is none to what was asked (another status than 200, a page of text) nothing is
    read beyond its head."""
    try:
        proxy = Proxy.of(request.proxy) if request.proxy else None
        asked = request_to(request.method, request.url, request.headers, body)
        async with asyncio.timeout(request.within_s), transport_to(proxy) as transport:
            answer = await transport.handle_async_request(asked)
            try:
                return await _taken(answer, request.up_to)
            finally:
                await answer.aclose()
    except TimeoutError:
        return OwnReply(late=True), b""
    except FAILURES as error:
        return OwnReply(failed=in_words(error)), b""


async def _taken(answer: httpx.Response, most: int) -> tuple[OwnReply, bytes]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()[:MOST_KIND_CHARS]
    body = bytearray()
    if most and answer.status_code == 200 and not kind.startswith("text/"):
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > most:
                return OwnReply(answer.status_code, kind, too_long=True), b""
    return OwnReply(answer.status_code, kind), bytes(body)


def transport_to(proxy: Proxy | None) -> httpx.AsyncBaseTransport:
    """For one request. Nothing of the environment counts."""
    tls = usual_tls()
    return by_proxy(proxy, tls, connections=1) if proxy else httpx.AsyncHTTPTransport(verify=tls, trust_env=False)


def request_to(method: str, url: str, headers: dict[str, str], content: bytes = b"") -> httpx.Request:
    """Only these headers beside Host, and the address to the letter."""
    address = httpx.URL(url)
    every = {"Host": address.netloc.decode("ascii"), **headers, "Connection": "close"}
    target = address.raw_path.decode("ascii")
    return httpx.Request(method, address, headers=every, content=content, extensions={TARGET: target})


def in_words(error: BaseException) -> str:
    """A clause with "it" for the place. No address stands in it."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ProxyFailed):
            return str(link)
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"it does not prove who it is: {link.verify_message}"
        if isinstance(link, ssl.SSLError):
            return "it does not speak TLS as it should"
        link = link.__cause__ or link.__context__
    return "it cannot be reached" if isinstance(error, httpx.TransportError | OSError) else "its answer is broken"
