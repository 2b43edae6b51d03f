"""A watch's saved log-in: kept in the encrypted store, used by the browser alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.crawl import login as login_state
from monitor.domains import domain_of
from monitor.model.observation import Observation, RunTrouble
from monitor.model.page import Fetched, LoginOf, Outcome, OutcomeKind, Request
from monitor.model.visitor import Visitor
from monitor.model.watch import Watch
from monitor.ports import Fetcher, Store

_SHUT_OUT = frozenset(
    {OutcomeKind.WALL, OutcomeKind.BLOCKED, OutcomeKind.GONE, OutcomeKind.UNREADABLE, OutcomeKind.EMPTY}
)


@dataclass(frozen=True, slots=True)
class Login:
    """of: as `Request.browser_state` has it. sites: registrable domains it is for."""

    of: LoginOf
    sites: tuple[str, ...]


def login_of(watch: Watch, store: Store) -> Login | None:
    state = login_state.state_from(store.logins.get(watch.case, watch.name))
    return Login(LoginOf(watch.case, watch.name), state.sites) if state is not None else None


def as_whom(watch: Watch, login: Login | None, request: Request | None = None) -> Visitor:
    """request: what is asked, where its source may have given it the watch's account."""
    account = watch.credentials if request is not None and request.account_hosts else ""
    return Visitor(watch.case, login.of.watch if login is not None else "", account)


async def fetch_as_person(request: Request, login: Login | None, fetcher: Fetcher) -> Fetched:
    """What is not shown to strangers is asked for once more with the log-in, by the browser: nothing else has it. The
    first time, too, nobody asks who is not of that log-in."""
    if login is not None:
        request = replace(request, visitor=replace(request.visitor, login=login.of.watch))
    fetched = await fetcher.fetch(request)
    if login is None or fetched.outcome.kind not in _SHUT_OUT:
        return fetched
    if domain_of(request.url) not in login.sites:
        return fetched
    asked = replace(request, browser=True, browser_state=login.of, etag=None, last_modified=None)
    return await fetcher.fetch(asked)


def as_logged_in(observed: Observation, watch: Watch) -> Observation:
    """What is kept from guests, said to somebody who has logged in: the log-in has run out, or is not enough."""
    if observed.kind is not RunTrouble.KEPT_FROM_GUESTS:
        return observed
    again = f"Log in again: reupload-monitor watch login {watch.name}"
    return replace(observed, remedy=f"{again}. If it stays so, the account may not see them: look at it yourself.")


def with_remedy(outcome: Outcome, request: Request, watch: Watch) -> Outcome:
    """A wall before somebody who has logged in is taken down by logging in again."""
    if outcome.kind is not OutcomeKind.WALL or not request.browser_state:
        return outcome
    return replace(outcome, own_remedy=f"Log in again: reupload-monitor watch login {watch.name}")
