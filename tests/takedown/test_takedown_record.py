"""What earlier reports came to: counted when they have had their time, and said in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.takedown.record import Record, ReportOutcome, SuccessRecord, success_record

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SENT = NOW - timedelta(days=10)


def outcome(
    place: str = "forum.example",
    *,
    sent: datetime = SENT,
    removed_h: float | None = None,
    due: datetime | None = None,
    refused: bool = False,
) -> ReportOutcome:
    removed = None if removed_h is None else sent + timedelta(hours=removed_h)
    return ReportOutcome(
        place=place, channel="site_own", sent_at=sent, due_at=due, removed_at=removed, is_closed=refused
    )


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        pytest.param([outcome(removed_h=30), outcome(removed_h=32), outcome()], "2 of 3 removed, median 31 h"),
        pytest.param([outcome(removed_h=1), outcome(removed_h=5), outcome(removed_h=90)], "3 of 3 removed, median 5 h"),
        pytest.param([outcome(refused=True)], "0 of 1 removed", id="refused"),
        pytest.param([outcome(removed_h=0.1)], "1 of 1 removed, median 1 h", id="in minutes"),
        pytest.param([outcome(removed_h=-3)], "1 of 1 removed, median 1 h", id="a clock that was set back"),
    ],
)
def test_in_words(outcomes: list[ReportOutcome], words: str) -> None:
    assert str(success_record(outcomes, NOW).of("forum.example", "site_own")) == words


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        pytest.param(outcome(sent=NOW - timedelta(days=7)), True, id="seven days, no clock"),
        pytest.param(outcome(sent=NOW - timedelta(days=6, hours=23)), False, id="an hour less"),
        pytest.param(outcome(sent=NOW - timedelta(hours=50), due=NOW), True, id="its time is out"),
        pytest.param(outcome(sent=NOW - timedelta(days=20), due=NOW + timedelta(days=10)), False, id="not out"),
        pytest.param(outcome(sent=NOW - timedelta(hours=1), refused=True), True, id="refused at once"),
        pytest.param(outcome(sent=NOW - timedelta(hours=2), removed_h=1), True, id="removed at once"),
    ],
)
def test_only_what_has_had_its_time_counts(one: ReportOutcome, counts: bool) -> None:
    found = success_record([one], NOW).of("forum.example", "site_own")
    assert (found is not None) is counts


def test_the_place_itself_speaks_first_when_there_is_enough_of_it() -> None:
    few = [outcome("a.example"), outcome("a.example")]
    others = [outcome("b.example", removed_h=4) for _ in range(3)]
    record = success_record([*few, *others], NOW)
    assert record.of("a.example", "site_own") == Record(5, 3, 4)
    assert record.of("c.example", "site_own") == Record(5, 3, 4)
    record = success_record([*few, outcome("a.example"), *others], NOW)
    assert record.of("a.example", "site_own") == Record(3, 0)
    assert success_record(few, NOW).of("a.example", "site_own") == Record(2, 0)
    assert SuccessRecord().of("a.example", "site_own") is None
