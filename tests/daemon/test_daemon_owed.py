"""Looks that this machine's own network kept from being made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.owed import FIRST_GAP, LONGEST_WAIT, UNSURE_TRIES, OwedLooks
from monitor.model.observation import Observation, RunStatus
from monitor.model.run import Run
from tests.alerts.alert_helpers import run

OFFLINE, TIMEOUT, WALL, PART = (
    Observation("", kind, "said", "remedy") for kind in ("offline", "timeout", "wall", "part")
)


def failed(*errors: Observation) -> Run:
    return run(status=RunStatus.FAILED, pages_seen=0, images_seen=0, errors=errors)


LOOKS = {
    "good": run(),
    "wall": failed(WALL),
    "offline": failed(OFFLINE),
    "silent": failed(TIMEOUT),
    "own": failed(PART),
    "lost": run(status=RunStatus.PARTIAL, errors=(OFFLINE,)),
}


@pytest.mark.parametrize(
    ("looks", "owed"),
    [
        pytest.param(["a good"], [], id="it answers"),
        pytest.param(["a wall"], [], id="it answers with a wall"),
        pytest.param(["a offline"], ["a"], id="no network"),
        pytest.param(["a offline", "a good"], [], id="and back"),
        pytest.param(["a good", "a lost"], ["a"], id="the network went in the middle"),
        pytest.param(["a silent"], ["a"], id="no answer from anywhere since the start"),
        pytest.param(["a good", "b silent"], [], id="one of two is silent: its own trouble"),
        pytest.param(["a good", "b silent", "c silent"], ["b", "c"], id="two, since the last answer: both"),
        pytest.param(["a good", "a silent"], ["a"], id="the only one there is"),
        pytest.param(["a good", "b good", "woke", "b silent"], ["b"], id="the first after a sleep"),
        pytest.param(["a silent", "b good", "a silent"], [], id="others answer meanwhile"),
        pytest.param(["a silent"] * (UNSURE_TRIES + 1), [], id="not for ever, where it may be the place"),
        pytest.param(["a good", "b own"], ["b"], id="a part of the program failed"),
        pytest.param(["b good", "a silent", "c own", "a silent"], ["c"], id="which says nothing of who answers"),
        pytest.param(["a own"] * (UNSURE_TRIES + 1), [], id="nor for ever"),
        pytest.param(["a offline"] * 100, ["a"], id="for as long as it takes, where it is the network"),
    ],
)
def test_who_is_owed_a_look(looks: list[str], owed: list[str]) -> None:
    looking = OwedLooks()
    for look in looks:
        if look == "woke":
            looking.woke()
            continue
        name, kind = look.split()
        looking.noted(name, LOOKS[kind])
    assert sorted(looking.names) == owed


def test_gaps_grow_to_five_minutes() -> None:
    looking = OwedLooks()
    gaps = [looking.noted("a", LOOKS["offline"])["a"] for _ in range(1000)]
    assert gaps[0] == FIRST_GAP and gaps == sorted(gaps) and gaps[-1] == LONGEST_WAIT == timedelta(minutes=5)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(LOOKS)))))
def test_an_owed_look_always_has_its_time(looks: list[tuple[str, str]]) -> None:
    looking, waits = OwedLooks(), dict[str, timedelta]()
    for name, kind in looks:
        waits.pop(name, None)  # it is being looked at
        waits |= looking.noted(name, LOOKS[kind])
        assert all(FIRST_GAP <= gap <= LONGEST_WAIT for gap in waits.values())
        assert set(looking.names) <= set(waits)
