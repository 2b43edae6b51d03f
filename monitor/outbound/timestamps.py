"""To time-stamp authorities: destinations that the owner wrote, like those of alerts, and nothing that a site named.
Each is dialled as it is written, by the proxy where one is set, and led nowhere else."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx

from monitor.errors import StampFailed
from monitor.evidence.stamps import MAX_STAMP_REPLY, QUERY_TYPE, REPLY_TYPE, load_certificates
from monitor.model.proxy import Proxy
from monitor.model.settings import Settings
from monitor.outbound.proxy import ProxyFailed, usual_tls
from monitor.outbound.transport import TARGET, by_proxy

AUTHORITY_ANSWER_S = 20.0
"""For everything: to dial, to ask, and the whole answer."""

_REDIRECTS = {301, 302, 303, 307, 308}


class Authorities:
    """`monitor.ports.custody.TimeAuthorities`."""

    def __init__(self, settings: Settings, *, answer_s: float = AUTHORITY_ANSWER_S) -> None:
        self._proxy = Proxy.of(settings.network.proxy) if settings.network.proxy else None
        self._answer_s = answer_s
        self._own_roots = settings.evidence.timestamp_roots

    async def ask(self, url: str, query: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._answer_s), self._transport() as transport:
                return await _asked(transport, url, query)
        except TimeoutError as error:
            raise StampFailed(f"it did not answer within {self._answer_s:g} seconds") from error
        except (httpx.HTTPError, ssl.SSLError, OSError, UnicodeError, ValueError) as error:
            raise StampFailed(_in_words(error)) from error

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

    def _transport(self) -> httpx.AsyncBaseTransport:
        tls = usual_tls()
        if self._proxy is not None:
            return by_proxy(self._proxy, tls, connections=1)
        return httpx.AsyncHTTPTransport(verify=tls, trust_env=False)


async def _asked(transport: httpx.AsyncBaseTransport, url: str, query: bytes) -> bytes:
    address = httpx.URL(url)
    headers = {
        "Host": address.netloc.decode("ascii"),
        "Content-Type": QUERY_TYPE,
        "Accept": REPLY_TYPE,
        "Content-Length": str(len(query)),
        "Connection": "close",
    }
    target = address.raw_path.decode("ascii")
    request = httpx.Request("POST", address, headers=headers, content=query, extensions={TARGET: target})
    answer = await transport.handle_async_request(request)
    try:
        if answer.status_code in _REDIRECTS:
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


def _in_words(error: BaseException) -> str:
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
