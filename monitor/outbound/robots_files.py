"""Each host's robots.txt: asked for once a day, parsed by a confined reader, kept over restarts by its rules."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from weakref import WeakValueDictionary

from monitor.clock import Clock
from monitor.crawl.robots.rules import Robots, needs_reading, robots_of_answer, robots_of_note, robots_url
from monitor.crawl.way import WayOut
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.visitor import Visitor
from monitor.ports import Reader
from monitor.ports.facts import RobotsCopies

MAX_KEPT = 200  # in memory: the rules of one may be a megabyte; the others are a note away

PoliteFetch = Callable[[Request, float | None], Awaitable[Fetched]]


class RobotsFiles:
    """fetch: politely, with the crawl delay that the host is known to ask for. way: by which it is asked."""

    def __init__(
        self, fetch: PoliteFetch, reader: Reader, copies: RobotsCopies, clock: Clock, way: Callable[[], WayOut]
    ) -> None:
        self._fetch, self._reader, self._copies, self._clock, self._way = fetch, reader, copies, clock, way
        self._kept: OrderedDict[str, Robots] = OrderedDict()
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # while somebody waits for one

    async def of(self, url: str, visitor: Visitor) -> Robots | Outcome:
        """The rules for this address, or why its host cannot be visited at all. May wait for turns at hosts: to be
        called by who holds none. visitor: each has a copy of its own, for a site could write another file for each who
        asks, and know them again by what they leave out; but for groups (`WayOut.asks_rules_as`)."""
        address, way = robots_url(url), self._way()
        visitor = way.asks_rules_as(visitor, address)
        key = f"{visitor.mark(way.id)} {address}"
        known = self._known(key)
        if known is not None and known.fresh(self._clock()):
            return known
        turn = self._asking.setdefault(key, asyncio.Lock())
        async with turn:
            known = self._known(key)  # somebody else may have asked meanwhile
            if known is not None and known.fresh(self._clock()):
                return known
            return await self._ask(Request(address, Purpose.ROBOTS, visitor=visitor), key, known)

    async def _ask(self, request: Request, key: str, known: Robots | None) -> Robots | Outcome:
        fetched = await self._fetch(request, known.rules.crawl_delay_s if known else None)
        read = None
        if needs_reading(fetched):
            unchanged = known is not None and known.digest == fetched.digest != ""
            read = known.rules if known and unchanged else await self._reader.robots(fetched.body)
        found = robots_of_answer(fetched, read)
        if found is None:
            return fetched.outcome
        if found.closed and known is not None and not known.closed:
            # RFC 9309 section 2.3.1.4: the last good copy serves while the site has its trouble.
            found = replace(known, fetched_at=found.fetched_at)
        self._copies.save(key, found.note(), found.fetched_at)
        self._keep(key, found)
        return found

    def _known(self, key: str) -> Robots | None:
        known = self._kept.get(key)
        if known is None or not known.fresh(self._clock()):  # another machine may have asked since
            known = robots_of_note(self._copies.get(key)) or known
        if known is not None:
            self._keep(key, known)
        return known

    def _keep(self, key: str, found: Robots) -> None:
        self._kept[key] = found
        self._kept.move_to_end(key)
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)


def forbidden(rules: Robots) -> Outcome:
    if rules.closed:
        return Outcome(OutcomeKind.ROBOTS, "robots.txt cannot be read for now, which means: stay away until it can")
    return Outcome(OutcomeKind.ROBOTS, "robots.txt asks programs not to visit this address")
