"""Waiting in plain code while other tasks go on, and what a task of that kind keeps of an ordinary one."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from monitor.aside import can_pause, pause, stepping_tasks

said: contextvars.ContextVar[str] = contextvars.ContextVar("said", default="outside")


def run(story: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(stepping_tasks)
        return runner.run(story)


def waits_for(happened: list[str], word: str) -> None:
    """Plain code, as the store is."""
    while word not in happened:
        pause(0.0)


def test_other_tasks_go_on_while_plain_code_waits() -> None:
    happened: list[str] = []

    async def waiting() -> str:
        waits_for(happened, "written")
        return "whole"

    async def writing() -> None:
        await asyncio.sleep(0)
        happened.append("written")

    async def story() -> str:
        waits, _ = await asyncio.gather(waiting(), writing())
        return waits

    assert run(story()) == "whole"


def test_where_it_cannot_be_it_sleeps() -> None:
    async def story() -> tuple[bool, bool]:
        pause(0.0)
        return can_pause(), await asyncio.to_thread(can_pause)

    assert asyncio.run(story()) == (False, False)
    assert run(story()) == (True, False)
    pause(0.0)


async def _fails() -> None:
    pause(0.0)
    raise ValueError("of the work")


async def _never() -> None:
    waits_for([], "never")


def test_an_error_of_the_work_is_the_tasks_error() -> None:
    with pytest.raises(ValueError, match="of the work"):
        run(_fails())


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_cancelled_before_or_while_it_waits(steps: int) -> None:
    async def story() -> None:
        task = asyncio.create_task(_never(), name="waits")
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert "waits" in repr(task)

    run(story())


def test_a_deadline_ends_the_wait() -> None:
    async def story() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(0)
                waits_for([], "never")

    run(story())


def test_the_context_is_the_tasks_own() -> None:
    happened: list[str] = []

    async def one(word: str) -> str:
        said.set(word)
        pause(0.0)
        happened.append(word)
        waits_for(happened, "b" if word == "a" else "a")
        return said.get()

    async def story() -> tuple[list[str], str]:
        return list(await asyncio.gather(one("a"), one("b"))), said.get()

    assert run(story()) == (["a", "b"], "outside")


def test_generators_are_closed_in_the_task() -> None:
    closed: list[bool] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
                pause(0.0)
        finally:
            closed.append(can_pause())

    async def story() -> None:
        async for _ in numbers():
            break
        gc.collect()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    run(story())
    assert closed == [True]


def test_tasks_left_behind_are_ended_with_the_loop() -> None:
    async def story() -> asyncio.Task[None]:
        task = asyncio.create_task(_never())
        await asyncio.sleep(0)
        return task

    assert run(story()).cancelled()
