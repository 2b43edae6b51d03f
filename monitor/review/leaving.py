"""Leaving at once: everything is locked, and the browser goes elsewhere."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from monitor.review import door
from monitor.review.asked import PageAsked
from monitor.review.routing import get, post


async def _leave(asked: PageAsked) -> Response:
    if asked.visitor is not None:
        asked.request.app.state.sessions.end(asked.visitor)
    answer = RedirectResponse("/away", status_code=303)
    answer.delete_cookie(door.COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


async def _away(asked: PageAsked) -> Response:
    return asked.page("away.html")


routes = (post("/leave", _leave, is_public=True), get("/away", _away, is_public=True))
