"""The course as a picture: its numbers are the rows' own, and no name in it is more than text."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from xml.dom.minidom import Element, parseString

import pytest

from monitor.documents.course import course_document, course_line, course_svg, route_words
from monitor.model.course import Course, CourseWeek, RouteCourse

UNTIL = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"/><image href="http://evil.example/x.png"/>',
    "&lt;svg onload=x&gt;",
    "]]><!--",
    "\u202egnp.exe",
    "=1+1",
    "a\nb\x1b[2J\x00\ufffe\udcff",
    "{{ 7 * 7 }}",
    "x" * 500,
    "\u05e9\u05dc\u05d5\u05dd",
]


def a_course(weeks: int, name: str = "Desk", seed: int = 1) -> Course:
    chance = random.Random(seed)
    first = date(2026, 11, 22) - timedelta(weeks=weeks - 1)
    rows = tuple(
        CourseWeek(
            first + timedelta(weeks=week),
            *(chance.randrange(0, 2000) for _ in range(6)),
            median_hours=chance.choice([None, 31.4]),
        )
        for week in range(weeks)
    )
    return Course(
        until=UNTIL,
        open=12,
        reported=3,
        back=2,
        removed=30,
        undecided=1,
        left=0,
        accounts=(("a.example", name),),
        hosts=("a.example", "b.example"),
        weeks=rows,
        routes=(RouteCourse("desk", name, 3, 2, 1, 31.4), RouteCourse("other", "Other", 0, 0, 4, None)),
    )


def elements(svg: str) -> list[Element]:
    return list(parseString(svg.encode()).getElementsByTagName("*"))


def words(svg: str, kind: str) -> list[str]:
    found = [one for one in elements(svg) if one.tagName == "text" and one.getAttribute("class") == kind]
    return [one.firstChild.data if one.firstChild else "" for one in found]  # type: ignore[union-attr]


@pytest.mark.parametrize("weeks", [0, 1, 2, 9, 52])
def test_every_number_of_the_rows_stands_in_it(weeks: int) -> None:
    course = a_course(weeks, seed=weeks)
    svg, rows = course_svg(course), course_document(course)["weeks"]
    for name in ("open", "new", "removed", "back", "accounts", "hosts"):
        assert words(svg, name) == [str(row[name]) for row in rows]
    hours = ["-" if row["median_hours"] is None else str(round(row["median_hours"])) for row in rows]
    assert words(svg, "median_hours") == hours
    assert words(svg, "summary") == [course_line(course)]
    bars = [float(one.getAttribute("height")) for one in elements(svg) if one.getAttribute("class") == "bar"]
    highest = max((row["open"] for row in rows), default=1)
    assert bars == [pytest.approx(110 * row["open"] / highest, abs=1) for row in rows]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    svg = course_svg(a_course(3, name))
    assert {one.tagName for one in elements(svg)} == {"svg", "title", "rect", "text"}
    names = {attribute for one in elements(svg) for attribute in one.attributes.keys()}
    assert not [one for one in names if one.startswith("on") or "href" in one or one == "style"]
    (told, _) = words(svg, "route")
    assert told.startswith("2 of 3 removed, median 31 h; 1 waiting: ") and len(told) < 120
    assert all(letter.isprintable() for letter in told)
    assert "a.example" not in svg, "no place of a find"


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (RouteCourse("d", "D", 3, 2, 0, 31.4), "2 of 3 removed, median 31 h"),
        (RouteCourse("d", "D", 1, 0, 0, None), "0 of 1 removed"),
        (RouteCourse("d", "D", 2, 2, 3, 0.2), "2 of 2 removed, median 1 h; 3 waiting"),
        (RouteCourse("d", "D", 0, 0, 3, None), "3 waiting"),
    ],
)
def test_what_came_of_a_desk_in_words(route: RouteCourse, told: str) -> None:
    assert route_words(route) == told


def test_the_document_has_everything() -> None:
    told = course_document(a_course(1))
    assert (told["open"], told["back_again"], told["removed"], told["ever"]) == (12, 2, 30, 42)
    assert told["accounts"] == [{"host": "a.example", "account": "Desk"}]
    assert told["routes"][0] == {
        "channel": "desk",
        "name": "Desk",
        "sent": 3,
        "removed": 2,
        "waiting": 1,
        "median_hours": 31.4,
    }
