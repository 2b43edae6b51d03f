"""The daemon's loops, and where one of them stands still."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Loop(StrEnum):
    """schedule: what becomes due is begun. store: statements and transactions. outbox: alerts on their way. fetcher:
    requests to sites, a browser's among them. visits: passes over watches. rounds: all that is done again and again.
    wishes: what a page asked for."""

    SCHEDULE = "schedule"
    STORE = "store"
    OUTBOX = "outbox"
    FETCHER = "fetcher"
    VISITS = "visits"
    ROUNDS = "rounds"
    WISHES = "wishes"


@dataclass(frozen=True, slots=True)
class LoopWork:
    """In hand. marked: when it got on last; allowed_s: how long it may go without."""

    loop: Loop
    what: str
    marked: float
    allowed_s: float


@dataclass(frozen=True, slots=True)
class Stall:
    """since: when the loop got on last, by the clock that nobody sets. what: the piece of its work, in one word."""

    loop: Loop
    what: str
    since: float
