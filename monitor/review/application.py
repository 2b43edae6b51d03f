"""Joins gate, routes, door and pages into one ASGI application.

A request passes `gate.py` (who may ask at all), then `Application._answer`: session, size and token, in that order.
Every answer gets the same headers, also those of the gate and of what is not there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route as ServedRoute
from starlette.types import ASGIApp

from monitor.acting import acting_for
from monitor.errors import MonitorError
from monitor.model.staff import Needs, Role, StaffName
from monitor.review import door, leaving, static_files, trouble, unsent
from monitor.review.asked import NOTHING_TYPED, PageAsked, SentForm, form_of
from monitor.review.gate import gated
from monitor.review.headers import with_headers
from monitor.review.keeping import PageKeeper
from monitor.review.pages import ROUTES
from monitor.review.pages.helping import CHOOSES_CASE
from monitor.review.port import Core
from monitor.review.port.first_use import FirstUse
from monitor.review.proxied import AuthProxy, is_from_elsewhere
from monitor.review.rendering import Renderer
from monitor.review.roles import needs_of_route
from monitor.review.routing import PageRoute, own_path
from monitor.review.session import Session

log = logging.getLogger(__name__)

EVERY_ROUTE = (*door.routes, *leaving.routes, *unsent.routes, *static_files.routes, *ROUTES)

_FORM_S = 60.0
"""For a form as a whole: what drips longer is dropped."""
_READ_AWAY = 64 * 1024 * 1024
"""Bytes of what is too large that are read and dropped, so that a browser gets to hear why."""


@dataclass(frozen=True)
class Application:
    """opens: the store behind the port; raises MonitorError as long as it cannot be opened. hosts: what the Host header
    may be. clock: to the second. first_use: what is asked where there is no configuration; None where that is not to be
    had here. reading: why nothing can be saved now; '' where it can. proxy: who says who asks; None: whoever has the
    link is in."""

    opens: Callable[[], Core]
    keeper: PageKeeper
    hosts: frozenset[str]
    clock: Callable[[], datetime]
    zone: tzinfo
    first_use: FirstUse | None = None
    reading: Callable[[], str] = lambda: ""
    proxy: AuthProxy | None = None
    renderer: Renderer = field(default_factory=lambda: Renderer("Monitor"))

    def asgi(self, routes: Sequence[PageRoute] = EVERY_ROUTE) -> ASGIApp:
        served = [ServedRoute(one.path, self._endpoint(one), methods=[one.method]) for one in routes]
        inner = Starlette(routes=served, exception_handlers={HTTPException: self._not_there})
        inner.router.redirect_slashes = False
        inner.state.keeper = self.keeper
        return with_headers(gated(inner, self.hosts, by_links=self.proxy is not None))

    def _endpoint(self, route: PageRoute) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            return await self._answer(route, request)

        return endpoint

    async def _answer(self, route: PageRoute, request: Request) -> Response:
        if self.proxy is None:
            return await self._answered(route, self._asked(request))
        person = self.proxy.person_of(request)
        if person is None:
            return PlainTextResponse("Refused.\n", status_code=403)
        asked = self._asked(request)
        if route.is_public:
            return await self._answered(route, asked)
        if is_from_elsewhere(request):
            to = own_path(f"{request.url.path}?{request.url.query}".rstrip("?"), "/")
            return replace(asked, visitor=None).page("go_on.html", to=to)
        if asked.visitor is not None:
            return await self._answered(route, asked)
        return await self._let_in(route, asked, person)

    async def _let_in(self, route: PageRoute, asked: PageAsked, person: StaffName) -> Response:
        """Whom the proxy let in has a session from their first page on. What is sent without one is not done: where the
        page was locked meanwhile, it is offered again."""
        locked = next(filter(None, map(self.keeper.sessions.locked_of, door.cookies_of(asked.request))), None)
        if route.method == "POST" and not route.is_streamed and locked is not None and locked.person == person:
            _kept_for_later(replace(asked, form=form_of(await _body(asked.request, route.body))), locked)
        session = self.keeper.sessions.begin(asked.now, after=locked, person=person)
        if route.method == "POST":
            answer: Response = RedirectResponse("/unsent" if session.unsent is not None else "/", status_code=303)
        else:
            answer = await self._answered(route, replace(asked, visitor=session))
        door.give_cookies(session, answer)
        return answer

    async def _answered(self, route: PageRoute, asked: PageAsked) -> Response:
        visitor = asked.visitor
        if visitor is None and not route.is_public:
            return await self._at_the_door(route, asked)
        if visitor is not None:
            visitor.busy += 1
            self.keeper.busy += 1  # of who was let in alone: a stranger keeps nothing alive
        try:
            answer = await self._of_the_page(route, asked)
            door.drop_plain_cookie(asked.request, answer)
            return answer
        finally:
            if visitor is not None:
                visitor.busy -= 1
                self.keeper.busy -= 1
                visitor.last_asked = self.keeper.last_page = self.clock()
                await self.keeper.sweep(visitor)

    async def _of_the_page(self, route: PageRoute, asked: PageAsked) -> Response:
        try:
            asked = await self._with_form(route, asked)
            if asked.visitor is not None and not route.is_public and not self.keeper.is_in(asked.visitor):
                locked = self.keeper.sessions.locked_of(asked.visitor.id)
                return _closed(asked, locked)  # meanwhile: while the form was on its way
            if asked.visitor is not None and not route.is_public:
                is_first = await self._is_first_use()
                if route.needs_store and is_first:
                    return RedirectResponse("/begin", status_code=303)
                if not is_first:
                    asked = await self._with_case(asked, must=route.needs_store or self._needs_role(route))
                    if route.path != CHOOSES_CASE and (meant := asked.other_case(asked.form.one("token"))):
                        if meant not in asked.cases:
                            raise HTTPException(403)
                        asked.session.unsent = unsent.worth_keeping(asked.request.url.path, asked.form)
                        return asked.page("other_case.html", status=409, meant=meant)
                    await self._admit(route, asked)
            with acting_for(asked.case_chosen) if asked.case_chosen else nullcontext():
                return await route.handler(asked)
        except MonitorError as error:
            return trouble.of_told_error(error, asked)
        except (HTTPException, ClientDisconnect):
            raise
        except Exception:
            log.exception("a page failed", extra={"action": "page_failed"})
            return trouble.of_fault(asked)

    def _asked(self, request: Request) -> PageAsked:
        visitor = next(filter(None, map(self.keeper.sessions.of_cookie, door.cookies_of(request))), None)
        if visitor is not None and self.proxy is not None and visitor.person != self.proxy.person_of(request):
            visitor = None  # somebody else logged in, in the same browser
        return PageAsked(
            request,
            self.opens,
            visitor,
            self.clock(),
            self.zone,
            self.renderer,
            query=SentForm(tuple(request.query_params.multi_items())),
            path={name: str(value) for name, value in request.path_params.items()},
            first_use=self.first_use,
            reading=self.reading(),
        )

    async def _at_the_door(self, route: PageRoute, asked: PageAsked) -> Response:
        """What somebody typed whose page was locked meanwhile is kept until the same browser is let in again."""
        locked = next(filter(None, map(self.keeper.sessions.locked_of, door.cookies_of(asked.request))), None)
        if route.method != "POST" or route.is_streamed or locked is None:
            return _closed(asked, None)
        return _closed(replace(asked, form=form_of(await _body(asked.request, route.body))), locked)

    async def _with_form(self, route: PageRoute, asked: PageAsked) -> PageAsked:
        form = NOTHING_TYPED
        if route.method == "POST" and not route.is_streamed:
            form = form_of(await _body(asked.request, route.body))
            if asked.visitor is not None and not route.is_public and not asked.visitor.has_token(form.one("token")):
                raise HTTPException(403)
        evidence_open = asked.visitor is not None and await self.keeper.has_evidence_open(asked.visitor)
        return replace(asked, form=form, evidence_open=evidence_open)

    async def _is_first_use(self) -> bool:
        """Whether it comes before every page that shows what is kept."""
        return self.first_use is not None and not await self.first_use.is_set_up()

    async def _with_case(self, asked: PageAsked, *, must: bool) -> PageAsked:
        """must: raises NotOpened where the store cannot be opened; else the page is answered without."""
        try:
            own = await asked.core.staff.cases_of(asked.session.person)
            names = await asked.core.cases.names() if own is None else tuple(own)
        except MonitorError as error:
            if not must:
                return asked
            raise trouble.NotOpened(error) from error
        chosen = asked.session.case if asked.session.case in names else names[0] if len(names) == 1 else None
        only_reads = own is not None and chosen is not None and own[chosen] is Role.READS
        return replace(asked, case_chosen=chosen, cases=names, is_staffed=own is not None, only_reads=only_reads)

    def _needs_role(self, route: PageRoute) -> bool:
        """Where a log-in stands before the page, nothing is shown before it is known for whom."""
        return self.proxy is not None and needs_of_route(route.method, route.path) is not Needs.ANYBODY

    async def _admit(self, route: PageRoute, asked: PageAsked) -> None:
        """Where staff are named. Raises NotAllowed, NoCaseChosen; what is allowed is written down."""
        needs = needs_of_route(route.method, route.path)
        if not asked.is_staffed or needs is Needs.ANYBODY:
            return
        case = asked.case if needs.role is not None and asked.cases else asked.case_chosen
        about = (*asked.path.values(), *(value for _, value in (*asked.query.fields, *asked.form.fields)))
        words = tuple(word for value in about for word in value.split())
        await asked.core.staff.admit(asked.session.person, f"{route.method} {route.path}", needs, case, words)

    async def _not_there(self, request: Request, error: Exception) -> Response:
        """Without a session there is the door, whatever is asked for."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        asked = self._asked(request)
        if status == 403 or (self.proxy is not None and self.proxy.person_of(request) is None):
            return PlainTextResponse("Refused.\n", status_code=403)
        if self.proxy is not None and asked.visitor is None:
            return RedirectResponse("/", status_code=303)
        if asked.visitor is None and status in (404, 405):
            return asked.page("door.html", status=403, is_kept=False)
        return trouble.of_status(status, asked)


def _closed(asked: PageAsked, session: Session | None) -> Response:
    """The door. session: whose page was locked, for whom what was typed is kept; of one that was left nothing is."""
    is_kept = session is not None and _kept_for_later(asked, session)
    return replace(asked, visitor=None).page("door.html", status=403, is_kept=is_kept)


def _kept_for_later(asked: PageAsked, session: Session) -> bool:
    """Whether what was sent is offered again to who goes on with that session, which was locked."""
    if not session.has_token(asked.form.one("token")):
        return False
    session.unsent = unsent.worth_keeping(asked.request.url.path, asked.form)
    return session.unsent is not None


async def _body(request: Request, limit: int) -> bytes:
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(_FORM_S):
            async for piece in request.stream():
                size += len(piece)
                if size <= limit:
                    body += piece
                elif size > _READ_AWAY:
                    break
    except TimeoutError as error:
        raise ClientDisconnect from error
    if size > limit:
        raise HTTPException(413)
    return bytes(body)
