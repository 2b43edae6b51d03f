"""When each watch is visited next: rows that are planned, claimed, held, settled and let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model.ids import CaseId
from monitor.model.settings import Secret
from monitor.model.visit import DueVisit, VisitReason
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.store.store import SqlStore, open_store
from monitor.tracking.due import at_start
from tests.daemon.test_daemon_schedule import watch
from tests.store.earlier_shapes import to_0039
from tests.store.store_values import settings

NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)
HOUR, HOLD = timedelta(hours=1), timedelta(minutes=2)
FURTHEST = NOW + 2 * HOLD
HERE = CaseId("default")
DUE = DueVisit("w", HERE, NOW - HOUR, VisitReason.SCHEDULE, NOW - HOUR, "every 3600")
NEXT = replace(DUE, at=NOW + HOUR, beat=NOW + HOUR)


def taken(store: SqlStore, by: str, *, at: datetime = NOW, until: datetime = NOW + HOLD) -> bool:
    return store.visits.claim(replace(DUE, held_by=by), until, at, furthest=at + 2 * HOLD)


def due(store: SqlStore, at: datetime = NOW) -> list[str]:
    return [row.watch for row in store.visits.due(at, furthest=at + 2 * HOLD)]


def test_a_row_is_given_back_as_planned_and_replaced_whole(store: SqlStore) -> None:
    store.visits.plan(DUE)
    assert store.visits.get(HERE, "w") == DUE and store.visits.get("other", "w") is None
    store.visits.plan(replace(NEXT, why=VisitReason.RAISED, rhythm="adapt 900 3600"))
    assert list(store.visits.all()) == [replace(NEXT, why=VisitReason.RAISED, rhythm="adapt 900 3600")]


def test_what_is_due_comes_in_its_order_and_what_comes_next_is_known(store: SqlStore) -> None:
    for name, hours in (("late", -3), ("now", 0), ("soon", 1), ("later", 5)):
        store.visits.plan(replace(DUE, watch=name, at=NOW + hours * HOUR))
    assert due(store) == ["late", "now"]
    assert store.visits.soonest(NOW) == NOW + HOUR and store.visits.soonest(NOW + 5 * HOUR) is None


def test_one_of_two_gets_it_and_nobody_else_before_it_is_let_go(store: SqlStore) -> None:
    store.visits.plan(DUE)
    assert taken(store, "one") and not taken(store, "two") and not taken(store, "one")
    assert due(store) == [], "in somebody's hands"
    assert [row.held_by for row in store.visits.held()] == ["one"]
    store.visits.let_go(HERE, "w", "two")
    assert not taken(store, "two"), "only who holds it lets it go"
    store.visits.let_go(HERE, "w", "one")
    assert due(store) == ["w"] and taken(store, "two")


def test_one_without_a_row_is_claimed_too(store: SqlStore) -> None:
    assert taken(store, "one") and not taken(store, "two")
    assert store.visits.get(HERE, "w") == replace(DUE, held_by="one", held_until=NOW + HOLD)


def test_a_claim_keeps_the_time_that_was_planned(store: SqlStore) -> None:
    store.visits.plan(NEXT)
    assert taken(store, "by hand")
    row = store.visits.get(HERE, "w")
    assert row is not None and (row.at, row.beat) == (NEXT.at, NEXT.beat)


@pytest.mark.parametrize(
    ("until", "at", "is_free"),
    [
        pytest.param(NOW + HOLD, NOW + HOLD - timedelta(seconds=1), False, id="held"),
        pytest.param(NOW + HOLD, NOW + HOLD, True, id="killed: the hold ran out"),
        pytest.param(NOW + HOLD, NOW + 365 * 24 * HOUR, True, id="the clock was set on by a year"),
        pytest.param(NOW + HOLD, NOW - 2 * HOLD, True, id="the clock was set back: nobody holds for so long"),
        pytest.param(NOW + HOLD, NOW - 365 * 24 * HOUR, True, id="the clock was set back by a year"),
        pytest.param(NOW + HOLD, NOW - HOLD, False, id="set back by so little that it runs out soon"),
    ],
)
def test_how_long_a_holder_that_is_gone_keeps_others_out(
    store: SqlStore, until: datetime, at: datetime, is_free: bool
) -> None:
    store.visits.plan(replace(DUE, at=NOW - 400 * 24 * HOUR))
    assert taken(store, "gone", until=until)
    assert due(store, at) == (["w"] if is_free else [])
    assert taken(store, "next", at=at, until=at + HOLD) is is_free


@pytest.mark.of_a_file
def test_who_holds_it_goes_on_holding_and_a_clock_that_leaps_takes_nothing_from_it(store: SqlStore) -> None:
    store.visits.plan(DUE)
    assert taken(store, "one") and store.visits.hold(HERE, "w", "one", NOW + 2 * HOLD)
    assert not store.visits.hold(HERE, "w", "two", NOW + 2 * HOLD)
    store.visits.clock_moved(24 * HOUR)
    assert due(store, NOW + 24 * HOUR) == [] and due(store, NOW + 24 * HOUR + 2 * HOLD) == ["w"]
    store.visits.clock_moved(-48 * HOUR)
    store.visits.plan(replace(DUE, at=NOW - 100 * HOUR))
    assert due(store, NOW - 24 * HOUR) == [] and due(store, NOW - 24 * HOUR + 2 * HOLD) == ["w"]


def test_settled_it_has_its_next_time_and_is_in_nobodys_hands(store: SqlStore) -> None:
    store.visits.plan(DUE)
    assert taken(store, "one")
    store.visits.plan(replace(DUE, at=NOW - 2 * HOUR))
    assert not taken(store, "two"), "planning takes nothing out of anybody's hands"
    assert not store.visits.settle(NEXT, "two")
    assert store.visits.settle(NEXT, "one") and store.visits.get(HERE, "w") == NEXT
    assert not store.visits.settle(DUE, "one"), "once"


def test_who_came_too_late_changes_nothing(store: SqlStore) -> None:
    store.visits.plan(DUE)
    assert taken(store, "stopped") and taken(store, "next", at=NOW + HOLD, until=NOW + 2 * HOLD)
    assert not store.visits.settle(NEXT, "stopped") and not store.visits.hold(HERE, "w", "stopped", FURTHEST)
    assert store.visits.settle(NEXT, "next")


def test_a_row_goes_with_its_watch_unless_somebody_is_at_it(store: SqlStore) -> None:
    store.visits.plan(DUE)
    assert taken(store, "one")
    store.visits.drop(HERE, "w")
    assert store.visits.get(HERE, "w") is not None
    store.visits.let_go(HERE, "w", "one")
    store.visits.drop(HERE, "w")
    assert store.visits.all() == []


MICRO = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("known", "next_visit", "looked", "at"),
    [
        pytest.param(None, NOW + HOUR, NOW - HOUR / 2, NOW + HOUR / 2, id="looked at: from its last look"),
        pytest.param(NOW - 48 * HOUR, None, None, NOW, id="never looked at: due"),
        pytest.param(None, None, NOW - HOUR / 2, NOW + HOUR / 2, id="nothing noted: no row"),
    ],
)
def test_what_an_earlier_version_had_in_mind_is_carried_over(
    tmp_path: Path, known: datetime | None, next_visit: datetime | None, looked: datetime | None, at: datetime
) -> None:
    found = settings(tmp_path, Secret("1f" * 32))
    open_store(found, new=True).close()
    writer = connect(tmp_path / "data" / FILE, Secret("1f" * 32), Way.WRITE)
    to_0039(writer)
    since = [(one - datetime(1970, 1, 1, tzinfo=UTC)) // MICRO if one else None for one in (known, next_visit)]
    writer.execute("INSERT INTO watch_facts VALUES ('default', 'w', NULL, ?, ?)", since)
    writer.close()
    store = open_store(found)
    row = store.visits.get(HERE, "w")
    assert (row is None) == (known is None and next_visit is None)
    assert row is None or row.beat == (known or next_visit)
    assert at_start(row, watch(), looked, NOW, UTC).at == at
    store.close()
