"""Whose turn it is to look at a watch: one look at a time, in whatever process, and its next time with what came of
it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest

from monitor.errors import BeingLookedAt, MonitorError, StoreBusy, UsageError
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.visit import DueVisit, VisitReason
from monitor.pipeline import visiting as module
from monitor.pipeline.scan import run_watch
from monitor.pipeline.visiting import FURTHEST_VISIT, VISIT_HELD_FOR, Visit, visiting
from monitor.processes import has_ended, mark_of_process
from monitor.store.store import open_store
from tests.pipeline.pipeline_bench import FORUM, Bench, page

THREAD = "https://forum.example/t/1"
HOUR = timedelta(hours=1)


def row(bench: Bench) -> DueVisit:
    found = bench.store.visits.get(FORUM.case, FORUM.name)
    assert found is not None
    return found


def is_due(bench: Bench) -> bool:
    now = bench.clock()
    return bool(bench.store.visits.due(now, furthest=now + FURTHEST_VISIT))


def visit(bench: Bench) -> Visit:
    return Visit(FORUM, bench.settings, bench.store, bench.clock)


async def test_a_look_leaves_its_next_time_and_no_holder(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    began: datetime = bench.clock()
    await run_watch(FORUM, bench.dependencies())
    found = row(bench)
    assert (found.held_by, found.held_until, found.why) == ("", None, VisitReason.SCHEDULE)
    assert HOUR <= found.at - began <= HOUR * 1.1 + timedelta(minutes=1)


async def test_a_look_that_was_claimed_with_others_is_settled_alike_and_claimed_by_nobody_else(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    bench.store.visits.plan(DueVisit(FORUM.name, FORUM.case, bench.clock(), VisitReason.NEW, bench.clock(), grp="g"))
    (mine,) = bench.store.visits.claim_group("g", "a job", VISIT_HELD_FOR, bench.clock())
    await run_watch(FORUM, bench.dependencies(), held_by="a job")
    found = row(bench)
    assert (found.held_by, found.grp, found.why) == ("", "g", VisitReason.SCHEDULE) and found.at > mine.at


async def test_what_fell_into_other_hands_meanwhile_is_not_settled(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    bench.store.visits.plan(DueVisit(FORUM.name, FORUM.case, bench.clock(), VisitReason.NEW, bench.clock(), grp="g"))
    (theirs,) = bench.store.visits.claim_group("g", "another", VISIT_HELD_FOR, bench.clock())
    await run_watch(FORUM, bench.dependencies(), held_by="a job")
    assert row(bench) == theirs


async def test_nobody_looks_beside_another(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    first = visit(bench)
    first.claim()
    with pytest.raises(BeingLookedAt, match=FORUM.name):
        await run_watch(FORUM, bench.dependencies())
    assert bench.store.runs.last(FORUM.case, FORUM.name) is None and THREAD not in bench.site.asked
    bench.clock.forward(hours=VISIT_HELD_FOR / HOUR)
    await run_watch(FORUM, bench.dependencies())  # it was killed: the hold has run out
    after = row(bench)
    first.settle(None)
    first.let_go()
    assert row(bench) == after, "who comes too late changes nothing"


async def test_a_look_without_a_network_is_owed(bench: Bench) -> None:
    bench.site.fails[THREAD] = Outcome(OutcomeKind.OFFLINE, "this machine has no network", "Connect it.")
    await run_watch(FORUM, bench.dependencies())
    assert row(bench).why is VisitReason.OWED and row(bench).at - bench.clock() <= timedelta(minutes=1)
    await run_watch(FORUM, bench.dependencies(), again=True)  # of which nothing is kept
    assert row(bench).why is VisitReason.OWED and not row(bench).held_by


async def test_what_keeps_a_look_from_being_made_does_not_keep_it_due(bench: Bench) -> None:
    with pytest.raises(UsageError):
        async with visiting(FORUM, bench.settings, bench.store, bench.clock):
            raise UsageError("no source reads it")
    assert not is_due(bench) and not row(bench).held_by


async def test_what_is_cut_off_from_outside_stays_due(bench: Bench) -> None:
    async def look() -> None:
        async with visiting(FORUM, bench.settings, bench.store, bench.clock):
            started.set()
            await asyncio.Event().wait()

    started = asyncio.Event()
    task = asyncio.create_task(look())
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    assert is_due(bench) and not row(bench).held_by


@contextmanager
def broken(bench: Bench, name: str) -> Iterator[None]:
    def fails(*_: object, **__: object) -> None:
        raise StoreBusy("another process writes")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.store.watch_facts, name, fails)
        yield


async def test_run_and_next_time_are_kept_both_or_neither(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    with broken(bench, "blindness_told"), pytest.raises(MonitorError):  # after both, in their transaction
        await run_watch(FORUM, bench.dependencies())
    assert bench.store.runs.last(FORUM.case, FORUM.name) is None
    assert not row(bench).held_by and not is_due(bench), "a look that failed has its next time by itself"


async def test_a_hold_is_renewed_for_as_long_as_the_look_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VISIT_HELD_AGAIN_S", 0)
    async with visiting(FORUM, bench.settings, bench.store, bench.clock):
        for _ in range(3):
            bench.clock.forward(hours=1)
            while row(bench).held_until != bench.clock() + VISIT_HELD_FOR:
                await asyncio.sleep(0)
            with pytest.raises(BeingLookedAt):
                visit(bench).claim()


def test_what_a_killed_process_held_is_free_at_once(bench: Bench) -> None:
    """Claimed by a child, which dies without letting go."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            store = open_store(bench.settings)
            Visit(FORUM, bench.settings, store, bench.clock).claim()
        os._exit(0)
    os.waitpid(child, 0)
    assert row(bench).held_by
    visit(bench).claim()
    with pytest.raises(BeingLookedAt):
        visit(bench).claim()


@pytest.mark.parametrize(
    ("mark", "ended"),
    [
        pytest.param(mark_of_process(), False, id="this one"),
        pytest.param("", False, id="none"),
        pytest.param("elsewhere:1:1", False, id="another machine"),
        pytest.param(mark_of_process().rpartition(":")[0] + ":1", True, id="another one had its number"),
        pytest.param(mark_of_process().rpartition(":")[0] + ":", False, id="it is not known when it began"),
        pytest.param(mark_of_process().replace(f":{os.getpid()}:", ":4194999:"), True, id="no such one"),
        pytest.param(mark_of_process().replace(f":{os.getpid()}:", f":{10**30}:"), True, id="no such number"),
        pytest.param(mark_of_process().replace(f":{os.getpid()}:", ":-1:"), False, id="no number"),
    ],
)
def test_which_processes_have_ended(mark: str, ended: bool) -> None:
    assert has_ended(mark) is ended


def test_one_that_may_not_be_signalled_is_told_by_when_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """A confined core may signal none but its own."""

    def refused(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert not has_ended(mark_of_process())
    assert has_ended(mark_of_process().rpartition(":")[0] + ":1")
