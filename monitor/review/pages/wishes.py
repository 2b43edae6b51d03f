"""What was asked of the program that looks, and what came of it."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import UsageError
from monitor.model.wish import WishKind
from monitor.review.asked import PageAsked
from monitor.review.routing import get, own_path, post

WISHES = "/wishes"


async def _wishes(asked: PageAsked) -> Response:
    told = await asked.core.wishes.told(asked.case)
    return asked.page("wishes.html", wishes=told, daemon=await asked.core.wishes.daemon())


async def _wish(asked: PageAsked) -> Response:
    form, wishes = asked.form, asked.core.wishes
    try:
        kind = WishKind(form.one("kind"))
    except ValueError as error:
        raise UsageError(
            said("what is wished for was not said"), remedy=said("Go back, and press the button there once more.")
        ) from error
    wish = await wishes.ask(kind, form.one("about"), case=asked.case)
    runs = (await wishes.daemon()).runs
    asked_for = said("Asked for. It is taken up within seconds.")
    waits = said("Asked for. It waits until the program runs: this page says how to start it.")
    return asked.back(own_path(form.one("then"), WISHES), told=asked_for if runs else waits, focus=f"wish-{wish.id}")


routes = (get(WISHES, _wishes), post(WISHES, _wish))
