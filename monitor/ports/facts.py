"""Small facts that the program keeps for itself, each behind a port of its own: what it is of, how long it is kept.

What is of a case goes with it (`forget`). `pipeline.housekeeping` sweeps each of them by its own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.channel_health import ChannelHealth
from monitor.model.ids import SightingId
from monitor.model.presence import Change, PlannedLook, Truth
from monitor.ports.desks import DeskLooks
from monitor.ports.hosting import HostLookups
from monitor.ports.machine import Machine, Standstills


@dataclass(frozen=True, slots=True)
class ClaimedPage:
    """What is remembered of a page that a list only named. tries: how often in a row it could not be seen, 0 where it
    was; None: nobody has looked yet. at: of the last look, or since when it waits."""

    tries: int | None
    at: datetime


class ClaimedPages(Protocol):
    """By a mark: what the page's address is hashed to."""

    def all(self, case: str) -> Mapping[str, ClaimedPage]: ...
    def save(self, case: str, pages: Mapping[str, ClaimedPage]) -> None: ...
    def keep_newest(self, case: str, count: int) -> None:
        """The oldest beyond that are forgotten, and would be asked once more."""
        ...

    def forget_before(self, case: str, before: datetime) -> int: ...
    def forget(self, case: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Flood:
    """Of one photo. lifted_at: when its finds were last told one by one again. summary_at: when its last summary is or
    was due."""

    lifted_at: datetime | None = None
    summary_at: datetime | None = None


class Floods(Protocol):
    def get(self, case: str, reference: str) -> Flood: ...
    def lifted(self, case: str, reference: str, at: datetime) -> None: ...
    def summary_due(self, case: str, reference: str, at: datetime) -> None: ...
    def forget_before(self, case: str, before: datetime) -> int:
        """Those of which both times are before then: they say nothing any more."""
        ...

    def forget(self, case: str) -> None: ...


class Rechecks(Protocol):
    """When a find is looked at again: a row for each of its truths."""

    def cases_due(self, now: datetime, *, furthest: datetime, removed_since: datetime) -> frozenset[str]:
        """Of all at once: which have something that is due, as `due` says."""
        ...

    def due(
        self,
        case: str,
        now: datetime,
        *,
        furthest: datetime,
        removed_since: datetime,
        limit: int,
        after: PlannedLook | None = None,
    ) -> Sequence[PlannedLook]:
        """In the order in which they are due, those behind `after`. Of finds that are looked at: neither dismissed nor
        closed nor hearsay, and if removed, not before `removed_since`. furthest: what is planned for later than that
        was planned by a clock that stood wrong, and is due too."""
        ...

    def of(self, case: str, sighting: str) -> Sequence[PlannedLook]: ...
    def of_truth(self, case: str, truth: Truth, *, until: datetime) -> Sequence[PlannedLook]: ...
    def save(self, case: str, looks: Iterable[PlannedLook]) -> None: ...
    def sooner(self, case: str, sightings: Iterable[str], at: datetime) -> None:
        """What is due later than that is due then."""
        ...

    def drop(self, case: str, sighting: str, truth: Truth | None = None) -> None:
        """That truth; None: all of it."""
        ...

    def unplanned(self, case: str, *, removed_since: datetime, limit: int) -> Sequence[SightingId]:
        """Finds that are looked at, as `due` has it, and have no row. It walks through the case."""
        ...

    def forget_before(self, case: str, before: datetime) -> int:
        """Those that were due before then: what is still looked at has another time by then."""
        ...

    def forget(self, case: str) -> None: ...


class Changes(Protocol):
    """What became of finds, each time, written in the transaction that saves the find: never swept, for it is what is
    told of them. When a find was gone is read from it (`tracking.changes.absences_of`). Both answers are in the order
    in which it was noted, whatever the clock said."""

    def add(self, case: str, change: Change) -> None: ...
    def since(self, case: str, since: datetime) -> Sequence[Change]: ...
    def of(self, case: str, sightings: Iterable[str]) -> Sequence[Change]: ...
    def drop(self, case: str, sighting: str) -> None: ...
    def forget(self, case: str) -> None: ...


class KeptWatches(Protocol):
    """How a watch was when it ran last (JSON of `pipeline.last_good`): so its finds are looked at when it is gone."""

    def get(self, case: str, watch: str) -> str: ...
    def all(self) -> Mapping[tuple[str, str], str]:
        """By case and watch."""
        ...

    def save(self, case: str, watch: str, text: str, at: datetime) -> None:
        """at: of the run."""
        ...

    def forget_before(self, case: str, before: datetime) -> int: ...
    def forget(self, case: str) -> None: ...


class WatchFacts(Protocol):
    """By the watch's name: a watch is a few lines in a file, and may be gone tomorrow."""

    def blindness_told(self, case: str, watch: str) -> datetime | None:
        """When it was last told that it cannot see; None since it sees."""
        ...

    def tell_blindness(self, case: str, watch: str, at: datetime | None) -> None: ...
    def forget_before(self, case: str, before: datetime) -> int:
        """Those of which nothing was noted since."""
        ...

    def forget(self, case: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Led:
    """What links of one shape led to: how many pages were visited, and how many of them showed pictures that no page
    before had shown, or led on to such pages."""

    visited: int = 0
    showed: int = 0


class LinkShapes(Protocol):
    """Where links of each shape (`crawl.link_shapes`) led, by the watch's name, where the program chooses them."""

    def get(self, case: str, watch: str) -> Mapping[str, Led]: ...
    def save(self, case: str, watch: str, led: Mapping[str, Led], at: datetime) -> None:
        """In place of what was known. Of very many shapes the most visited stay."""
        ...

    def forget_before(self, case: str, before: datetime) -> int:
        """Those of watches that were not looked at since."""
        ...

    def forget(self, case: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Watching:
    """What a digest says beside what it counts. watches: names of those that were on. wrong: things wrong in the
    watchlists. stopped: something that is switched on cannot run."""

    watches: tuple[str, ...] = ()
    wrong: int = 0
    stopped: bool = False


class Digests(Protocol):
    """One row for each case: the next digest begins where the last one ended."""

    def last(self, case: str) -> datetime | None: ...
    def lasts(self) -> Mapping[str, datetime]:
        """Of every case that has one."""
        ...

    def begin(self, case: str, at: datetime) -> None:
        """From then on it is told, and what was watched is not yet known."""
        ...

    def queued(self, case: str, at: datetime, watching: Watching) -> None: ...
    def watching(self, case: str) -> Watching: ...
    def forget(self, case: str) -> None: ...


class ForeignLists(Protocol):
    """Which hash lists of others were taken in, and why: never swept, for it is the record of a decision."""

    def add(self, case: str, list_id: str, at: datetime, *, count: int, reason: str) -> None: ...
    def count(self, case: str) -> int: ...
    def forget(self, case: str) -> None: ...


class Rendering(Protocol):
    """Whether a page shows its pictures only in a browser: of no case, for it is true of the page. Known by a hash of
    the address."""

    def needs_browser(self, url: str, since: datetime) -> bool | None:
        """None: not known. That it needs none counts no more where it was found out before `since`."""
        ...

    def save(self, url: str, at: datetime, *, needs_browser: bool) -> None: ...
    def forget_before(self, before: datetime) -> int:
        """What was found out before then: it is tried once more."""
        ...


@dataclass(frozen=True, slots=True)
class PairTrack:
    """What pairs of addresses of one picture came to, the preferred one and the one that a page shows. same: one
    picture. other: two. stand_ins: two, and what the preferred one gave stood at another address too."""

    same: int = 0
    other: int = 0
    stand_ins: int = 0


class PairTracks(Protocol):
    """Of no case, for it is true of the site. By the kind of the pairs (`crawl.sameness.kind_of_pair`)."""

    def get(self, kinds: Iterable[str]) -> Mapping[str, PairTrack]: ...
    def save(self, tracks: Mapping[str, PairTrack], at: datetime) -> None: ...
    def forget_before(self, before: datetime) -> int: ...


class Logins(Protocol):
    """What a browser holds of a watch's own site after the person logged in: JSON of `crawl.login.LoginState`. It opens
    an account: never printed. It stays until the person takes it away."""

    def get(self, case: str, watch: str) -> str | None: ...
    def save(self, case: str, watch: str, state: str) -> None: ...
    def remove(self, case: str, watch: str) -> bool:
        """Whether there was one."""
        ...

    def forget(self, case: str) -> None: ...


class RobotsCopies(Protocol):
    """What each host's robots.txt said (JSON of `crawl.robots.rules`). asked: by whom and which address
    (`outbound.robots_files`)."""

    def get(self, asked: str) -> str | None: ...
    def save(self, asked: str, rules: str, at: datetime) -> None: ...
    def forget_before(self, before: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class RefusedAccount:
    """until: not tried again before then. mark: of the account data, with the salt (hexadecimal), so that changed ones
    are tried at once."""

    until: datetime
    salt: str
    mark: str


class RefusedAccounts(Protocol):
    """Account data that a place refused, by a hash of the account's name and place."""

    def get(self, account: str) -> RefusedAccount | None: ...
    def save(self, account: str, refused: RefusedAccount) -> None: ...
    def forget_before(self, before: datetime) -> int:
        """Those that may be tried again since then."""
        ...


class KeptForFetching(Protocol):
    """What `outbound` keeps over restarts."""

    @property
    def logins(self) -> Logins: ...
    @property
    def robots_copies(self) -> RobotsCopies: ...
    @property
    def refused_accounts(self) -> RefusedAccounts: ...
    @property
    def machine(self) -> Machine:
        """By which way out."""
        ...


class ChannelHealths(Protocol):
    """One for each alert channel that was tried."""

    def get(self, target: str) -> ChannelHealth | None: ...
    def all(self, case: str | None = None) -> Sequence[ChannelHealth]:
        """By name. case: as `ChannelHealth` has it; None: every one."""
        ...

    def save(self, health: ChannelHealth) -> None: ...
    def remove(self, target: str) -> None: ...


class Facts(KeptForFetching, Protocol):
    """Of `ports.Store`."""

    @property
    def claimed_pages(self) -> ClaimedPages: ...
    @property
    def floods(self) -> Floods: ...
    @property
    def rechecks(self) -> Rechecks: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def kept_watches(self) -> KeptWatches: ...
    @property
    def watch_facts(self) -> WatchFacts: ...
    @property
    def link_shapes(self) -> LinkShapes: ...
    @property
    def desk_looks(self) -> DeskLooks: ...
    @property
    def hosting(self) -> HostLookups: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def channel_health(self) -> ChannelHealths: ...
    @property
    def foreign_lists(self) -> ForeignLists: ...
    @property
    def rendering(self) -> Rendering: ...
    @property
    def pair_tracks(self) -> PairTracks: ...
    @property
    def standstills(self) -> Standstills: ...
