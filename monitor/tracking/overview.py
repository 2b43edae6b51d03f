"""How everything stands, as `status` tells it and a page may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.errors import WatchlistError
from monitor.model.alert import Part
from monitor.model.figures import Figures
from monitor.model.run import Run
from monitor.model.watch import Watch
from monitor.ports.facts import ClockSet
from monitor.tracking.health import Health
from monitor.tracking.hindrances import Hindrance
from monitor.tracking.readiness import Lack

if TYPE_CHECKING:  # numpy comes with it
    from monitor.model.fingerprint import Reference


@dataclass(frozen=True, slots=True)
class CaseOverview:
    """sightings, reports: how many in each state. figures: of the finds, new since the last weekly summary. folded:
    photos that are told of once an hour. overdue: ids."""

    case: str
    attested_at: datetime | None
    references: int
    folded: tuple[Reference, ...]
    sightings: Mapping[str, int]
    reports: Mapping[str, int]
    overdue: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class WatchOverview:
    watch: Watch
    last_run: Run | None
    health: Health


@dataclass(frozen=True, slots=True)
class AlertsOverview:
    """partly: with some recipients, not with all. oldest: of what nobody has. finds_untold: how many."""

    waiting: int
    partly: int
    failed: int
    oldest: datetime | None
    finds_untold: int
    refusing: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """daemon: the pid of the one that runs on the same data. watches: in force. mistakes: in the watchlists.
    as_last_read: watches that go on as they were read last, by name. sealed_to: how many keys."""

    version: str
    now: datetime
    config: str | None
    data_dir: str
    daemon: int | None
    cases: tuple[CaseOverview, ...]
    watches: tuple[WatchOverview, ...]
    mistakes: tuple[WatchlistError, ...]
    cannot_run: tuple[Hindrance, ...]
    as_last_read: tuple[str, ...]
    alerts: AlertsOverview
    clock_set: ClockSet | None
    sealed_to: int
    lacking: tuple[Lack, ...] = ()
