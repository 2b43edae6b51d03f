"""Waiting in the middle of plain code without keeping the loop: `pause` leaves the task that runs, if it runs by
`stepping_tasks`, and goes on in it later. Elsewhere it sleeps.

What is plain code here, the store above all, is called from a hundred places of a pass, which rest on it that a call is
whole when it returns. That another process writes just then is no reason to stop everything else for as long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

_Came = TypeVar("_Came")


def pause(seconds: float) -> None:
    """Other tasks go on meanwhile, where that can be. Raises what a cancelled task raises."""
    if can_pause():
        pause_until(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


def pause_until(done: Awaitable[_Came]) -> _Came:
    """What it comes to; other tasks go on meanwhile. Only where `can_pause`."""
    here = getcurrent()
    if not isinstance(here, _Stack) or here.parent is None:
        raise RuntimeError("there is no task here that can be left")
    waiting = done.__await__()
    try:
        while True:
            try:
                awaited = next(waiting)
            except StopIteration as end:
                came: _Came = end.value
                return came
            here.parent.switch(awaited)
    finally:
        if isinstance(waiting, Generator):
            waiting.close()


def can_pause() -> bool:
    here = getcurrent()
    return isinstance(here, _Stack) and here.parent is not None


def stepping_tasks(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **more: Any
) -> asyncio.Task[Any]:
    """For `loop.set_task_factory`: each task has a stack of its own, on which `pause` can leave plain code."""
    return asyncio.Task(_Stepping(work), loop=loop, **more)


class _Stack(greenlet):
    """Of one task."""


class _Stepping(Coroutine[Any, Any, Any]):
    """A coroutine that runs another one on a stack of its own, step by step, and is otherwise the same."""

    def __init__(self, work: Any) -> None:
        self._work = work
        self._stack: _Stack | None = None

    def send(self, value: Any) -> Any:
        if self._stack is None:
            self._stack = _Stack(self._drive)
            self._stack.gr_context = getcurrent().gr_context  # what the task sets of its context stays the task's
        return self._stepped(self._stack.switch, value)

    def throw(self, *error: Any) -> Any:
        if self._stack is None:  # cancelled before it began
            return self._work.throw(*error)
        return self._stepped(self._stack.throw, *error)

    def close(self) -> None:
        if self._stack is None:
            self._work.close()
        elif not self._stack.dead:
            try:
                self._stack.throw(GeneratorExit())
            except (GeneratorExit, StopIteration):
                return
            raise RuntimeError("coroutine ignored GeneratorExit")

    def __await__(self) -> Generator[Any, Any, Any]:
        raise TypeError("for tasks alone")

    def __getattr__(self, name: str) -> Any:  # what asyncio asks to show a task: cr_frame and the like
        return getattr(self._work, name)

    def _stepped(self, go: Callable[..., Any], *given: Any) -> Any:
        came = go(*given)
        if self._stack is not None and self._stack.dead:
            raise StopIteration(came)
        return came

    def _drive(self, value: Any) -> Any:
        step: Callable[..., Any] = self._work.send
        while True:
            try:
                awaited = step(value)
            except StopIteration as end:
                return end.value
            try:
                step, value = self._work.send, _outside().switch(awaited)
            except BaseException as error:
                step, value = self._work.throw, error


def _outside() -> greenlet:
    """Where the loop runs."""
    parent = getcurrent().parent
    if parent is None:
        raise RuntimeError("a task is stepped by the loop")
    return parent
