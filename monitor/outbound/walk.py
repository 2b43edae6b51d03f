"""One request on its way: what is left of its time, where it has been, and what passed at each hop."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.crawl.cookies import CookieJar
from monitor.crawl.url_standard import web_url
from monitor.model.exchange import Exchange, HeaderLines, without_logins
from monitor.model.page import Fetched, Jar, Outcome, Request
from monitor.outbound.browser.headers import Lines
from monitor.outbound.secret_query import hidden, hidden_bytes
from monitor.parts.messages.fetching import HopHead

Origin = tuple[str, str, int]
_NO_SECRETS = frozenset({"accept", "accept-language", "user-agent", "content-type", "x-requested-with"})
"""Of a source's own lines, those whose values are kept: any other may be what an account is known by."""


@dataclass(slots=True)
class Walk:
    """One request on its way. jar: of the visit, or of this walk alone: sites set a cookie, ask for it back on the next
    hop, and would otherwise send round in circles."""

    request: Request
    url: str
    started: datetime  # its latest request
    left_s: float  # of the whole request's deadline
    redirects: list[str] = field(default_factory=list)
    jar: Jar = field(init=False)
    wire_bytes: int = 0
    hops: list[Exchange] = field(default_factory=list)
    headers: HeaderLines = ()  # of the last answer, names in lower case
    origin: Origin = field(init=False)
    _been: set[tuple[str, Hashable]] = field(init=False)

    def __post_init__(self) -> None:
        parsed = web_url(self.url)
        self.origin = parsed.origin if parsed is not None else ("", "", 0)
        self.jar = CookieJar() if self.request.jar is None else self.request.jar
        self._been = {(self.url, self.jar.state())}

    def note(self, method: str, lines: Lines, head: HopHead) -> None:
        """What was asked and answered, before anything is made of it."""
        fields = self.request.secret_query
        own = {name.lower() for name, _ in self.request.headers} - _NO_SECRETS
        exchange = Exchange(
            url=self.url,
            at=self.started,
            status=head.status,
            reason=hidden(head.reason.decode("latin-1"), fields),
            protocol=head.protocol.decode("latin-1"),
            method=method,
            asked=without_logins(tuple(lines), own),
            answered=tuple((name, hidden(value, fields)) for name, value in _as_sent(head)),
            ip=head.ip,
            tls=head.tls,
            chain=head.chain,
        )
        self.hops.append(exchange)

    @property
    def ip(self) -> str:
        """'' where nobody answered at this address."""
        return self.hops[-1].ip if self.hops and self.hops[-1].url == self.url else ""

    def step(self, url: str) -> None:
        self.redirects.append(self.url)
        self.url = url

    def goes_in_circles(self) -> bool:
        """The same address again with the same cookies."""
        here = (self.url, self.jar.state())
        if here in self._been:
            return True
        self._been.add(here)
        return False

    def failed(self, failure: Outcome) -> Fetched:
        if self.request.secret_query:  # a library's message may repeat the address
            failure = replace(failure, message=hidden(failure.message, self.request.secret_query))
        return Fetched.of(
            self.request,
            failure,
            self.url,
            self.started,
            ip=self.ip,
            redirects=tuple(self.redirects),
            wire_bytes=self.wire_bytes,
            hops=tuple(self.hops),
        )

    def answered(self, head: HopHead, said: Outcome, body: bytes, *, cut: bool = False) -> Fetched:
        if fields := self.request.secret_query:
            body = hidden_bytes(body, fields)
            said = replace(said, message=hidden(said.message, fields))
            self.headers = tuple((name, hidden(value, fields)) for name, value in self.headers)
        return Fetched.of(
            self.request,
            said,
            self.url,
            self.started,
            status=head.status,
            headers=self.headers,
            body=body,
            ip=self.ip,
            redirects=tuple(self.redirects),
            wire_bytes=self.wire_bytes,
            hops=tuple(self.hops),
            cut=cut,
        )


def _as_sent(head: HopHead) -> HeaderLines:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.lines)
