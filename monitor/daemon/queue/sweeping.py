"""Which jobs are dead. procrastinate takes up nothing by itself: a job whose worker was killed stands as being done,
and its lock blocks that place for ever. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from monitor.daemon.queue import JobKind, SweptJobs
from monitor.store.postgres.queue_standing import DEAD_AFTER_S

HEARD_EVERY_S = 5.0
IDLE_AFTER_S = 60.0  # a visit that has no row in hand: it was ended, and the queue was not told
LATE_AFTER_S = 3 * 3600.0  # longer than any pass may be


@dataclass(frozen=True, slots=True)
class JobInHand:
    """number: procrastinate's. for_s: since it was begun. heard_s: since its worker was heard of; None: it is gone."""

    number: int
    lock: str
    for_s: float
    heard_s: float | None

    @property
    def group(self) -> str:
        """Of a visit; '' of anything else."""
        kind, _, group = self.lock.partition(":")
        return group if kind == JobKind.VISIT else ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """numbers: jobs to be ended."""

    swept: SweptJobs = field(default_factory=SweptJobs)
    numbers: tuple[int, ...] = ()


def sweep_of(jobs: Iterable[JobInHand], held: Collection[str]) -> Sweep:
    """held: groups that somebody has in hand and has said so lately. Who has said so is at work, however long ago the
    queue heard of it: a worker whose loop was kept is no dead one, and its hold runs out by itself where it is."""
    dead, late, idle = list[JobInHand](), list[JobInHand](), list[JobInHand]()
    for job in jobs:
        is_held = job.group in held if job.group else False
        if job.for_s >= LATE_AFTER_S:
            late.append(job)
        elif is_held:
            continue
        elif job.heard_s is None or job.heard_s >= DEAD_AFTER_S:
            dead.append(job)
        elif job.group and job.for_s >= IDLE_AFTER_S:
            idle.append(job)
    numbers = tuple(job.number for job in (*dead, *late, *idle))
    groups = tuple(job.group for job in late if job.group)
    return Sweep(SweptJobs(len(dead), len(late), len(idle), groups), numbers)
