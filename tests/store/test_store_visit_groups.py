"""What is looked at together: claimed in one statement, held, let go, and set aside where workers died of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.model.ids import CaseId
from monitor.model.visit import DueVisit
from monitor.store.due_visits import SET_ASIDE_FIRST
from monitor.store.store import SqlStore
from tests.store.test_store_visits import DUE, HOLD, HOUR, NEXT, NOW

DAY = timedelta(days=1)
FIRST, SECOND = replace(DUE, grp="g"), replace(NEXT, watch="v", case=CaseId("other"), grp="g")
ALONE = replace(DUE, watch="alone", grp="a", at=NOW - 2 * HOUR)


def planned(store: SqlStore, *rows: DueVisit) -> None:
    for row in rows:
        store.visits.plan(row)


def due_groups(store: SqlStore, at: datetime, limit: int = 10) -> list[str]:
    return [grp for grp, _ in store.visits.due_groups(at, limit)]


def names(rows: Sequence[DueVisit]) -> list[str]:
    return sorted(row.watch for row in rows)


def test_a_group_is_claimed_whole_as_soon_as_one_of_it_is_due(store: SqlStore) -> None:
    planned(store, FIRST, SECOND, ALONE)
    assert due_groups(store, NOW) == ["a", "g"], "what has been due for longest comes first"
    assert store.visits.due_groups(NOW, 1) == [("a", ALONE.at)]
    claimed = store.visits.claim_group("g", "one", HOLD, NOW)
    assert names(claimed) == ["v", "w"]
    assert {(row.held_by, row.held_until, row.deaths) for row in claimed} == {("one", NOW + HOLD, 0)}
    assert due_groups(store, NOW) == ["a"] and store.visits.held_groups(NOW) == {"g"}
    assert store.visits.claim_group("g", "two", HOLD, NOW) == []


def test_what_is_not_due_is_not_claimed(store: SqlStore) -> None:
    planned(store, SECOND, replace(DUE, watch="old"))
    assert store.visits.claim_group("g", "one", HOLD, NOW) == []
    assert due_groups(store, NOW) == [], "what belongs to no group has none"


def test_only_what_is_free_of_a_group_is_claimed(store: SqlStore) -> None:
    planned(store, FIRST, SECOND)
    assert store.visits.claim(replace(FIRST, held_by="by hand"), NOW + HOLD, NOW, furthest=NOW + 2 * HOLD)
    assert store.visits.claim_group("g", "one", HOLD, NOW) == [SECOND_HELD]


SECOND_HELD = replace(SECOND, held_by="one", held_until=NOW + HOLD)


def test_a_hold_goes_on_as_long_as_its_holder_says_so(store: SqlStore) -> None:
    planned(store, FIRST, SECOND)
    store.visits.claim_group("g", "one", HOLD, NOW)
    soon = NOW + HOLD / 2
    assert store.visits.hold_all("one", HOLD, soon) == 2
    assert store.visits.claim_group("g", "two", HOLD, NOW + HOLD) == []
    assert store.visits.hold_all("one", HOLD, soon + HOLD) == 0, "what ran out is lost, though nobody has it yet"
    assert len(store.visits.claim_group("g", "two", HOLD, soon + HOLD)) == 2
    assert not store.visits.settle(replace(NEXT, grp="g"), "one"), "whoever is late settles nothing"


def test_what_is_taken_away_counts_as_a_death(store: SqlStore) -> None:
    planned(store, FIRST, SECOND)
    store.visits.claim_group("g", "one", HOLD, NOW)
    store.visits.take_away("a", NOW)
    assert store.visits.held_groups(NOW) == {"g"}
    store.visits.take_away("g", NOW)
    assert store.visits.hold_all("one", HOLD, NOW) == 0 and store.visits.held_groups(NOW) == frozenset()
    assert [row.deaths for row in store.visits.claim_group("g", "two", HOLD, NOW)] == [1, 1]


def test_who_lets_go_died_of_nothing(store: SqlStore) -> None:
    planned(store, FIRST, SECOND)
    store.visits.claim_group("g", "one", HOLD, NOW)
    store.visits.let_go_all("two")
    assert due_groups(store, NOW) == []
    store.visits.let_go_all("one")
    assert [row.deaths for row in store.visits.claim_group("g", "two", HOLD, NOW)] == [0, 0]


def test_the_third_death_sets_a_group_aside_and_it_is_tried_once_a_day(store: SqlStore) -> None:
    planned(store, FIRST)
    at, counted = NOW, []
    for holder in ("one", "two", "three"):
        (row,) = store.visits.claim_group("g", holder, HOLD, at)
        counted.append(row.deaths)
        at += HOLD
    assert counted == [0, 1, 2] and list(store.visits.set_aside()) == []
    assert due_groups(store, at) == ["g"]
    assert store.visits.claim_group("g", "four", HOLD, at) == [], "it is set aside instead"
    (aside,) = store.visits.set_aside()
    assert (aside.deaths, aside.set_aside_at, aside.held_by) == (3, at, "")
    soon = at + SET_ASIDE_FIRST
    assert due_groups(store, soon - HOLD) == [] and not store.visits.due(at, furthest=at + HOLD)
    assert due_groups(store, soon) == ["g"], "it may have been the machines"
    (row,) = store.visits.claim_group("g", "four", HOLD, soon)
    assert store.visits.claim_group("g", "five", HOLD, soon + SET_ASIDE_FIRST) == [], "once more, and it died again"
    at = soon + SET_ASIDE_FIRST
    assert due_groups(store, at + DAY - HOLD) == []
    tomorrow = at + DAY
    assert due_groups(store, tomorrow) == ["g"]
    (row,) = store.visits.claim_group("g", "five", HOLD, tomorrow)
    assert row.set_aside_at == tomorrow, "until it was looked at"
    assert store.visits.claim_group("g", "six", HOLD, tomorrow + DAY) == [], "once more, and it died again"
    (row,) = store.visits.claim_group("g", "seven", HOLD, tomorrow + 2 * DAY)
    assert store.visits.settle(replace(NEXT, at=tomorrow + 3 * DAY), "seven")
    kept = store.visits.get(DUE.case, "w")
    assert kept is not None and (kept.deaths, kept.set_aside_at, kept.grp) == (0, None, "g")


@pytest.mark.parametrize(
    ("changed", "deaths"),
    [
        pytest.param(replace(NEXT, grp=""), 2, id="another time: nothing else is changed"),
        pytest.param(replace(NEXT, grp="g"), 2, id="the same group"),
        pytest.param(replace(NEXT, grp="h"), 0, id="another place: it begins anew"),
    ],
)
def test_a_plan_begins_anew_only_with_another_group(store: SqlStore, changed: DueVisit, deaths: int) -> None:
    planned(store, FIRST)
    for count in range(3):
        store.visits.claim_group("g", f"{count}", HOLD, NOW + count * HOLD)
    store.visits.plan(changed)
    kept = store.visits.get(DUE.case, "w")
    assert kept is not None and (kept.deaths, kept.grp, kept.held_by) == (deaths, changed.grp or "g", "2")
