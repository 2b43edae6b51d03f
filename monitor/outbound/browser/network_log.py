"""What DevTools tells of each request of a page: what went out, what came back, by which hops; and of the page itself
the bytes as they were served, which the page that is shown later is no more.

DevTools tells of one request in several events, in no fixed order. Header lines come by name and not as they were
sent, those of one name in order.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from monitor.hosts import host_of
from monitor.model.exchange import Exchange, HeaderLines
from monitor.model.limits import MAX_URL_CHARS

MAX_LOGGED_CHARS = 8 * 1024 * 1024  # of all header lines of one load; of what comes after, none are known
_PROTOCOLS = {"http/1.0": "HTTP/1.0", "http/1.1": "HTTP/1.1", "h2": "HTTP/2", "h3": "HTTP/3"}
_SENT_ON_AS = {"proxy-connection": "Connection", "proxy-authorization": ""}
_REPLACED = "\ufffd"
_EXACT = (  # encodings that give back, letter for letter, the bytes that they were read of
    *("utf-8", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "ibm866", "macintosh"),
    *(f"windows-{number}" for number in range(1250, 1259)),
    *(f"iso-8859-{number}" for number in (*range(2, 9), 10, *range(13, 17))),
)
_MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@dataclass(slots=True)
class _Hop:
    url: str
    method: str
    asked: HeaderLines
    answer: Mapping[str, Any] = field(default_factory=dict)
    is_told_more: bool = False  # of what went over the wire, in events of their own


@dataclass(slots=True)
class _Logged:
    """One request with its hops. sent, received: header lines of the wire, a hop that is told more of each."""

    hops: list[_Hop] = field(default_factory=list)
    sent: list[HeaderLines] = field(default_factory=list)
    received: list[HeaderLines] = field(default_factory=list)


@dataclass(slots=True)
class Served:
    """The page itself as it comes. size: bytes so far, unpacked. pieces: of them what DevTools gave."""

    request_id: str = ""
    url: str = ""
    size: int = 0
    pieces: list[bytes] = field(default_factory=list)

    def grows(self, event: dict[str, Any]) -> None:
        """Network.dataReceived."""
        self.size += event["dataLength"]
        if data := event.get("data"):
            with contextlib.suppress(binascii.Error):
                self.pieces.append(base64.b64decode(data, validate=True))


class NetworkLog:
    """Of one load. Never raises for what a page does."""

    def __init__(self) -> None:
        self._requests: dict[str, _Logged] = {}
        self._latest: dict[str, str] = {}  # the request that an address was last answered to
        self._chars = 0
        self.served = Served()

    def listen(self, session: CDPSession) -> None:
        session.on("Network.requestWillBeSent", self.begins)
        session.on("Network.requestWillBeSentExtraInfo", self.sent)
        session.on("Network.responseReceived", self.answered)
        session.on("Network.responseReceivedExtraInfo", self.received)

    # -- events

    def begins(self, event: dict[str, Any]) -> None:
        request, moved = event["request"], event.get("redirectResponse")
        if not request["url"].startswith("http") or len(request["url"]) > MAX_URL_CHARS:
            return
        logged = self._of(event)
        if moved is not None and logged.hops:
            self._ended(logged, moved, is_told_more=event.get("redirectHasExtraInfo", False))
        asked = self._lines(request.get("headers", {}))
        logged.hops.append(_Hop(request["url"].partition("#")[0], request.get("method", "GET"), asked))

    def sent(self, event: dict[str, Any]) -> None:
        self._of(event).sent.append(_past_our_proxy(self._lines(event.get("headers", {}))))

    def received(self, event: dict[str, Any]) -> None:
        self._of(event).received.append(self._lines(event.get("headers", {})))

    def answered(self, event: dict[str, Any]) -> None:
        logged = self._requests.get(event["requestId"])
        if logged is not None and logged.hops:
            self._ended(logged, event["response"], is_told_more=event.get("hasExtraInfo", False))
            self._latest[logged.hops[-1].url] = event["requestId"]

    def _of(self, event: dict[str, Any]) -> _Logged:
        return self._requests.setdefault(event["requestId"], _Logged())

    def _ended(self, logged: _Logged, answer: Mapping[str, Any], *, is_told_more: bool) -> None:
        known = ("status", "statusText", "protocol", "headers", "securityDetails")
        hop = logged.hops[-1]
        hop.answer = {name: answer.get(name) for name in known}
        hop.answer["headers"] = self._lines(answer.get("headers") or {})
        hop.is_told_more = is_told_more

    def _lines(self, headers: Mapping[str, str]) -> HeaderLines:
        """One name's lines come in one text with breaks between."""
        lines = tuple((name, value) for name, values in headers.items() for value in str(values).split("\n"))
        self._chars += sum(len(name) + len(value) for name, value in lines)
        return lines if self._chars <= MAX_LOGGED_CHARS else ()

    # -- what came of it

    def exchanges(
        self, url: str, at: datetime, ips: Mapping[str, str], chain_of: Callable[[str], tuple[bytes, ...]]
    ) -> tuple[Exchange, ...]:
        """Of the request that this address was last answered to. at: of the visit. chain_of: an address's."""
        logged = self._requests.get(self._latest.get(url.partition("#")[0], ""))
        if logged is None:
            return ()
        sent, received = iter(logged.sent), iter(logged.received)
        made = []
        for hop in logged.hops:
            asked, answered = hop.asked, hop.answer.get("headers") or ()
            if hop.is_told_more:
                asked, answered = next(sent, asked), next(received, answered)
            made.append(_exchange(hop, asked, answered, at, ips, chain_of(hop.url)))
        return tuple(made)


