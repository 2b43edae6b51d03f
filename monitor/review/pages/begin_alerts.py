"""The first use, steps six and seven: how the person is told, and the first look."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.catalogue import said
from monitor.model.wish import WishKind
from monitor.review.asked import PageAsked
from monitor.review.pages.begin import onward, step_path, the_first_use, wrong_fields
from monitor.review.pages.wishes import page_of_wishes
from monitor.review.port.first_use import AlertWay, ChannelTyped, FirstStep, WrongAnswer
from monitor.review.routing import get, post

_HERE = step_path(FirstStep.ALERTS)


async def _alerts(asked: PageAsked) -> Response:
    case = await the_first_use(asked).case()
    return asked.page(
        "begin/alerts.html",
        alerts=await the_first_use(asked).alerts(),
        test=await asked.core.wishes.last(WishKind.TEST, "", case=case),
        daemon=await asked.core.wishes.daemon(),
        is_missed=asked.query.one("came") == "no",
    )


async def _way(asked: PageAsked) -> Response:
    return _way_page(asked, await _named_way(asked))


def _way_page(asked: PageAsked, way: AlertWay, error: WrongAnswer | None = None) -> Response:
    """Secrets are not shown again."""
    typed = {one.key: asked.form.one(one.key) if error else one.default for one in way.questions}
    return asked.page(
        "begin/way.html",
        status=422 if error else 200,
        way=way,
        typed=typed,
        faults=wrong_fields(error) if error else (),
    )


async def _add_way(asked: PageAsked) -> Response:
    way = await _named_way(asked)
    answers = {one.key: asked.form.one(one.key) for one in way.questions}
    try:
        added = await the_first_use(asked).add_channel(ChannelTyped(way.id, answers))
    except WrongAnswer as error:
        return _way_page(asked, way, error)
    told = said(
        "Added: %(where)s. Its secret stands in %(file)s, for you only.", where=added.leads_to, file=added.stands_in
    )
    return asked.back(_HERE, told=told, focus="test")


async def _named_way(asked: PageAsked) -> AlertWay:
    now = await the_first_use(asked).alerts()
    found = next((one for one in now.ways if one.id == asked.path["way"]), None)
    if found is None:
        raise HTTPException(404)
    return found


async def _take_out(asked: PageAsked) -> Response:
    place = asked.form.one("place")
    if place.isdecimal():
        await the_first_use(asked).take_out_channel(int(place[:4]))
    return asked.back(_HERE, told=said("Taken out."))


async def _heard(asked: PageAsked) -> Response:
    if asked.form.one("came") != "yes":
        return asked.back(f"{_HERE}?came=no")
    await the_first_use(asked).say_heard()
    return await onward(asked, FirstStep.ALERTS, said("Good: what is found will reach you."))


async def _look(asked: PageAsked) -> Response:
    case = await the_first_use(asked).case()
    now, wishes = await the_first_use(asked).places(), asked.core.wishes
    watched = [(place, await wishes.last(WishKind.LOOK, place.name, case=case)) for place in now.watched]
    return page_of_wishes(
        asked,
        "begin/look.html",
        [wish for _, wish in watched if wish is not None],
        await wishes.daemon(),
        watched=watched,
        waits=await asked.core.inbox.many_waiting(case),
        photos=(await the_first_use(asked).photos()).kept,
    )


routes = (
    get("/begin/6", _alerts),
    get("/begin/6/{way}", _way),
    post("/begin/6/take-out", _take_out),
    post("/begin/6/heard", _heard),
    post("/begin/6/{way}", _add_way),
    get("/begin/7", _look),
)
