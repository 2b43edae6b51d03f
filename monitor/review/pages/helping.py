"""Help, the same on every page, and what a person chooses for this visit: keys on or off, and whose finds."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import UsageError
from monitor.review.asked import PageAsked
from monitor.review.routing import get, own_path, post


def keys_told() -> tuple[tuple[str, str], ...]:
    """Each key and what it does; `static/page.js` presses what bears that key in `data-key`."""
    return (
        ("j k", said("the next one, the one before")),
        ("Enter", said("open it")),
        ("c", said("it is mine: confirm")),
        ("d", said("it is not mine")),
        ("z", said("later")),
        ("u", said("undo")),
        ("r", said("write a draft")),
        ("m", said("mark as sent")),
        ("n", said("write a note")),
        ("s", said("show the picture")),
        ("h", said("hide the picture")),
        ("l", said("lock")),
        ("/", said("filter the list")),
        ("?", said("this help")),
        (said("Shift, three times"), said("leave at once; this one works everywhere")),
    )


CHOOSES_CASE = "/case"
CASES = "/cases"
_CASES_AT_ONCE = 50
_HOLDING = "cases holding"
"""In the session's answers: what of the list of cases is shown."""


async def _help(asked: PageAsked) -> Response:
    keys = [(Markup("<kbd>{}</kbd>").format(key), what) for key, what in keys_told()]
    return asked.page("help.html", keys=keys)


async def _switch_keys(asked: PageAsked) -> Response:
    asked.session.keys = asked.form.one("keys") == "on"
    told = said("The keys are on.") if asked.session.keys else said("The keys are off until you open the page anew.")
    return asked.back("/help", told=told, focus="switch")


async def _choose_case(asked: PageAsked) -> Response:
    chosen = next((name for name in asked.cases if name == asked.form.one("case")), None)
    if chosen is None:
        raise UsageError(
            said("there is no such case"), remedy=said("Choose one of those in the list at the top of the page.")
        )
    asked.session.case = chosen
    return asked.back(own_path(asked.form.one("then"), "/"), focus="case")


async def _cases(asked: PageAsked) -> Response:
    """Those of who asks, and what waits in each."""
    holding = str(asked.session.answers.get(_HOLDING, ""))
    found = [case for case in asked.cases if holding.lower() in case.lower()]
    typed = asked.query.one("from")
    begin = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 0
    shown = tuple(found[begin : begin + _CASES_AT_ONCE])
    waiting = await asked.core.staff.waiting(asked.session.person, shown)
    after = begin + _CASES_AT_ONCE if begin + _CASES_AT_ONCE < len(found) else 0
    before = max(0, begin - _CASES_AT_ONCE)
    return asked.page("cases.html", shown=waiting, holding=holding, begin=begin, after=after, before=before)


async def _hold_cases(asked: PageAsked) -> Response:
    """What was typed stays with the session: an address with it would stand in the browser's history."""
    asked.session.answers[_HOLDING] = asked.form.one("with").strip()[:100]
    return asked.back(CASES, focus="with")


routes = (
    get(CASES, _cases),
    post(CASES, _hold_cases),
    get("/help", _help, needs_store=False),
    post("/keys", _switch_keys, needs_store=False),
    post(CHOOSES_CASE, _choose_case),
)
