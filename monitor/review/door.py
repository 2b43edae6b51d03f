"""Lets one person in: a link that works once."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.review.asked import PageAsked
from monitor.review.links import Links
from monitor.review.routing import get, post
from monitor.review.session import Sessions

COOKIE = "__Host-session"


def _parts(request: Request) -> tuple[Links, Sessions]:
    return request.app.state.links, request.app.state.sessions


async def _show(asked: PageAsked) -> Response:
    """A link that is only looked at, as a mail scanner or a browser's prefetch does, is not used up."""
    return asked.page("enter.html", link=asked.path["link"])


async def _enter(asked: PageAsked) -> Response:
    links, sessions = _parts(asked.request)
    if not links.use(asked.form.one("link"), asked.now):
        return asked.page("door.html", status=403)
    session = sessions.begin(asked.now)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, session.id, path="/", secure=True, httponly=True, samesite="strict")
    return answer


routes = (get("/enter/{link}", _show, is_public=True), post("/enter", _enter, is_public=True))
