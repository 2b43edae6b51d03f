"""To time-stamp authorities: destinations that the owner wrote (`own_ways`), like those of alerts."""

from __future__ import annotations

from pathlib import Path

from monitor.errors import StampFailed
from monitor.evidence.stamps import MAX_STAMP_REPLY, QUERY_TYPE, REPLY_TYPE, load_certificates
from monitor.model.settings import Settings
from monitor.outbound.own_ways import REDIRECTS, OwnWays
from monitor.parts.messages.own import OwnRequest

AUTHORITY_ANSWER_S = 20.0
"""For everything: to dial, to ask, and the whole answer."""


class Authorities:
    """`monitor.ports.custody.TimeAuthorities`."""

    def __init__(self, settings: Settings, own: OwnWays, *, answer_s: float = AUTHORITY_ANSWER_S) -> None:
        self._proxy, self._own, self._answer_s = settings.network.proxy, own, answer_s
        self._own_roots = settings.evidence.timestamp_roots

    async def ask(self, url: str, query: bytes) -> bytes:
        headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE, "Content-Length": str(len(query))}
        request = OwnRequest("POST", url, headers, self._answer_s, MAX_STAMP_REPLY, self._proxy)
        reply, body = await self._own.ask(request, query)
        if reply.late:
            raise StampFailed(f"it did not answer within {self._answer_s:g} seconds")
        if reply.failed:
            raise StampFailed(reply.failed)
        if reply.status in REDIRECTS:
            raise StampFailed("it leads to another address, which is not followed")
        if reply.status != 200:
            raise StampFailed(f"it answered with status {reply.status}")
        if reply.content_type.startswith("text/"):
            raise StampFailed("it answered with a page of text, and no time stamp")
        if reply.too_long:
            raise StampFailed("its answer is too long for a time stamp")
        return body

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
