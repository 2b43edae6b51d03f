"""What happened in the last days, what could not be seen, and what is due: the weekly message, on the page."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.documents.places import number_words
from monitor.review.asked import PageAsked
from monitor.review.find_words import state_explained, state_told
from monitor.review.port.digest import SummaryPart
from monitor.review.report_words import report_next, report_state
from monitor.review.routing import get

SPANS = (1, 7, 30, 90)
"""Days that can be looked back over."""
_USUAL = 7


def summary_part_told(part: SummaryPart) -> str:
    return {
        SummaryPart.NEW: said("New"),
        SummaryPart.TO_DECIDE: said("Perhaps yours"),
        SummaryPart.BACK: said("Back again"),
        SummaryPart.GONE: said("Gone"),
        SummaryPart.STILL_THERE: said("Still there, known before"),
    }[part]


def span_told(days: int) -> str:
    return {1: said("a day"), 7: said("a week"), 30: said("a month"), 90: said("three months")}[days]


async def _summary(asked: PageAsked) -> Response:
    typed = asked.query.one("days")
    days = next((span for span in SPANS if str(span) == typed), _USUAL)
    told = await asked.core.digest.summary(asked.case, days=days)
    return asked.page(
        "digest.html",
        shown=told,
        spans=[(str(span), span_told(span)) for span in SPANS],
        part_told=summary_part_told,
        state_told=state_told,
        state_explained=state_explained,
        report_state=report_state,
        report_next=report_next,
        number_words=number_words,
    )


routes = (get("/digest", _summary),)
