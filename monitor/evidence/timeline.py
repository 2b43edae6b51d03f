"""What happened when, and where the copies are: the two tables of a packet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.documents.tables import BYTE_ORDER_MARK, csv_text
from monitor.documents.times import utc_words
from monitor.evidence.packet import CapturePart, DonePart, FindPart, OwnPart, PacketFacts
from monitor.hosts import host_of
from monitor.model.deciding import DecisionAct, MadeDecision
from monitor.model.report import Report, ReportEvent, ReportState

FOUND = "found"
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


class HappeningKind(StrEnum):
    """By which a page says in its own words what `Happening.what` says for a document."""

    FOUND = "found"
    SEEN_LAST = "seen-last"
    GONE = "gone"
    BACK = "back"
    SENT = "sent"
    SENT_AGAIN = "sent-again"
    COMPLETED = "completed"
    ANSWERED = "answered"
    CAPTURED = "captured"
    NOT_CAPTURED = "not-captured"
    SAID_MINE = "said-mine"
    SAID_NOT_MINE = "said-not-mine"
    SAID_LEAVE = "said-leave"
    PUT_ASIDE = "put-aside"
    NOTED = "noted"
    TAKEN_BACK = "taken-back"
    STEP_TAKEN_BACK = "step-taken-back"
    TOLD = "told"
    DONE = "done"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline. at: where it stands in it. said: the time in the person's words, where that is all
    there is. finds: numbers. report: of one, with its step; None for everything else."""

    at: datetime | None
    what: str
    finds: tuple[int, ...] = ()
    where: str = ""
    detail: str = ""
    said: str = ""
    files: tuple[str, ...] = ()
    kind: HappeningKind = HappeningKind.OTHER
    report: tuple[Report, ReportEvent] | None = None

    @property
    def exactly(self) -> datetime | None:
        return None if self.said else self.at


