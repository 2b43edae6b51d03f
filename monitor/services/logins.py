"""Logging in for a watch, by hand: what the browser then holds of its site is kept, encrypted, for its visits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from monitor.crawl import login as login_state
from monitor.crawl.login import LoginState, read_state, sites_of
from monitor.errors import UsageError, WorkFailed
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.ports import Store


@dataclass(frozen=True, slots=True)
class LoginService:
    """in_window: as `outbound.browser.login.log_in`, which is taken where none is given."""

    store: Store
    settings: Settings
    in_window: Callable[..., Awaitable[LoginState]] | None = None

    async def log_in(
        self, watch: Watch, *, until: Callable[[Any], Awaitable[None]], visible: bool = True
    ) -> LoginState:
        """In a window. until: returns when the person has said that they are done. Raises UsageError, NeedsUser,
        WorkFailed."""
        _check(watch)
        in_window = self.in_window or _here()
        before = login_state.state_from(self.store.logins.get(watch.case, watch.name))
        state = await in_window(watch.urls, self.settings, until=until, before=before, visible=visible)
        _keep(state, watch, self.store)
        return state

    def import_state(self, untrusted: bytes, watch: Watch) -> LoginState:
        """Made elsewhere. Raises UsageError."""
        _check(watch)
        state = read_state(untrusted, sites_of(watch.urls))
        _keep(state, watch, self.store)
        return state

    def forget(self, case: CaseId, watch: str) -> bool:
        """Whether there was one."""
        return self.store.logins.remove(case, watch)


def _here() -> Callable[..., Awaitable[LoginState]]:
    from monitor.outbound.browser.login import log_in  # Playwright is imported where it is used

    return log_in


def _check(watch: Watch) -> None:
    if not watch.urls:
        raise UsageError(
            f"watch {watch.name!r} is a search: it has no address to log in at",
            remedy="An account for an engine belongs in [engines.NAME] or [credentials.NAME] of config.toml.",
        )


def _keep(state: LoginState, watch: Watch, store: Store) -> None:
    text = login_state.dump(state)
    if text is None:
        raise WorkFailed("the site keeps too much in the browser for a log-in", remedy="Import cookies with --state.")
    store.logins.save(watch.case, watch.name, text)
