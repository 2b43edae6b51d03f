"""When each truth of a find is looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.ids import CaseId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import NOTHING_OBSERVED, PlannedLook, Trace, Truth
from monitor.model.sighting import Place, Sighting, Status
from monitor.tracking.next_look import (
    BETWEEN_AFTER,
    FURTHEST_LOOK,
    due_truths,
    first_looks,
    next_look,
    planned_anew,
)

NOW = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FOUND = Sighting(
    id=SightingId("s"),
    incident="i",
    case=CaseId("c"),
    watch="w",
    place=Place("https://a.example/p", "https://cdn.example/i.jpg"),
    match=Match(Tier.MATCH, 1.0, ""),
    status=Status.NEW,
    first_seen=NOW,
    last_seen=NOW,
)
THERE = Trace(seen_at=NOW)


def seen(trace: Trace, truth: Truth = Truth.MEDIA, sighting: Sighting = FOUND) -> Sighting:
    return replace(sighting, presence=NOTHING_OBSERVED.moved(truth, trace))


def looks_at(sighting: Sighting, sent_at: datetime | None, many: int, since: datetime = NOW) -> list[timedelta]:
    """After `since`, where each look finds what the sighting has."""
    now, found = since, list[timedelta]()
    for _ in range(many):
        now = next_look(Truth.MEDIA, sighting, sent_at, now)
        found.append(now - since)
    return found


def hours(*many: float) -> list[timedelta]:
    return [HOUR * one for one in many]


REMOVED = replace(FOUND, status=Status.REMOVED, removed_at=NOW)
BACK = replace(FOUND, status=Status.REAPPEARED, removed_at=NOW - DAY)


@pytest.mark.parametrize(
    ("sighting", "sent_at", "looks"),
    [
        pytest.param(FOUND, None, hours(24, 48, 72), id="not reported: each day"),
        pytest.param(FOUND, NOW, hours(1, 6, 24, 48, 96, 168, 504, 840), id="reported"),
        pytest.param(FOUND, NOW - 10 * DAY, hours(11 * 24, 25 * 24), id="reported ten days ago"),
        pytest.param(FOUND, NOW - 500 * DAY, hours(11 * 24, 25 * 24), id="stands for more than a year: still"),
        pytest.param(REMOVED, NOW - 9 * DAY, hours(24, 48, 96, 168, 504), id="removed"),
        pytest.param(BACK, NOW - 9 * DAY, hours(24, 48), id="back, and not reported again"),
        pytest.param(BACK, NOW, hours(1, 6, 24), id="back, and reported again"),
        pytest.param(FOUND, NOW + 40 * DAY, hours(1), id="sent tomorrow: a clock that stood wrong"),
    ],
)
def test_the_times(sighting: Sighting, sent_at: datetime | None, looks: list[timedelta]) -> None:
    assert looks_at(sighting, sent_at, len(looks)) == looks


GONE_ONCE = Trace(NOW - DAY, NOW, NOW, None, "404")
STILL_GONE = Trace(NOW - DAY, NOW - 15 * HOUR, NOW, None, "404")
GONE = Trace(NOW - 3 * DAY, NOW - DAY, NOW, None, "404")
UNTOLD = Trace(NOW - DAY, None, None, NOW, "503")


@pytest.mark.parametrize(
    ("trace", "after"),
    [
        pytest.param(THERE, 14 * DAY, id="there"),
        pytest.param(GONE_ONCE, BETWEEN_AFTER[0], id="gone once: between"),
        pytest.param(STILL_GONE, 6 * HOUR, id="and still: the look that counts"),
        pytest.param(GONE, DAY, id="gone, and its page does not answer: each day"),
        pytest.param(UNTOLD, DAY, id="could not be told: the next day"),
        pytest.param(replace(UNTOLD, unknown_since=NOW - 4 * DAY), 14 * DAY, id="could not be told for four days"),
        pytest.param(replace(GONE_ONCE, unknown_since=NOW + HOUR), BETWEEN_AFTER[0], id="gone, then not told"),
    ],
)
def test_what_is_open_is_looked_at_sooner(trace: Trace, after: timedelta) -> None:
    sent_at = NOW - 21 * DAY
    assert next_look(Truth.MEDIA, seen(trace), sent_at, NOW) == NOW + after


def test_a_page_that_is_gone_while_its_file_stands_waits_as_all_does() -> None:
    sighting = replace(FOUND, presence=NOTHING_OBSERVED.moved(Truth.MEDIA, THERE).moved(Truth.PAGE, GONE))
    assert next_look(Truth.PAGE, sighting, NOW - 21 * DAY, NOW) == NOW + 14 * DAY


def test_new_ones_are_due_at_once_and_each_truth_has_a_row() -> None:
    searched = replace(FOUND, place=replace(FOUND.place, result_url="https://engine.example/?q=a"))
    assert {look.truth for look in first_looks(searched, NOW)} == set(Truth)
    assert {look.due_at for look in first_looks(FOUND, NOW)} == {NOW}
    assert due_truths(searched, first_looks(searched, NOW), NOW) == set(Truth)
    assert due_truths(searched, [], NOW) == set(Truth), "what has no time is due"
    later = [replace(look, due_at=NOW + HOUR) for look in first_looks(searched, NOW)]
    assert due_truths(searched, later, NOW) == frozenset()
    assert due_truths(searched, [replace(later[0], due_at=NOW + FURTHEST_LOOK + HOUR), *later[1:]], NOW) == {Truth.PAGE}


def test_a_look_at_one_puts_off_no_other() -> None:
    planned = [PlannedLook(FOUND.id, truth, NOW + 3 * HOUR) for truth in (Truth.PAGE, Truth.MEDIA)]
    stands, doubted = seen(THERE), seen(GONE_ONCE)
    assert [one.truth for one in planned_anew(stands, planned, [Truth.MEDIA], None, NOW)] == [Truth.MEDIA]
    late = [replace(look, due_at=NOW + 9 * DAY) for look in planned]
    page, media = planned_anew(doubted, late, [Truth.MEDIA], NOW - 21 * DAY, NOW)
    assert media.due_at == NOW + BETWEEN_AFTER[0] and page.due_at < late[0].due_at


moments = st.integers(-365 * 24, 365 * 24).map(lambda hours: NOW + HOUR * hours)
traces = st.builds(
    Trace,
    seen_at=st.none() | moments,
    gone_since=st.none() | moments,
    gone_at=st.none() | moments,
    unknown_since=st.none() | moments,
)


@given(
    trace=traces,
    truth=st.sampled_from([Truth.PAGE, Truth.MEDIA]),
    status=st.sampled_from(list(Status)),
    removed_at=st.none() | moments,
    sent_at=st.none() | moments,
    now=moments,
)
def test_every_look_has_a_next_one_that_is_not_far(
    trace: Trace, truth: Truth, status: Status, removed_at: datetime | None, sent_at: datetime | None, now: datetime
) -> None:
    """Whatever clocks stood at: what is planned is later than now, and is not taken for a wrong clock's."""
    at = next_look(truth, replace(seen(trace, truth), status=status, removed_at=removed_at), sent_at, now)
    assert now < at <= now + FURTHEST_LOOK
