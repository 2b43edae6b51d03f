"""Before an outside address is opened: what the site learns of who opens it.

The address comes in the body, so that it stands in no history; nothing is done and nothing kept, so that this one
answer to a POST is a page.
"""

from __future__ import annotations

from starlette.responses import Response

from monitor.review import text
from monitor.review.asked import PageAsked
from monitor.review.routing import get, own_path, post


async def _nothing_chosen(asked: PageAsked) -> Response:
    return asked.page("opening.html", outside_address="", way_back="/")


async def _before_opening(asked: PageAsked) -> Response:
    sent, way_back = asked.form.one("address"), own_path(asked.form.one("from"), "/")
    if not text.opens(sent):
        return asked.page("opening.html", status=422, outside_address="", way_back=way_back)
    return asked.page("opening.html", outside_address=sent, host=text.host_words(sent), way_back=way_back)


routes = (get("/opening", _nothing_chosen), post("/opening", _before_opening))
