"""The one way out for what watches ask for: one request at a time and host, spaced, by the host's own
rules.

A host's next allowed time is a row in the store (`HostGate`), so that politeness holds over restarts and
machines. Purpose API is asked without robots.txt: it is an address that its operator documents for
programs, and that the owner of the watch wrote down; everything that is found by following links keeps to
it.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from monitor.crawl import robots
from monitor.crawl.identity import host_of
from monitor.crawl.outcome import outcome, with_account_remedy
from monitor.crawl.pacing import back_off, gap
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import Settings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules, Resolve
from monitor.outbound.sign_in import SignIns
from monitor.ports import Fetcher, HostGate, Notes

MAX_WAIT_S = 330.0  # for a host's gap (a crawl-delay may be 300 s); who has to wait longer is told so at once
MAX_HOSTS = 2_000  # whose state is kept in memory
UNANSWERED_BEFORE_REST = 3  # failures in a row without any answer
# of a host that does not answer: its other pictures need not each run into the deadline
REST = timedelta(minutes=5)
_SLOW_DOWN = frozenset({429, 503})
_UNANSWERED = frozenset({OutcomeKind.DNS, OutcomeKind.CONNECTION, OutcomeKind.TIMEOUT, OutcomeKind.TLS})


class Browser(Fetcher, Protocol):
    async def aclose(self) -> None: ...


@dataclass(slots=True)
class _Host:
    """What is known of a host in this process. turn: one request at a time. rest_until, rest: not asked
    before, and what is said meanwhile. refusals: 429 and 503 in a row; None = not read from the store yet.
    """

    turn: asyncio.Lock
    rest_until: datetime | None = None
    rest: Outcome | None = None
    unanswered: int = 0
    refusals: int | None = None
    users: int = 0


class PoliteFetcher:
    """`ports.Fetcher`. browser: renders what asks for it; None = rendering is not possible here."""

    def __init__(
        self,
        client: GuardedClient,
        gate: HostGate,
        notes: Notes,
        settings: Settings,
        *,
        browser: Browser | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client, self._gate, self._notes, self._browser = client, gate, notes, browser
        self._sign_ins = SignIns(self.fetch, notes, clock, client.rules)
        self._delay_s = settings.crawl.per_host_delay_s
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._under_way = asyncio.Semaphore(max(settings.crawl.concurrency, 1))
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._robots: OrderedDict[str, robots.Robots] = OrderedDict()

    def allow_ports_of(self, urls: Iterable[str]) -> None:
        """Ports that the owner's watches and engines name are meant to be asked."""
        self._client.rules.allow_ports_of(urls)

    async def aclose(self) -> None:
        if self._browser is not None:
            await self._browser.aclose()
        await self._client.aclose()

    async def fetch(self, request: Request) -> Fetched:
        if request.sign_in is not None:
            return await self._sign_ins.fetch(request, request.sign_in)
        refused = self._client.refused(request)
        if refused is not None:
            return refused  # before its robots.txt is asked for
        async with self._turn(host_of(request.url)) as host:
            resting = self._resting(host)
            if resting is not None:
                return _unasked(request, resting, self._clock())
            rules: robots.Robots | None = None
            if not request.ignore_robots and request.purpose not in (Purpose.API, Purpose.ROBOTS):
                rules, failure = await self._rules(request.url, host)
                if failure is not None:
                    return _unasked(request, failure, self._clock())
                if rules is not None and not rules.allows(request.url):
                    return _unasked(request, _forbidden(rules), self._clock())
            return await self._ask(request, host, rules.crawl_delay_s if rules else None)

    async def _ask(self, request: Request, host: _Host, crawl_delay_s: float | None) -> Fetched:
        """Waits for the host's turn, asks, and learns from the answer how long to leave it alone."""
        name = host_of(request.url)
        wait = self._claim(name, host, crawl_delay_s)
        if wait > MAX_WAIT_S:
            host.rest_until = self._clock() + timedelta(seconds=wait)
            host.rest = outcome(
                OutcomeKind.RATE_LIMITED, f"{name} is being left alone, as it asked", retry_after_s=wait
            )
            return _unasked(request, host.rest, self._clock())
        if wait > 0:
            await self._sleep(wait)
        async with self._under_way:
            fetched = await self._send(request)
        self._learn(name, host, fetched)
        return fetched

    async def _send(self, request: Request) -> Fetched:
        if not request.browser or request.headers or request.secret_query:  # a browser would send neither
            return with_account_remedy(await self._client.fetch(request))
        if self._browser is None:
            why = Outcome(OutcomeKind.UNREADABLE, "this page needs a browser, and rendering is switched off here")
            return _unasked(request, why, self._clock())
        return await self._browser.fetch(request)

    def _claim(self, name: str, host: _Host, crawl_delay_s: float | None) -> float:
        """Seconds to wait. Without a gap the store is asked once a process, for what an earlier one was
        told."""
        between = gap(self._delay_s, crawl_delay_s, self._jitter())
        if not between and host.refusals is not None:
            return 0.0
        if host.refusals is None:
            host.refusals = self._gate.failures(name)
        return self._gate.claim(name, between, self._clock())

    def _learn(self, name: str, host: _Host, fetched: Fetched) -> None:
        now = self._clock()
        if fetched.status in _SLOW_DOWN and fetched.outcome.kind is not OutcomeKind.WALL:
            host.refusals = (host.refusals or 0) + 1
            asked = fetched.outcome.retry_after_s
            until = now + back_off(host.refusals, asked, self._jitter())
            self._gate.back_off(name, until, host.refusals)
            host.rest_until = until
            host.rest = outcome(
                OutcomeKind.RATE_LIMITED,
                f"{name} asked to slow down and is left alone for a while",
                retry_after_s=(until - now).total_seconds(),
            )
        elif fetched.status and host.refusals:
            host.refusals = 0
            self._gate.back_off(name, now, 0)
        host.unanswered = host.unanswered + 1 if fetched.outcome.kind in _UNANSWERED else 0
        if host.unanswered >= UNANSWERED_BEFORE_REST:
            host.unanswered = 0
            host.rest_until = now + REST
            host.rest = replace(
                fetched.outcome, message=f"{name} did not answer before: {fetched.outcome.message}"[:300]
            )

    def _resting(self, host: _Host) -> Outcome | None:
        if host.rest_until is None:
            return None
        if self._clock() < host.rest_until:
            return host.rest
        host.rest_until = host.rest = None
        return None

    # -- robots.txt

    async def _rules(self, url: str, host: _Host) -> tuple[robots.Robots | None, Outcome | None]:
        """The rules, or why the host cannot be visited at all. Kept for a day, over restarts too."""
        address = robots.address(url)
        now = self._clock()
        known = self._robots.get(address) or _from_note(self._notes.get(_note(address)))
        if known is None or not known.fresh(now):
            request = Request(address, Purpose.ROBOTS, accept="text/plain,*/*;q=0.5")
            fetched = await self._ask(request, host, known.crawl_delay_s if known else None)
            found = robots.robots_of(fetched)
            if found is None:
                return None, fetched.outcome
            if found.closed and known is not None and not known.closed:
                # RFC 9309 section 2.3.1.4: the last good copy serves while the site has its trouble.
                found = robots.Robots.of(known.text, fetched_at=now)
            known = found
            self._notes.set(_note(address), _to_note(known))
        self._robots[address] = known
        self._robots.move_to_end(address)
        if len(self._robots) > MAX_HOSTS:
            self._robots.popitem(last=False)
        return known, None

    # -- turns

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[_Host]:
        """One request at a time and host. Who waits here holds up nobody else."""
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(asyncio.Lock())
        self._hosts.move_to_end(name)
        host.users += 1
        try:
            async with host.turn:
                yield host
        finally:
            host.users -= 1
            if len(self._hosts) > MAX_HOSTS:
                self._forget_one()

    def _forget_one(self) -> None:
        for name, host in self._hosts.items():
            if not host.users and host.rest_until is None:
                del self._hosts[name]
                return


