"""Serves the demo's pages on loopback, with validators (ETag, Last-Modified), and lists what was asked."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from monitor.demo import pages
from monitor.demo.plan import Spot

LAST_MODIFIED = "Sun, 22 Nov 2026 12:00:00 GMT"
_SEARCH = (pages.ADDRESSES[Spot.SEARCH], pages.ENTRANCES[Spot.SEARCH])


@dataclass(frozen=True, slots=True)
class Hit:
    """One request. conditional: it carried If-None-Match or If-Modified-Since."""

    method: str
    address: str
    path: str  # with its query
    status: int
    conditional: bool

    @property
    def is_picture(self) -> bool:
        return self.path.startswith(("/media/", "/thumbs/"))


class Site:
    """`async with Site() as site:` serves until it ends. `hits` grows with every request."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.content: pages.SiteContent
        self._runner: web.ServerRunner

    async def __aenter__(self) -> Self:
        sockets = _sockets_on_one_port()
        port: int = sockets[0].getsockname()[1]
        self.content = await asyncio.to_thread(pages.build_site, port)
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None))
        await self._runner.setup()
        for listening in sockets:
            await web.SockSite(self._runner, listening).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None  # noqa: S101 - a request being answered has a connection
        address: str = request.transport.get_extra_info("sockname")[0]
        response = self._response(request, address)
        conditional = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
        self.hits.append(Hit(request.method, address, request.path_qs, response.status, conditional))
        return response

    def _response(self, request: web.BaseRequest, address: str) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, text="Only GET and HEAD.")
        if (address, request.path) == _SEARCH:
            return self._search(request)
        resource = self.content.resources.get((address, request.path))
        if resource is None:
            return web.Response(status=404, text="No such page.")
        validators = {"ETag": resource.etag, "Last-Modified": LAST_MODIFIED}
        if _unchanged(request, resource.etag):
            return web.Response(status=304, headers=validators)
        return web.Response(body=resource.body, headers={**validators, "Content-Type": resource.content_type})

    def _search(self, request: web.BaseRequest) -> web.Response:
        if request.query.get("format") != "json":
            return web.Response(text="Ask with format=json.")
        number = request.query.get("pageno", "1")
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 100):
            return web.Response(status=400, text="pageno is a number from 1 to 100.")
        answer = pages.search_answer(self.content, request.query.get("q", ""), int(number))
        return web.Response(text=answer, content_type="application/json")


def _unchanged(request: web.BaseRequest, etag: str) -> bool:
    """RFC 9110 section 13.2.2: If-None-Match decides where it is there, If-Modified-Since only else."""
    if (wanted := request.headers.get("If-None-Match")) is not None:
        return etag in (part.strip().removeprefix("W/") for part in wanted.split(","))
    return request.headers.get("If-Modified-Since") == LAST_MODIFIED


def _sockets_on_one_port() -> list[socket.socket]:
    """A listening socket on every address of the site, all on one port, chosen by the system.

    The first address picks the port; should it be taken on another one, all is tried again.
    """
    for attempt in range(20):
        opened: list[socket.socket] = []
        try:
            for address in pages.ALL_ADDRESSES:
                port = opened[0].getsockname()[1] if opened else 0
                opened.append(socket.create_server((address, port)))
        except OSError:
            for listening in opened:
                listening.close()
            if attempt == 19:
                raise
            continue
        return opened
    raise AssertionError("unreachable")
