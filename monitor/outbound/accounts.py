"""Account data into tokens, and tokens into requests. A token lives in the memory of this process and goes with the one
request that asked for it; what is kept of the request afterwards has neither.

Account data that were refused are not tried again before `REFUSED_REST` has passed, over restarts too, unless they
were changed: places lock accounts on which a program keeps knocking.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.hosts import host_of
from monitor.model.account import TokenExchange
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.visitor import Visitor
from monitor.outbound.guard import AddressRules, Refusal
from monitor.outbound.refusals import outcome_of_own_error
from monitor.ports.facts import RefusedAccount, RefusedAccounts

REFUSED_REST = timedelta(hours=12)
FAILED_REST = timedelta(minutes=5)  # no answer, or none that helps: not the account's doing
EARLY = timedelta(seconds=60)  # a token is renewed before its end, not after
MAX_LIFE = timedelta(days=1)  # however long it is said to serve
MAX_ANSWER_BYTES = 64 * 1024
MAX_TOKEN_CHARS = 8192

Fetch = Callable[[Request], Awaitable[Fetched]]


@dataclass(slots=True)
class _Account:
    """turn: one at a time asks for a token, the others use what it got."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str = field(default="", repr=False)
    until: datetime | None = None
    failed_until: datetime | None = None
    failure: Outcome | None = None


class AccountTokens:
    """fetch: sends what needs no token, politely."""

    def __init__(self, fetch: Fetch, refused: RefusedAccounts, clock: Clock, rules: AddressRules) -> None:
        self._fetch, self._refused, self._clock, self._rules = fetch, refused, clock, rules
        self._accounts: dict[tuple[Visitor, TokenExchange], _Account] = {}

    async def fetch(self, request: Request, exchange: TokenExchange) -> Fetched:
        for url in (exchange.url, request.url):
            try:
                self._rules.check_account(url, request.account_hosts)
            except Refusal as refusal:
                return Fetched.of(request, outcome_of_own_error(refusal), request.url, self._clock())
        # A token of its own for each case: the same one would say that one program asks for both.
        account = self._accounts.setdefault((request.visitor, exchange), _Account())
        fetched, used = await self._ask(request, exchange, account, "")
        if used and _wants_another(fetched, exchange):
            fetched, used = await self._ask(request, exchange, account, used)
            if used and _wants_another(fetched, exchange):
                said = f"{host_of(request.url)} does not accept the token that it was just exchanged for"
                failure = Outcome(OutcomeKind.WALL, said, _remedy(exchange))
                account.failed_until, account.failure = self._clock() + FAILED_REST, failure
                fetched = replace(fetched, outcome=failure)
        return replace(fetched, request=request)

    async def _ask(
        self, request: Request, exchange: TokenExchange, account: _Account, stale: str
    ) -> tuple[Fetched, str]:
        """What came back, and the token that was used; '' when there was none to be had. stale: one that was
        refused."""
        async with account.turn:
            if account.token == stale or account.until is None or self._clock() >= account.until:
                failure = await self._renew(exchange, account, request)
                if failure is not None:
                    return Fetched.of(request, failure, request.url, self._clock()), ""
            token = account.token
        headers = (*request.headers, ("Authorization", f"Bearer {token}"))
        return await self._fetch(replace(request, headers=headers, exchange=None)), token

    async def _renew(self, exchange: TokenExchange, account: _Account, of: Request) -> Outcome | None:
        now = self._clock()
        account.token, account.until = "", None
        if _is_ahead(account.failed_until, now):
            return account.failure
        if (until := self._refused_until(exchange)) is not None and _is_ahead(until, now):
            return self._rest(account, until, _not_accepted(exchange))
        asked = Request(
            exchange.url,
            Purpose.API,
            accept="application/json",
            headers=exchange.headers,
            post=exchange.post,
            account_hosts=of.account_hosts,
            max_bytes=MAX_ANSWER_BYTES,
            visitor=of.visitor,
        )
        fetched = await self._fetch(asked)
        answer = _object(fetched.body)
        token = answer.get(exchange.member)
        if fetched.outcome.kind is OutcomeKind.OK and _is_token(token):
            account.token, account.failed_until, account.failure = str(token), None, None
            account.until = now + _life(answer.get("expires_in"))
            return None
        if fetched.status == 401 or (fetched.status in (200, 400) and isinstance(answer.get("error"), str)):
            self._remember_refusal(exchange, now + REFUSED_REST)
            return self._rest(account, now + REFUSED_REST, _not_accepted(exchange))
        why = fetched.outcome.message or "its answer has no token in it"
        said = f"getting a token from {host_of(exchange.url)} failed: {why}"
        kind = OutcomeKind.UNREADABLE if fetched.outcome.is_good_look else fetched.outcome.kind
        failure = replace(Outcome(kind, said[:300]), retry_after_s=fetched.outcome.retry_after_s)
        if kind not in (OutcomeKind.OFFLINE, OutcomeKind.PART):  # nobody was asked, or nobody here understood
            account.failed_until, account.failure = now + FAILED_REST, failure
        return failure

    def _rest(self, account: _Account, until: datetime, why: Outcome) -> Outcome:
        again = f"; it is not tried again before {until:%Y-%m-%d %H:%M} UTC, unless the credentials change"
        account.failed_until, account.failure = until, replace(why, message=why.message + again)
        return account.failure

    # -- refusals are kept over restarts

    def _remember_refusal(self, exchange: TokenExchange, until: datetime) -> None:
        salt = os.urandom(16)
        self._refused.save(_key(exchange), RefusedAccount(until, salt.hex(), _mark(exchange, salt)))

    def _refused_until(self, exchange: TokenExchange) -> datetime | None:
        """None when these account data were not refused."""
        kept = self._refused.get(_key(exchange))
        if kept is None or not hmac.compare_digest(kept.mark, _mark(exchange, bytes.fromhex(kept.salt))):
            return None
        return kept.until


