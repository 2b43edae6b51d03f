"""Everything about one find, and about all that were found on one site."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.documents.places import number_words
from monitor.model.presence import Truth
from monitor.model.wish import WishKind
from monitor.review.asked import PageAsked
from monitor.review.decided_words import act_told
from monitor.review.find_words import (
    change_told,
    closed_told,
    counted_told,
    standing_told,
    state_explained,
    state_told,
    truth_told,
)
from monitor.review.pages.evidence_words import kind_words
from monitor.review.pages.guide import topic_path
from monitor.review.port.finds import COPIES_AT_ONCE, FindState
from monitor.review.report_words import report_next, report_state
from monitor.review.routing import get, post


async def _incident(asked: PageAsked) -> Response:
    begin = _number(asked.query.one("from"))
    told = await asked.core.finds.incident(asked.case, asked.path["id"], begin=begin)
    return _page(asked, "incident.html", shown=told, at_once=COPIES_AT_ONCE)


async def _find(asked: PageAsked) -> Response:
    told = await asked.core.finds.find(asked.case, asked.path["id"])
    return _page(
        asked,
        "find.html",
        shown=told,
        truths=tuple(Truth),
        guide_path=topic_path("under-18"),
        checked=await asked.core.wishes.last(WishKind.CHECK, told.line.id, case=asked.case),
        captured=await asked.core.wishes.last(WishKind.CAPTURE, told.line.id, case=asked.case),
        daemon=await asked.core.wishes.daemon(),
    )


async def _closing(asked: PageAsked, *, fault: str = "", status: int = 200) -> Response:
    told = await asked.core.finds.closing(asked.case, asked.path["id"])
    if told.line.state is FindState.UNDER_18:  # the form came twice, or from a page of before
        return asked.back(topic_path("under-18"), told=said("It was closed before, and nothing of it is kept."))
    return _page(asked, "close.html", status=status, shown=told, fault=fault, guide_path=topic_path("under-18"))


async def _close(asked: PageAsked) -> Response:
    find = (await asked.core.finds.closing(asked.case, asked.path["id"])).line
    if find.state is FindState.UNDER_18 or asked.form.one("sure") != "yes":
        return await _closing(asked, fault=said("Tick this first, or go back and change nothing."), status=422)
    done = await asked.core.finds.close_under_18(asked.case, find.id)
    asked.session.forget()  # what it was shown by, and what came of forms about it
    return asked.back(topic_path("under-18"), told=closed_told(done))


def _page(asked: PageAsked, template: str, *, status: int = 200, **values: object) -> Response:
    return asked.page(
        template,
        status=status,
        state_told=state_told,
        state_explained=state_explained,
        counted_told=counted_told,
        act_told=act_told,
        kind_words=kind_words,
        truth_told=truth_told,
        standing_told=standing_told,
        change_told=change_told,
        report_state=report_state,
        report_next=report_next,
        number_words=number_words,
        **values,
    )


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 0


routes = (
    get("/incidents/{id}", _incident),
    get("/finds/{id}", _find),
    get("/finds/{id}/close", _closing),
    post("/finds/{id}/close", _close),
)
