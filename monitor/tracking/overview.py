"""How everything stands, as `status` tells it and a page may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.errors import WatchlistError
from monitor.model.adapting import WhySoOften
from monitor.model.alert import Part
from monitor.model.channel_health import ChannelHealth
from monitor.model.figures import Figures
from monitor.model.intent import Recovery
from monitor.model.queue import QueueStanding
from monitor.model.run import Run
from monitor.model.standstill import LastAlive, Standstill
from monitor.model.watch import Watch
from monitor.ports.machine import ClockSet
from monitor.tracking.health import Health
from monitor.tracking.hindrances import Hindrance
from monitor.tracking.readiness import Lack

if TYPE_CHECKING:  # numpy comes with it
    from monitor.model.fingerprint import Reference


@dataclass(frozen=True, slots=True)
class DaemonNews:
    """watches: names of those that are new, changed, switched or gone since it read them. configuration: it has read
    another content of the file, or of a secret that this names. other_file: the configuration that it reads, where that
    is not this one; nothing is known of the rest then."""

    watches: tuple[str, ...] = ()
    configuration: bool = False
    other_file: str = ""

    def __bool__(self) -> bool:
        return bool(self.watches or self.configuration or self.other_file)


ALL_KNOWN = DaemonNews()


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
    """next_visit: as the daemon that runs has planned it, or since when it waits to be visited; None where none runs,
    and of one that it does not know. is_unknown: the daemon that runs does not know it as it stands in its file. often:
    of one that adapts, why it is visited as often as it is."""

    watch: Watch
    last_run: Run | None
    health: Health
    next_visit: datetime | None = None
    is_unknown: bool = False
    often: WhySoOften | None = None


@dataclass(frozen=True, slots=True)
class AlertsOverview:
    """partly: with some recipients, not with all. oldest: of what nobody has. finds_untold: how many. failing: channels
    that took nothing when they were tried last, whatever case it was of."""

    waiting: int
    partly: int
    failed: int
    oldest: datetime | None
    finds_untold: int
    refusing: tuple[Part, ...]
    failing: tuple[ChannelHealth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """daemon: the pid of the one that runs on the same data. watches: in force. mistakes: in the watchlists.
    as_last_read: watches that go on as they were read last, by name. sealed_to: how many keys. news: what the daemon
    does not know yet. recovery: what was left over when the data was last opened after something was cut off.
    alive: what the daemon noted of itself last. stood_still: when nothing was looked at, lately. queue: of an
    installation of many machines."""

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
    recovery: Recovery | None = None
    lacking: tuple[Lack, ...] = ()
    news: DaemonNews = ALL_KNOWN
    alive: LastAlive | None = None
    stood_still: Standstill | None = None
    queue: QueueStanding | None = None
