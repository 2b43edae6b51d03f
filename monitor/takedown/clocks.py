"""By when an answer is due. Pure: every time is an argument, UTC and aware."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """Plain hours, or calendar months; never both. ISO 8601 in the data: `PT48H`, `P1M`."""

    hours: int = 0
    months: int = 0

    def __post_init__(self) -> None:
        if (self.hours > 0) == (self.months > 0) or self.hours < 0 or self.months < 0:
            raise ValueError("a deadline is a number of hours or a number of months")

    @classmethod
    def parse(cls, text: str) -> Deadline:
        """Raises ValueError for anything but `PT<n>H` and `P<n>M`: no other deadline is known."""
        hours = re.fullmatch(r"PT([1-9][0-9]{0,3})H", text)
        if hours:
            return cls(hours=int(hours[1]))
        months = re.fullmatch(r"P([1-9][0-9]?)M", text)
        if months:
            return cls(months=int(months[1]))
        raise ValueError(f"{text!r} is neither hours (PT48H) nor months (P1M)")

    def __str__(self) -> str:
        """In words, for a draft."""
        if self.hours:
            return "1 hour" if self.hours == 1 else f"{self.hours} hours"
        return "1 month" if self.months == 1 else f"{self.months} months"


def due_at(
    deadline: Deadline | None,
    sent_at: datetime,
    *,
    zone: tzinfo = UTC,
    holidays: Container[date] = frozenset(),
) -> datetime | None:
    """When the time that `deadline` gives has run out for what was received at `sent_at`; None without a
    deadline.

    Hours are plain hours: nights, weekends and the change to summer time do not stretch them
    (as 47 U.S.C. 223a counts). Months follow Regulation (EEC, Euratom)
    1182/71, Art. 3: the day of receipt does not count; the last day is the one of the same date, or the last
    of a month that has no such date; a last day that is a Saturday, a Sunday or one of `holidays` moves to
    the next working day; the time runs out at the end of that day in `zone`, the addressee's.

    Raises ValueError for a time without a zone.
    """
    if sent_at.utcoffset() is None:
        raise ValueError(f"{sent_at} has no time zone")
    if deadline is None:
        return None
    if deadline.hours:
        return sent_at.astimezone(UTC) + timedelta(hours=deadline.hours)
    last = add_months(sent_at.astimezone(zone).date(), deadline.months)
    while last.weekday() >= SATURDAY or last in holidays:
        last += timedelta(days=1)
    return datetime.combine(last + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same date `months` later, or the last day of a month that is too short (1182/71 Art. 3(2)(c))."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
