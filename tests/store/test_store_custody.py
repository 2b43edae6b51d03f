"""The custody log and the time stamps, as the store keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.errors import StoreError
from monitor.evidence.custody import faults, head_of
from monitor.model.custody import NO_HEAD, CustodyAct
from monitor.model.ids import CaseId
from monitor.model.stamp import StampTry, TimeStamp
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, a_case, later

HERE = CaseId(CASE)
OTHER = CaseId("other")


def note(store: SqlStore, act: CustodyAct = CustodyAct.CAPTURE, **about: str) -> int:
    return store.custody.note(HERE, act, about, NOW).number


def test_entries_follow_each_other(store: SqlStore) -> None:
    assert store.custody.head(HERE) == NO_HEAD
    for number in range(1, 4):
        assert note(store, sighting=f"s{number}") == number
    log = store.custody.all(HERE)
    assert list(faults(log)) == []
    assert store.custody.head(HERE) == head_of(log)
    assert len({entry.salt for entry in log}) == 3


def test_each_case_has_its_own_log(store: SqlStore) -> None:
    store.cases.save(a_case(OTHER))
    note(store, sighting="s1")
    store.custody.note(OTHER, CustodyAct.VIEW, {}, NOW)
    assert [entry.act for entry in store.custody.all(OTHER)] == [CustodyAct.VIEW]
    assert store.custody.naming(OTHER, ["s1"]) == []
    store.custody.note(OTHER, CustodyAct.CLOSE, {}, NOW, drop=["s1"])
    assert not store.custody.all(HERE)[0].is_dropped


def test_what_names_a_word_is_dropped_and_the_chain_holds(store: SqlStore) -> None:
    note(store, capture="c1", sighting="s1")
    note(store, capture="c1", sightings="s1 s2")
    note(store, capture="c2", sighting="s10")
    closing = store.custody.note(HERE, CustodyAct.DISMISS, {}, NOW, drop=["s1"])
    assert closing.drops == (1,)
    assert [entry.is_dropped for entry in store.custody.all(HERE)] == [True, False, False, False]
    again = store.custody.note(HERE, CustodyAct.CLOSE, {"sighting": "s1"}, NOW, drop=["s1", "c1", ""])
    assert again.drops == (2,)
    log = store.custody.all(HERE)
    assert list(faults(log)) == []
    assert "c1" not in "".join(entry.details for entry in log)


def test_a_word_is_a_word_and_no_pattern(store: SqlStore) -> None:
    note(store, what="100 of a_b")
    assert store.custody.naming(HERE, ["%", "_", "a_b", "what", ""]) == []
    assert [one.number for one in store.custody.naming(HERE, ["100 of a_b"])] == [1]


def test_an_entry_goes_with_the_transaction_that_it_is_in(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        note(store, sighting="s1")
        raise ZeroDivisionError
    assert store.custody.all(HERE) == []


def test_no_entry_of_an_unknown_case(store: SqlStore) -> None:
    with pytest.raises(StoreError):
        store.custody.note(CaseId("unknown"), CustodyAct.VIEW, {}, NOW)


def a_stamp(number: int, authority: str = "https://tsa.example/", seconds: float = 0) -> TimeStamp:
    return TimeStamp(HERE, number, authority, later(seconds), NOW, b"data", b"query", b"reply", b"chain")


def test_time_stamps_come_back_and_end_what_was_tried(store: SqlStore) -> None:
    assert store.time_stamps.last(HERE) is None
    tried = StampTry(2, NOW, NOW + timedelta(hours=1), "no answer")
    store.time_stamps.note_try(HERE, tried)
    assert store.time_stamps.tried(HERE) == tried
    stamps = [a_stamp(1), a_stamp(2, "http://a.example/", 60), a_stamp(2, seconds=30)]
    for stamp in reversed(stamps):
        store.time_stamps.save(stamp)
    assert store.time_stamps.all(HERE) == stamps
    assert store.time_stamps.last(HERE) == stamps[1]
    assert store.time_stamps.tried(HERE) is None


def test_where_it_ends_is_noted_beside_it(store: SqlStore) -> None:
    assert store.custody.noted_head(HERE) == NO_HEAD
    note(store, sighting="s1")
    last = store.custody.note(HERE, CustodyAct.CLOSE, {}, NOW, drop=["s1"])
    assert store.custody.noted_head(HERE) == store.custody.head(HERE) == head_of([last])
    store.cases.save(a_case(OTHER))
    assert store.custody.noted_head(OTHER) == NO_HEAD
