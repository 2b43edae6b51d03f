"""What is true of this store as a whole, of no case: one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.ids import ContentDigest
from monitor.model.intent import Recovery
from monitor.model.standstill import LastAlive, Standstill


@dataclass(frozen=True, slots=True)
class StandingTold:
    """at: when the last standing alarm was written. keys: of what."""

    at: datetime
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class WayOutKept:
    """id: of the present way out. mark: of the proxy, salted with the id."""

    id: str
    mark: str


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The daemon saw the clock leap. at: by the new clock. by_s: forward, in seconds; negative: back."""

    at: datetime
    by_s: int


@dataclass(frozen=True, slots=True)
class StoreKeySealed:
    """What lies in the vault as the store's sealed key. recipients: that it was sealed to, in order. digest: SHA-256 of
    the file."""

    recipients: tuple[str, ...]
    digest: ContentDigest


@dataclass(frozen=True, slots=True)
class DaemonRead:
    """Of the configuration, by the daemon that started last. at: when. file: '' where there is only the environment.
    mark: of what stood in the file and in the secrets that it names (`config_files.mark_of`), as they are taken or were
    refused. refused: why it goes on with what it read before; '' where it took it."""

    at: datetime
    file: str
    mark: str
    refused: str = ""


class Machine(Protocol):
    """What is true of this store as a whole; the last of each, so that nothing grows. None, '': never noted."""

    def last_round(self) -> datetime | None:
        """Of housekeeping."""
        ...

    def note_round(self, at: datetime) -> None: ...
    def good_watches(self) -> str:
        """The watches as they were read last without an error (`pipeline.last_good`)."""
        ...

    def keep_good_watches(self, text: str) -> None: ...
    def standing_told(self) -> StandingTold | None: ...
    def tell_standing(self, told: StandingTold | None) -> None: ...
    def way_out(self) -> WayOutKept | None: ...
    def keep_way_out(self, way: WayOutKept) -> None: ...
    def vault_had_key(self) -> bool:
        """The store's sealed key was once seen in the vault: from then on a vault without it is another folder."""
        ...

    def note_vault_key(self) -> None: ...
    def store_key_sealed(self) -> StoreKeySealed | None:
        """None: never, or a crash left it open what lies there."""
        ...

    def note_store_key_sealed(self, sealed: StoreKeySealed | None) -> None: ...
    def wrong_passphrases(self, mark: str) -> int:
        """How many were tried since one was right. mark: of the identity (`vault.identity.passphrase_mark`)."""
        ...

    def next_try_at(self) -> datetime | None:
        """When the next passphrase may be tried; None: at once."""
        ...

    def note_wrong_passphrases(self, mark: str, count: int, next_try_at: datetime | None) -> None: ...
    def clock_set(self) -> ClockSet | None:
        """The last time that the clock leapt."""
        ...

    def note_clock_set(self, leap: ClockSet) -> None: ...
    def recovery(self) -> Recovery | None:
        """The last time that something was left over by a process that was cut off."""
        ...

    def note_recovery(self, recovery: Recovery) -> None: ...
    def daemon_began(self) -> datetime | None:
        """Of the daemon that runs, or was cut off; None after an orderly end."""
        ...

    def note_daemon(self, began: datetime | None) -> None: ...
    def daemon_read(self) -> DaemonRead | None: ...
    def note_daemon_read(self, read: DaemonRead) -> None: ...
    def alive(self) -> LastAlive | None:
        """What the daemon noted of itself last."""
        ...

    def note_alive(self, alive: LastAlive) -> None: ...
    def heartbeat(self) -> datetime | None:
        """When the last sign of life was put into the outbox, or since when one is due in a week."""
        ...

    def note_heartbeat(self, at: datetime) -> None: ...


class Standstills(Protocol):
    """When the daemon stood still; the newest hundred are kept."""

    def note(self, stood: Standstill) -> None: ...
    def since(self, moment: datetime) -> Sequence[Standstill]:
        """Those that ended after it, the oldest first."""
        ...
