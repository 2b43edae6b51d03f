"""The first use, step five, and wherever else a place is added: what is typed is told back as what it would be, before
anything is written. What was typed goes into no address of a page: those stand in the browser's history."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from monitor.catalogue import said
from monitor.review.asked import PageAsked
from monitor.review.pages.begin import onward, step_path, the_first_use, wrong_fields
from monitor.review.port.first_use import FirstStep, PlaceProposed, PlaceTyped, WrongAnswer
from monitor.review.routing import get, post

_NOTHING = PlaceTyped("")


async def _place(asked: PageAsked) -> Response:
    return await _place_page(asked, _NOTHING)


async def _place_page(
    asked: PageAsked, typed: PlaceTyped, proposed: PlaceProposed | None = None, error: WrongAnswer | None = None
) -> Response:
    places = await the_first_use(asked).places()
    return asked.page(
        "begin/place.html",
        status=422 if error else 200,
        places=places,
        engines=[("", said("None: it is an address")), *((name, name) for name in places.engines)],
        typed=typed,
        proposed=proposed,
        faults=wrong_fields(error) if error else (),
    )


async def _add(asked: PageAsked) -> Response:
    form = asked.form
    typed = PlaceTyped(*(form.one(name).strip() for name in ("text", "is_list", "engine", "name", "every")))
    try:
        if form.one("act") != "add":
            return await _place_page(asked, typed, await the_first_use(asked).propose(typed))
        added = await the_first_use(asked).add_place(typed)
    except WrongAnswer as error:
        return await _place_page(asked, typed, await _seen_apart(asked, typed, error), error)
    told = said("Added as %(name)s, in %(file)s.", name=added.name, file=added.file)
    if form.one("then") == "again":
        return asked.back(step_path(FirstStep.PLACE), told=told)
    return await onward(asked, FirstStep.PLACE, told)


async def _seen_apart(asked: PageAsked, typed: PlaceTyped, error: WrongAnswer) -> PlaceProposed | None:
    """What it would be without the field that is wrong; None where that cannot be told either."""
    if error.field not in ("every", "name"):
        return None
    try:
        return await the_first_use(asked).propose(replace(typed, **{error.field: ""}))
    except WrongAnswer:
        return None


routes = (get("/begin/5", _place), post("/begin/5", _add))
