"""How it goes over the weeks, counted by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.course import Absence
from monitor.model.match import Match, Method, Tier
from monitor.model.outline import FindOutline
from monitor.model.presence import Presence, Trace
from monitor.model.sighting import BY_HAND, Decision, Place, Sighting, Status
from monitor.tracking.course import MOST_WEEKS, course_of, serving_hosts
from monitor.tracking.figures import is_hers

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def a_find(number: int, status: Status = Status.CONFIRMED, *, days_ago: float = 10, account: str = "") -> Sighting:
    return Sighting(
        id=f"s{number}",
        incident="i",
        case="default",
        watch="w",
        place=Place(f"https://site{number % 3}.example/p/{number}", f"https://media.example/{number}.jpg", account),
        match=Match(Tier.MATCH, 0.98, "same picture", reference="r", method=Method.PDQ),
        status=status,
        first_seen=NOW - days_ago * DAY,
        last_seen=NOW,
        removed_at=NOW - DAY if status is Status.REMOVED else None,
    )


def test_what_is_open_removed_and_back() -> None:
    finds = [
        a_find(1, Status.NEW, days_ago=1, account="a"),
        a_find(2, Status.REPORTED, days_ago=9, account="a"),
        a_find(3, Status.REMOVED, days_ago=20, account="b"),
        a_find(4, Status.REAPPEARED, days_ago=20, account="b"),
    ]
    gone = {"s3": [Absence("s3", NOW - DAY)], "s4": [Absence("s4", NOW - 10 * DAY, NOW - 2 * DAY)]}
    course = course_of(map(FindOutline.of, finds), gone, until=NOW)
    assert (course.open, course.reported, course.back, course.removed, course.ever) == (3, 1, 1, 1, 4)
    assert course.accounts == (("site1.example", "a"), ("site1.example", "b"), ("site2.example", "a"))
    assert course.hosts == ("media.example", "site1.example", "site2.example")
    # weeks: up to 15 Nov, up to 22 Nov, up to 29 Nov; each at noon
    assert [(week.new, week.removed, week.back, week.open) for week in course.weeks] == [
        (2, 0, 0, 2),
        (1, 1, 0, 2),
        (1, 1, 1, 3),
    ]
    assert [(week.accounts, week.hosts) for week in course.weeks] == [(2, 3), (2, 3), (3, 3)]
    assert [week.median_hours for week in course.weeks] == [None, None, None]
    assert [week.begins.isoformat() for week in course.weeks] == ["2026-11-08", "2026-11-15", "2026-11-22"]


NOT_MINE = replace(a_find(1, Status.DISMISSED), decision=Decision.NOT_MINE)


@pytest.mark.parametrize(
    ("find", "counts"),
    [
        pytest.param(a_find(1), True, id="confirmed"),
        pytest.param(a_find(1, Status.NEW), True, id="a sure match, not looked at yet"),
        pytest.param(replace(a_find(1, Status.NEW), match=Match(Tier.POSSIBLE, 0.7, "perhaps")), False, id="possible"),
        pytest.param(replace(a_find(1), match=Match(Tier.POSSIBLE, 0.7, "perhaps")), True, id="possible, hers"),
        pytest.param(NOT_MINE, False, id="not hers"),
        pytest.param(replace(NOT_MINE, decision=Decision.NOT_HERE), False, id="left alone"),
        pytest.param(replace(a_find(1), under_18=True), False, id="closed"),
        pytest.param(replace(a_find(1, Status.NEW), only_said=True), False, id="only said"),
    ],
)
def test_which_finds_count(find: Sighting, counts: bool) -> None:
    assert is_hers(find) is counts
    course = course_of([FindOutline.of(find)], until=NOW)
    assert (course.open, len(course.weeks)) == (int(counts), 2 if counts else 0)


def test_what_is_set_aside_is_counted_apart() -> None:
    finds = [
        replace(NOT_MINE, decision=Decision.NOT_HERE),
        NOT_MINE,
        replace(a_find(2, Status.NEW), match=Match(Tier.POSSIBLE, 0.7, "perhaps", reference="r")),
    ]
    course = course_of(map(FindOutline.of, finds), until=NOW)
    assert (course.left, course.undecided, course.open, course.hosts) == (1, 1, 0, ())


def test_what_was_filed_and_never_looked_at_is_neither_there_nor_gone() -> None:
    by_her = replace(a_find(1).match, reference=None)
    filed = replace(a_find(1), match=by_her, watch=BY_HAND)
    course = course_of(map(FindOutline.of, [filed, a_find(2)]), until=NOW)
    assert (course.unseen, course.open, course.ever) == (1, 1, 1)
    assert course.hosts == ("media.example", "site2.example"), "nobody knows what the other one serves"
    looked = replace(filed, presence=Presence(page=Trace(seen_at=NOW)))
    assert course_of([FindOutline.of(looked)], until=NOW).open == 1


def test_a_host_serves_until_its_own_part_is_gone() -> None:
    gone = Trace(gone_since=NOW - 3 * DAY, gone_at=NOW)
    once = Trace(gone_since=NOW, gone_at=NOW)
    find = a_find(1)

    def serving(seen: Sighting, at: datetime = NOW) -> frozenset[str]:
        return serving_hosts(FindOutline.of(seen), at)

    both = {"site1.example", "media.example"}
    assert serving(find) == both
    assert serving(replace(find, presence=Presence(page=gone))) == {"media.example"}
    assert serving(replace(find, presence=Presence(page=gone, media=once))) == {"media.example"}
    assert serving(replace(find, presence=Presence(page=gone)), NOW - 4 * DAY) == both, "before that"
    written_in = replace(find, place=Place("https://a.example/", "data:image/png;base64,AA"))
    assert serving(written_in) == {"a.example"}


def test_what_a_clock_that_stood_ahead_noted_counts_as_of_now() -> None:
    finds = [a_find(1, days_ago=-400), a_find(2, Status.REMOVED)]
    course = course_of(map(FindOutline.of, finds), {"s2": [Absence("s2", NOW + 90 * DAY)]}, until=NOW)
    assert (course.open, course.weeks[-1].open, course.weeks[-1].new, course.weeks[-1].removed) == (1, 1, 1, 1)


def test_the_hours_to_removal_are_those_of_what_was_removed_in_the_week() -> None:
    removals = [(NOW, 10.0), (NOW - DAY, 30.0), (NOW - 6 * DAY, 90.0), (NOW - 8 * DAY, 3.0), (NOW - 90 * DAY, 1.0)]
    course = course_of([FindOutline.of(a_find(1, days_ago=13))], removals=removals, until=NOW)
    assert [week.median_hours for week in course.weeks] == [3.0, 30.0]


def test_nothing_found_is_an_empty_course() -> None:
    course = course_of([], until=NOW)
    assert (course.open, course.removed, course.ever, course.weeks, course.accounts) == (0, 0, 0, (), ())


def test_the_weeks_agree_with_the_numbers_whatever_happened() -> None:
    chance = random.Random(14)
    for _ in range(200):
        finds, gone = [], {}
        for number in range(chance.randrange(1, 30)):
            find = a_find(number, days_ago=chance.randrange(0, 500) / 2)
            at, absences = find.first_seen, []
            while (at := at + chance.randrange(1, 60) * DAY) <= NOW:
                back = at + chance.randrange(1, 60) * DAY
                absences.append(Absence(find.id, at, back if back <= NOW else None))
                at = back
            is_gone = bool(absences) and absences[-1].back_at is None
            finds.append(replace(find, status=Status.REMOVED if is_gone else Status.CONFIRMED))
            gone[find.id] = absences
        course = course_of(map(FindOutline.of, finds), gone, until=NOW)
        last = course.weeks[-1]
        assert (last.open, last.hosts) == (course.open, len(course.hosts))
        assert sum(week.new for week in course.weeks) == course.ever
        opened = 0
        for week in course.weeks:
            opened += week.new - week.removed + week.back
            assert week.open == opened
        assert len(course.weeks) <= MOST_WEEKS