def _is_ahead(until: datetime | None, now: datetime) -> bool:
    """Further ahead than a refusal reaches it was written by a clock that stood wrong."""
    return until is not None and now < until <= now + REFUSED_REST


def _not_accepted(exchange: TokenExchange) -> Outcome:
    said = f"{host_of(exchange.url)} does not accept the account data of [credentials.{exchange.name}]"
    return Outcome(OutcomeKind.WALL, said, _remedy(exchange))


def _remedy(exchange: TokenExchange) -> str:
    return exchange.remedy or f"Compare [credentials.{exchange.name}] with what the place gave you."


def _wants_another(fetched: Fetched, exchange: TokenExchange) -> bool:
    if fetched.status == 401:
        return True
    return fetched.status == 400 and _object(fetched.body).get("error") in exchange.expired


def _object(untrusted: bytes) -> dict[str, object]:
    try:
        found = json.loads(untrusted[:MAX_ANSWER_BYTES])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_token(untrusted: object) -> bool:
    """One word of visible signs: nothing that would make a header of its own."""
    return (
        isinstance(untrusted, str)
        and 0 < len(untrusted) <= MAX_TOKEN_CHARS
        and all("!" <= letter <= "~" for letter in untrusted)
    )


def _life(untrusted: object) -> timedelta:
    if isinstance(untrusted, int | float) and not isinstance(untrusted, bool) and 0 < untrusted < 1e9:
        return min(max(timedelta(seconds=untrusted) - EARLY, EARLY), MAX_LIFE)
    return MAX_LIFE  # it says by itself, with 401 or 400, when it has ended


def _key(exchange: TokenExchange) -> str:
    return hashlib.sha256(f"{exchange.name} {exchange.url}".encode()).hexdigest()[:24]


def _mark(exchange: TokenExchange, salt: bytes) -> str:
    """Tells whether the account data are the same as before, slowly, so that they cannot be guessed from it."""
    data = json.dumps([exchange.post.body.value, exchange.headers]).encode()
    return hashlib.scrypt(data, salt=salt, n=2**14, r=8, p=1).hex()
