"""A watch's saved log-in: kept in the encrypted store, used by the browser alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from monitor.crawl.login import LoginState, from_note, note_of, read_state, sites_of, to_note
from monitor.crawl.urls import host_of, registrable_domain
from monitor.errors import UsageError, WorkFailed
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.ports import Fetcher, Store

_SHUT_OUT = frozenset(
    {OutcomeKind.WALL, OutcomeKind.BLOCKED, OutcomeKind.GONE, OutcomeKind.UNREADABLE, OutcomeKind.EMPTY}
)


@dataclass(frozen=True, slots=True)
class Login:
    """note: the name that `Request.browser_state` carries. sites: registrable domains it is for."""

    note: str
    sites: tuple[str, ...]


def login_of(watch: Watch, store: Store) -> Login | None:
    note = note_of(watch.case, watch.name)
    state = from_note(store.notes.get(note))
    return Login(note, state.sites) if state is not None else None


async def fetch_as_person(request: Request, login: Login | None, fetcher: Fetcher) -> Fetched:
    """What is not shown to strangers is asked for once more with the log-in, by the browser: nothing else has it."""
    fetched = await fetcher.fetch(request)
    if login is None or fetched.outcome.kind not in _SHUT_OUT:
        return fetched
    if registrable_domain(host_of(request.url)) not in login.sites:
        return fetched
    asked = replace(request, browser=True, browser_state=login.note, etag=None, last_modified=None)
    return await fetcher.fetch(asked)


def with_remedy(outcome: Outcome, request: Request, watch: Watch) -> Outcome:
    """A wall before somebody who has logged in is taken down by logging in again."""
    if outcome.kind is not OutcomeKind.WALL or not request.browser_state:
        return outcome
    return replace(outcome, remedy=f"Log in again: reupload-monitor watch login {watch.name}")


async def log_in(
    watch: Watch,
    store: Store,
    settings: Settings,
    *,
    until: Callable[[Any], Awaitable[None]],
    visible: bool = True,
) -> LoginState:
    """In a window. until: returns when the person has said that they are done. Raises UsageError, NeedsUser,
    WorkFailed."""
    from monitor.outbound.login import log_in as in_window  # Playwright is imported where it is used

    _check(watch)
    before = from_note(store.notes.get(note_of(watch.case, watch.name)))
    state = await in_window(watch.urls, settings, until=until, before=before, visible=visible)
    _keep(state, watch, store)
    return state


def import_state(untrusted: bytes, watch: Watch, store: Store) -> LoginState:
    """Made elsewhere. Raises UsageError."""
    _check(watch)
    state = read_state(untrusted, sites_of(watch.urls))
    _keep(state, watch, store)
    return state


def forget(case: str, watch: str, store: Store) -> bool:
    """Whether there was one."""
    note = note_of(case, watch)
    known = bool(store.notes.get(note))
    if known:
        store.notes.set(note, "")
    return known


def _check(watch: Watch) -> None:
    if not watch.urls:
        raise UsageError(
            f"watch {watch.name!r} is a search: it has no address to log in at",
            remedy="An account for an engine belongs in [engines.NAME] or [credentials.NAME] of config.toml.",
        )


def _keep(state: LoginState, watch: Watch, store: Store) -> None:
    note = to_note(state)
    if note is None:
        raise WorkFailed("the site keeps too much in the browser for a log-in", remedy="Import cookies with --state.")
    store.notes.set(note_of(watch.case, watch.name), note)
