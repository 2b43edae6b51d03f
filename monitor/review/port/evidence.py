"""What is kept of each find, what it lacks, and what the person added."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class KeptFile:
    """size: bytes. can_show: it is a picture. is_there: its sealed file is; name: as the person's file was called."""

    item: str
    kind: EvidenceKind
    captured_at: datetime
    size: int
    digest: str
    can_show: bool
    is_there: bool = True
    is_withheld: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class LackingKind:
    kind: EvidenceKind
    why: str


@dataclass(frozen=True, slots=True)
class KeptFind:
    """page_url, account: from outside. looks: how often its page was kept. waits: it is to be looked at again.
    is_handed_on: it may go into a packet. What the person added about it is not in it: `EvidencePart.own`."""

    find: str
    number: int
    page_url: str
    account: str
    first_seen: datetime
    under_18: bool
    has: tuple[tuple[EvidenceKind, int], ...]
    lacks: tuple[LackingKind, ...]
    files: tuple[KeptFile, ...] = ()
    looks: int = 0
    waits: bool = False
    is_handed_on: bool = False


@dataclass(frozen=True, slots=True)
class KeptPage:
    """finds: in the order of their numbers. after: the last of these where a further page follows, else 0. total: finds
    in all. own: entries that the person added."""

    finds: tuple[KeptFind, ...]
    total: int
    own: int
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTyped:
    """As it was typed; each may be empty. sighting: the number of a find that it is about."""

    at: str = ""
    where: str = ""
    what: str = ""
    who: str = ""
    witnesses: tuple[str, ...] = ()
    reported_to: tuple[str, ...] = ()
    number: str = ""
    saved_by: str = ""
    saved_at: str = ""
    note: str = ""
    sighting: str = ""


@dataclass(frozen=True, slots=True)
class OwnKeptEntry:
    """find: the number of the one that it is about, 0 of none."""

    entry: str
    added_at: datetime
    typed: OwnTyped
    find: int
    files: tuple[KeptFile, ...]


@dataclass(frozen=True, slots=True)
class NotTaken:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class OwnAdded:
    """entry: '' where nothing was added."""

    entry: str
    files: int
    skipped: tuple[NotTaken, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenContent:
    """A file that came through the browser, whole. reason: why it is not taken; then nothing of it is here."""

    name: str
    content: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FaultFound:
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class CheckDone:
    """opened: files of which the content was looked at too; not_opened: that are sealed to another key. reference: of
    the custody log's newest entry, '' where there is none."""

    faults: tuple[FaultFound, ...]
    files: int
    opened: int
    not_opened: int
    entries: int
    stamps: int
    reference: str
    aside: int


@dataclass(frozen=True, slots=True)
class PacketDone:
    """left_out: how many files are not in it; broken: those of them that do not hold, with the reason."""

    path: str
    digest: str
    files: int
    left_out: int
    own: int
    no_pdf: str
    waiting: str
    broken: tuple[NotTaken, ...] = ()
    faults: tuple[str, ...] = ()


class EvidencePart(Protocol):
    """Each raises MonitorError."""

    async def page(self, case: CaseId, after: int, limit: int) -> KeptPage: ...
    async def of(self, case: CaseId, find: str) -> KeptFind: ...
    async def own(self, case: CaseId) -> tuple[OwnKeptEntry, ...]:
        """The newest first."""
        ...

    async def add(
        self, case: CaseId, typed: OwnTyped, paths: tuple[str, ...], given: AsyncIterator[GivenContent] | None = None
    ) -> OwnAdded:
        """paths: of files on this machine. given: files that come one by one. What cannot be taken is skipped with the
        reason."""
        ...

    async def remove(self, case: CaseId, entry: str) -> None: ...
    async def check(self, holder: str, case: CaseId) -> CheckDone:
        """What the files hold too, where the holder has the key open."""
        ...

    async def export(
        self, holder: str, case: CaseId, finds: tuple[str, ...], out: str, *, with_images: bool, with_own: bool
    ) -> PacketDone: ...
    async def folder(self) -> str:
        """Where a packet may be written, as a proposal."""
        ...
