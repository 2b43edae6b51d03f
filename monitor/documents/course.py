"""How it goes over the weeks: as JSON, in one line, and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from monitor.catalogue import said, said_many
from monitor.documents.times import rfc3339, utc_words
from monitor.model.course import Course, CourseWeek, RouteCourse
from monitor.plain import plain

_WIDE, _HIGH, _LEFT = 36, 120, 100  # a week's column, the bars, the words before them; in the picture's own units
_LINE = 18
_LEAST_WIDTH = 640
_ROWS = {
    "open": "open",
    "new": "new",
    "removed": "removed",
    "back": "back again",
    "accounts": "accounts",
    "hosts": "hosts",
    "median_hours": "median hours",
}
_MOST_NAME = 60  # characters


def course_document(course: Course) -> dict[str, Any]:
    """The document of `reports progress --json`."""
    return {
        "until": rfc3339(course.until),
        "open": course.open,
        "reported": course.reported,
        "back_again": course.back,
        "removed": course.removed,
        "ever": course.ever,
        "undecided": course.undecided,
        "left": course.left,
        "not_looked_at": course.unseen,
        "accounts": [{"host": host, "account": account} for host, account in course.accounts],
        "hosts": list(course.hosts),
        "weeks": [
            {
                "from": week.begins.isoformat(),
                "new": week.new,
                "removed": week.removed,
                "back": week.back,
                "open": week.open,
                "accounts": week.accounts,
                "hosts": week.hosts,
                "median_hours": _hours(week.median_hours),
            }
            for week in course.weeks
        ],
        "routes": [
            {
                "channel": route.channel,
                "name": route.name,
                "sent": route.sent,
                "removed": route.removed,
                "waiting": route.waiting,
                "median_hours": _hours(route.median_hours),
            }
            for route in course.routes
        ],
    }


def _hours(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 1)


def course_line(course: Course) -> str:
    """`12 still there, 2 of them back again; 30 of 42 gone. A week ago 15 were still there.`"""
    counts = {"open": course.open, "removed": course.removed, "ever": course.ever}
    if course.back:
        now = said(
            "%(open)d still there, %(back)d of them back again; %(removed)d of %(ever)d gone.",
            back=course.back,
            **counts,
        )
    else:
        now = said("%(open)d still there; %(removed)d of %(ever)d gone.", **counts)
    return f"{now} {week_before_words(course)}".rstrip()


def week_before_words(course: Course) -> str:
    """'' where there is no week before."""
    if len(course.weeks) < 2:
        return ""
    return said_many(
        "A week ago %(count)d was still there.", "A week ago %(count)d were still there.", course.weeks[-2].open
    )


def serving_line(course: Course) -> str:
    who = [said_many("%(count)d account", "%(count)d accounts", len(course.accounts))] if course.accounts else []
    who += [said_many("%(count)d host", "%(count)d hosts", len(course.hosts))] if course.hosts else []
    return said("Still serving: %(who)s.", who=", ".join(who)) if who else said("Still serving: nobody.")


def route_words(route: RouteCourse) -> str:
    """`2 of 3 removed, median 31 h; 1 waiting`"""
    hours = "" if route.median_hours is None else f", median {max(1, round(route.median_hours))} h"
    waiting = f"; {route.waiting} waiting" if route.waiting else ""
    return f"{route.removed} of {route.sent} removed{hours}{waiting}" if route.sent else f"{route.waiting} waiting"


def course_svg(course: Course) -> str:
    """A picture of it (SVG 1.1): no script, no link, nothing that is fetched; every number of the weeks stands in it.
    It names the desks that were written to, and no place where anything was found."""
    width = max(_LEAST_WIDTH, _LEFT + _WIDE * len(course.weeks) + 20)
    parts, y = list(_heading(course)), 70
    if course.weeks:
        parts += _bars(course.weeks, y + _HIGH)
        y += _HIGH + 20
        for name, words in _ROWS.items():
            parts += _numbers(name, words, course.weeks, y)
            y += _LINE
        parts += _days(course.weeks, y)
        y += 2 * _LINE
    for route in course.routes:
        parts.append(_text(10, y, f"{route_words(route)}: {plain(route.name, _MOST_NAME)}", "route"))
        y += _LINE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 10}" viewBox="0 0 {width} {y + 10}" '
        'role="img" font-family="sans-serif" font-size="12" fill="#222">'
    )
    background = f'<rect width="{width}" height="{y + 10}" fill="#fff"/>'
    return "\n".join([head, "<title>How it goes, week by week</title>", background, *parts, "</svg>", ""])


def _heading(course: Course) -> Iterator[str]:
    yield _text(10, 20, course_line(course), "summary")
    yield _text(10, 38, serving_line(course), "serving")
    yield _text(10, 56, f"As of {utc_words(course.until)}", "until")


def _bars(weeks: tuple[CourseWeek, ...], bottom: int) -> Iterator[str]:
    highest = max(1, *(week.open for week in weeks))
    for place, week in enumerate(weeks):
        high = round((_HIGH - 10) * week.open / highest, 1)
        high = max(high, 1.0) if week.open else 0  # any find is seen, however high another week stands
        x = _LEFT + _WIDE * place + 4
        yield f'<rect class="bar" x="{x}" y="{bottom - high}" width="{_WIDE - 8}" height="{high}" fill="#46658a"/>'


def _numbers(name: str, words: str, weeks: tuple[CourseWeek, ...], y: int) -> Iterator[str]:
    yield _text(10, y, words, "row")
    for place, week in enumerate(weeks):
        number = getattr(week, name)
        yield _text(_middle(place), y, "-" if number is None else str(round(number)), name, anchor="middle")


def _days(weeks: tuple[CourseWeek, ...], y: int) -> Iterator[str]:
    """Of every fourth week, where there are many."""
    yield _text(10, y, "week from", "row")
    for place, week in enumerate(weeks):
        if place % 4 == 0:
            yield _text(_middle(place), y, week.begins.isoformat()[5:], "day", anchor="middle")


def _middle(place: int) -> float:
    return _LEFT + _WIDE * (place + 0.5)


def _text(x: float, y: int, words: str, kind: str, *, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
