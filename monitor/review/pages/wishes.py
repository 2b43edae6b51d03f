"""What was asked of the program that looks, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import UsageError
from monitor.model.wish import WishKind
from monitor.review.asked import PageAsked
from monitor.review.port.wishes import DaemonTold, WishTold
from monitor.review.routing import get, own_path, post

WISHES = "/wishes"
_AGAIN_AFTER = 10  # seconds
_DONE_WITHIN = timedelta(minutes=5)


async def _wishes(asked: PageAsked) -> Response:
    told = await asked.core.wishes.told(asked.case)
    return page_of_wishes(asked, "wishes.html", told, await asked.core.wishes.daemon(), wishes=told)


def page_of_wishes(
    asked: PageAsked, template: str, open_or_done: Sequence[WishTold], daemon: DaemonTold, **values: object
) -> Response:
    """While something is being done, the page asks by itself how it stands; for some minutes, since a page that asks
    is never idle, and would never lock."""
    newest = max((one.asked_at for one in open_or_done if one.is_open), default=None)
    is_done_soon = newest is not None and daemon.runs and asked.now - newest < _DONE_WITHIN
    asks_again = is_done_soon and asked.query.one("by") != "hand"
    page = asked.page(template, status=200, daemon=daemon, asks_again=asks_again, **values)
    if asks_again:
        page.headers["refresh"] = str(_AGAIN_AFTER)
    return page


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
