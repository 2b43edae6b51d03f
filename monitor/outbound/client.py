"""One request out, whatever comes back: guarded, bounded in size and time, and typed. Never raises for what
a site does.

Redirects are walked here, for every hop is a new address to check; what httpx's client would add by itself
(cookies, redirects, decoding, the environment's proxies) is either done here within bounds or not at all. An address
goes out as it was written (`crawl/url_standard.py`): nothing below spells it anew.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from functools import lru_cache

import httpx

from monitor.clock import Clock, monotonic, utc_now
from monitor.crawl.outcome import outcome_of_body, outcome_of_status
from monitor.crawl.url_standard import WebUrl, parse_web_url, web_url
from monitor.hosts import host_of
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.proxy import Proxy
from monitor.model.settings import NetworkSettings
from monitor.outbound import transport
from monitor.outbound.browser.headers import Asked, Lines, Use, header_lines, referrer_of, relation_of, use_of
from monitor.outbound.content_coding import TooLarge, Undecodable, Unpacked, codings_of, decode
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.guard import SCHEMES, AddressRules, Refusal, Resolve, SystemResolver, as_number
from monitor.outbound.proxy import CONNECT_S
from monitor.outbound.secret_query import with_secrets, without_secrets
from monitor.outbound.walk import Walk

MAX_HOPS = 20  # as in browsers (Fetch standard, "HTTP-redirect fetch")
ERROR_BODY_BYTES = 256 * 1024  # of an error page, kept to tell walls by; the rest is not read
ROBOTS_BYTES = 512 * 1024  # RFC 9309 section 2.5 asks for 500 KiB
ROBOTS_UNPACKED_BYTES = 8 * 1024 * 1024  # no more is unpacked, to read the first 500 KiB
WIRE_SLACK = 64 * 1024  # what packing may add to what cannot be packed

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
        target = (with_secrets(url, walk.request.secret_query) if url.origin == walk.origin else url).target
        lines = self._headers(walk, url)
        asked = httpx.Request(
            "POST" if walk.request.post else "GET",
            _server(url.scheme, url.netloc),
            headers=[(name.encode("ascii"), _as_bytes(value)) for name, value in lines],
            content=walk.request.post.body.value.encode() if walk.request.post else None,
            extensions={transport.TARGET: target, **self._timeouts()},
        )
        response = await self._ask(asked)
        try:
            walk.note(asked.method, lines, response)
            if len(response.headers.raw) > transport.MAX_HEADERS:
                raise TooLarge(f"{len(response.headers.raw)} headers")
            walk.jar.take(walk.url, _lines_of(response, b"set-cookie"), walk.started)
            locations = _locations(response) if response.status_code in _REDIRECTS else []
            if not locations:
                return await self._receive(walk, response)
        finally:
            await response.aclose()
        if walk.request.post:
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent elsewhere with what is meant for this address"))
        if len(locations) > 1:
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent to more than one address at once"))
        most = MAX_HOPS if walk.request.max_hops is None else walk.request.max_hops
        if len(walk.redirects) >= most:
            return walk.failed(Outcome(OutcomeKind.MOVED, f"sent on more than {most} times"))
        try:
            named = without_secrets(_joined(walk.url, locations[0]), walk.request.secret_query)
            if named is None:
                raise _BadLocation("sent on to an address that repeats a secret")
            self._checked(named)
        except _BadLocation as error:
            return walk.failed(Outcome(OutcomeKind.MOVED, str(error)))
        walk.step(named)
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

    def _checked(self, url: str) -> WebUrl:
        """Raises Refusal."""
        if len(url) > MAX_URL_CHARS or _UNSAFE.search(url):
            raise Refusal("this address is not visited: it is too long, or has characters that no web address may have")
        parsed = web_url(url)
        if parsed is None or not _stands_there(parsed.host.strip("[]"), host_of(url)):
            scheme = url.partition(":")[0].lower()
            if ":" in url and scheme.isalnum() and scheme not in SCHEMES:
                raise Refusal(f"{scheme[:20]}: only http and https are visited")
            raise Refusal("this is not an address")
        if parsed.user:
            raise Refusal("a user name stands in the address")
        self.rules.check_target(parsed.scheme, parsed.host, parsed.port, by_proxy=self._by_proxy)
        return parsed

    def _check_account(self, request: Request) -> None:
        """Of the first address: on the way nothing of the account goes to another origin. Raises Refusal."""
        if request.account_hosts or request.exchange or request.post:
            self.rules.check_account(request.url, request.account_hosts)

    def _headers(self, walk: Walk, url: WebUrl) -> Lines:
        request, is_first = walk.request, not walk.redirects
        use = use_of(request)
        page = "" if use is Use.NAVIGATE else request.referrer
        post = request.post
        asked = Asked(
            url=walk.url,
            host=url.netloc,
            use=use,
            relation=relation_of(use, request.referrer, (*walk.redirects, walk.url)),
            is_hop=not is_first,
            accept=request.accept,
            own=request.headers if url.origin == walk.origin else (),
            content=(len(post.body.value.encode()), post.content_type) if post else None,
            cookie=walk.jar.line(walk.url, walk.started, page=page),
            referrer=referrer_of(request.referrer, walk.url) if request.tells_page else "",
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
        came = Unpacked(b"", cut=False)
        if said.kind is not OutcomeKind.NOT_MODIFIED:
            cap = self._cap(request) if said.is_good_look else ERROR_BODY_BYTES
            try:
                came = await self._body(walk, response, headers, cap, strict=said.is_good_look)
            except Exception as error:
                return walk.answered(response, outcome_of_error(error), came)
            said = outcome_of_body(request.purpose, said, came.body)
        return walk.answered(response, said, came)

    async def _body(
        self, walk: Walk, response: httpx.Response, headers: dict[str, str], cap: int, *, strict: bool
    ) -> Unpacked:
        """strict: more than the cap is TooLarge; else it is cut off, and what cannot be unpacked is left
        out. Of a robots.txt what fits is read."""
        cut = not strict or walk.request.purpose is Purpose.ROBOTS
        codings = codings_of(headers.get("content-encoding", "")) if strict else ()
        wire_cap = cap + (WIRE_SLACK if codings else 0)
        announced = headers.get("content-length", "")
        if not cut and announced.isdecimal() and int(announced[:20]) > wire_cap:
            raise TooLarge(f"{announced[:20]} bytes announced, {cap} allowed")
        wire, broke_off = await self._taken(walk, response, wire_cap, cut=cut)
        if strict:
            body, ended_early = decode(wire, codings, ROBOTS_UNPACKED_BYTES if cut else cap)
            if broke_off and not body:
                raise broke_off
            return Unpacked(body[:cap], bool(broke_off) or ended_early)
        try:
            return decode(wire, codings_of(headers.get("content-encoding", "")), cap)
        except (Undecodable, TooLarge):
            return Unpacked(b"", cut=False)  # of an error page: nothing hangs on it

    async def _taken(
        self, walk: Walk, response: httpx.Response, wire_cap: int, *, cut: bool
    ) -> tuple[bytes, Exception | None]:
        """What came over the wire, and what broke it off where a browser would show what came."""
        pieces: list[bytes] = []
        taken = 0
        try:
            async for piece in response.stream:  # type: ignore[union-attr] # httpx: async on an async transport
                pieces.append(piece)
                taken += len(piece)
                walk.wire_bytes += len(piece)
                if taken > wire_cap:
                    if not cut:
                        raise TooLarge(f"more than {wire_cap} bytes")
                    break
        except Exception as error:
            if walk.request.purpose not in _SHOWN_IN_PART or outcome_of_error(error).kind is not OutcomeKind.CONNECTION:
                raise
            return b"".join(pieces), error
        return b"".join(pieces)[:wire_cap], None

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


_SHOWN_IN_PART = frozenset({Purpose.PAGE, Purpose.IMAGE, Purpose.STYLE})


def _stands_there(host: str, written: str) -> bool:
    """Pacing and robots.txt go by what is written: it must be the host that is dialled, or a spelling of its number."""
    return host.rstrip(".") == written or (bool(written) and as_number(host) == as_number(written))


@lru_cache(maxsize=1024)
def _server(scheme: str, netloc: str) -> httpx.URL:
    """What is dialled. What is asked of it goes beside it, for httpx would spell it anew."""
    return httpx.URL(f"{scheme}://{netloc}/")


def _as_bytes(value: str) -> bytes:
    """What sites gave is kept by the byte, as Latin-1, and goes back by the byte."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


def _lines_of(response: httpx.Response, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in response.headers.raw if key.lower() == name]


def _locations(response: httpx.Response) -> list[str]:
    """Each that is named, once. Bytes that are not ASCII go on as they came, as in browsers."""
    named = [value.strip() for key, value in response.headers.raw if key.lower() == b"location"]
    written = ("".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in value) for value in named if value)
    return list(dict.fromkeys(written))


class _BadLocation(Exception):
    pass


def _joined(url: str, location: str) -> str:
    """As the links of a page are read. Raises _BadLocation."""
    if target := parse_web_url(location, web_url(url)):
        return str(target)
    scheme, colon, _ = location.strip().partition(":")
    if colon and scheme.isalnum() and scheme.lower() not in ("http", "https"):
        raise _BadLocation(f"sent on to {scheme[:20].lower()!r}, which is not http or https")
    raise _BadLocation("sent on to something that is not an address")
