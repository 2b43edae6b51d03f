"""One request out, whatever comes back: guarded, bounded in size and time, and typed. Never raises for what
a site does.

Redirects are walked here, for every hop is a new address to check; what httpx's client would add by itself
(cookies, redirects, decoding, the environment's proxies) is either done here within bounds or not at all.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import httpx

from monitor.clock import Clock, monotonic, utc_now
from monitor.crawl.outcome import outcome_of_body, outcome_of_status
from monitor.crawl.urls import absolute
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.proxy import Proxy
from monitor.model.settings import NetworkSettings
from monitor.outbound import transport
from monitor.outbound.browser.headers import Asked, Lines, header_lines, relation_of, use_of
from monitor.outbound.content_coding import TooLarge, Undecodable, coding_of, decode
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.guard import AddressRules, Refusal, Resolve, SystemResolver
from monitor.outbound.proxy import CONNECT_S
from monitor.outbound.secret_query import hidden, hidden_bytes, with_secrets, without_secrets

MAX_HOPS = 8
ERROR_BODY_BYTES = 256 * 1024  # of an error page, kept to tell walls by; the rest is not read
ROBOTS_BYTES = 512 * 1024  # RFC 9309 section 2.5 asks for 500 KiB
ROBOTS_UNPACKED_BYTES = 8 * 1024 * 1024  # no more is unpacked, to read the first 500 KiB
WIRE_SLACK = 64 * 1024  # what packing may add to what cannot be packed
MAX_COOKIES = 30  # of one redirect walk
MAX_COOKIE_CHARS = 4096

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")  # in an address: parsers disagree on what they mean


class GuardedClient:
    """clock: what records say. resolve, tls: injected by tests; None = the system's resolver, the usual authorities."""

    def __init__(
        self,
        settings: NetworkSettings,
        rules: AddressRules,
        *,
        connections: int = 16,
        clock: Clock = utc_now,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings, self.rules, self._clock = settings, rules, clock
        self._by_proxy = bool(settings.proxy)
        self._system = SystemResolver()  # its threads start with the first name
        self.resolve: Resolve = resolve or self._system
        context = tls or httpx.create_ssl_context(trust_env=False)
        if self._by_proxy:
            self._transport = transport.by_proxy(Proxy.of(settings.proxy), context, connections=connections)
        else:
            self._transport = transport.straight(rules, self.resolve, context, connections=connections)

    async def aclose(self) -> None:
        await self._transport.aclose()
        self._system.close()

    async def fetch(self, request: Request) -> Fetched:
        """All hops at once: for who has no host to be polite to."""
        walk = self.start(request)
        while (fetched := await self.step(walk)) is None:
            pass
        return fetched

    def start(self, request: Request) -> Walk:
        return Walk(request, request.url, self._clock(), self.settings.timeout_s)

    async def step(self, walk: Walk) -> Fetched | None:
        """One request. None: it was sent on, to what is now `walk.url`. What passes between two steps is not the site's
        time and counts to no deadline."""
        walk.started, began = self._clock(), monotonic()
        try:
            async with asyncio.timeout(walk.left_s):
                return await self._step(walk)
        except TimeoutError:
            return walk.failed(Outcome(OutcomeKind.TIMEOUT, f"not done within {self.settings.timeout_s:g} seconds"))
        except Exception as error:  # whatever a library makes of what a site sends: it is the site's doing
            return walk.failed(outcome_of_error(error))
        finally:
            walk.left_s -= monotonic() - began

    def refused(self, request: Request) -> Fetched | None:
        """What can be told without asking anybody: None when it may be asked for."""
        try:
            self._checked(request.url)
            self._check_account(request)
        except Refusal as refusal:
            return self.start(request).failed(outcome_of_error(refusal))
        return None

    async def _step(self, walk: Walk) -> Fetched | None:
        url = self._checked(walk.url)
        self._check_account(walk.request)
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
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent elsewhere with what is meant for this address"))
        walk.keep_cookies(url, response.headers)
        if len(walk.redirects) == MAX_HOPS:
            return walk.failed(Outcome(OutcomeKind.MOVED, f"sent on more than {MAX_HOPS} times"))
        try:
            named = without_secrets(_joined(url, response.headers["location"]), walk.request.secret_query)
            if named is None:
                raise _BadLocation("sent on to an address that repeats a secret")
            target = self._checked(named)
        except _BadLocation as error:
            return walk.failed(Outcome(OutcomeKind.MOVED, str(error)))
        walk.step(str(target))
        if walk.goes_in_circles():
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent on in circles"))
        return None

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
            raise Refusal("this address is not visited: it is too long, or has characters that no web address may have")
        try:
            parsed = _parsed(url.partition("#")[0])
        except (httpx.InvalidURL, ValueError) as error:  # ValueError: half a surrogate pair
            raise Refusal(f"this is not an address ({error})") from error
        if parsed.userinfo:
            raise Refusal("a user name stands in the address")
        host = parsed.raw_host.decode("ascii")
        self.rules.check_target(parsed.scheme, host, parsed.port, by_proxy=self._by_proxy)
        return parsed

    def _check_account(self, request: Request) -> None:
        """Of the first address: on the way nothing of the account goes to another origin. Raises Refusal."""
        if request.account_hosts or request.exchange or request.post:
            self.rules.check_account(request.url, request.account_hosts)

    def _headers(self, walk: Walk, url: httpx.URL) -> Lines:
        request, is_first = walk.request, not walk.redirects
        use = use_of(request)
        cookies = walk.cookies.get(_origin(url), {})
        post = request.post
        asked = Asked(
            url=walk.url,
            host=url.netloc.decode("ascii"),
            use=use,
            relation=relation_of(use, request.referrer, (*walk.redirects, walk.url)),
            is_hop=not is_first,
            accept=request.accept,
            own=request.headers if _origin(url) == walk.origin else (),
            content=(len(post.body.value.encode()), post.content_type) if post else None,
            cookie="; ".join(f"{name}={value}" for name, value in cookies.items()),
            etag=request.etag if is_first else None,  # whom it was sent on to did not hand it out
            last_modified=request.last_modified if is_first else None,
        )
        return header_lines(self.settings.user_agent, asked)

    def _timeouts(self) -> dict[str, dict[str, float]]:
        """Of one address; all else is bounded by the whole request's deadline, and a timer for each piece costs."""
        return {"timeout": {"connect": min(CONNECT_S, self.settings.timeout_s)}}

    async def _receive(self, walk: Walk, response: httpx.Response) -> Fetched:
        request = walk.request
        walk.headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in response.headers.raw)
        headers: dict[str, str] = {}
        for name, value in walk.headers:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        conditional = bool(request.etag or request.last_modified) and not walk.redirects
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
        self, walk: Walk, response: httpx.Response, headers: dict[str, str], cap: int, *, strict: bool
    ) -> bytes:
        """strict: more than the cap is TooLarge; else it is cut off, and what cannot be unpacked is left
        out. Of a robots.txt what fits is read."""
        cut = not strict or walk.request.purpose is Purpose.ROBOTS
        coding = coding_of(headers.get("content-encoding", "")) if strict else ""
        wire_cap = cap + (WIRE_SLACK if coding else 0)
        announced = headers.get("content-length", "")
        if not cut and announced.isdecimal() and int(announced[:20]) > wire_cap:
            raise TooLarge(f"{announced[:20]} bytes announced, {cap} allowed")
        pieces: list[bytes] = []
        taken = 0
        async for piece in response.stream:  # type: ignore[union-attr] # httpx: async on an async transport
            pieces.append(piece)
            taken += len(piece)
            walk.wire_bytes += len(piece)
            if taken > wire_cap:
                if not cut:
                    raise TooLarge(f"more than {cap} bytes")
                break
        wire = b"".join(pieces)[:wire_cap]
        if strict:
            return decode(wire, coding, ROBOTS_UNPACKED_BYTES if cut else cap)[:cap]
        try:
            return decode(wire, coding_of(headers.get("content-encoding", "")), cap)
        except (Undecodable, TooLarge):
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


