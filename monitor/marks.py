"""Marks of progress: each of the daemon's loops leaves one where its own work got on, and what is in hand says so. A
thread of its own reads them (`daemon.watching`); outside of the daemon nobody does, and none are left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from monitor.clock import monotonic
from monitor.model.progress import Loop, LoopWork


@dataclass(slots=True, eq=False)
class WorkInHand:
    """marked: when its own work got on last. task: what is cut off where it stands still; None where nothing can be."""

    loop: Loop
    what: str
    allowed_s: float
    marked: float
    task: asyncio.Task[object] | None = None
    is_cut_off: bool = False

    def seen(self) -> LoopWork:
        return LoopWork(self.loop, self.what, self.marked, self.allowed_s)


@dataclass(slots=True, eq=False)
class Marks:
    """last: of each loop, when its work got on last. begun: of each round, when it was begun last, and how long the
    schedule may take to begin it. Written by the loop and by threads beside it, each a value of its
    own; read by another thread."""

    clock: Callable[[], float] = monotonic
    last: dict[Loop, float] = field(default_factory=dict)
    in_hand: dict[int, WorkInHand] = field(default_factory=dict)
    begun: dict[str, tuple[float | None, float]] = field(default_factory=dict)

    def work(self) -> tuple[WorkInHand, ...]:
        while True:
            try:
                return tuple(self.in_hand.values())
            except RuntimeError:  # another thread began or ended one just now
                continue

    def begins(self, round_name: str) -> None:
        if (known := self.begun.get(round_name)) is not None:
            self.begun[round_name] = (self.clock(), known[1])


_marks: ContextVar[Marks | None] = ContextVar("marks", default=None)
_around: ContextVar[tuple[WorkInHand, ...]] = ContextVar("around", default=())  # the innermost last


def leave_marks(marks: Marks | None) -> None:
    """From here on, in this context and in what is begun in it."""
    _marks.set(marks)


def mark(loop: Loop) -> None:
    """That loop's work got on, and so did whatever it is a part of."""
    marks = _marks.get()
    if marks is None:
        return
    marks.last[loop] = marks.clock()
    got_on()


def got_on() -> None:
    """Whatever this is a part of."""
    marks = _marks.get()
    if marks is not None:
        for one in _around.get():
            one.marked = marks.clock()


@contextmanager
def working(
    loop: Loop, what: str, allowed_s: float, *, can_be_cut_off: bool = False, counts: bool = True
) -> Iterator[WorkInHand | None]:
    """In hand until it ends; with an end that is no error it leaves that loop's mark. allowed_s: so long it may go
    without one. what: in one word, as the journal takes it. can_be_cut_off: the running task, by whoever watches.
    counts: what it is a part of gets on by it."""
    marks = _marks.get()
    if marks is None:
        yield None
        return
    task = asyncio.current_task() if can_be_cut_off else None
    one = WorkInHand(loop, what, allowed_s, marks.clock(), task)
    around = _around.get()
    _around.set((*around, one))
    marks.in_hand[id(one)] = one
    try:
        yield one
        if counts:
            mark(loop)
        else:
            marks.last[loop] = marks.clock()
    finally:
        marks.in_hand.pop(id(one), None)
        _around.set(around)


@contextmanager
def waiting_in_turn() -> Iterator[None]:
    """Waits for work that is in hand elsewhere and is watched there: how long does not count."""
    around = _around.get()
    for one in around:
        one.marked = float("inf")
    try:
        yield
    finally:
        marks = _marks.get()
        for one in around:
            one.marked = marks.clock() if marks is not None else 0.0