def happenings(facts: PacketFacts) -> tuple[Happening, ...]:
    """The oldest first; what has no time at all comes last."""
    pages = {part.number: part.sighting.seen_at.page_url for part in facts.finds}
    every = [
        *(one for find in facts.finds for one in _of_find(find)),
        *(_of_capture(capture) for capture in facts.captures),
        *(one for made, finds in _decisions(facts) for one in _of_decision(made, finds, pages)),
        *(one for report, finds in _reports(facts) for one in _of_report(report, finds, pages)),
        *(_of_own(own) for own in facts.own),
        *(_of_done(done) for done in facts.done),
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


def mirrors_of_find(part: FindPart) -> list[dict[str, object]]:
    """Every address at which it was seen."""
    sighting = part.sighting
    return [
        {
            "find": part.number,
            "page_url": "" if sighting.is_hearsay else address.page_url,
            "image_url": address.image_url,
            "host": host_of(address.page_url),
            "account": sighting.seen_at.account,
            "first_seen": address.first_seen,
            "last_seen": address.last_seen,
            "is_newest_address": "yes" if address == sighting.present_address else "no",
            "status": sighting.status.value,
            "removed_at": sighting.removed_at,
            "photo": part.photo,
            "picture_sha256": sighting.image_digest,
        }
        for address in sighting.addresses
    ]


def mirrors_table(facts: PacketFacts) -> str:
    rows = (row for part in facts.finds for row in mirrors_of_find(part))
    return BYTE_ORDER_MARK + csv_text(_MIRRORS, rows)


def _of_find(part: FindPart) -> Iterator[Happening]:
    sighting = part.sighting
    where, finds = sighting.seen_at.page_url, (part.number,)
    kind = HappeningKind
    yield Happening(sighting.first_seen, FOUND, finds, where, sighting.match.reason, kind=kind.FOUND)
    if sighting.last_seen > sighting.first_seen:
        yield Happening(sighting.last_seen, "seen there last", finds, where, kind=kind.SEEN_LAST)
    for absence in part.absences:
        yield Happening(absence.gone_at, "found gone, twice", finds, where, kind=kind.GONE)
        if absence.back_at is not None:
            yield Happening(absence.back_at, "there again", finds, where, kind=kind.BACK)


_SAID = {
    DecisionAct.CONFIRM: (HappeningKind.SAID_MINE, "the person said that the picture is theirs"),
    DecisionAct.DISMISS: (HappeningKind.SAID_NOT_MINE, "the person said that the picture is not theirs"),
    DecisionAct.LEAVE: (HappeningKind.SAID_LEAVE, "the person said that nothing is to be done here"),
    DecisionAct.LATER: (HappeningKind.PUT_ASIDE, "put aside by the person"),
    DecisionAct.NOTE: (HappeningKind.NOTED, "noted by the person"),
}


def _decisions(facts: PacketFacts) -> list[tuple[MadeDecision, tuple[int, ...]]]:
    """Each stroke once, however many of the finds it was about."""
    found: dict[tuple[str, str, bool], tuple[MadeDecision, list[int]]] = {}
    for part in facts.finds:
        for made in part.decisions:
            found.setdefault((made.batch, made.act.value, made.stands), (made, []))[1].append(part.number)
    return [(made, tuple(finds)) for made, finds in found.values()]


def _of_decision(made: MadeDecision, finds: tuple[int, ...], pages: Mapping[int, str]) -> Iterator[Happening]:
    kind, what = _SAID[made.act]
    where = pages[finds[0]] if len(finds) == 1 else ""
    until = f"until {utc_words(made.until)}" if made.until else ""
    yield Happening(made.at, what, finds, where, " ".join(made.text.split()) or until, kind=kind)
    if made.undone_at is not None:
        yield Happening(made.undone_at, f"taken back: {what}", finds, where, kind=HappeningKind.TAKEN_BACK)


def _reports(facts: PacketFacts) -> list[tuple[Report, tuple[int, ...]]]:
    """Each once, however many of the finds it is about."""
    found: dict[str, tuple[Report, list[int]]] = {}
    for part in facts.finds:
        for report in part.reports:
            found.setdefault(report.id, (report, []))[1].append(part.number)
    return [(report, tuple(finds)) for report, finds in found.values()]


def _of_report(report: Report, finds: tuple[int, ...], pages: Mapping[int, str]) -> Iterator[Happening]:
    """Each of its steps but the drafting, which is nobody's but the person's."""
    places = {pages[number] for number in finds}
    where, before = places.pop() if len(places) == 1 else "", report.events[0]
    for event in report.events:
        if event.state is not ReportState.DRAFT:
            yield Happening(
                event.at,
                _step_words(report, event, before),
                finds,
                where,
                _step_detail(event, before),
                kind=_step_kind(event, before),
                report=(report, event),
            )
        before = event
    for event in report.undone:
        what, step = f"report to {report.channel}: {event.state.value}", (report, event)
        kind = HappeningKind.SENT if event.state is ReportState.SENT else HappeningKind.ANSWERED
        yield Happening(event.at, what, finds, where, _step_detail(event, event), kind=kind, report=step)
        back = HappeningKind.STEP_TAKEN_BACK
        yield Happening(event.undone_at, f"taken back: {what}", finds, where, kind=back, report=step)


def _step_kind(event: ReportEvent, before: ReportEvent) -> HappeningKind:
    if event.state is not ReportState.SENT:
        return HappeningKind.ANSWERED
    again = {ReportState.MORE_ASKED: HappeningKind.COMPLETED, ReportState.BOUNCED: HappeningKind.SENT_AGAIN}
    return again.get(before.state, HappeningKind.SENT)


def _step_words(report: Report, event: ReportEvent, before: ReportEvent) -> str:
    if event.state is not ReportState.SENT:
        return f"report to {report.channel}: {event.state.value}"
    again = {ReportState.MORE_ASKED: ", completed", ReportState.BOUNCED: ", once more"}.get(before.state, "")
    return f"reported to {report.channel}{again}"


def _step_detail(event: ReportEvent, before: ReportEvent) -> str:
    is_set = event.due_at is not None and event.due_at != before.due_at
    return "; ".join(
        [
            *([f"their number: {event.number}"] if event.number else []),
            *([f"due by {utc_words(event.due_at)}"] if is_set else []),
            *([event.text] if event.text else []),
        ]
    )


def _of_capture(part: CapturePart) -> Happening:
    kept = tuple(file.name for file in part.files if not file.left_out)
    is_taken = part.taken_at is not None
    return Happening(
        part.taken_at or part.asked_at,
        "captured" if is_taken else f"capture {part.state}",
        part.finds,
        part.page_url,
        part.why,
        files=kept,
        kind=HappeningKind.CAPTURED if is_taken else HappeningKind.NOT_CAPTURED,
    )


def _of_own(part: OwnPart) -> Happening:
    words = part.entry.words
    kept = tuple(file.name for file in part.files if not file.left_out)
    told = " ".join((words.what or words.note).split())
    happened = words.happened
    said = "" if happened.is_exact else happened.said
    if not happened.said:
        said = f"no time given; added {part.entry.added_at:%Y-%m-%d %H:%M} UTC"
    return Happening(
        words.happened.at, "told by the person", part.finds, words.where, told, said, kept, HappeningKind.TOLD
    )


def _of_done(part: DonePart) -> Happening:
    tick = part.tick
    said = "" if tick.done.is_exact or not tick.done.said else tick.done.said
    what = f"step done by the person: {part.words}"
    return Happening(tick.at, what, detail=tick.note, said=said, kind=HappeningKind.DONE)
