"""Leaving at once, locking, and staying."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from monitor.review import door
from monitor.review.asked import PageAsked
from monitor.review.keeping import keeper_of
from monitor.review.routing import get, post


async def _leave(asked: PageAsked) -> Response:
    """Without a token, and from a page that is locked or ended too: leaving never fails, and harms nobody."""
    keeper = keeper_of(asked.request)
    for session in map(keeper.sessions.locked_of, door.cookies_of(asked.request)):
        if session is not None:
            keeper.sessions.end(session)
    if asked.visitor is not None:
        await keeper.leave(asked.visitor)
    answer = RedirectResponse("/away", status_code=303)
    door.forget_cookies(answer)
    return answer


async def _away(asked: PageAsked) -> Response:
    return asked.page("away.html", exit_url=keeper_of(asked.request).exit_url)


async def _lock(asked: PageAsked) -> Response:
    await keeper_of(asked.request).lock(asked.session)
    return RedirectResponse("/", status_code=303)


async def _stay(_: PageAsked) -> Response:
    """Whoever asks is there: that was noted already. The page stays as it is, with what is typed in it."""
    return Response(status_code=204)


routes = (
    post("/leave", _leave, is_public=True),
    get("/away", _away, is_public=True),
    post("/lock", _lock, needs_store=False),
    post("/stay", _stay, needs_store=False),
)
