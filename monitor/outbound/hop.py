"""One hop, taken in this process: asked on the guard's terms, read and unpacked within its cap. Nothing above this is
on the network, so nothing here holds a key, a store or a fingerprint (docs/parts.md).

Takes whatever comes: never raises for what a site does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import lru_cache
from ipaddress import ip_network
from typing import NamedTuple

import httpx

from monitor.clock import utc_now
from monitor.model.page import OutcomeKind, Purpose
from monitor.model.proxy import Proxy
from monitor.outbound import own_network, transport
from monitor.outbound.abusix import asked_of_list
from monitor.outbound.answered import as_one, header_lines_of, locations, said_by
from monitor.outbound.content_coding import TooLarge, Undecodable, Unpacked, codings_of, decode
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.guard import AddressRules, Resolve, SystemResolver
from monitor.outbound.looking_up import told_by_system
from monitor.outbound.peer import PEER, Peer
from monitor.outbound.pools import OF_IDENTITY, Pools
from monitor.outbound.proxy import CONNECT_S
from monitor.outbound.raw_http import RawRequest
from monitor.outbound.wire import ERROR_BODY_BYTES
from monitor.parts.messages.fetching import (
    MAX_ANSWERED_HEAD_BYTES,
    MAX_ANSWERED_LINES,
    MAX_FAILURE_CHARS,
    HopAnswer,
    HopAsk,
    HopFailure,
    HopHead,
    NameTold,
    NetworkWay,
)

ROBOTS_UNPACKED_BYTES = 8 * 1024 * 1024  # no more is unpacked, to read the first 500 KiB
WIRE_SLACK = 64 * 1024  # what packing may add to what cannot be packed
_SHOWN_IN_PART = frozenset({Purpose.PAGE, Purpose.IMAGE, Purpose.STYLE})


class LocalWire:
    """`monitor.outbound.wire.Wire`. resolve, tls: injected by tests; None = the system's resolver, the usual
    authorities."""

    def __init__(self, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._system = SystemResolver()  # its threads start with the first name
        self.resolve: Resolve = resolve or self._system
        self._tls = tls
        self._ways: dict[NetworkWay, _Way] = {}

    async def ask(self, asked: HopAsk, body: bytes = b"") -> tuple[HopAnswer, bytes]:
        hop = _Hop(asked)
        try:
            async with asyncio.timeout(asked.left_s):
                await hop.take(self._by(asked), body)
        except TimeoutError:
            hop.is_late = True
        except Exception as error:  # whatever a library makes of what a site sends: it is the site's doing
            hop.fail(error)
        return hop.answer()

    async def network_state(self) -> str:
        return own_network.state()

    async def look_up(self, host: str) -> NameTold:
        return await told_by_system(host)

    async def ask_list(self, name: str) -> bytes:
        return await asked_of_list(name)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.pools.aclose()
        self._ways.clear()
        self._system.close()

    def _by(self, asked: HopAsk) -> httpx.AsyncBaseTransport:
        """Connections by this way, each of one identity."""
        way = self._ways.get(asked.way)
        if way is None:
            way = self._ways[asked.way] = self._made(asked.way)
        way.rules.ports.update(asked.ports)
        return way.pools

    def _made(self, way: NetworkWay) -> _Way:
        tls = self._tls = self._tls or httpx.create_ssl_context(trust_env=False)
        rules = AddressRules(tuple(ip_network(text, strict=False) for text in way.networks), set())
        proxy = Proxy.of(way.proxy) if way.proxy else None

        def pool(identity: str) -> httpx.AsyncBaseTransport:
            if proxy is not None:
                return transport.by_proxy(proxy, tls, connections=way.connections, identity=identity)
            return transport.straight(rules, self.resolve, tls, connections=way.connections)

        return _Way(rules, Pools(pool))


class _Way(NamedTuple):
    rules: AddressRules
    pools: Pools


class _Hop:
    """What has come of it so far: it may end anywhere."""

    def __init__(self, asked: HopAsk) -> None:
        self.asked = asked
        self.head: HopHead | None = None
        self.failure: HopFailure | None = None
        self.is_late = False
        self.wire_bytes = 0
        self.came = Unpacked(b"", cut=False)

    def answer(self) -> tuple[HopAnswer, bytes]:
        body, cut = (b"", False) if self.failure or self.is_late else self.came
        return HopAnswer(self.head, self.failure, self.is_late, self.wire_bytes, cut), body

    def fail(self, error: Exception) -> None:
        outcome = outcome_of_error(error)
        self.failure = HopFailure(outcome.kind, outcome.message[:MAX_FAILURE_CHARS])

    async def take(self, by: httpx.AsyncBaseTransport, body: bytes) -> None:
        asked = self.asked
        response = await _answered(
            by,
            RawRequest(
                asked.method,
                _server(asked.scheme, asked.netloc),
                asked.lines,
                body,
                {
                    transport.TARGET: asked.target,
                    OF_IDENTITY: asked.identity,
                    # Of one address; all else is bounded by the whole request's deadline, and a timer for each piece
                    # costs.
                    "timeout": {"connect": min(CONNECT_S, asked.left_s)},
                },
            ),
        )
        try:
            head = _head(response)
            self.head = head
            if len(head.lines) <= MAX_ANSWERED_LINES and not locations(head):
                await self._take_body(head, response)
        except Exception as error:
            self.fail(error)
        finally:
            with contextlib.suppress(Exception):
                await response.aclose()

    async def _take_body(self, head: HopHead, response: httpx.Response) -> None:
        headers = as_one(header_lines_of(head))
        said = said_by(head, headers, is_conditional=self.asked.is_conditional, now=utc_now())
        if said.kind is OutcomeKind.NOT_MODIFIED:
            return
        cap = self.asked.cap if said.is_good_look else ERROR_BODY_BYTES
        self.came = await self._body(response, headers, cap, strict=said.is_good_look)

    async def _body(self, response: httpx.Response, headers: dict[str, str], cap: int, *, strict: bool) -> Unpacked:
        """strict: more than the cap is TooLarge; else it is cut off, and what cannot be unpacked is left
        out. Of a robots.txt what fits is read."""
        cut = not strict or self.asked.purpose is Purpose.ROBOTS
        codings = codings_of(headers.get("content-encoding", "")) if strict else ()
        wire_cap = cap + (WIRE_SLACK if codings else 0)
        announced = headers.get("content-length", "")
        if not cut and announced.isdecimal() and int(announced[:20]) > wire_cap:
            raise TooLarge(f"{announced[:20]} bytes announced, {cap} allowed")
        wire, broke_off = await self._taken(response, wire_cap, cut=cut)
        if strict:
            body, ended_early = decode(wire, codings, ROBOTS_UNPACKED_BYTES if cut else cap)
            if broke_off and not body:
                raise broke_off
            return Unpacked(body[:cap], bool(broke_off) or ended_early)
        try:
            return decode(wire, codings_of(headers.get("content-encoding", "")), cap)
        except (Undecodable, TooLarge):
            return Unpacked(b"", cut=False)  # of an error page: nothing hangs on it

    async def _taken(self, response: httpx.Response, wire_cap: int, *, cut: bool) -> tuple[bytes, Exception | None]:
        """What came over the wire, and what broke it off where a browser would show what came."""
        pieces: list[bytes] = []
        taken = 0
        try:
            async for piece in response.stream:  # type: ignore[union-attr] # httpx: async on an async transport
                pieces.append(piece)
                taken += len(piece)
                self.wire_bytes += len(piece)
                if taken > wire_cap:
                    if not cut:
                        raise TooLarge(f"more than {wire_cap} bytes")
                    break
        except Exception as error:
            if self.asked.purpose not in _SHOWN_IN_PART or outcome_of_error(error).kind is not OutcomeKind.CONNECTION:
                raise
            return b"".join(pieces), error
        return b"".join(pieces)[:wire_cap], None


async def _answered(by: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    """A kept connection may have died meanwhile, or hold what was left of an answer that was longer than it
    said: then it is asked once more, on a fresh one."""
    try:
        return await by.handle_async_request(request)
    except Exception as error:
        failure = outcome_of_error(error).kind
        if failure not in (OutcomeKind.CONNECTION, OutcomeKind.UNREADABLE) or request.method == "POST":
            raise
    return await by.handle_async_request(request)


@lru_cache(maxsize=1024)
def _server(scheme: str, netloc: str) -> httpx.URL:
    """What is dialled. What is asked of it goes beside it, for httpx would spell it anew."""
    return httpx.URL(f"{scheme}://{netloc}/")


def _head(response: httpx.Response) -> HopHead:
    """Raises TooLarge."""
    raw = response.headers.raw
    sizes = [len(name) + len(value) for name, value in raw]
    if sum(sizes) > MAX_ANSWERED_HEAD_BYTES or max(sizes, default=0) > transport.MAX_HEADER_BYTES:
        raise TooLarge("its headers are too large")
    peer: Peer = response.extensions.get(PEER, Peer())
    return HopHead(
        response.status_code,
        bytes(response.extensions.get("reason_phrase", b""))[:MAX_ANSWERED_HEAD_BYTES],
        bytes(response.extensions.get("http_version", b""))[:64],
        tuple(raw[: MAX_ANSWERED_LINES + 1]),
        peer.ip,
        peer.tls,
        peer.chain,
    )
