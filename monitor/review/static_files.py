"""The style and the script, as they are shipped."""

from __future__ import annotations

from functools import cache
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.review.asked import PageAsked
from monitor.review.keeping import keeper_of
from monitor.review.routing import get

_TYPES = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}

_IDLE = """.closing {{ position: fixed; inset: auto 0 0 0; z-index: 10; padding: 0 1rem; pointer-events: none; }}
.closing > * {{ visibility: hidden; pointer-events: auto; }}
.closing > .evidence-soon {{ animation: comes 0s {evidence_soon}s forwards, goes 0s {evidence}s forwards; }}
.closing > .page-soon {{ animation: comes 0s {page_soon}s forwards, goes 0s {page}s forwards; }}
.closing > .page-locked {{ animation: comes 0s {page}s forwards; }}
.while-open {{ animation: goes 0s {page}s forwards; }}
.closing > :focus-within {{ animation: none; visibility: visible; }}
body:has(.closing :focus) .while-open {{ animation-name: goes-again; }}
body:has(.closing :focus) .page-locked {{ animation-name: comes-again; }}
@keyframes comes {{ to {{ visibility: visible; }} }}
@keyframes goes {{ to {{ visibility: hidden; opacity: 0; }} }}
@keyframes comes-again {{ to {{ visibility: visible; }} }}
@keyframes goes-again {{ to {{ visibility: hidden; opacity: 0; }} }}
"""
"""Tells half a minute before a lock, and draws the curtain with it, by time alone: no script is needed, and what is
typed stays where it is. A press of "Stay" has the focus, from which on all is counted anew; so it is when the focus
goes elsewhere, which is a press too."""

TOLD_BEFORE_S = 30


def idle_style(evidence_s: int, page_s: int) -> str:
    """Seconds without a press."""
    soon = {"evidence_soon": evidence_s - TOLD_BEFORE_S, "page_soon": page_s - TOLD_BEFORE_S}
    return _IDLE.format(evidence=evidence_s, page=page_s, **soon)


async def _file(asked: PageAsked) -> Response:
    name = asked.path["name"]
    if name == "idle.css":
        keeper = keeper_of(asked.request)
        return Response(idle_style(keeper.evidence_s, keeper.page_s), media_type=_TYPES["page.css"])
    if name not in _TYPES:
        raise HTTPException(404)
    return Response(_content(name), media_type=_TYPES[name])


@cache
def _content(name: str) -> bytes:
    return (resources.files("monitor.review") / "static" / name).read_bytes()


routes = (get("/static/{name}", _file, is_public=True),)
