"""What to do now: the guide, and its steps to tick off."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import NoSuch, UsageError
from monitor.guide import title_of, topics
from monitor.review.asked import NOTHING_TYPED, PageAsked, SentForm
from monitor.review.routing import get, post
from monitor.review.ways import remedy_of

GUIDE = "/guide"


def topic_path(topic: str) -> str:
    """A browser's history keeps addresses: they tell no topic."""
    return f"{GUIDE}/{topics().index(topic) + 1}"


def _meant(asked: PageAsked) -> str:
    """Raises NoSuch."""
    number = asked.path["topic"]
    if number.isascii() and number.isdigit() and 0 < int(number[:4]) <= len(topics()):
        return topics()[int(number[:4]) - 1]
    raise NoSuch("the guide has no such page", remedy="Its pages are listed under: What to do now.")


async def _guide(asked: PageAsked) -> Response:
    return asked.page("guide.html", topics=await asked.core.guide.topics(asked.case), path=topic_path)


async def _topic(asked: PageAsked) -> Response:
    return await _shown(asked)


async def _shown(asked: PageAsked, *, typed: SentForm = NOTHING_TYPED, fault: UsageError | None = None) -> Response:
    """typed: what was sent and is wrong."""
    page = await asked.core.guide.topic(_meant(asked), asked.case)
    words = f"{fault} {remedy_of(fault)}" if fault else ""
    values = {"page": page, "typed": typed, "fault": words, "here": topic_path(page.id), "topic_links": _links()}
    return asked.page("topic.html", status=422 if fault else 200, **values)


def _links() -> dict[str, tuple[str, str]]:
    """Of each topic, by the command that shows it."""
    return {f"reupload-monitor guide {name}": (topic_path(name), title_of(name)) for name in topics()}


async def _tick(asked: PageAsked) -> Response:
    form, guide = asked.form, asked.core.guide
    step, here = form.one("step"), topic_path(_meant(asked))
    if form.one("undo"):
        await guide.untick(step, case=asked.case)
        return asked.back(here, told=said("It is not ticked off any more."), focus=f"step-{step}")
    try:
        await guide.tick(step, at=form.one("at"), note=form.one("note"), case=asked.case)
    except UsageError as error:
        return await _shown(asked, typed=form, fault=error)
    return asked.back(here, told=said("Ticked off."), focus=f"step-{step}")


routes = (get(GUIDE, _guide), get(f"{GUIDE}/{{topic}}", _topic), post(f"{GUIDE}/{{topic}}", _tick))
