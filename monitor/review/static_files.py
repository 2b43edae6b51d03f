"""The style and the script, as they are shipped."""

from __future__ import annotations

from functools import cache
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.review.asked import PageAsked
from monitor.review.routing import get

_TYPES = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


async def _file(asked: PageAsked) -> Response:
    name = asked.path["name"]
    if name not in _TYPES:
        raise HTTPException(404)
    return Response(_content(name), media_type=_TYPES[name])


@cache
def _content(name: str) -> bytes:
    return (resources.files("monitor.review") / "static" / name).read_bytes()


routes = (get("/static/{name}", _file, is_public=True),)
