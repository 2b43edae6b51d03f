"""What of the daemon stands still, by its marks alone: pure, on time that is given."""

from __future__ import annotations

import pytest

from monitor.daemon.progress import (
    MENDED_WITHIN_S,
    SCHEDULE_WITHIN_S,
    Judge,
    Seen,
    begun_within_s,
    stalls,
)
from monitor.model.progress import Loop, LoopWork
from monitor.store.engine import STANDS_STILL_AFTER_S

BEGAN, NOW = 1000.0, 5000.0
FETCH_S, SEND_S, PASS_S, STORE_S = 420.0, 2400.0, 1800.0, STANDS_STILL_AFTER_S


def in_hand(loop: Loop, *, ago: float, allowed_s: float) -> LoopWork:
    return LoopWork(loop, "it", NOW - ago, allowed_s)


@pytest.mark.parametrize(
    ("looked_ago", "work", "stands"),
    [
        pytest.param(5, (), [], id="idle, and that may last"),
        pytest.param(SCHEDULE_WITHIN_S - 1, (), [], id="a schedule on a busy machine"),
        pytest.param(SCHEDULE_WITHIN_S, (), [Loop.SCHEDULE], id="a schedule that is not looked at"),
        pytest.param(5, [in_hand(Loop.FETCHER, ago=419, allowed_s=FETCH_S)], [], id="a slow request"),
        pytest.param(5, [in_hand(Loop.FETCHER, ago=420, allowed_s=FETCH_S)], [Loop.FETCHER], id="a request that hangs"),
        pytest.param(5, [in_hand(Loop.OUTBOX, ago=1900, allowed_s=SEND_S)], [], id="a mail server that takes its time"),
        pytest.param(5, [in_hand(Loop.OUTBOX, ago=2400, allowed_s=SEND_S)], [Loop.OUTBOX], id="sending that hangs"),
        pytest.param(5, [in_hand(Loop.STORE, ago=119, allowed_s=STORE_S)], [], id="a writer elsewhere, who will end"),
        pytest.param(
            5,
            [in_hand(Loop.STORE, ago=120, allowed_s=STORE_S)],
            [Loop.STORE],
            id="a writer who does not end",
        ),
        pytest.param(
            70,
            [
                in_hand(Loop.STORE, ago=70, allowed_s=STORE_S),
                in_hand(Loop.VISITS, ago=70, allowed_s=PASS_S),
            ],
            [Loop.STORE, Loop.SCHEDULE],
            id="a statement that stops the loop is named before the loop",
        ),
        pytest.param(
            5,
            [in_hand(Loop.VISITS, ago=1900, allowed_s=PASS_S), in_hand(Loop.FETCHER, ago=430, allowed_s=FETCH_S)],
            [Loop.FETCHER, Loop.VISITS],
            id="what a pass waits for is named before the pass",
        ),
        pytest.param(5, [in_hand(Loop.VISITS, ago=float("-inf"), allowed_s=PASS_S)], [], id="waits in turn"),
    ],
)
def test_what_stands_still(looked_ago: float, work: list[LoopWork], stands: list[Loop]) -> None:
    seen = Seen({Loop.SCHEDULE: NOW - looked_ago}, work)
    assert [stall.loop for stall in stalls(seen, NOW, judged_from=BEGAN)] == stands


def test_of_two_of_one_loop_the_one_that_stands_longest_is_named() -> None:
    older, newer = (
        LoopWork(Loop.FETCHER, "browser", 1100.0, FETCH_S),
        LoopWork(Loop.FETCHER, "request", 1200.0, FETCH_S),
    )
    for work in ((older, newer), (newer, older)):
        found = stalls(Seen({Loop.SCHEDULE: NOW}, work), NOW, judged_from=BEGAN)
        assert [(stall.what, stall.since) for stall in found] == [("browser", 1100.0)]


@pytest.mark.parametrize(
    ("begun_ago", "work", "stands"),
    [
        pytest.param(149, (), "", id="begun in time"),
        pytest.param(150, (), "alerts", id="a round that nobody begins any more"),
        pytest.param(None, (), "alerts", id="never begun"),
        pytest.param(900, [LoopWork(Loop.OUTBOX, "alerts", NOW - 900, SEND_S)], "", id="the last one is still at work"),
    ],
)
def test_a_schedule_that_looks_and_begins_nothing(begun_ago: float | None, work: list[LoopWork], stands: str) -> None:
    begun = {"alerts": (None if begun_ago is None else NOW - begun_ago, begun_within_s(10)), "digest": (NOW, 300.0)}
    found = stalls(Seen({Loop.SCHEDULE: NOW}, work, begun), NOW, judged_from=BEGAN)
    assert "".join(stall.what for stall in found if stall.loop is Loop.SCHEDULE) == stands


def quiet(now: float) -> Seen:
    return Seen({Loop.SCHEDULE: now}, ())


def hung(since: float, now: float) -> Seen:
    return Seen({Loop.SCHEDULE: now}, (LoopWork(Loop.FETCHER, "browser", since, 30.0),))


def test_a_stall_is_told_once_and_that_it_is_over_once() -> None:
    judge = Judge(15.0, 0.0)
    told = [judge.look(hung(0.0, now), now) for now in (15.0, 30.0, 45.0)] + [judge.look(quiet(60.0), 60.0)]
    assert [(len(one.new), len(one.over), one.is_well) for one in told] == [
        (0, 0, True),
        (1, 0, False),
        (0, 0, False),
        (0, 1, True),
    ]


def test_another_piece_of_the_same_loop_is_told_and_mended_by_itself() -> None:
    judge, told, now = Judge(15.0, 0.0), [], 0.0
    for since in (0.0, 0.0, 0.0, 20.0, 20.0, 20.0):
        now += 15.0
        verdict = judge.look(hung(since, now), now)
        told += [stall.since for stall in verdict.new]
        assert verdict.ends is None
    assert told == [0.0, 20.0]


def test_what_was_not_mended_ends_the_process_and_not_before() -> None:
    judge, now, ends = Judge(15.0, 0.0), 0.0, []
    while not ends:
        now += 15.0
        ends = [now] if judge.look(hung(0.0, now), now).ends else []
    assert ends == [30.0 + MENDED_WITHIN_S]


@pytest.mark.parametrize(
    ("held_up_s", "is_well"),
    [
        pytest.param(600.0, True, id="the whole process was stopped: all have their time anew"),
        pytest.param(20.0, False, id="a look that came a little late"),
    ],
)
def test_a_process_that_was_stopped_as_a_whole_accuses_nobody(held_up_s: float, is_well: bool) -> None:
    judge = Judge(15.0, 0.0)
    judge.look(quiet(15.0), 15.0)
    now = 15.0 + held_up_s
    assert judge.look(hung(0.0, now), now).is_well is is_well
    for _ in range(20):
        now += 15.0
        last = judge.look(hung(0.0, now), now)
    assert not last.is_well  # and then it is judged as ever
