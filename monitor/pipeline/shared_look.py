"""One look at a place for several passes: whatever one of them asks for is asked once, and answers all.

Each member runs the ordinary pass, over a fetcher that looks like any other. What it would ask in its own way is asked
in one that is right for all:

    validators       as the first to ask has them; none, where one of the members has never looked, and for the rest of
                     the look once a "not modified" came to somebody who has nothing that could be unmodified
    cookies          of one jar: the look is one visitor, of nobody's case
    known pictures   of a rendered page are not loaded where the first to ask knows them; who lacks one asks for it,
                     once for all
    what tells who   (a log-in, an account, a secret) goes by the member's own fetcher, and is shown to nobody else
    asks

An answer is kept until every member has had it or has ended, within `MOST_SHARED` bytes; after that it would be asked
for again. A request is on the account of the member that has paid for the fewest; who has used up what its case may ask
for pays nothing, and sees what the others see. `docs/decisions/0083` has the reasons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from monitor.acting import acting_for
from monitor.crawl.cookies import CookieJar
from monitor.crawl.outcome import with_account_remedy
from monitor.crawl.urls import canonical_url
from monitor.errors import QuotaReached
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Jar, Outcome, OutcomeKind, Purpose, Request
from monitor.model.visitor import Visitor
from monitor.pipeline.shelf import Shelf
from monitor.ports import Fetcher

MOST_SHARED = 256 * 1024 * 1024  # bytes of answers that somebody is still to have; a pass may take eight times as many
ROW_WEIGHT = 2_000  # bytes, of an answer without its body
CLOSED = Outcome(
    OutcomeKind.REFUSED,
    "this was closed as under 18, and is not asked for any more",
    "Nothing to do. The services made for this: reupload-monitor guide under-18",
)
_PARTS = frozenset({Purpose.IMAGE, Purpose.STYLE})
_OF_A_MOMENT = frozenset({OutcomeKind.PART, OutcomeKind.BUDGET})  # the next to ask may fare better
_MAIN = ""  # the jar of the visit itself


@dataclass(frozen=True, slots=True)
class _Answer:
    """etag, last_modified: with which it was asked."""

    fetched: Fetched
    etag: str | None
    last_modified: str | None

    def fits(self, request: Request) -> bool:
        """A "not modified" is one only to who has what is not modified."""
        if self.fetched.outcome.kind is not OutcomeKind.NOT_MODIFIED or not (self.etag or self.last_modified):
            return True
        return (request.etag, request.last_modified) == (self.etag, self.last_modified)


class SharedLook:
    """members: how many passes. visitor: as whom all is asked. closed: addresses that are closed as under 18, as that
    stands now. is_whole: nothing is asked by validators. first: the member that pays first."""

    def __init__(
        self,
        members: int,
        visitor: Visitor,
        closed: Callable[[], Collection[str]],
        clock: Callable[[], datetime],
        *,
        is_whole: bool,
        first: int = 0,
        most_bytes: int = MOST_SHARED,
    ) -> None:
        self._visitor, self._clock = visitor, clock
        self._closed_now, self._closed = closed, frozenset[str]()
        self._answers: Shelf[Hashable, _Answer] = Shelf(most_bytes)
        self._flights: dict[Hashable, asyncio.Task[_Answer]] = {}
        self._members: dict[int, MemberLook] = {}
        self._jars: dict[str, Jar] = {}
        self._first, self._many = first, max(members, 1)
        self._context = copy_context()  # what is asked for all is asked in no member's name
        self.is_whole = is_whole
        self.requests = 0
        for number in range(members):
            self._answers.come(number)

    @property
    def asked_again(self) -> int:
        """Answers that were let go of before everybody had them."""
        return self._answers.forgotten

    def member(self, number: int, case: CaseId, fetcher: Fetcher) -> MemberLook:
        """fetcher: its own; what it asks for all goes out by that."""
        one = self._members[number] = MemberLook(self, number, case, fetcher)
        return one

    def left(self, number: int) -> None:
        """This member asks for nothing more."""
        self._members.pop(number, None)
        self._answers.leave(number)

    def keep(self, number: int, fetched: Sequence[Fetched]) -> None:
        """For a member that is yet to come, what another one has in hand."""
        self._answers.come(number)
        for one in fetched:
            if one.outcome.kind is OutcomeKind.OK and not _is_ones_own(one.request):
                self._answers.put(_key(one.request, _MAIN), _Answer(one, None, None), _weight(one))

    async def aclose(self) -> None:
        for flight in self._flights.values():
            flight.cancel()
        for flight in tuple(self._flights.values()):
            with suppress(asyncio.CancelledError, Exception):
                await flight
        self._flights.clear()

    def is_closed(self, url: str) -> bool:
        return bool(self._closed) and (url in self._closed or canonical_url(url) in self._closed)

    async def answer(self, request: Request, who: int, jar: str) -> Fetched:
        key = _key(request, jar)
        while True:
            if self.is_closed(request.url):
                return Fetched.of(request, CLOSED, request.url, self._clock())
            known = self._answers.take(key, who)
            if known is None:
                flight = self._flights.get(key) or self._start(key, request, jar)
                known = await asyncio.shield(flight)
                self._answers.take(key, who)
            if known.fits(request):
                return self._handed(known.fetched, request)
            self.is_whole = True  # they do not all know the same: it is asked for twice this once
            self._answers.drop(key)

    def jar_of(self, name: str) -> Jar:
        return self._jars.setdefault(name, CookieJar())

    def _start(self, key: Hashable, request: Request, jar: str) -> asyncio.Task[_Answer]:
        flight = asyncio.create_task(self._ask(key, request, jar), context=self._context.copy())
        self._flights[key] = flight
        return flight

    async def _ask(self, key: Hashable, request: Request, jar: str) -> _Answer:
        try:
            self._closed = frozenset(self._closed_now())
            asked = self._for_all(request, jar)
            if self.is_closed(request.url):
                return _Answer(Fetched.of(asked, CLOSED, request.url, self._clock()), None, None)
            answer = _Answer(await self._fetched(asked), asked.etag, asked.last_modified)
            if answer.fetched.outcome.kind not in _OF_A_MOMENT:
                self._answers.put(key, answer, _weight(answer.fetched))
            return answer
        finally:
            self._flights.pop(key, None)

    async def _fetched(self, asked: Request) -> Fetched:
        fetched = None
        for payer in self._payers():
            with acting_for(payer.case):
                fetched = await payer.fetcher.fetch(asked)
            if fetched.outcome.kind is not OutcomeKind.BUDGET:
                self._charge(payer, fetched.requests)
                break
        if fetched is None:
            raise AssertionError("nobody asked")
        if fetched.outcome.kind is OutcomeKind.BUDGET and not self.requests:  # nobody may ask: it is not looked
            raise QuotaReached(fetched.outcome.message, remedy=fetched.outcome.remedy)
        return fetched

    def _charge(self, payer: MemberLook, cost: int) -> None:
        """Whose pass has ended meanwhile has told what it cost."""
        bearer = payer if payer.pays else next(iter(self._payers()), payer)
        bearer.charged += cost
        self.requests += cost

    def _payers(self) -> list[MemberLook]:
        """Who has paid for the fewest, first. Of several, another one in each visit."""
        turn = self._first % self._many
        there = [one for one in self._members.values() if one.pays] or list(self._members.values())
        return sorted(there, key=lambda one: (one.charged, (one.number - turn) % self._many))

    def _for_all(self, request: Request, jar: str) -> Request:
        asked = replace(
            request,
            jar=self.jar_of(jar) if request.jar is not None else None,
            visitor=self._visitor,
            account_remedy="",
            shown="",
        )
        if self.is_whole:
            asked = replace(asked, etag=None, last_modified=None)
        if asked.browser and self._closed:  # a picture that is closed is not loaded with its page either
            asked = replace(asked, known_images=tuple(dict.fromkeys((*sorted(self._closed), *asked.known_images))))
        return asked

    def _handed(self, fetched: Fetched, request: Request) -> Fetched:
        """As the answer to the member's own question."""
        if self._closed and fetched.subresources:
            left = [
                one for one in fetched.subresources if not (self.is_closed(one.url) or self.is_closed(one.request.url))
            ]
            fetched = replace(fetched, subresources=tuple(left))
        return with_account_remedy(replace(fetched, request=request))


