"""A box for links that the person found: many at once, each filed, or said why not."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said, said_many
from monitor.guide import UNDER_18
from monitor.review.asked import PageAsked
from monitor.review.pages.guide import topic_path
from monitor.review.port.links import LinksTold
from monitor.review.routing import get, post

LINKS = "/links"
LINKS_BYTES = 512 * 1024  # 200 long addresses, each sign of which may be three in a form


async def _links(asked: PageAsked) -> Response:
    done = asked.session.answers.pop(LINKS, None)
    return _box(asked, done, rest=done.rest if isinstance(done, LinksTold) else "")


async def _file(asked: PageAsked) -> Response:
    done = await asked.core.links.file(asked.form.one("links"), case=asked.case)
    if not done.links:
        return _box(asked, fault=said("Put at least one link in here."))
    asked.session.answers[LINKS] = done
    filed = sum(one.end == "filed" for one in done.links)
    told = said_many("%(count)d link is filed.", "%(count)d links are filed.", filed)
    return asked.back(LINKS, told=told if filed else said("No link was filed. Below stands why."), focus="came-of-it")


def _box(asked: PageAsked, done: object = None, *, rest: str = "", fault: str = "") -> Response:
    values = {"done": done, "rest": rest, "fault": fault, "under_18": topic_path(UNDER_18), "box": _own_address(asked)}
    return asked.page("links.html", status=422 if fault else 200, **values)


def _own_address(asked: PageAsked) -> str:
    return f"{asked.request.url.scheme}://{asked.request.headers['host']}{LINKS}"


routes = (get(LINKS, _links), post(LINKS, _file, body=LINKS_BYTES))
