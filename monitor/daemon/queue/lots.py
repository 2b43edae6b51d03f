"""How many jobs may stand in the queue: no more than the workers can begin within a minute, so that what is put there
is never long out of date, and no fewer than keep them at work until the next look. Pure; marks are of a clock that
nobody sets."""

from __future__ import annotations

from collections import deque

VISITS_AT_ONCE = 4  # of one worker: pages are slow and machines small; hosts are paced by themselves
PACE_SEEN_S = 60.0


class Lots:
    """How fast the workers get on is learnt from what they finish: what idle hands begin says nothing of that."""

    def __init__(self) -> None:
        self._finished: deque[tuple[float, int]] = deque()  # when it was seen that so many more were done
        self._before: tuple[int, int] | None = None  # what waited after the last lot, and what was in hand
        self._put = 0  # in the last lot

    def room(self, waiting: int, in_hand: int, workers: int, now: float) -> int:
        """How many more may be put now. waiting: visits that nobody has begun yet. To be followed by `put`."""
        finished, ran_dry = 0, False
        if self._before is not None:
            waited, held = self._before
            finished, ran_dry = max(0, waited - waiting + held - in_hand), not waiting and self._put > 0
            self._finished.append((now, finished))
        self._before, self._put = (waiting, in_hand), 0
        while self._finished and self._finished[0][0] <= now - PACE_SEEN_S:
            self._finished.popleft()
        if not workers:
            return 0
        most = max(workers * VISITS_AT_ONCE, sum(count for _, count in self._finished))
        if ran_dry:  # they could have done more than was there
            most = max(most, 2 * finished)
        return max(0, most - waiting)

    def put(self, count: int) -> None:
        if self._before is not None:
            self._before = (self._before[0] + count, self._before[1])
        self._put = count