def open_fetcher(
    settings: Settings,
    gate: HostGate,
    notes: Notes,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> PoliteFetcher:
    """Everything wired. clock: what records say; pacing has its own, finer one. resolve, tls: for tests."""
    client = GuardedClient(
        settings.network,
        AddressRules.of(settings.network),
        connections=max(settings.crawl.concurrency, 1) * 2,
        clock=clock,
        resolve=resolve,
        tls=tls,
    )
    browser = _OnDemand(settings, client, notes, clock)
    return PoliteFetcher(client, gate, notes, settings, browser=browser)


class _OnDemand:
    """Playwright is imported, and Chromium started, with the first page that needs it."""

    def __init__(self, settings: Settings, client: GuardedClient, notes: Notes, clock: Callable[[], datetime]) -> None:
        self._settings, self._client, self._notes, self._clock = settings, client, notes, clock
        self._browser: Browser | None = None

    async def fetch(self, request: Request) -> Fetched:
        if self._browser is None:
            from monitor.outbound.browser import BrowserFetcher

            self._browser = BrowserFetcher(
                self._settings, self._client.rules, self._client.resolve, notes=self._notes, clock=self._clock
            )
        return await self._browser.fetch(request)

    async def aclose(self) -> None:
        if self._browser is not None:
            await self._browser.aclose()


def _unasked(request: Request, why: Outcome, now: datetime) -> Fetched:
    return Fetched(request, why, request.url, now)


def _forbidden(rules: robots.Robots) -> Outcome:
    if rules.closed:
        return outcome(OutcomeKind.ROBOTS, "robots.txt answers with a fault, which means: stay away for now")
    return outcome(OutcomeKind.ROBOTS, "robots.txt asks programs not to visit this address")


def _note(address: str) -> str:
    return f"robots:{address[:500]}"


def _to_note(rules: robots.Robots) -> str:
    return json.dumps({"at": rules.fetched_at.isoformat(), "closed": rules.closed, "text": rules.text})


def _from_note(note: str | None) -> robots.Robots | None:
    if note is None:
        return None
    try:
        kept = json.loads(note)
        at = datetime.fromisoformat(kept["at"])
        return robots.Robots.of(str(kept["text"]), closed=bool(kept["closed"]), fetched_at=at)
    except (ValueError, KeyError, TypeError):
        return None  # of another version: asked for anew
