"""What a page wishes of the daemon: kept of its case alone, claimed by one daemon, and swept with time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model.case import Case
from monitor.model.ids import CaseId
from monitor.model.wish import Wish, WishEnd, WishKind, WishState
from monitor.store.store import SqlStore, open_store
from monitor.tracking.wishes import ended
from tests.store.store_values import CASE, NOW, later, opened, settings

HERE, OTHER = CaseId(CASE), CaseId("other")


def a_wish(name: str = "w1", *, case: CaseId = HERE, kind: WishKind = WishKind.LOOK, about: str = "forum") -> Wish:
    return Wish(name, case, kind, about, NOW)


def test_it_is_given_back_as_it_was_kept_and_of_its_case_alone(store: SqlStore) -> None:
    store.cases.save(Case(OTHER))
    store.wishes.add(a_wish())
    store.wishes.add(a_wish("w2", case=OTHER))
    done = ended(a_wish(), WishEnd.SEEN_PARTLY, later(9), said=("one ü", "", "two"), pages=3, pictures=40, finds=2)
    assert store.wishes.end(done)
    assert store.wishes.newest(HERE, 10) == [done] and done.said == ("one ü", "two")
    assert store.wishes.open(HERE) == [] and [one.id for one in store.wishes.open(OTHER)] == ["w2"]
    assert store.wishes.get(HERE, "w2") is None
    assert store.wishes.last(HERE, WishKind.LOOK, "forum") == done
    assert store.wishes.last(HERE, WishKind.CHECK, "forum") is None
    store.wishes.forget(HERE)
    assert store.wishes.newest(HERE, 10) == [] and len(store.wishes.newest(OTHER, 10)) == 1


def test_of_two_daemons_one_gets_it(tmp_path: Path) -> None:
    one, other = opened(tmp_path), open_store(settings(tmp_path))
    one.wishes.add(a_wish())
    (seen,), (seen_too,) = one.wishes.open(HERE), other.wishes.open(HERE)
    assert [one.wishes.claim(seen, "a", later(120), NOW), other.wishes.claim(seen_too, "b", later(120), NOW)] == [
        True,
        False,
    ]
    (taken,) = other.wishes.open(HERE)
    assert (taken.state, taken.holder, taken.tries) == (WishState.TAKEN, "a", 1)
    assert not other.wishes.claim(taken, "b", later(240), later(119)), "its holder may live"
    assert other.wishes.claim(taken, "b", later(240), later(120)), "it has not said so"
    assert not one.wishes.hold(HERE, "w1", "a", later(400)) and other.wishes.hold(HERE, "w1", "b", later(400))
    assert not one.wishes.end(ended(taken, WishEnd.SEEN, later(130))), "the first comes too late"
    (again,) = other.wishes.open(HERE)
    assert other.wishes.end(ended(again, WishEnd.SEEN, later(140)))
    assert not other.wishes.end(ended(again, WishEnd.FAULT, later(150))), "once"
    for opened_store in (one, other):
        opened_store.close()


def test_what_is_given_back_waits_again(store: SqlStore) -> None:
    store.wishes.add(a_wish())
    store.wishes.claim(a_wish(), "a", later(120), NOW)
    store.wishes.give_back(HERE, "w1", "somebody else")
    assert store.wishes.open(HERE)[0].state is WishState.TAKEN
    store.wishes.give_back(HERE, "w1", "a")
    (waits,) = store.wishes.open(HERE)
    assert (waits.state, waits.holder, waits.held_until) == (WishState.WAITING, "", None)


@pytest.mark.of_a_file
def test_a_clock_that_is_set_back_lets_nobody_hold_it_for_longer(store: SqlStore) -> None:
    store.wishes.add(a_wish())
    store.wishes.claim(a_wish(), "a", later(120), NOW)
    store.clock_set_back(later(3600) - NOW, later(-3600))
    assert store.wishes.open(HERE)[0].held_until == later(120 - 3600)


@pytest.mark.parametrize(
    ("state", "asked", "stays"),
    [
        pytest.param(WishState.ENDED, -1, False, id="ended and old"),
        pytest.param(WishState.ENDED, 0, True, id="ended"),
        pytest.param(WishState.WAITING, -1, True, id="old and waiting: it is told first that nobody came"),
    ],
)
def test_what_is_old_and_done_is_swept(store: SqlStore, state: WishState, asked: int, stays: bool) -> None:
    wish = replace(a_wish(), asked_at=later(asked))
    store.wishes.add(ended(wish, WishEnd.SEEN, NOW) if state is WishState.ENDED else wish)
    assert store.wishes.forget_before(HERE, NOW) == (not stays)
    assert len(store.wishes.newest(HERE, 1)) == stays