def _past_our_proxy(lines: HeaderLines) -> HeaderLines:
    """As our own proxy sends them on: what is for it alone stays with it."""
    renamed = ((_SENT_ON_AS.get(name.lower(), name), value) for name, value in lines)
    return tuple((name, value) for name, value in renamed if name)


def _exchange(
    hop: _Hop, asked: HeaderLines, answered: HeaderLines, at: datetime, ips: Mapping[str, str], chain: tuple[bytes, ...]
) -> Exchange:
    protocol = str(hop.answer.get("protocol") or "").lower()
    tls = (hop.answer.get("securityDetails") or {}).get("protocol", "")
    return Exchange(
        hop.url,
        at,
        status=int(hop.answer.get("status") or 0),
        reason=str(hop.answer.get("statusText") or ""),
        protocol=_PROTOCOLS.get(protocol, protocol),
        method=hop.method,
        asked=asked,
        answered=answered,
        ip=ips.get(host_of(hop.url), ""),
        tls=str(tls).replace("TLS ", "TLSv"),
        chain=chain,
    )


# -- the bytes of the page itself


async def take_as_it_comes(session: CDPSession, served: Served) -> None:
    """From here on each piece comes with its event. Where the page has ended already, `bytes_of` asks for it."""
    with contextlib.suppress(PlaywrightError, binascii.Error):
        told = await session.send("Network.streamResourceContent", {"requestId": served.request_id})
        served.pieces.insert(0, base64.b64decode(told["bufferedData"], validate=True))


async def bytes_of(session: CDPSession, served: Served, charset: Callable[[], Any]) -> bytes:
    """As they were served, unpacked; b'' where nobody can give them exactly: a browser keeps a page as text, and of
    some encodings no way leads back. charset: asks the page by which one it was read."""
    streamed = b"".join(served.pieces)
    if streamed and len(streamed) == served.size:
        return streamed
    try:
        told = await session.send("Network.getResponseBody", {"requestId": served.request_id})
        if told["base64Encoded"]:
            body = base64.b64decode(told["body"], validate=True)
        else:
            body = as_it_was(told["body"], str(await charset()), served.size)
    except (PlaywrightError, binascii.Error):
        return b""
    return body if len(body) == served.size else b""


def as_it_was(text: str, charset: str, size: int) -> bytes:
    """b'' where that is not sure."""
    encoding = charset.lower()
    encoding = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "iso-8859-1": "windows-1252"}.get(encoding, encoding)
    if encoding not in _EXACT or _REPLACED in text:
        return b""
    if encoding[:3] != "utf" and len(text) != size:
        encoding = "utf-8"  # one byte is one letter there, so DevTools read it by another one, which it tells nobody
    try:
        body = text.encode(encoding) if text.isascii() or encoding[:3] == "utf" else _by_letter(text, encoding)
    except (UnicodeError, LookupError):
        return b""
    mark = _MARKS.get(encoding, b"")
    return mark + body if size == len(body) + len(mark) and mark else body


def _by_letter(text: str, encoding: str) -> bytes:
    """What the encoding leaves open stands, in browsers, for the control sign of the same number. Raises
    UnicodeError."""
    codes = {}
    for letter in set(text):
        try:
            codes[letter] = letter.encode(encoding)
        except UnicodeEncodeError:
            if not "\x80" <= letter <= "\x9f":
                raise
            codes[letter] = letter.encode("latin-1")
    return b"".join(codes[letter] for letter in text)
