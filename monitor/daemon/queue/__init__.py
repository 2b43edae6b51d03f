"""Where work that is due goes: into this process, or to the workers of an installation of many machines.

What is due is a row of the store and stays one until it is done. A job only rings the bell: it holds what kind of work
it is and an id that says nothing, so the queue may be emptied at any moment and nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class JobKind(StrEnum):
    """Of a visit the id is the group's; of all else the case's."""

    VISIT = "visit"
    ALERTS = "alerts"  # and digests, which are made when they are sent
    CAPTURES = "captures"
    RECHECKS = "rechecks"


VISITS, CASES = "visits", "cases"
"""procrastinate's queues, so that an alert waits behind no visit."""


def queue_of(kind: JobKind) -> str:
    return VISITS if kind is JobKind.VISIT else CASES


@dataclass(frozen=True, slots=True)
class QueueJob:
    kind: JobKind
    id: str

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.id) is None:
            raise ValueError("a job's id is short and says nothing")

    @property
    def lock(self) -> str:
        """Of one there is one at most: waiting, and in hand."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class QueueState:
    """waiting: jobs, by their locks. in_hand: likewise. workers: that were heard of lately. oldest_s: for how long the
    first of what waits does."""

    waiting: frozenset[str] = frozenset()
    in_hand: frozenset[str] = frozenset()
    workers: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SweptJobs:
    """dead: jobs that were ended because who had them is gone; late: because nothing may be in hand for so long; idle:
    because whoever had them had nothing in hand any more. groups: of what is late; their rows
    are to be taken away from whoever has them."""

    dead: int = 0
    late: int = 0
    idle: int = 0
    groups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dead or self.late or self.idle)


class JobQueue(Protocol):
    """As whoever plans the work sees it: one that leads, at a time. Each raises QueueAway where it does not answer;
    whoever asked leads no more then."""

    async def take(self) -> bool:
        """Whether this one leads now: from the first time on until it is away. Raises QueueMisfit."""
        ...

    async def state(self) -> QueueState: ...
    async def put(self, jobs: Sequence[QueueJob]) -> int:
        """In one lot. How many were put: what waits already, or is in hand, is not put once more."""
        ...

    async def sweep(self, held: frozenset[str]) -> SweptJobs:
        """Ends what is dead, so that its lock blocks nobody. held: groups whose rows somebody has in hand."""
        ...

    async def aclose(self) -> None: ...
