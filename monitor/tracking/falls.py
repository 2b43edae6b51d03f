"""Parts that die, hang or fail again and again: how long each rests before its next try, and when the person is told.
One policy for all of them. Pure: deaths and moments in, waits out; moments are seconds by the clock that nobody sets.

A part that works once is a part that works: everything about it is forgotten. So what one hostile file brings down is
started again at once, and what cannot work at all costs a try every few minutes and nothing between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from weakref import WeakSet

TOLD_AFTER_FALLS = 5
TOLD_AFTER_S = 600.0
"""As often and as long without working once. Less is a page that brings a browser down, or a machine that is busy."""


class FallingPart(StrEnum):
    """As the person is told of it."""

    PAGE_READER = "the reader of pages"
    PICTURE_READER = "the reader of pictures"
    FETCHER = "the part that uses the network"
    BROWSER = "the browser"
    SCREENSHOTS = "the browser that draws screenshots"
    ALERT_SENDER = "the sender of messages"
    VAULT = "the disk that evidence is written to"
    ROUND = "a round of the daemon"
    CORE = "the part that everything rests on"


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds. free: falls that cost no wait."""

    free: int
    first_s: float
    longest_s: float


STARTING = Gaps(free=2, first_s=1.0, longest_s=300.0)
"""Of what does not start, or falls whoever asks it: a process each time, which takes a second of a core."""

AT_WORK = Gaps(free=4, first_s=0.25, longest_s=4.0)
"""Of what fell over the work it was given. Short: a site whose every picture brings the reader down must not keep it
from reading what others show."""

ROUNDS = Gaps(free=3, first_s=10.0, longest_s=50.0)
"""Of what the daemon does again and again. Within a minute after it was mended, it goes on."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """In a row: how often, since when, when last. why: of the last, without names or addresses."""

    falls: int = 0
    since: float = 0.0
    last: float = 0.0
    why: str = ""


STANDS = Fallen()


def fell(before: Fallen, now: float, why: str = "") -> Fallen:
    since = before.since if before.falls else now
    return replace(before, falls=before.falls + 1, since=since, last=now, why=why)


def wait_s(state: Fallen, gaps: Gaps, now: float) -> float:
    """Until it may be tried again; 0: now. Doubling."""
    over = state.falls - gaps.free
    if over <= 0:
        return 0.0
    doubled: int = 1 << min(over - 1, 16)
    gap = min(gaps.first_s * doubled, gaps.longest_s)
    return max(gap - (now - state.last), 0.0)  # in this order: never more than the gap, by no rounding either


def is_standing(state: Fallen) -> bool:
    """Whether it is told. By its falls alone: a part that nobody asks anything of is not said to fail."""
    return state.falls >= TOLD_AFTER_FALLS and state.last - state.since >= TOLD_AFTER_S


class Falls:
    """Of one part, as its owner keeps them. name: which, where there are several."""

    def __init__(self, part: FallingPart, gaps: Gaps = STARTING, *, name: str = "") -> None:
        self.part, self.gaps, self.name = part, gaps, name
        self.state = STANDS
        _ALL.add(self)

    def fell(self, now: float, why: str = "") -> None:
        self.state = fell(self.state, now, why)

    def worked(self) -> None:
        self.state = STANDS

    def wait_s(self, now: float) -> float:
        return wait_s(self.state, self.gaps, now)


_ALL: WeakSet[Falls] = WeakSet()
"""Of this process; what its owner has left is no part any more."""


def standing_falls() -> list[Falls]:
    """Of this process: what is to be told, in the order of the parts."""
    parts = list(FallingPart)
    found = [falls for falls in list(_ALL) if is_standing(falls.state)]
    return sorted(found, key=lambda falls: (parts.index(falls.part), falls.name))
