"""What is to be decided."""

from __future__ import annotations

from starlette.responses import Response

from monitor.review.asked import PageAsked
from monitor.review.routing import get


async def _inbox(asked: PageAsked) -> Response:
    return asked.page("inbox.html")


routes = (get("/", _inbox),)
