"""Lets one person in: a link that works once."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.review.asked import PageAsked
from monitor.review.gate import FROM_ELSEWHERE
from monitor.review.keeping import keeper_of
from monitor.review.routing import get, post
from monitor.review.session import Session

COOKIE = "__Host-session"
PLAIN_COOKIE = "session"
"""The same, for a browser that takes no `__Host-` cookie of a loopback page without TLS."""


def cookies_of(request: Request) -> tuple[str, ...]:
    """What may be a session's id."""
    return tuple(value for name in (COOKIE, PLAIN_COOKIE) if (value := request.cookies.get(name, "")))


def drop_plain_cookie(request: Request, answer: Response) -> None:
    """Whoever brings both needs one."""
    if request.cookies.get(COOKIE) and PLAIN_COOKIE in request.cookies:
        answer.delete_cookie(PLAIN_COOKIE, path="/", httponly=True, samesite="strict")


def give_cookies(session: Session, answer: Response) -> None:
    answer.set_cookie(COOKIE, session.id, path="/", secure=True, httponly=True, samesite="strict")
    answer.set_cookie(PLAIN_COOKIE, session.id, path="/", httponly=True, samesite="strict")


def forget_cookies(answer: Response) -> None:
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    answer.delete_cookie(PLAIN_COOKIE, path="/", httponly=True, samesite="strict")


async def _show(asked: PageAsked) -> Response:
    """A link that is only looked at, as a mail scanner or a browser's prefetch does, is not used up."""
    return asked.page("enter.html", link=asked.path["link"])


async def _enter(asked: PageAsked) -> Response:
    keeper = keeper_of(asked.request)
    if not keeper.links.use(asked.form.one("link"), asked.now):
        return asked.page("door.html", status=403, is_kept=False)
    before = next(filter(None, map(keeper.sessions.locked_of, cookies_of(asked.request))), None)
    session = keeper.sessions.begin(asked.now, after=before, person=keeper.person)
    keeper.last_page = asked.now
    to = "/unsent" if session.unsent is not None else "/"
    answer: Response = RedirectResponse(to, status_code=303)
    if asked.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        # Sent by a file or another page: what follows would count as theirs, and bring no strict cookie.
        answer = asked.page("go_on.html", to=to)
    give_cookies(session, answer)
    return answer


routes = (
    get(f"{FROM_ELSEWHERE}/{{link}}", _show, is_public=True),
    post(FROM_ELSEWHERE, _enter, is_public=True),
)
