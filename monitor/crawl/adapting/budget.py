"""How many requests all adapting watches may make, as a bucket that fills evenly: what is not spent now is there for
the evening, up to a part of a day's. A visit's requests are known when it is over, and what must go goes, so there can
be debts; they are paid before anything goes of its own again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_DAY = timedelta(days=1)
HELD = 0.25  # of a day's, at most, is saved up
MOST_OWED = 1.0  # days' worth: what ceilings cost beyond the budget is not held against the next weeks


@dataclass(frozen=True, slots=True)
class Bucket:
    """tokens: requests that may be made at `at`. per_day: that come in."""

    tokens: float
    at: datetime
    per_day: int

    @property
    def room(self) -> float:
        """At most so many are held."""
        return max(self.per_day * HELD, 1.0)

    @property
    def fill(self) -> float:
        """0, or in debt, to 1."""
        return min(max(self.tokens / self.room, 0.0), 1.0)

    def until(self, now: datetime, per_day: int | None = None) -> Bucket:
        """As it stands then. A clock that ran backwards brings nothing, and costs nothing. per_day: where that was
        changed."""
        per_day = self.per_day if per_day is None else per_day
        grown = self.tokens + self.per_day * min(max((now - self.at) / _DAY, 0.0), 1.0)
        room = max(per_day * HELD, 1.0)
        return Bucket(min(max(grown, -MOST_OWED * per_day), room), now, per_day)

    def spent(self, requests: float) -> Bucket:
        owed = max(self.tokens - max(requests, 0), -MOST_OWED * self.per_day)
        return Bucket(owed, self.at, self.per_day)

    def enough_for(self, requests: float) -> datetime:
        """From when on, if nothing else is spent. More than it holds is let go when it is full."""
        lacking = min(requests, self.room) - self.tokens
        return self.at if lacking <= 0 else self.at + _DAY * (lacking / self.per_day)


def opened_at(now: datetime, per_day: int) -> Bucket:
    """Half full."""
    return Bucket(max(per_day * HELD, 1.0) / 2, now, per_day)
