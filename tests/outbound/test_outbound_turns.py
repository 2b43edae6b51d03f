"""Whose turn it is, where other machines ask the same hosts: claimed before each request, held while it lasts, given
back with its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from monitor.errors import StoreAway
from monitor.model.page import Fetched, Request
from monitor.outbound import polite
from monitor.ports.host_gate import HostTurn
from tests.outbound.polite_world import K, World, run, said


@dataclass
class Shared(World):
    """others: what a claim is told before it is given. log: what was asked of the gate, and what of the host."""

    is_shared = True
    others: list[HostTurn] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    lost: bool = False

    def claim(self, host: str, gap: timedelta, lease: timedelta, now: datetime) -> HostTurn:
        turn = self.others.pop(0) if self.others else HostTurn(0.0)
        self.log.append("claimed" if turn.is_given else "refused")
        return turn

    def give_back(self, host: str, gap: timedelta) -> None:
        self.log.append("given back")
        if self.lost:
            raise StoreAway("the database does not answer", remedy="Look at it.")

    def back_off(self, host: str, wait: timedelta, failures: int, now: datetime) -> None:
        self.log.append(f"left alone for {wait.total_seconds():.0f} s, {failures}")

    async def fetch(self, request: Request) -> Fetched:
        self.log.append("asked")
        return await super().fetch(request)


async def asked(world: Shared, *paths: str) -> Sequence[Fetched]:
    return await run(world.polite(delay=0), *(f"http://a.test/{path}" for path in paths), ignore_robots=True)


async def test_each_request_has_its_turn_without_a_gap_too() -> None:
    world = Shared()
    await asked(world, "1", "2")
    assert world.log == ["claimed", "asked", "given back"] * 2


async def test_who_is_refused_waits_as_long_as_he_is_told_and_claims_again() -> None:
    world = Shared(others=[HostTurn(7.0, is_given=False), HostTurn(2.0, is_given=False)])
    began = world.now
    await asked(world, "1")
    assert world.log == ["refused", "refused", "claimed", "asked", "given back"]
    assert world.now - began == timedelta(seconds=9)


async def test_who_waits_for_an_answer_asks_less_and_less_often() -> None:
    world = Shared(others=[HostTurn(0.0, is_given=False)] * 8)
    began, slept = world.now, []
    sleep = world.sleep

    async def noted(seconds: float) -> None:
        slept.append(round(seconds, 3))
        await sleep(seconds)

    world.sleep = noted  # type: ignore[method-assign]
    await asked(world, "1")
    assert slept == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0] and world.now > began


async def test_what_the_host_asks_for_is_noted_before_others_may_claim() -> None:
    world = Shared(answers=lambda request: said(request, K.RATE_LIMITED, 429, b"", 90.0))
    await asked(world, "1", "2")
    assert world.log == ["claimed", "asked", "left alone for 90 s, 1", "given back"]


async def test_what_others_were_told_counts_for_this_one() -> None:
    """How often it refused in a row, and how long it is to be left alone."""
    refused = HostTurn(0.0, failures=3)
    world = Shared(others=[refused], answers=lambda request: said(request, K.RATE_LIMITED, 429, b""))
    await asked(world, "1")
    assert "left alone for 240 s, 4" in world.log
    world = Shared(others=[HostTurn(400.0, is_given=False)])
    (found,) = await asked(world, "1")
    assert (found.outcome.kind, world.log) == (K.RATE_LIMITED, ["refused"])


async def test_a_long_answer_keeps_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polite, "TURN_HELD_AGAIN_S", 0.0)
    world, answered = Shared(busy=True), False

    def answers(request: Request) -> Fetched:
        nonlocal answered
        answered = True
        return said(request)

    world.answers = answers
    await asked(world, "1")
    assert answered and world.log.count("claimed") > 1
    after = len(world.log)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(world.log) == after, "with the answer that ends"


async def test_who_is_cut_off_gives_back_his_turn() -> None:
    world, stands = Shared(), asyncio.Event()

    async def hangs(request: Request) -> Fetched:
        stands.set()
        await asyncio.Event().wait()
        raise AssertionError

    world.fetch = hangs  # type: ignore[method-assign]
    fetching = asyncio.create_task(asked(world, "1"))
    await stands.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert world.log == ["claimed", "given back"]


async def test_an_answer_is_worth_more_than_the_turn_that_could_not_be_given_back() -> None:
    (found,) = await asked(Shared(lost=True), "1")
    assert found.outcome.kind is K.OK


async def test_who_waited_for_others_here_or_slept_claims_once_more() -> None:
    """Else the host would be asked when the turn has passed to somebody else."""
    world, slept = Shared(), iter([0.0])
    fetcher = world.polite(delay=0, passed=lambda: next(slept, 3600.0))
    await run(fetcher, "http://a.test/1", ignore_robots=True)
    assert world.log == ["claimed", "claimed", "asked", "given back"]
