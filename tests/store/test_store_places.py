"""What places have taught, as the store keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor.ports.places import BudgetLeft, TaughtPlace
from monitor.store.store import SqlStore
from tests.stores import a_store

NOW = datetime(2026, 5, 4, 12, 0, 0, 123, tzinfo=UTC)
ONE = TaughtPlace("default", "ü", '{"form":1}', ("a.example", "b.example"), NOW)
OTHER = TaughtPlace("other", "ü", "{}", (), NOW - timedelta(days=1))


@pytest.fixture
def store() -> Iterator[SqlStore]:
    found = a_store()
    yield found
    found.close()


def test_places_are_given_back_as_kept_and_replaced_whole(store: SqlStore) -> None:
    assert store.places.all() == []
    for place in (OTHER, TaughtPlace("default", "ü", "before", ("c.example",), NOW), ONE):
        store.places.save(place)
    assert store.places.all() == [ONE, OTHER]


def test_what_is_old_goes_and_a_case_goes_alone(store: SqlStore) -> None:
    store.places.save(ONE)
    store.places.save(OTHER)
    assert store.places.forget_before("default", NOW) == 0
    assert store.places.forget_before("other", NOW) == 1
    store.places.save(OTHER)
    store.places.forget("default")
    assert store.places.all() == [OTHER]


def test_the_budget_is_one_row(store: SqlStore) -> None:
    assert store.places.budget() is None
    for tokens in (7.25, -3.5):
        store.places.save_budget(BudgetLeft(tokens, NOW))
    assert store.places.budget() == BudgetLeft(-3.5, NOW)
