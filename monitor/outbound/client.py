"""One request out, whatever comes back: guarded, bounded in size and time, and typed. Never raises for what
a site does.

Redirects are walked here, for every hop is a new address to check: this is all that is decided of a request, and
nothing of it is on the network. What is, one hop at a time, lies below `wire.Wire`, in this process or in another. An
address goes out as it was written (`crawl/url_standard.py`): nothing below spells it anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.clock import Clock, monotonic, utc_now
from monitor.crawl.outcome import outcome_of_body
from monitor.crawl.url_standard import WebUrl, parse_web_url, web_url
from monitor.hosts import host_of
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings
from monitor.outbound.answered import as_one, header_lines_of, locations, said_by
from monitor.outbound.browser.headers import Asked, Lines, Use, header_lines, referrer_of, relation_of, use_of
from monitor.outbound.guard import SCHEMES, AddressRules, Refusal, Resolve, as_number
from monitor.outbound.identities import Identities
from monitor.outbound.refusals import outcome_of_own_error
from monitor.outbound.secret_query import with_secrets, without_secrets
from monitor.outbound.walk import Walk
from monitor.outbound.wire import Wire
from monitor.parts.frames import MAX_FRAME_BODY
from monitor.parts.messages.fetching import MAX_ANSWERED_LINES, HopAnswer, HopAsk, HopHead, NetworkWay

if TYPE_CHECKING:
    import ssl

MAX_HOPS = 20  # as in browsers (Fetch standard, "HTTP-redirect fetch")
ROBOTS_BYTES = 512 * 1024  # RFC 9309 section 2.5 asks for 500 KiB

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")  # in an address: parsers disagree on what they mean


class GuardedClient:
    """clock: what records say. wire: what takes a hop; None = this process. resolve, tls: of that one, injected by
    tests."""

    def __init__(
        self,
        settings: NetworkSettings,
        rules: AddressRules,
        *,
        connections: int = 16,
        clock: Clock = utc_now,
        wire: Wire | None = None,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings, self.rules, self._clock = settings, rules, clock
        self._by_proxy = bool(settings.proxy)
        self._way = NetworkWay(settings.proxy, tuple(str(network) for network in rules.networks), connections)
        self._ports: tuple[int, ...] = ()
        self.identities = Identities.by(settings.proxy)
        self.wire = wire or _in_this_process(resolve, tls)

    async def aclose(self) -> None:
        await self.wire.aclose()

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
            return await self._step(walk)
        except Exception as error:  # what cannot even be asked, or made of it: it is the site's doing
            return walk.failed(outcome_of_own_error(error))
        finally:
            walk.left_s -= monotonic() - began

    def refused(self, request: Request) -> Fetched | None:
        """What can be told without asking anybody: None when it may be asked for."""
        try:
            self._checked(request.url)
            self._check_account(request)
        except Refusal as refusal:
            return self.start(request).failed(outcome_of_own_error(refusal))
        return None

    async def _step(self, walk: Walk) -> Fetched | None:
        url = self._checked(walk.url)
        self._check_account(walk.request)
        target = (with_secrets(url, walk.request.secret_query) if url.origin == walk.origin else url).target
        lines = self._headers(walk, url)
        post = walk.request.post
        asked = HopAsk(
            self._way,
            self._ports_now(),
            "POST" if post else "GET",
            "https" if url.scheme == "https" else "http",
            url.netloc,
            target,
            tuple((name.encode("ascii"), _as_bytes(value)) for name, value in lines),
            walk.request.purpose,
            is_conditional=_is_conditional(walk),
            cap=min(self._cap(walk.request), MAX_FRAME_BODY),
            left_s=walk.left_s,
            identity=self.identities.of(walk.request, walk.url),
        )
        answer, body = await self.wire.ask(asked, post.body.value.encode() if post else b"")
        walk.wire_bytes += answer.wire_bytes
        if answer.head is None:
            return walk.failed(self._why(answer))
        walk.note(asked.method, lines, answer.head)
        if len(answer.head.lines) > MAX_ANSWERED_LINES:
            said = f"too large: more than {MAX_ANSWERED_LINES} header lines"
            return walk.failed(Outcome(OutcomeKind.TOO_LARGE, said))
        walk.jar.take(walk.url, _lines_of(answer.head, b"set-cookie"), walk.started)
        sent_to = locations(answer.head)
        return self._sent_on(walk, sent_to) if sent_to else self._received(walk, answer.head, answer, body)

    def _why(self, answer: HopAnswer) -> Outcome:
        if answer.failure is None:
            return Outcome(OutcomeKind.TIMEOUT, f"not done within {self.settings.timeout_s:g} seconds")
        said = "".join(sign if sign.isprintable() else " " for sign in answer.failure.message)
        return Outcome(answer.failure.kind, said)

    def _sent_on(self, walk: Walk, sent_to: list[str]) -> Fetched | None:
        if walk.request.post:
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent elsewhere with what is meant for this address"))
        if len(sent_to) > 1:
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent to more than one address at once"))
        most = MAX_HOPS if walk.request.max_hops is None else walk.request.max_hops
        if len(walk.redirects) >= most:
            return walk.failed(Outcome(OutcomeKind.MOVED, f"sent on more than {most} times"))
        try:
            named = without_secrets(_joined(walk.url, sent_to[0]), walk.request.secret_query)
            if named is None:
                raise _BadLocation("sent on to an address that repeats a secret")
            self._checked(named)
        except _BadLocation as error:
            return walk.failed(Outcome(OutcomeKind.MOVED, str(error)))
        walk.step(named)
        if walk.goes_in_circles():
            return walk.failed(Outcome(OutcomeKind.MOVED, "sent on in circles"))
        return None

    def _received(self, walk: Walk, head: HopHead, answer: HopAnswer, body: bytes) -> Fetched:
        if answer.is_late:
            return walk.failed(self._why(answer))
        walk.headers = header_lines_of(head)
        headers, conditional = as_one(walk.headers), _is_conditional(walk)
        said = said_by(head, headers, is_conditional=conditional, now=self._clock())
        if said.kind is OutcomeKind.NOT_MODIFIED:
            return walk.answered(head, said, b"")
        if answer.failure is not None:
            return walk.answered(head, self._why(answer), b"")
        return walk.answered(head, outcome_of_body(walk.request.purpose, said, body), body, cut=answer.cut)

    def _ports_now(self) -> tuple[int, ...]:
        if len(self._ports) != len(self.rules.ports):  # they only grow
            self._ports = tuple(sorted(self.rules.ports))
        return self._ports

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


def _in_this_process(resolve: Resolve | None, tls: ssl.SSLContext | None) -> Wire:
    """Its libraries are loaded where it is used: the core, whose hops another process takes, has none of them."""
    from monitor.outbound.hop import LocalWire

    return LocalWire(resolve=resolve, tls=tls)


def _stands_there(host: str, written: str) -> bool:
    """Pacing and robots.txt go by what is written: it must be the host that is dialled, or a spelling of its number."""
    return host.rstrip(".") == written or (bool(written) and as_number(host) == as_number(written))


def _as_bytes(value: str) -> bytes:
    """What sites gave is kept by the byte, as Latin-1, and goes back by the byte."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


def _lines_of(head: HopHead, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in head.lines if key.lower() == name]


def _is_conditional(walk: Walk) -> bool:
    return bool(walk.request.etag or walk.request.last_modified) and not walk.redirects


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
