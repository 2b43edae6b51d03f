"""To time-stamp authorities: destinations that the owner wrote (`own_destination`), like those of alerts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from monitor.errors import StampFailed
from monitor.evidence.stamps import MAX_STAMP_REPLY, QUERY_TYPE, REPLY_TYPE, load_certificates
from monitor.model.proxy import Proxy
from monitor.model.settings import Settings
from monitor.outbound.own_destination import FAILURES, REDIRECTS, in_words, request_to, transport_to

AUTHORITY_ANSWER_S = 20.0
"""For everything: to dial, to ask, and the whole answer."""


class Authorities:
    """`monitor.ports.custody.TimeAuthorities`."""

    def __init__(self, settings: Settings, *, answer_s: float = AUTHORITY_ANSWER_S) -> None:
        self._proxy = Proxy.of(settings.network.proxy) if settings.network.proxy else None
        self._answer_s = answer_s
        self._own_roots = settings.evidence.timestamp_roots

    async def ask(self, url: str, query: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._answer_s), transport_to(self._proxy) as transport:
                return await _asked(transport, url, query)
        except TimeoutError as error:
            raise StampFailed(f"it did not answer within {self._answer_s:g} seconds") from error
        except FAILURES as error:
            raise StampFailed(in_words(error)) from error

    def roots(self) -> bytes:
        import certifi

        found = [Path(certifi.where()).read_bytes()]
        for path in self._own_roots:
            try:
                pem = Path(path).read_bytes()
            except OSError as error:
                raise StampFailed(f"[evidence] timestamp_roots {path} cannot be read: {error.strerror}") from error
            if not load_certificates(pem):
                raise StampFailed(f"[evidence] timestamp_roots {path} holds no certificate (PEM)")
            found.append(pem)
        return b"\n".join(found)


async def _asked(transport: httpx.AsyncBaseTransport, url: str, query: bytes) -> bytes:
    headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE, "Content-Length": str(len(query))}
    request = request_to("POST", url, headers, query)
    answer = await transport.handle_async_request(request)
    try:
        if answer.status_code in REDIRECTS:
            raise StampFailed("it leads to another address, which is not followed")
        if answer.status_code != 200:
            raise StampFailed(f"it answered with status {answer.status_code}")
        sent = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent.startswith("text/"):
            raise StampFailed("it answered with a page of text, and no time stamp")
        return await _body(answer)
    finally:
        await answer.aclose()


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > MAX_STAMP_REPLY:
            raise StampFailed("its answer is too long for a time stamp")
    return bytes(body)
