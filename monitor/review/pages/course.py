"""How far it has come: what is open, what is gone, who still serves it, week by week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from monitor.model.course import CourseWeek
from monitor.review.asked import PageAsked
from monitor.review.routing import get

_MOST_NAMED = 20  # hosts and accounts; the others are counted
_WIDE, _HIGH, _LEFT = 480, 160, 44  # of the whole drawing, of the highest bar, before the first
_LEAST_WEEKS, _MOST_DAYS = 8, 6  # for which there is room; that are named below


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekBars:
    """Of one week, in the drawing's own units: its open finds and those removed in it."""

    week: CourseWeek
    x: float
    open_y: float
    open_height: float
    removed_x: float
    removed_y: float
    removed_height: float
    is_named: bool

    middle: float


@dataclass(frozen=True, slots=True)
class CourseDrawing:
    """highest: what the top line stands for, a number of finds."""

    bars: tuple[WeekBars, ...]
    highest: int
    bar: float
    width: int = _WIDE
    height: int = _HIGH + 36
    top: int = 10
    bottom: int = _HIGH + 10
    left: int = _LEFT


def drawing_of(weeks: Sequence[CourseWeek]) -> CourseDrawing:
    highest = max([1, *(week.open for week in weeks), *(week.removed for week in weeks)])
    step = (_WIDE - _LEFT) / max(len(weeks), _LEAST_WEEKS)
    bar = round(step * 0.36, 1)
    return CourseDrawing(tuple(_bars(weeks, highest, step, bar)), highest, bar)


def _bars(weeks: Sequence[CourseWeek], highest: int, step: float, bar: float) -> Iterator[WeekBars]:
    """Every so many weeks one has its day below."""
    every = max(2, -(-len(weeks) // _MOST_DAYS))
    for place, week in enumerate(weeks):
        x = round(_LEFT + step * (place + 0.12), 1)
        opened, removed = _height(week.open, highest), _height(week.removed, highest)
        yield WeekBars(
            week=week,
            x=x,
            middle=round(x + bar, 1),
            open_y=_HIGH + 10 - opened,
            open_height=opened,
            removed_x=round(x + bar, 1),
            removed_y=_HIGH + 10 - removed,
            removed_height=removed,
            is_named=place % every == 0,
        )


def _height(count: int, highest: int) -> float:
    """Any find is seen, however high another week stands."""
    return max(2.0, round(_HIGH * count / highest, 1)) if count else 0


async def _course(asked: PageAsked) -> Response:
    course = await asked.core.course.course(asked.case)
    accounts = [f"{account} ({host})" for host, account in course.accounts]
    drawing = drawing_of(course.weeks)
    return asked.page("course.html", course=course, accounts=accounts, drawing=drawing, most=_MOST_NAMED)


routes = (get("/course", _course),)
