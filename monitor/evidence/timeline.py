"""What happened when, and where the copies are: the two tables of a packet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.documents.tables import BYTE_ORDER_MARK, csv_text
from monitor.evidence.packet import CapturePart, FindPart, OwnPart, PacketFacts
from monitor.hosts import host_of
from monitor.model.report import ReportState

_TIMELINE = ("utc", "time_as_said", "event", "find", "where", "detail", "files")
_MIRRORS = (
    "find",
    "page_url",
    "image_url",
    "host",
    "account",
    "first_seen",
    "last_seen",
    "is_newest_address",
    "status",
    "removed_at",
    "photo",
    "picture_sha256",
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline. at: where it stands in it. said: the time in the person's words, where that is all
    there is. finds: numbers."""

    at: datetime | None
    what: str
    finds: tuple[int, ...] = ()
    where: str = ""
    detail: str = ""
    said: str = ""
    files: tuple[str, ...] = ()

    @property
    def exactly(self) -> datetime | None:
        return None if self.said else self.at


def happenings(facts: PacketFacts) -> tuple[Happening, ...]:
    """The oldest first; what has no time at all comes last."""
    every = [
        *(one for find in facts.finds for one in _of_find(find)),
        *(_of_capture(capture) for capture in facts.captures),
        *(_of_own(own) for own in facts.own),
    ]
    return tuple(sorted(every, key=lambda one: (one.at is None, one.at or facts.made_at)))


def timeline_table(facts: PacketFacts) -> str:
    rows = (
        {
            "utc": one.exactly,
            "time_as_said": one.said,
            "event": one.what,
            "find": one.finds,
            "where": one.where,
            "detail": one.detail,
            "files": one.files,
        }
        for one in happenings(facts)
    )
    return BYTE_ORDER_MARK + csv_text(_TIMELINE, rows)


def mirrors_table(facts: PacketFacts) -> str:
    """Every address at which each find was seen."""
    rows = (
        {
            "find": part.number,
            "page_url": "" if part.sighting.is_hearsay else address.page_url,
            "image_url": address.image_url,
            "host": host_of(address.page_url),
            "account": part.sighting.seen_at.account,
            "first_seen": address.first_seen,
            "last_seen": address.last_seen,
            "is_newest_address": "yes" if address == part.sighting.present_address else "no",
            "status": part.sighting.status.value,
            "removed_at": part.sighting.removed_at,
            "photo": part.photo,
            "picture_sha256": part.sighting.image_digest,
        }
        for part in facts.finds
        for address in part.sighting.addresses
    )
    return BYTE_ORDER_MARK + csv_text(_MIRRORS, rows)


def _of_find(part: FindPart) -> Iterator[Happening]:
    sighting = part.sighting
    where, finds = sighting.seen_at.page_url, (part.number,)
    yield Happening(sighting.first_seen, "found", finds, where, sighting.match.reason)
    if sighting.last_seen > sighting.first_seen:
        yield Happening(sighting.last_seen, "seen there last", finds, where)
    if sighting.removed_at is not None:
        yield Happening(sighting.removed_at, "found gone, twice", finds, where)
    for report in part.reports:
        if report.sent_at is not None:
            number = f"their number: {report.number}" if report.number else ""
            yield Happening(report.sent_at, f"reported to {report.channel}", finds, where, number)
        if report.state not in (ReportState.DRAFT, ReportState.SENT):
            yield Happening(
                report.changed_at, f"report to {report.channel}: {report.state.value}", finds, where, report.response
            )


def _of_capture(part: CapturePart) -> Happening:
    kept = tuple(file.name for file in part.files if not file.left_out)
    what = "captured" if part.taken_at is not None else f"capture {part.state}"
    return Happening(part.taken_at or part.asked_at, what, part.finds, part.page_url, part.why, files=kept)


def _of_own(part: OwnPart) -> Happening:
    words = part.entry.words
    kept = tuple(file.name for file in part.files if not file.left_out)
    told = " ".join((words.what or words.note).split())
    happened = words.happened
    said = "" if happened.is_exact else happened.said
    if not happened.said:
        said = f"no time given; added {part.entry.added_at:%Y-%m-%d %H:%M} UTC"
    return Happening(words.happened.at, "told by the person", part.finds, words.where, told, said, kept)
