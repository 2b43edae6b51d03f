"""A page that a browser is to show, as the rest asks for it: its log-in comes out of the store and goes back renewed,
its cookies go to the visit's jar. Whatever renders it sees neither."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from monitor.crawl.login import LoginState, dump, of_browser, state_from
from monitor.model.page import Fetched, Request
from monitor.model.rendered import BrowserLimits, Rendered, ToRender
from monitor.ports.facts import Logins

log = logging.getLogger(__name__)

Renders = Callable[[ToRender], Awaitable[Rendered]]


async def rendered_for(
    request: Request, limits: BrowserLimits, at: datetime, logins: Logins | None, render: Renders
) -> Fetched:
    login = _login(request, logins)
    rendered = await render(
        ToRender(
            url=request.url,
            limits=limits,
            at=at,
            purpose=request.purpose,
            known_images=request.known_images,
            login=(dump(login) or "") if login is not None else "",
            wants_cookies=login is None and request.jar is not None,
        )
    )
    if request.jar is not None and login is None:
        request.jar.take_shown(rendered.cookies, at)
    if login is not None and rendered.login:
        _keep(rendered.login, login, request, logins)
    if rendered.withheld:
        asked = {"requests": sum(rendered.withheld.values()), "hosts": len(rendered.withheld)}
        log.info("advertisers were not asked", extra={"action": "ads_withheld", **asked})
    return replace(rendered.fetched, request=request)


def _login(request: Request, logins: Logins | None) -> LoginState | None:
    """Only before its own site: nobody else is to see who is looking."""
    if request.browser_state is None or logins is None:
        return None
    state = state_from(logins.get(*request.browser_state))
    return state if state is not None and state.is_for(request.url) else None


def _keep(renewed: str, before: LoginState, request: Request, logins: Logins | None) -> None:
    """Cookies as the site has renewed them, unless the person logged in or out meanwhile."""
    of = request.browser_state
    if logins is None or of is None:
        return
    told = state_from(renewed)
    now = of_browser(told.storage(), before.sites) if told is not None else before  # a browser may say what it likes
    text = dump(now)
    if text is None or now.is_empty or now == before:
        return
    if state_from(logins.get(*of)) == before:
        logins.save(of.case, of.watch, text)
