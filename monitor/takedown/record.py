"""What came of earlier reports: per place and desk how many were removed, and how soon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from types import MappingProxyType

ENOUGH_REPORTS = 3  # reports; fewer say nothing of a desk
HAD_ITS_TIME = timedelta(days=7)  # of a desk that nothing gives a time: by then it is asked about


@dataclass(frozen=True, slots=True)
class Record:
    """Of reports that have had their time. median_hours: from sending to removal, of those that were removed; None
    where none was."""

    sent: int
    removed: int
    median_hours: float | None = None

    @property
    def is_enough(self) -> bool:
        return self.sent >= ENOUGH_REPORTS

    @property
    def is_hopeless(self) -> bool:
        return self.is_enough and self.removed == 0

    def __str__(self) -> str:
        """`2 of 3 removed, median 31 h`"""
        said = f"{self.removed} of {self.sent} removed"
        return said if self.median_hours is None else f"{said}, median {max(1, round(self.median_hours))} h"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOutcome:
    """What became of one report at one place. place: registrable domain of what was reported. removed_at: when it was
    found gone, or the desk said so; None where neither. due_at: None where nothing sets a time. is_closed: the desk
    refused."""

    place: str
    channel: str
    sent_at: datetime
    due_at: datetime | None = None
    removed_at: datetime | None = None
    is_closed: bool = False

    def had_its_time(self, now: datetime) -> bool:
        """Before that, that nothing was removed says nothing."""
        until = self.due_at if self.due_at is not None else self.sent_at + HAD_ITS_TIME
        return self.removed_at is not None or self.is_closed or now >= until


@dataclass(frozen=True, slots=True)
class SuccessRecord:
    """Of one case: what it sent, and what came of it."""

    at_place: Mapping[tuple[str, str], Record] = field(default_factory=lambda: MappingProxyType({}))
    anywhere: Mapping[str, Record] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, place: str, channel: str) -> Record | None:
        """At this place where that is enough to go by, else of this desk at all places, else the little that is known
        of the place."""
        here, all_over = self.at_place.get((place, channel)), self.anywhere.get(channel)
        if here is not None and here.is_enough:
            return here
        return all_over if all_over is not None and all_over.is_enough else here


def success_record(outcomes: Iterable[ReportOutcome], now: datetime) -> SuccessRecord:
    """What was sent a moment ago counts once it has had its time, or is answered."""
    at_place: dict[tuple[str, str], list[ReportOutcome]] = defaultdict(list)
    anywhere: dict[str, list[ReportOutcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.had_its_time(now):
            at_place[outcome.place, outcome.channel].append(outcome)
            anywhere[outcome.channel].append(outcome)
    return SuccessRecord(
        {key: _record(of) for key, of in at_place.items()}, {key: _record(of) for key, of in anywhere.items()}
    )


def _record(outcomes: list[ReportOutcome]) -> Record:
    hours = [(one.removed_at - one.sent_at) / timedelta(hours=1) for one in outcomes if one.removed_at is not None]
    return Record(len(outcomes), len(hours), median(max(0.0, spent) for spent in hours) if hours else None)
