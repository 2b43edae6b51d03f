"""The one way out for what watches ask for: one request at a time and host, spaced, by the host's own
rules.

A host's next allowed time is a row in the store (`HostGate`), so that politeness holds over restarts and machines.
Where other machines ask the same hosts, a host is in the hands of one of them alone, from the claim to the answer
(`HostGate.is_shared`). Each hop of a redirect is asked like a request of its own. Purpose API is asked without
robots.txt: it is an address that its operator documents for programs, and that the owner of the watch wrote down;
everything that is found by following links keeps to it.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Protocol

from monitor.clock import Clock, boottime, is_real, to_the_second
from monitor.crawl.outcome import MARKER_BYTES, error_page_job, explained, with_account_remedy
from monitor.crawl.pacing import back_off, gap, parse_retry_after, sent_at
from monitor.crawl.way import way_out
from monitor.errors import StoreError
from monitor.hosts import host_of
from monitor.marks import waiting_in_turn, working
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.progress import Loop
from monitor.model.settings import Settings
from monitor.outbound.abusix import AbusixList
from monitor.outbound.accounts import AccountTokens
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules, Resolve
from monitor.outbound.names import HostNames
from monitor.outbound.robots_files import RobotsFiles, forbidden
from monitor.outbound.walk import Walk
from monitor.ports import HostGate, Reader
from monitor.ports.facts import KeptForFetching

if TYPE_CHECKING:
    import ssl

    from monitor.outbound.wire import Wire

MAX_WAIT_S = 330.0  # for a host's gap (a crawl-delay may be 300 s); who has to wait longer is told so at once
MAX_HOSTS = 2_000  # whose state is kept in memory
# A turn that is shared: so long the host waits for a worker that died. Who lives claims it once more in time.
TURN_HELD_FOR = timedelta(seconds=30)
TURN_HELD_AGAIN_S = 10.0
# For a turn that others have: at first, and in the end.
ASKED_AGAIN_S = 0.1
ASKED_AGAIN_AT_MOST_S = 2.0
TURN_LATE_S = 5.0  # so long after it was given a turn is claimed once more: it must last until the answer
UNANSWERED_BEFORE_REST = 3  # failures in a row without any answer
# of a host that does not answer: its other pictures need not each run into the deadline
REST = timedelta(minutes=5)
_UNANSWERED = frozenset({OutcomeKind.DNS, OutcomeKind.CONNECTION, OutcomeKind.TIMEOUT, OutcomeKind.TLS})


class Browser(Protocol):
    async def fetch(self, request: Request) -> Fetched: ...
    async def aclose(self) -> None: ...


@dataclass(slots=True)
class _Host:
    """What is known of a host in this process. turn: one request at a time. rest_until, rest: not asked
    before, and what is said meanwhile. refusals: 429 and 503 in a row; None = not read from the store yet.
    """

    turn: asyncio.Lock
    rest_from: datetime | None = None
    rest_until: datetime | None = None
    rest: Outcome | None = None
    unanswered: int = 0
    refusals: int | None = None
    users: int = 0
    asked_at: float = 0.0  # by the clock that nobody sets; 0: not by this process


class PoliteFetcher:
    """`ports.Fetcher`. browser: renders what asks for it; None = rendering is not possible here."""

    def __init__(
        self,
        client: GuardedClient,
        gate: HostGate,
        kept: KeptForFetching,
        settings: Settings,
        *,
        reader: Reader,
        clock: Clock,
        browser: Browser | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        passed: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """passed: seconds by a clock that nobody sets. By it a host's gap is kept, whatever became of the other."""
        self._client, self._gate, self._browser = client, gate, browser
        self._tokens = AccountTokens(self.fetch, kept.refused_accounts, clock, client.rules)
        self._delay_s = settings.crawl.per_host_delay_s
        self._clock, self._sleep, self._jitter, self._passed = clock, sleep, jitter, passed
        # A page may be rendered twice, after Chromium has started; then a reader looks at it, twice where it hangs.
        self._allowed_s = 2 * settings.network.timeout_s + 300
        self._under_way = asyncio.Semaphore(max(settings.crawl.concurrency, 1))
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._reader = reader
        way = partial(way_out, settings.network, kept.machine)
        self._robots = RobotsFiles(self._visit, reader, kept.robots_copies, clock, cache(way))

    def allow_ports_of(self, urls: Iterable[str]) -> None:
        """Ports that the owner's watches and engines name are meant to be asked."""
        self._client.rules.allow_ports_of(urls)

    async def network_state(self) -> str:
        return await self._client.wire.network_state()

    @property
    def names(self) -> HostNames:
        """Where names lead, by the same rules and past no proxy."""
        by_proxy = bool(self._client.settings.proxy)
        return HostNames(self._client.rules, by_proxy=by_proxy, look_up=self._client.wire.look_up)

    @property
    def contact_list(self) -> AbusixList:
        return AbusixList(self._client.wire.ask_list)

    async def aclose(self) -> None:
        if self._browser is not None:
            await self._browser.aclose()
        await self._client.aclose()

    async def fetch(self, request: Request) -> Fetched:
        if request.exchange is not None:
            return await self._tokens.fetch(request, request.exchange)
        refused = self._client.refused(request)
        if refused is not None:
            return refused  # before its robots.txt is asked for
        return await self._visit(request)

    async def _visit(self, request: Request, crawl_delay_s: float | None = None) -> Fetched:
        """Every hop is a visit of its own: by that host's rules, in its turn. Nothing is held between two, so hosts
        that redirect to each other cannot block each other. crawl_delay_s: where robots.txt is not asked."""
        walk = self._client.start(request)
        obeys = not request.ignore_robots and request.purpose not in (Purpose.API, Purpose.ROBOTS)
        while True:
            if obeys:
                rules = await self._robots.of(walk.url, request.visitor)
                if isinstance(rules, Outcome):
                    return self._unasked(walk, rules)
                if not rules.allows(walk.url):
                    return self._unasked(walk, forbidden(rules))
                crawl_delay_s = rules.rules.crawl_delay_s
            async with self._turn(host_of(walk.url)) as host:
                fetched = await self._ask(walk, host, crawl_delay_s)
            if fetched is not None:
                return fetched

    async def _ask(self, walk: Walk, host: _Host, crawl_delay_s: float | None) -> Fetched | None:
        """Waits until the host may be asked, asks, and learns from the answer how long to leave it alone. None: it was
        sent on."""
        resting = self._resting(host)
        if resting is not None:
            return self._unasked(walk, resting)
        name, between = host_of(walk.url), gap(self._delay_s, crawl_delay_s, self._jitter())
        while (refused := await self._claimed(name, host, between)) is None:
            given, is_late = self._passed(), False
            try:
                async with self._under_way:
                    is_late = self._gate.is_shared and self._passed() - given > TURN_LATE_S
                    if not is_late:
                        async with self._turn_held(name, between):
                            return await self._asked(walk, name, host)
            finally:
                if not is_late:
                    self._give_back(name, between)
        return self._unasked(walk, refused)

    async def _asked(self, walk: Walk, name: str, host: _Host) -> Fetched | None:
        try:
            with working(Loop.FETCHER, "browser" if walk.request.browser else "request", self._allowed_s):
                fetched = await self._send(walk)
        finally:
            host.asked_at = self._passed()
        self._learn(name, host, fetched)
        return fetched

    def _unasked(self, walk: Walk, why: Outcome) -> Fetched:
        walk.started = self._clock()
        return walk.failed(why)

    async def _send(self, walk: Walk) -> Fetched | None:
        request = walk.request
        if not request.browser or request.headers or request.secret_query:  # a browser would send neither
            fetched = await self._client.step(walk)
            return with_account_remedy(await self._explained(fetched)) if fetched is not None else None
        if self._browser is None:
            said = "this page needs a browser, and rendering is switched off here"
            why = Outcome(OutcomeKind.UNREADABLE, said, "Look at this place yourself.")
            return self._unasked(walk, why)
        page = await self._explained(await self._browser.fetch(request))
        return replace(page, subresources=tuple([await self._explained(one) for one in page.subresources]))

    async def _explained(self, fetched: Fetched) -> Fetched:
        """A page that came in the place of what was asked for may say that it is a wall: a reader tells."""
        job = error_page_job(fetched)
        if job is None:
            return fetched
        return explained(fetched, await self._reader.page(job, fetched.body[:MARKER_BYTES]))

    async def _claimed(self, name: str, host: _Host, between: timedelta) -> Outcome | None:
        """Returns once the host may be asked; what is said instead where that takes too long. Of one machine's own the
        store is asked once a process where there is no gap, for what an earlier one was told."""
        if self._gate.is_shared:
            await self._waited(self._left(host, between))  # ahead of the claim: the turn is to be short
        elif not between and host.refusals is not None:
            return None
        refused = 0
        while True:
            turn = self._gate.claim(name, between, TURN_HELD_FOR, self._clock())
            host.refusals = turn.failures
            wait = max(turn.wait_s, self._left(host, between))
            if wait > MAX_WAIT_S:
                return self._left_alone(name, host, wait)
            if turn.is_given:
                await self._waited(wait)
                return None
            # Not on the dot: who asks a little sooner each time would keep the others out. And less and less often:
            # many may wait for one host, and a question costs as much as a turn.
            chance, seldom = self._jitter(), min(ASKED_AGAIN_S * 2 ** min(refused, 10), ASKED_AGAIN_AT_MOST_S)
            again, refused = max(wait + ASKED_AGAIN_S * chance, seldom * (1 + chance)), refused + 1
            with waiting_in_turn():
                await self._sleep(again)

    def _left(self, host: _Host, between: timedelta) -> float:
        """Seconds of the gap, by the clock that nobody sets: where the other was set on, the store takes it for long
        over."""
        return host.asked_at + between.total_seconds() - self._passed() if host.asked_at else 0.0

    async def _waited(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)

    def _left_alone(self, name: str, host: _Host, wait: float) -> Outcome:
        host.rest_from = self._clock()
        host.rest_until = host.rest_from + timedelta(seconds=wait)
        said = f"{name} is being left alone, as it asked"
        host.rest = Outcome(OutcomeKind.RATE_LIMITED, said, retry_after_s=wait)
        return host.rest

    @asynccontextmanager
    async def _turn_held(self, name: str, between: timedelta) -> AsyncIterator[None]:
        """For as long as the answer takes, where others wait for the host."""
        if not self._gate.is_shared:
            yield
            return

        async def hold_on() -> None:
            while True:
                await asyncio.sleep(TURN_HELD_AGAIN_S)
                with suppress(StoreError):  # nobody else can claim it either, just now
                    if not self._gate.claim(name, between, TURN_HELD_FOR, self._clock()).is_given:
                        return

        holding = asyncio.create_task(hold_on())
        try:
            yield
        finally:
            holding.cancel()

    def _give_back(self, name: str, between: timedelta) -> None:
        with suppress(StoreError):  # it ends by itself, and what came of the request is worth more
            self._gate.give_back(name, between)

    def _learn(self, name: str, host: _Host, fetched: Fetched | None) -> None:
        now = self._clock()
        if fetched is None:  # it sent on: an answer like others
            host.unanswered = 0
            if host.refusals:
                host.refusals = 0
                self._gate.back_off(name, timedelta(0), 0, now)
            return
        if _asks_to_slow_down(fetched):
            host.refusals = (host.refusals or 0) + 1
            asked = fetched.outcome.retry_after_s
            if asked is None:  # a wall's outcome speaks of the wall
                asked = parse_retry_after(fetched.header("retry-after"), sent_at(fetched.header("date"), now))
            wait = back_off(host.refusals, asked, self._jitter())
            self._gate.back_off(name, wait, host.refusals, now)
            host.rest_from, host.rest_until = now, now + wait
            host.rest = Outcome(
                OutcomeKind.RATE_LIMITED,
                f"{name} asked to slow down and is left alone for a while",
                retry_after_s=wait.total_seconds(),
            )
        elif fetched.status and host.refusals:
            host.refusals = 0
            self._gate.back_off(name, timedelta(0), 0, now)
        if fetched.outcome.kind is OutcomeKind.PART:  # a process of ours failed: the host is neither here nor there
            return
        host.unanswered = host.unanswered + 1 if fetched.outcome.kind in _UNANSWERED else 0
        if host.unanswered >= UNANSWERED_BEFORE_REST:
            host.unanswered = 0
            host.rest_from, host.rest_until = now, now + REST
            host.rest = replace(
                fetched.outcome, message=f"{name} did not answer before: {fetched.outcome.message}"[:300]
            )

    def _resting(self, host: _Host) -> Outcome | None:
        if host.rest_from is None or host.rest_until is None:
            return None
        if host.rest_from <= self._clock() < host.rest_until:  # before it began: the clock was set back
            return host.rest
        host.rest_from = host.rest_until = host.rest = None
        return None

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
            with waiting_in_turn():
                await host.turn.acquire()
            try:
                yield host
            finally:
                host.turn.release()
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
    kept: KeptForFetching,
    *,
    reader: Reader,
    clock: Clock,
    wire: Wire | None = None,
    browser: Browser | None = None,
    rules: AddressRules | None = None,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> PoliteFetcher:
    """Everything wired. clock: exact, for pacing; records say whole seconds of it. wire, browser, and the rules that
    both go by: in parts of their own; None = in this process, with resolve and tls as tests want them."""
    client = GuardedClient(
        settings.network,
        rules or AddressRules.of(settings.network),
        connections=max(settings.crawl.concurrency, 1) * 2,
        clock=to_the_second(clock),
        wire=wire,
        resolve=resolve,
        tls=tls,
    )
    if browser is None:
        from monitor.outbound.browser.on_demand import BrowserOnDemand

        browser = BrowserOnDemand(settings, client.rules, resolve, kept.logins, to_the_second(clock))
    passed = boottime if is_real(clock) else lambda: 0.0  # a clock that a test moves has no other
    return PoliteFetcher(client, gate, kept, settings, reader=reader, browser=browser, clock=clock, passed=passed)


def _asks_to_slow_down(fetched: Fetched) -> bool:
    """503 is also what bot checks come with: there it means nothing of the kind unless it says for how long."""
    if fetched.status == 503 and fetched.outcome.kind is OutcomeKind.WALL:
        return bool(fetched.header("retry-after"))
    return fetched.status in (429, 503)
