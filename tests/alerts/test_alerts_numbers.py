"""An alert's number: counted by the store, typed by a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.acting import acting_for
from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind, case_letters, counted_of, letters_in, number_of
from monitor.model.case import Case
from tests.alerts.alert_helpers import NOW
from tests.stores import a_postgres_store, a_store


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


@given(st.integers(1, 10**9 - 1), st.binary(min_size=8, max_size=8))
def test_the_letters_of_a_case_go_before_it(counted: int, digest: bytes) -> None:
    letters = case_letters(digest)
    number = number_of(counted, letters)
    assert number == f"{letters}-{number_of(counted)}" and len(letters) == 4 and not set(letters) & set("AEIOU")
    for typed in (number, number.lower().replace("-", " "), "#" + number.replace("-", "")):
        assert (letters_in(typed), counted_of(typed)) == (letters, counted)
    assert letters_in(number_of(counted)) == ""


@pytest.mark.parametrize("typed", ["", "nonsense", "K7", "WRB-3-K7", "WRAT-3-K7", "3-K7", "\ud800", "9" * 5000])
def test_what_has_no_letters_of_a_case(typed: str) -> None:
    assert letters_in(typed) == ""


def test_several_cases_of_one_mailbox_are_told_apart() -> None:
    store = a_store()
    alert = new_alert(AlertKind.NEW, case="default", subject="s", now=NOW, not_before=NOW)
    store.alerts.save(alert)
    store.cases.save(Case("anna", created_at=NOW))
    other = new_alert(AlertKind.NEW, case="anna", subject="s", now=NOW, not_before=NOW)
    store.alerts.save(other)
    first, second = (one.number for one in store.alerts.due(NOW))
    assert {first, second} == {number_of(1, store.letters_of("default")), number_of(1, store.letters_of("anna"))}
    assert first != second and "anna" not in (first + second).lower()
    shown = store.alerts.by_number("anna", number_of(1, store.letters_of("anna")))
    assert shown is not None and shown.id == other.id
    assert store.alerts.by_number("anna", number_of(1, store.letters_of("default"))) is None
    assert store.alerts.by_number("anna", number_of(1)), "with the case named, no letters are needed"


def test_who_works_for_one_case_of_a_database_gives_the_same_number() -> None:
    store = a_postgres_store()
    alert = new_alert(AlertKind.NEW, case="default", subject="s", now=NOW, not_before=NOW)
    with acting_for("default"):
        store.alerts.save(alert)
        found = store.alerts.get("default", alert.id)
    assert found is not None and found.number == number_of(1, store.letters_of("default"))


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