class MemberLook:
    """`ports.Fetcher` for one member. charged: requests that went out on its account; once it has told how many
    (`told`), it pays for no more."""

    def __init__(self, look: SharedLook, number: int, case: CaseId, fetcher: Fetcher) -> None:
        self._look, self.number, self.case, self.fetcher = look, number, case, fetcher
        self._jars: list[tuple[Jar, str]] = []
        self.charged = 0
        self.pays = True

    def told(self) -> int:
        self.pays = False
        return self.charged

    def allow_ports_of(self, urls: Iterable[str]) -> None:
        self.fetcher.allow_ports_of(urls)

    async def fetch(self, request: Request) -> Fetched:
        if _is_ones_own(request):
            fetched = await self.fetcher.fetch(request)
            self.charged += fetched.requests
            return fetched
        return await self._look.answer(request, self.number, self._jar(request))

    def _jar(self, request: Request) -> str:
        """Which of the look's jars stands for this one: the first is that of the visit, each further one that of a page
        which a stranger named, and goes by its address."""
        if request.jar is None:
            return _MAIN
        for jar, name in self._jars:
            if jar is request.jar:
                return name
        name = request.url if self._jars else _MAIN
        self._jars.append((request.jar, name))
        return name


def _is_ones_own(request: Request) -> bool:
    """Something goes along by which the site knows who asks."""
    return bool(
        request.browser_state
        or request.exchange
        or request.post
        or request.secret_query
        or request.account_hosts
        or request.visitor.login
        or request.visitor.account
    )


def _key(request: Request, jar: str) -> Hashable:
    """What is told of the question on the wire, but for what `SharedLook` makes the same for all."""
    of = urlsplit(request.referrer) if request.purpose in _PARTS else None
    return (
        request.url,
        request.purpose,
        request.accept,
        request.headers,
        request.browser,
        request.ignore_robots,
        request.max_bytes,
        request.max_hops,
        request.tells_page,
        (of.scheme, of.netloc) if of is not None else None,
        jar,
        request.jar is None,
    )


def _weight(fetched: Fetched) -> int:
    beside = (*fetched.subresources, *fetched.data, *fetched.styles)
    return ROW_WEIGHT + len(fetched.body) + len(fetched.served or b"") + sum(map(_weight, beside))
