"""How the queue of an installation of many machines stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """workers: that were heard of lately. waiting, in_hand: jobs; oldest_s: for how long the first of those waits that
    nobody has begun. leads: whether a scheduler does; standing_by: that would take its place. due: looks that are, in
    nobody's hands; late_s: for how long the first of them is; looking: that are in hand; set_aside: that workers died
    of. misfit, remedy: what is said of one of another version, which this program can neither ask nor fill."""

    answers: bool
    workers: int = 0
    waiting: int = 0
    in_hand: int = 0
    oldest_s: float = 0.0
    leads: bool = False
    standing_by: int = 0
    due: int = 0
    late_s: float = 0.0
    looking: int = 0
    set_aside: int = 0
    misfit: str = ""
    remedy: str = ""
