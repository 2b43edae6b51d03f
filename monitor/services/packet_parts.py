"""What of the store and the vault goes into a packet, and what is not in it, with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.errors import Locked, LockedMeanwhile, MonitorError, SealError
from monitor.evidence.packet import CapturePart, DonePart, FindPart, OwnPart, PacketFile
from monitor.evidence.packet_names import (
    HOLDS_PICTURE,
    MAY_BE_TEXT,
    MAY_HOLD_PICTURE,
    file_name,
    file_stem,
    holds_picture,
    is_only_text,
    numbered,
    wants_own,
)
from monitor.evidence.record_reading import answers_in, clock_in
from monitor.guide.steps import all_steps
from monitor.model.capture import Capture, CaptureCause, CaptureState
from monitor.model.deciding import DecisionAct, MadeDecision
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaseId, SightingId
from monitor.model.own_evidence import OwnEntry
from monitor.model.report import Report
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.tracking.changes import absences_of
from monitor.vault.opening import Unsealer

_FOR_OTHERS = (DecisionAct.CONFIRM, DecisionAct.DISMISS, DecisionAct.LEAVE)
MOST_READ = 4_000_000  # bytes of one file that is looked into here: a record, or what may be only text
TAKEN_AWAY = "it was taken away for good"
_OTHER_KEY = "it is sealed to another key than the one that was given"

CAUSES = {
    CaptureCause.SEEN: "the picture was found there",
    CaptureCause.KNOWN: "a picture that was known from elsewhere stands there too",
    CaptureCause.RETROACTIVE: "a photo that was enrolled later is shown there",
    CaptureCause.CONFIRMED: "the person said that the picture is theirs",
    CaptureCause.ADDED: "the person found it",
    CaptureCause.UNDONE: "the person took back that the picture is not theirs",
    CaptureCause.ASKED: "the person asked for it",
}
STATES = {
    CaptureState.WANTED: "not taken yet",
    CaptureState.WHOLE: "whole",
    CaptureState.PARTIAL: "in part",
    CaptureState.GIVEN_UP: "given up",
    CaptureState.CLOSED: "closed, nothing is kept of it",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """finds: as they are numbered, from 1. captures: that a find is on, the oldest first. items: their sealed files and
    those of the entries, by id; none where they are not asked for."""

    case: CaseId
    finds: tuple[Sighting, ...]
    captures: tuple[Capture, ...]
    own: tuple[OwnEntry, ...]
    items: Mapping[str, EvidenceItem]

    @classmethod
    def of(
        cls, finds: Sequence[Sighting], *, case: CaseId, store: Store, with_own: bool, with_items: bool = True
    ) -> Parts:
        ids = {find.id for find in finds}
        captures = sorted(store.captures.of(case, ids), key=lambda one: (one.taken_at or one.asked_at, one.id))
        looks = {capture.id for capture in captures}
        own = [entry for entry in store.own.all(case) if wants_own(entry, [*ids])] if with_own else []
        theirs = {item for entry in own for item in entry.items}
        items = {
            item.id: item
            for item in (store.evidence.all(case) if with_items else ())
            if item.id in theirs or (item.capture in looks and (not item.sighting or item.sighting in ids))
        }
        return cls(case, tuple(finds), tuple(captures), tuple(own), items)

    @property
    def words(self) -> frozenset[str]:
        """By which the custody log names what is in the packet."""
        sightings = {find.id for find in self.finds}
        return frozenset({*sightings, *(one.id for one in self.captures), *(entry.id for entry in self.own)})

    def of_capture(self, capture: Capture) -> list[EvidenceItem]:
        """What is of the whole first."""
        found = [item for item in self.items.values() if item.capture == capture.id]
        return sorted(found, key=lambda item: (item.sighting, item.id))


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """What opening a file came to. why: it is not in the packet; '' where it is. is_broken: it does not hold. content:
    where it was looked into."""

    why: str = ""
    is_broken: bool = False
    content: bytes = b""


def refuse_foreign(parts: Parts, unsealer: Unsealer, vault: Path, identity: Path | str) -> None:
    """Before anything is opened. Raises Locked for an identity that opens none of the files."""
    fits = False
    for item in parts.items.values():
        try:
            fits = fits or item.is_withheld or unsealer.opens(vault / item.file.path)
        except SealError:  # not there, or damaged: told with the others
            fits = True
    if not fits:
        raise Locked(
            f"{identity} is somebody else's: it opens none of the {len(parts.items)} sealed files",
            remedy="Give the identity whose public key stood in [evidence] recipients when they were sealed. Nothing "
            "was opened.",
        )


def look_into(parts: Parts, unsealer: Unsealer, vault: Path, *, with_images: bool) -> dict[str, OpenedFile]:
    """By id. Every file that goes into the packet is read to its end and compared with its digest, before a byte of the
    packet is written; one that stays out is not opened."""
    records = {entry.record for entry in parts.own}
    return {
        item.id: _looked(item, unsealer, vault, with_images=with_images, is_words=item.id in records)
        for item in parts.items.values()
    }


def _looked(item: EvidenceItem, unsealer: Unsealer, vault: Path, *, with_images: bool, is_words: bool) -> OpenedFile:
    if item.is_withheld:
        return OpenedFile(TAKEN_AWAY)
    if not with_images and holds_picture(item.kind, is_of_one_find=bool(item.sighting)):
        return OpenedFile(HOLDS_PICTURE)
    is_own_file = item.kind is EvidenceKind.OWN and not is_words
    is_small = item.file.size <= MOST_READ
    if is_own_file and not with_images and not (is_small and item.media_type in MAY_BE_TEXT):
        return OpenedFile(MAY_HOLD_PICTURE)
    wanted = is_small and (is_own_file or item.kind is EvidenceKind.RECORD)
    pieces, digest = list[bytes](), hashlib.sha256()
    try:
        for piece in unsealer.stream(vault / item.file.path):
            digest.update(piece)
            if wanted:
                pieces.append(piece)
    except LockedMeanwhile:
        raise
    except Locked:
        return OpenedFile(_OTHER_KEY, is_broken=True)
    except MonitorError as error:
        return OpenedFile(str(error), is_broken=True)
    if digest.hexdigest() != item.file.plain_digest:
        return OpenedFile("another file stands in its place: its digest is not the one on record", is_broken=True)
    content = b"".join(pieces)
    if is_own_file and not with_images and not is_only_text(item.media_type, content):
        return OpenedFile(MAY_HOLD_PICTURE)
    return OpenedFile(content=content)


# -- as the packet tells it


def find_parts(parts: Parts, store: Store, *, with_private: bool = False) -> tuple[FindPart, ...]:
    """with_private: also what the person noted for herself, put aside, and took back."""
    photos = {reference: number for number, reference in enumerate(dict.fromkeys(_photos(parts)), start=1)}
    looks = {capture.id: number for number, capture in enumerate(parts.captures, start=1)}
    ids = [find.id for find in parts.finds]
    gone = absences_of(store.changes.of(parts.case, ids))
    said: dict[SightingId, list[MadeDecision]] = {}
    for made in store.made_decisions.of(parts.case, ids):
        if with_private or (made.stands and made.act in _FOR_OTHERS):
            said.setdefault(made.sighting, []).append(made)
    sent: dict[SightingId, list[Report]] = {}
    for report in store.reports.of_sightings(
        parts.case, ids
    ):  # at once: for each find again, each report is read whole
        told = report if with_private else replace(report, undone=())  # a mistake of hers is nobody else's
        if told.sent_at is not None or told.undone:
            for one in report.sightings:
                sent.setdefault(one, []).append(told)
    return tuple(
        FindPart(
            number=number,
            sighting=find,
            photo=photos.get(find.match.reference or ""),
            captures=tuple(looks[one.id] for one in parts.captures if find.id in one.sightings),
            reports=tuple(sent.get(find.id, ())),
            absences=tuple(gone.get(find.id, ())),
            decisions=tuple(said.get(find.id, ())),
        )
        for number, find in enumerate(parts.finds, start=1)
    )


def done_parts(case: CaseId, store: Store, *, with_private: bool) -> tuple[DonePart, ...]:
    """What the person has ticked off in the guide. with_private: also what is about herself."""
    ticks = {tick.step: tick for tick in store.ticks.all(case)}
    told = [step for step in all_steps() if step.id in ticks and (with_private or not step.is_private)]
    return tuple(DonePart(step.words, ticks[step.id]) for step in told)


def capture_parts(parts: Parts, looked: Mapping[str, OpenedFile]) -> tuple[CapturePart, ...]:
    finds = {find.id: number for number, find in enumerate(parts.finds, start=1)}
    return tuple(
        _capture_part(number, capture, finds, parts, looked) for number, capture in enumerate(parts.captures, start=1)
    )


def _capture_part(
    number: int, capture: Capture, finds: Mapping[SightingId, int], parts: Parts, looked: Mapping[str, OpenedFile]
) -> CapturePart:
    items, names = parts.of_capture(capture), list[str]()
    records = [looked[item.id].content for item in items if item.kind is EvidenceKind.RECORD]
    files = []
    for item in items:
        folder = numbered("captures", number)
        if item.sighting:
            folder = f"{folder}/find-{finds[item.sighting]:04}"
        stem = f"{folder}/{file_stem(item.kind, is_of_one_find=bool(item.sighting))}"
        names.append(file_name(stem, item.kind, item.media_type, names))
        files.append(_file(names[-1], item, looked[item.id]))
    answers = dict.fromkeys(answer for record in records for answer in answers_in(record))
    return CapturePart(
        number=number,
        id=capture.id,
        page_url=capture.page_url,
        cause=CAUSES[capture.cause],
        state=STATES[capture.state],
        asked_at=capture.asked_at,
        taken_at=capture.taken_at,
        finds=tuple(sorted(finds[one] for one in capture.sightings if one in finds)),
        files=tuple(files),
        answers=tuple(answers),
        clock=next(filter(None, map(clock_in, records)), ""),
        missing=tuple((one.kind.value, one.why) for one in capture.missing),
        why=capture.why,
    )


def own_parts(parts: Parts, looked: Mapping[str, OpenedFile]) -> tuple[OwnPart, ...]:
    finds = {find.id: number for number, find in enumerate(parts.finds, start=1)}
    return tuple(
        OwnPart(
            number=number,
            entry=entry,
            finds=(finds[entry.sighting],) if entry.sighting in finds else (),
            files=tuple(_own_files(number, entry, parts, looked)),
        )
        for number, entry in enumerate(parts.own, start=1)
    )


def _own_files(number: int, entry: OwnEntry, parts: Parts, looked: Mapping[str, OpenedFile]) -> list[PacketFile]:
    folder, called = numbered("own", number), {file.item: file.name for file in entry.files}
    files = []
    for place, name in enumerate(entry.items):
        item = parts.items.get(name)
        if item is not None:
            stem = f"{folder}/file-{place}" if place else f"{folder}/words"
            path = file_name(stem, item.kind, item.media_type, [])
            files.append(_file(path, item, looked[item.id], called.get(name, "")))
    return files


def _file(name: str, item: EvidenceItem, looked: OpenedFile, called: str = "") -> PacketFile:
    return PacketFile(
        name=name,
        kind=item.kind.value,
        media_type=item.media_type,
        size=item.file.size,
        digest=item.file.plain_digest,
        item=item.id,
        sealed_as=item.file.path,
        sealed_digest=item.file.sealed_digest,
        called=called,
        left_out=looked.why,
    )


def _photos(parts: Parts) -> list[str]:
    return [find.match.reference for find in parts.finds if find.match.reference]
