"""One request out, whatever comes back: guarded, bounded in size and time, and typed. Never raises for what
a site does.

Redirects are walked here, for every hop is a new address to check; what httpx's client would add by itself
(cookies, redirects, decoding, the environment's proxies) is either done here within bounds or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

import httpx

from monitor.crawl.identity import MAX_URL_CHARS
from monitor.crawl.outcome import outcome, outcome_of_body, outcome_of_status
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings
from monitor.outbound import transport
from monitor.outbound.decode import TooLarge, coding_of, decode
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.guard import AddressRules, Refusal, Resolve, SystemResolver
from monitor.outbound.secret_query import hidden, hidden_bytes, with_secrets, without_secrets

MAX_HOPS = 8
CONNECT_S = 15.0  # of one address; the whole request has its own deadline
ERROR_BODY_BYTES = 256 * 1024  # of an error page, kept to tell walls by; the rest is not read
ROBOTS_BYTES = 512 * 1024  # RFC 9309 section 2.5 asks for 500 KiB
WIRE_SLACK = 64 * 1024  # what packing may add to what cannot be packed
MAX_COOKIES = 30  # of one redirect walk
MAX_COOKIE_CHARS = 4096

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What a browser sends, and no more of a disguise: `docs/decisions/` says why.
_ACCEPT = {
    Purpose.PAGE: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    Purpose.IMAGE: "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.8,*/*;q=0.5",
    Purpose.ROBOTS: "text/plain,*/*;q=0.5",
    Purpose.API: "application/json,*/*;q=0.5",
}
_COMMON_HEADERS = (("Accept-Language", "en-US,en;q=0.9"), ("Accept-Encoding", "gzip, deflate, br, zstd"))
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")  # in an address: parsers disagree on what they mean


class GuardedClient:
    """resolve, tls: injected by tests; None = the system's resolver, the usual authorities."""

    def __init__(
        self,
        settings: NetworkSettings,
        rules: AddressRules,
        *,
        connections: int = 16,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings, self.rules, self._clock = settings, rules, clock
        self._by_proxy = bool(settings.proxy)
        self._system = SystemResolver()  # its threads start with the first name
        self.resolve: Resolve = resolve or self._system
        context = tls or httpx.create_ssl_context(trust_env=False)
        if self._by_proxy:
            self._transport = transport.by_proxy(settings.proxy, context, connections=connections)
        else:
            self._transport = transport.straight(rules, self.resolve, context, connections=connections)

    async def aclose(self) -> None:
        await self._transport.aclose()
        self._system.close()

    async def fetch(self, request: Request) -> Fetched:
        walk = _Walk(request, request.url, self._clock())
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                return await self._walk(walk)
        except TimeoutError:
            return walk.failed(outcome(OutcomeKind.TIMEOUT, f"not done within {self.settings.timeout_s:g} seconds"))
        except Exception as error:  # whatever a library makes of what a site sends: it is the site's doing
            return walk.failed(outcome_of_error(error))

    def refused(self, request: Request) -> Fetched | None:
        """What can be told without asking anybody: None when it may be asked for."""
        try:
            self._checked(request.url)
        except Refusal as refusal:
            return _Walk(request, request.url, self._clock()).failed(outcome_of_error(refusal))
        return None

    async def _walk(self, walk: _Walk) -> Fetched:
        url = self._checked(walk.request.url)
        while True:
            response = await self._ask(
                httpx.Request(
                    "POST" if walk.request.post else "GET",
                    with_secrets(url, walk.request.secret_query) if _origin(url) == walk.origin else url,
                    headers=self._headers(walk, url),
                    content=walk.request.post.body.value.encode() if walk.request.post else None,
                    extensions=self._timeouts(),
                )
            )
            try:
                if len(response.headers.raw) > transport.MAX_HEADERS:
                    raise TooLarge(f"{len(response.headers.raw)} headers")
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    return await self._receive(walk, response)
            finally:
                await response.aclose()
            if walk.request.post:
                return walk.failed(outcome(OutcomeKind.MOVED, "sent elsewhere with what is meant for this address"))
            walk.keep_cookies(url, response.headers)
            if len(walk.redirects) == MAX_HOPS:
                return walk.failed(outcome(OutcomeKind.MOVED, f"sent on more than {MAX_HOPS} times"))
            try:
                named = without_secrets(_joined(url, response.headers["location"]), walk.request.secret_query)
                if named is None:
                    raise _BadLocation("sent on to an address that repeats a secret")
                target = self._checked(named)
            except _BadLocation as error:
                return walk.failed(outcome(OutcomeKind.MOVED, str(error)))
            walk.step(str(target))
            if walk.goes_in_circles():
                return walk.failed(outcome(OutcomeKind.MOVED, "sent on in circles"))
            url = target

    async def _ask(self, asked: httpx.Request) -> httpx.Response:
        """A kept connection may have died meanwhile, or hold what was left of an answer that was longer than it
        said: then it is asked once more, on a fresh one."""
        try:
            return await self._transport.handle_async_request(asked)
        except Exception as error:
            failure = outcome_of_error(error).kind
            if failure not in (OutcomeKind.CONNECTION, OutcomeKind.UNREADABLE) or asked.method == "POST":
                raise
        return await self._transport.handle_async_request(asked)

    def _checked(self, url: str) -> httpx.URL:
        """Raises Refusal."""
        if len(url) > MAX_URL_CHARS or _UNSAFE.search(url):
            raise Refusal("this is no address that is visited: too long, or with signs in it that none has")
        try:
            parsed = _parsed(url.partition("#")[0])
        except httpx.InvalidURL as error:
            raise Refusal(f"this is no address ({error})") from error
        if parsed.userinfo:
            raise Refusal("a user name stands in the address")
        host = parsed.raw_host.decode("ascii")
        self.rules.check_target(parsed.scheme, host, parsed.port, by_proxy=self._by_proxy)
        return parsed

    def _headers(self, walk: _Walk, url: httpx.URL) -> list[tuple[str, str]]:
        request = walk.request
        headers = [
            ("User-Agent", self.settings.user_agent),
            ("Accept", request.accept or _ACCEPT[request.purpose]),
            *_COMMON_HEADERS,
        ]
        if request.etag:
            headers.append(("If-None-Match", request.etag))
        if request.last_modified:
            headers.append(("If-Modified-Since", request.last_modified))
        if request.headers and _origin(url) == walk.origin:
            own = {name.lower() for name, _ in request.headers}
            headers = [pair for pair in headers if pair[0].lower() not in own]  # a User-Agent that the place demands
            headers.extend(request.headers)
        if request.post:
            headers.append(("Content-Type", request.post.content_type))
        cookies = walk.cookies.get(_origin(url))
        if cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
        return headers

    def _timeouts(self) -> dict[str, dict[str, float]]:
        whole = self.settings.timeout_s
        return {"timeout": {"connect": min(CONNECT_S, whole), "read": whole, "write": whole, "pool": whole}}

    async def _receive(self, walk: _Walk, response: httpx.Response) -> Fetched:
        request = walk.request
        walk.headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in response.headers.raw)
        headers: dict[str, str] = {}
        for name, value in walk.headers:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        conditional = bool(request.etag or request.last_modified)
        said = outcome_of_status(response.status_code, headers, conditional=conditional, now=self._clock())
        walk.peer = response.extensions.get("peer", ("", b""))
        body = b""
        if said.kind is not OutcomeKind.NOT_MODIFIED:
            cap = self._cap(request) if said.is_good_look else ERROR_BODY_BYTES
            try:
                body = await self._body(walk, response, headers, cap, strict=said.is_good_look)
            except Exception as error:
                return walk.answered(response, outcome_of_error(error), b"")
            said = outcome_of_body(request.purpose, said, body)
        return walk.answered(response, said, body)

    async def _body(
        self, walk: _Walk, response: httpx.Response, headers: dict[str, str], cap: int, *, strict: bool
    ) -> bytes:
        """strict: more than the cap is TooLarge; else it is cut off, and what cannot be unpacked is left
        out."""
        coding = coding_of(headers.get("content-encoding", "")) if strict else ""
        wire_cap = cap + (WIRE_SLACK if coding else 0)
        announced = headers.get("content-length", "")
        if strict and announced.isdigit() and int(announced[:20]) > wire_cap:
            raise TooLarge(f"{announced[:20]} bytes announced, {cap} allowed")
        wire = bytearray()
        async for piece in response.stream:  # type: ignore[union-attr] # httpx: async on an async transport
            wire += piece
            walk.wire_bytes += len(piece)
            if len(wire) > wire_cap:
                if strict:
                    raise TooLarge(f"more than {cap} bytes")
                break
        if strict:
            return decode(bytes(wire), coding, cap)
        try:
            return decode(bytes(wire), coding_of(headers.get("content-encoding", "")), cap)
        except Exception:
            return b""  # of an error page: nothing hangs on it

    def _cap(self, request: Request) -> int:
        if request.max_bytes is not None:
            return request.max_bytes
        match request.purpose:
            case Purpose.IMAGE:
                return self.settings.max_image_bytes
            case Purpose.ROBOTS:
                return ROBOTS_BYTES
            case _:
                return self.settings.max_page_bytes


