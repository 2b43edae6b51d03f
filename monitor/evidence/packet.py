"""What a packet tells, as values: `report.py` and `timeline.py` put it into words and tables, `packet_manifest.py`
lists it whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.course import Absence
from monitor.model.deciding import MadeDecision
from monitor.model.ids import NO_DIGEST, ContentDigest
from monitor.model.own_evidence import OwnEntry
from monitor.model.report import Report
from monitor.model.sighting import Sighting, Status
from monitor.model.tick import Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFile:
    """One file that is in a packet, or that belongs to it and is not in it. name: in the packet, or where it would be.
    item: its id among the sealed files; '' where it was made for the packet. called: its name outside, whole. left_out:
    why it is not in the packet; '' where it is."""

    name: str
    kind: str
    media_type: str
    size: int
    digest: ContentDigest
    item: str = ""
    sealed_as: str = ""
    sealed_digest: ContentDigest = NO_DIGEST
    called: str = ""
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one address answered when the capture was made, as its record tells. fetched_at: when the visit began, by
    the clock of the machine. size, digest: of what came, or of what a browser made of it; then served_size and
    served_digest are of what came, 0 and '' where that could not be had whole."""

    what: str  # page, picture
    asked: str
    answered: str
    status: int | None
    ip: str
    fetched_at: str
    server_said: str  # its own Date
    certificate: str  # SHA-256 of the certificate that the server showed
    hops: tuple[str, ...]
    size: int
    digest: str
    is_rendered: bool = False
    served_size: int = 0
    served_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePart:
    """One look at one page. number: in this packet, from 1. finds: numbers. clock: what this machine knew of its own
    clock then. missing: what the capture lacks, and why."""

    number: int
    id: str
    page_url: str
    cause: str
    state: str
    asked_at: datetime
    taken_at: datetime | None
    finds: tuple[int, ...]
    files: tuple[PacketFile, ...] = ()
    answers: tuple[Answered, ...] = ()
    clock: str = ""
    missing: tuple[tuple[str, str], ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPart:
    """One sighting. number: in this packet, from 1. photo: of the person's photos which one, numbered from 1; None
    where no photo led to it. The names of their files stay out: they may hold the person's own. reports: sent
    ones. absences: when it was gone, the oldest first. decisions: what the person said of it, in order."""

    number: int
    sighting: Sighting
    photo: int | None = None
    captures: tuple[int, ...] = ()
    reports: tuple[Report, ...] = ()
    absences: tuple[Absence, ...] = ()
    decisions: tuple[MadeDecision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPart:
    """What the person added. finds: numbers of the finds of this packet that it is about."""

    number: int
    entry: OwnEntry
    finds: tuple[int, ...] = ()
    files: tuple[PacketFile, ...] = ()


@dataclass(frozen=True, slots=True)
class DonePart:
    """A step of the guide that the person has ticked off. words: the step's."""

    words: str
    tick: Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class StampPart:
    """A time stamp over the head of the custody log. told_at: by the authority. entries: that head's number. stem: of
    its files in the packet."""

    authority: str
    told_at: datetime
    stem: str
    entries: int
    files: tuple[PacketFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """head: of the custody log, hex. entries: up to there. stamps: over this head or an earlier one. waiting: why the
    head itself bears no time stamp; '' where it does. faults: what does not check, in words."""

    head: str = ""
    entries: int = 0
    files: tuple[PacketFile, ...] = ()
    stamps: tuple[StampPart, ...] = ()
    waiting: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFacts:
    """Everything that a packet tells. program: name and version. no_pdf: why there is no report.pdf. has_wacz: all
    archives are in it as one file too."""

    made_at: datetime
    program: str
    with_images: bool
    finds: tuple[FindPart, ...]
    captures: tuple[CapturePart, ...] = ()
    own: tuple[OwnPart, ...] = ()
    done: tuple[DonePart, ...] = ()
    log: LogPart = LogPart()
    no_pdf: str = ""
    has_wacz: bool = False

    @property
    def evidence_files(self) -> tuple[PacketFile, ...]:
        """Of captures and of the person's own, in the packet or left out."""
        captured = [file for part in self.captures for file in part.files]
        return (*captured, *(file for part in self.own for file in part.files))

    @property
    def left_out(self) -> tuple[PacketFile, ...]:
        return tuple(file for file in self.evidence_files if file.left_out)

    @property
    def shows_pictures(self) -> bool:
        """A file that holds a picture of a capture is in it."""
        return any(file.kind in ("image", "screenshot") and not file.left_out for file in self.evidence_files)

    @property
    def photos(self) -> int:
        """How many photos of the person were recognised."""
        return len({part.photo for part in self.finds if part.photo is not None})

    @property
    def by_hand(self) -> tuple[int, ...]:
        """Numbers of the finds that no program has compared."""
        return tuple(part.number for part in self.finds if part.sighting.match.method is None)

    @property
    def unconfirmed(self) -> tuple[int, ...]:
        """Numbers of the finds of which nobody has said yet that they are the person's."""
        return tuple(part.number for part in self.finds if part.sighting.status is Status.NEW)

    @property
    def archives(self) -> tuple[PacketFile, ...]:
        """WARC files that are in it."""
        return tuple(file for file in self.evidence_files if file.kind == "warc" and not file.left_out)

    @property
    def has_archives(self) -> bool:
        return bool(self.archives)

    @property
    def reference(self) -> str:
        """By which people name it to each other: as the weekly digest has it; '' where there is no log."""
        return self.log.head[:16]
