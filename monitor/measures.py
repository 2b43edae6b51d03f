"""What is counted and measured in a process as it runs, for whoever looks after many of them: kept in memory, told by
`daemon.metrics` where that is switched on. Numbers alone, under the names that stand here: nothing else can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Measure(Enum):
    """Its name as it is told, and what it is. A name that ends in _total only grows."""

    QUEUE_WAITING = ("queue_waiting", "Jobs that wait in the queue.")
    QUEUE_OLDEST = ("queue_oldest_seconds", "How long the job waits that has waited longest.")
    QUEUE_WORKERS = ("queue_workers", "Workers that were heard of lately.")
    SWEEPS = ("sweeps_total", "How often the scheduler looked for jobs that nobody does any more.")
    SWEPT = ("swept_jobs_total", "Jobs that it ended: their worker is gone, or had them for too long.")
    JOBS = ("jobs_total", "Jobs that this worker has done.")
    JOBS_FAILED = ("jobs_failed_total", "Jobs that it could not do.")
    INDEX_REVISION = ("index_revision", "Which state of all cases' photos this process compares with.")
    INDEX_HASHES = ("index_hashes", "Fingerprints in it.")
    CLOCK_OFF = ("clock_off_seconds", "How far the clock of this machine is ahead of the database's.")
    DATABASE_LOST = ("database_lost_total", "How often the database did not answer.")

    def __init__(self, told_as: str, meaning: str) -> None:
        self.told_as, self.meaning = told_as, meaning

    @property
    def grows(self) -> bool:
        return self.told_as.endswith("_total")


_values: dict[Measure, float] = {}


def note_measure(measure: Measure, value: float) -> None:
    """As it is now."""
    _values[measure] = value


def count_measure(measure: Measure, by: int = 1) -> None:
    _values[measure] = _values.get(measure, 0) + by


def measures() -> Mapping[Measure, float]:
    """Those that this process has come by. Called while others note."""
    return dict(_values)
