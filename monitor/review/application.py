"""Joins routes, door and pages into one ASGI application.

Every answer goes through `Application._answer`: host, session, token and size are judged there, in that order, and
every answer gets the same headers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as ServedRoute
from starlette.routing import Router
from starlette.types import ASGIApp

from monitor.catalogue import said
from monitor.errors import MonitorError
from monitor.review import door, leaving, static_files
from monitor.review.asked import NOTHING_TYPED, PageAsked, SentForm, form_of
from monitor.review.headers import with_headers
from monitor.review.pages import ROUTES
from monitor.review.port import Core
from monitor.review.rendering import Renderer
from monitor.review.routing import PageRoute
from monitor.review.session import Session, Sessions

log = logging.getLogger(__name__)

EVERY_ROUTE = (*door.routes, *leaving.routes, *static_files.routes, *ROUTES)


@dataclass(frozen=True)
class Application:
    """opens: the store behind the port; raises MonitorError as long as it cannot be opened. hosts: what the Host header
    may be. clock: to the second."""

    opens: Callable[[], Core]
    sessions: Sessions
    hosts: frozenset[str]
    clock: Callable[[], datetime]
    zone: tzinfo
    renderer: Renderer = field(default_factory=lambda: Renderer("Monitor"))

    def asgi(self, routes: Sequence[PageRoute] = EVERY_ROUTE) -> ASGIApp:
        served = [ServedRoute(one.path, self._endpoint(one), methods=[one.method]) for one in routes]
        return with_headers(Router(routes=served, redirect_slashes=False))

    def _endpoint(self, route: PageRoute) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            return await self._answer(route, request)

        return endpoint

    async def _answer(self, route: PageRoute, request: Request) -> Response:
        if request.headers.get("host", "") not in self.hosts:
            raise HTTPException(403)
        now = self.clock()
        visitor = self.sessions.of_cookie(request.cookies.get(door.COOKIE, ""))
        asked = PageAsked(
            request,
            self.opens,
            visitor,
            now,
            self.zone,
            self.renderer,
            query=SentForm(tuple(request.query_params.multi_items())),
            path={name: str(value) for name, value in request.path_params.items()},
        )
        if visitor is None and not route.is_public:
            return asked.page("door.html", status=403)
        if visitor is not None:
            visitor.last_asked = now
        try:
            return await route.handler(await self._with_case(await self._with_form(route, asked, visitor)))
        except MonitorError as error:
            return asked.page(
                "trouble.html",
                status=409,
                heading=said("This could not be done"),
                message=str(error),
                remedy=error.remedy,
            )

    async def _with_form(self, route: PageRoute, asked: PageAsked, visitor: Session | None) -> PageAsked:
        form = NOTHING_TYPED
        if route.method == "POST" and not route.is_streamed:
            form = form_of(await _body(asked.request, route.body))
            if visitor is not None and not route.is_public and not visitor.has_token(form.one("token")):
                raise HTTPException(403)
        return _changed(asked, form=form)

    async def _with_case(self, asked: PageAsked) -> PageAsked:
        if asked.visitor is None:
            return asked
        names = await asked.core.cases.names()
        chosen = asked.visitor.case if asked.visitor.case in names else names[0] if len(names) == 1 else None
        return _changed(asked, case_chosen=chosen, cases=names)


def _changed(asked: PageAsked, **values: object) -> PageAsked:
    from dataclasses import replace

    return replace(asked, **values)  # type: ignore[arg-type]  # names of PageAsked's own fields, above


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise HTTPException(413)
    return bytes(body)
