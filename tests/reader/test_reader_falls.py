"""A reader that cannot be started, or dies of everything: tried in growing gaps, and it goes on when it can."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from monitor.model.page import OutcomeKind, ParseJob
from monitor.reader import crew
from monitor.reader.pool import ReaderPool, page_plan
from monitor.tracking.falls import AT_WORK, STARTING, is_standing, standing_falls
from tests.reader import planted_worker


class Moment:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    made = Moment()
    monkeypatch.setattr(crew, "monotonic", made)
    return made


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each process; it is a short one where no reader can be started."""
    begun, real = list[None](), subprocess.Popen

    def noted(command: list[str], **more: object) -> object:
        begun.append(None)
        return real(["false"] if "monitor.not_there" in command else command, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(crew.subprocess, "Popen", noted)
    return begun


async def test_one_that_cannot_be_started_is_tried_in_gaps_told_and_recovers(
    moment: Moment, started: list[None]
) -> None:
    async with ReaderPool(pages=replace(page_plan(), module="monitor.not_there", workers=1)) as pool:
        for _ in range(20):
            page = await pool.page(ParseJob("html", "http://a.example/"), b"<p>x")
            assert page.problem is not None and page.problem.kind is OutcomeKind.UNREADABLE
        assert len(started) == STARTING.free + 1, "no process is started while it rests"
        assert "times in a row" in page.problem.message and "doctor" in page.problem.remedy
        before = len(started)
        for _ in range(10):
            moment.now += STARTING.longest_s
            await pool.page(ParseJob("html", "http://a.example/"), b"<p>x")
        assert len(started) == before + 10, "one try for each gap, and none of them twice"
        assert any(is_standing(one.state) for one in standing_falls() if one is pool._pages._starts)
        pool._pages.plan = page_plan()
        moment.now += STARTING.longest_s
        page = await pool.page(ParseJob("html", "http://a.example/"), b"<title>T</title><p>x")
        assert page.problem is None and page.title == "T"
        assert pool._pages._starts not in standing_falls()


async def test_one_that_dies_of_everything_waits_a_little_before_the_next_start(
    moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        moment.now += seconds

    monkeypatch.setattr(crew.asyncio, "sleep", sleep)
    plan = replace(page_plan(), module=planted_worker.__name__, workers=1)
    async with ReaderPool(pages=plan) as pool:
        for _ in range(5):
            assert await pool.robots(b"die") is None
        assert waited[: AT_WORK.free] == [0.0] * AT_WORK.free
        assert waited[AT_WORK.free + 1 :] == sorted(waited[AT_WORK.free + 1 :]) and 0 < waited[-1] <= AT_WORK.longest_s
        assert await pool.robots(b"well") is not None
        await pool.robots(b"die")
        assert waited[-1] == 0.0, "what works once is not waited for"
