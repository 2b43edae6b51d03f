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


routes = (
    get("/help", _help, needs_store=False),
    post("/keys", _switch_keys, needs_store=False),
    post(CHOOSES_CASE, _choose_case),
)