Origin = tuple[str, bytes, int | None]


@lru_cache(maxsize=1024)
def _parsed(url: str) -> httpx.URL:
    """Parsing is half of what a small request costs, and each address comes by here several times."""
    return httpx.URL(url)


def _origin(url: httpx.URL) -> Origin:
    return (url.scheme, url.raw_host, url.port)  # `host` undoes punycode, and raises for some


class _BadLocation(Exception):
    pass


def _joined(url: httpx.URL, location: str) -> str:
    """As the links of a page are read. Raises _BadLocation."""
    if target := absolute(str(url), location):
        return target
    scheme, colon, _ = location.strip().partition(":")
    if colon and scheme.isalnum() and scheme.lower() not in ("http", "https"):
        raise _BadLocation(f"sent on to {scheme[:20].lower()!r}, which is not http or https")
    raise _BadLocation("sent on to something that is not an address")


@dataclass(slots=True)
class Walk:
    """One request on its way. cookies: of this walk only, each for the origin that set it: sites set one
    and ask for it back on the next hop, and would otherwise send round in circles."""

    request: Request
    url: str
    started: datetime  # its latest request
    left_s: float  # of the whole request's deadline
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
        except (httpx.InvalidURL, ValueError):
            self.origin = ("", b"", None)

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
        return Fetched.of(
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
        return Fetched.of(
            self.request,
            said,
            self.url,
            self.started,
            status=response.status_code,
            headers=self.headers,
            body=body,
            ip=self.peer[0],
            certificate=self.peer[1],
            redirects=tuple(self.redirects),
            wire_bytes=self.wire_bytes,
        )
