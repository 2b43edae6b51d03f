"""An alert's number: counted by the store, typed by a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind, counted_of, number_of
from tests.alerts.alert_helpers import NOW
from tests.stores import a_store


@given(st.integers(1, 10**9 - 1))
def test_is_read_as_it_was_written(counted: int) -> None:
    number = number_of(counted)
    assert counted_of(number) == counted
    assert counted_of(f" {number.lower().replace('-', ' ')} ") == counted == counted_of("#" + number.replace("-", ""))


@given(st.integers(1, 10**7), st.data())
def test_one_wrong_sign_or_two_swapped_ones_are_told(counted: int, data: st.DataObject) -> None:
    number = list(number_of(counted).replace("-", ""))
    at = data.draw(st.integers(0, len(number) - 1))
    slip = list(number)
    if data.draw(st.booleans()) and at:
        slip[at - 1], slip[at] = slip[at], slip[at - 1]
    else:
        slip[at] = data.draw(st.sampled_from("0123456789" if slip[at].isdigit() else "ABCDEFGHJKLMNPRSTVWXYZ"))
    if slip != number:
        with pytest.raises(ValueError, match=r"slip|looks like"):
            counted_of("".join(slip))


@pytest.mark.parametrize(
    "typed", ["", "-", "K7", "3", "3-", "x-K7", "³-K7", "9" * 5000 + "-K7", "3-K7; drop", "\ud800"]
)
def test_nonsense_is_told_with_what_would_be_right(typed: str) -> None:
    with pytest.raises(ValueError, match=r"3-K7|slip"):
        counted_of(typed)


def test_the_issue_s_own_example() -> None:
    assert number_of(3) == "3-K7"


def test_the_store_counts_and_each_keeps_its_own() -> None:
    store = a_store()
    made = [new_alert(AlertKind.NEW, case="default", subject=f"s{n}", now=NOW, not_before=NOW) for n in range(3)]
    for alert in made:
        store.alerts.save(alert)
    store.alerts.save(replace(made[0], count=7))
    numbers = [store.alerts.get("default", alert.id) for alert in made]
    assert [alert.number for alert in numbers if alert] == [number_of(n) for n in (1, 2, 3)]
    again = store.alerts.by_number("default", number_of(1))
    assert again is not None and (again.id, again.count) == (made[0].id, 7)


def test_another_case_s_number_is_of_no_alert_here() -> None:
    store = a_store()
    store.alerts.save(new_alert(AlertKind.NEW, case="default", subject="s", now=NOW, not_before=NOW))
    assert store.alerts.by_number("default", number_of(1)) and store.alerts.by_number("other", number_of(1)) is None
