"""How the queue of an installation of many machines stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """workers: that were heard of lately. waiting, in_hand: jobs; oldest_s: for how long the first of those waits that
    nobody has begun. leads: whether a scheduler does; standing_by: that would take its place."""

    answers: bool
    workers: int = 0
    waiting: int = 0
    in_hand: int = 0
    oldest_s: float = 0.0
    leads: bool = False
    standing_by: int = 0