Origin = tuple[str, str, int | None]


@lru_cache(maxsize=1024)
def _parsed(url: str) -> httpx.URL:
    """Parsing is half of what a small request costs, and each address comes by here several times."""
    return httpx.URL(url)


def _origin(url: httpx.URL) -> Origin:
    return (url.scheme, url.raw_host.decode("ascii"), url.port)  # `host` decodes it, and fails where it cannot


class _BadLocation(Exception):
    pass


def _joined(url: httpx.URL, location: str) -> str:
    """Raises _BadLocation."""
    try:
        target = str(url.join(location.strip()))
    except (httpx.InvalidURL, ValueError) as error:
        raise _BadLocation(f"sent on to what is no address ({error})"[:200]) from error
    scheme = target.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        raise _BadLocation(f"sent on to {scheme[:20]!r}, which is not http or https")
    return target


@dataclass(slots=True)
class _Walk:
    """One request on its way. cookies: of this walk only, each for the origin that set it: sites set one
    and ask for it back on the next hop, and would otherwise send round in circles."""

    request: Request
    url: str
    started: datetime
    redirects: list[str] = field(default_factory=list)
    cookies: dict[Origin, dict[str, str]] = field(default_factory=dict)
    wire_bytes: int = 0
    peer: tuple[str, bytes] = ("", b"")
    headers: tuple[tuple[str, str], ...] = ()  # of the last answer
    origin: Origin = field(init=False)
    _been: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        try:
            self.origin = _origin(_parsed(self.url.partition("#")[0]))
        except httpx.InvalidURL:
            self.origin = ("", "", None)

    def step(self, url: str) -> None:
        self.redirects.append(self.url)
        self.url = url

    def goes_in_circles(self) -> bool:
        """The same address again with no more cookies than before."""
        here = (self.url, sum(len(jar) for jar in self.cookies.values()))
        before = (self.redirects[-1], here[1])
        if here in self._been or here == before:
            return True
        self._been.update((here, before))
        return False

    def keep_cookies(self, url: httpx.URL, headers: httpx.Headers) -> None:
        for line in headers.get_list("set-cookie"):
            name, equals, value = line.partition(";")[0].partition("=")
            jar = self.cookies.setdefault(_origin(url), {})
            if equals and name.strip() and len(line) <= MAX_COOKIE_CHARS and len(jar) < MAX_COOKIES:
                jar[name.strip()] = value.strip()

    def failed(self, failure: Outcome) -> Fetched:
        if self.request.secret_query:  # a library's message may repeat the address
            failure = replace(failure, message=hidden(failure.message, self.request.secret_query))
        return Fetched(
            self.request,
            failure,
            self.url,
            self.started,
            ip=self.peer[0],
            redirects=tuple(self.redirects),
            wire_bytes=self.wire_bytes,
        )

    def answered(self, response: httpx.Response, said: Outcome, body: bytes) -> Fetched:
        if fields := self.request.secret_query:
            body = hidden_bytes(body, fields)
            said = replace(said, message=hidden(said.message, fields))
            self.headers = tuple((name, hidden(value, fields)) for name, value in self.headers)
        return Fetched(
            self.request,
            said,
            self.url,
            self.started,
            status=response.status_code,
            headers=self.headers,
            body=body,
            digest=hashlib.sha256(body).hexdigest() if body else "",
            ip=self.peer[0],
            certificate=self.peer[1],
            redirects=tuple(self.redirects),
            wire_bytes=self.wire_bytes,
        )
