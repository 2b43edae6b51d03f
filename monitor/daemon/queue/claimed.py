"""A visit for several watches whose rows one holder has claimed: by a worker, and by a `run` that does the work itself.
Whoever claimed them says how, and what is told of it; what lies between is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from monitor.acting import acting_for, acting_for_all, fenced
from monitor.clock import monotonic
from monitor.errors import LeaseLost
from monitor.model.run import Run
from monitor.model.visit import DueVisit
from monitor.model.watch import Watch
from monitor.pipeline.surviving import surviving
from monitor.ports import Store


class VisitedMember(Protocol):
    """why_not: instead of a run; its row is settled all the same."""

    @property
    def watch(self) -> Watch: ...
    @property
    def run(self) -> Run | None: ...
    @property
    def why_not(self) -> Exception | None: ...


class VisitedMembers(Protocol):
    @property
    def members(self) -> Sequence[VisitedMember]: ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """All rows of a group that were to be had, by one holder, and their watches."""

    holder: str
    rows: tuple[DueVisit, ...]
    watches: tuple[Watch, ...]

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(sorted({watch.case for watch in self.watches}))


@dataclass(frozen=True, slots=True)
class Lease:
    """hold: says again that what was claimed is held, for `lasts_s` from now on; False, or LeaseLost: it is lost, or
    (is_settled) there is nothing left to hold."""

    hold: Callable[[], bool]
    lasts_s: float
    again_s: float
    is_settled: Callable[[], bool]
    clock: Callable[[], float] = monotonic


def has_another_time(was: DueVisit, store: Store) -> bool:
    """Since it was claimed: it was settled, or is not there any more."""
    row = store.visits.get(was.case, was.watch)
    return row is None or row.at != was.at


async def visit_claimed(
    claimed: Claimed, lease: Lease, visit: Callable[[Sequence[Watch], str], Awaitable[VisitedMembers]]
) -> Sequence[VisitedMember]:
    """Raises LeaseLost. What is still in the holder's hands after that is the caller's to give back."""
    async with _leased(claimed.holder, lease):
        with acting_for(*claimed.cases), fenced(claimed.holder):
            return (await visit(claimed.watches, claimed.holder)).members


@asynccontextmanager
async def _leased(holder: str, lease: Lease) -> AsyncIterator[None]:
    """Raises LeaseLost where it was, meanwhile; whoever goes on in spite of that saves nothing (`fenced`)."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("work is done in tasks")
    lost = asyncio.Event()

    async def hold_on() -> None:
        until = lease.clock() + lease.lasts_s
        while True:
            await asyncio.sleep(lease.again_s)
            began = lease.clock()
            # Fenced as all that is in hand: a newer version lets that be finished.
            with surviving("lease"), acting_for_all(), fenced(holder):
                try:
                    is_held = lease.hold()
                except LeaseLost:
                    is_held = False
                if not is_held and lease.is_settled():
                    return
                until = began + lease.lasts_s if is_held else began
            if lease.clock() >= until:
                lost.set()
                task.cancel()
                return

    holding = asyncio.create_task(hold_on())
    try:
        yield
    except asyncio.CancelledError:
        if not lost.is_set():
            raise
        task.uncancel()
        raise LeaseLost("another worker may have it by now", remedy="Nothing: it is looked at again.") from None
    finally:
        holding.cancel()
