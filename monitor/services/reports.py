"""What became of drafts: sent, answered, returned, taken back. Sending is the person's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.zone import zone_of
from monitor.documents.times import When, told_in
from monitor.errors import ChangedMeanwhile, UsageError, no_such
from monitor.mending import Mending
from monitor.model.ids import CaseId
from monitor.model.removal import Removal
from monitor.model.report import ASKED_AFTER, NEXT_STATES, SAME_MINUTE, AnswerKind, Report, ReportState
from monitor.model.settings import Settings
from monitor.model.sighting import Status
from monitor.pipeline.adapting_visits import raise_places
from monitor.pipeline.removing import not_found
from monitor.plain import several
from monitor.ports import Store
from monitor.takedown import clocks
from monitor.tracking import sighting_life
from monitor.tracking.next_look import FIRST_AFTER_SENDING

_IN_HAND = 500  # rows of a list in hand
LONGEST_NUMBER = 100  # characters
LONGEST_ANSWER = 20_000  # likewise: of an answer; a longer one is evidence
NEVER_SENT_OR_TAKEN_BACK = (ReportState.DRAFT, ReportState.WITHDRAWN)
ALREADY = "Nothing changed: one request, one clock."


STATE_AFTER = {
    AnswerKind.ACKNOWLEDGED: ReportState.ACKNOWLEDGED,
    AnswerKind.MORE_ASKED: ReportState.MORE_ASKED,
    AnswerKind.REFUSED: ReportState.REFUSED,
    AnswerKind.REMOVED: ReportState.REMOVED,
    AnswerKind.BOUNCED: ReportState.BOUNCED,
    AnswerKind.EXTENDED: ReportState.ACKNOWLEDGED,
    AnswerKind.NOTICE: ReportState.ACKNOWLEDGED,
}


@dataclass(frozen=True, slots=True)
class NotedStep:
    """The report as it stands now, and what the person should know about it."""

    report: Report
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportService:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def _when(self) -> When:
        return told_in(zone_of(self.settings.digest.timezone), self.clock())

    def listed(self, case: CaseId) -> Iterator[Report]:
        """In the order in which they were made, asked for in parts."""
        last = ""
        while part := self.store.reports.listed(case, limit=_IN_HAND, after=last):
            yield from part
            last = part[-1].id

    def due(self, case: CaseId) -> Sequence[Report]:
        """Sent, and their time has run out, or nothing was heard for a week where nothing sets a time; and what the
        program drafted to be sent next, behind that which it follows."""
        return in_turn(self.store.reports.due(case, self.clock()), self.store.reports.proposed(case))

    def get(self, report: str, *, case: CaseId) -> Report:
        return _report(self.store, case, report)

    def mark_sent(
        self, report: str, *, case: CaseId, at: datetime | None = None, number: str = "", seen: int | None = None
    ) -> NotedStep:
        """The person has sent it: its clock starts, as it was frozen with the draft, and its sightings are `reported`.
        at None: now. Said twice, it is one step. seen: how many steps it had when the person looked; None = all. Raises
        UsageError for a time or a number that cannot be, ChangedMeanwhile where it has others by now."""
        now, number = self.clock(), desk_number(number)
        with self.store.transaction():
            noted = _as_seen(_report(self.store, case, report), seen)
            then = _moment(at, now, self._when())
            known = clocks.set_right(noted, now, then)
            if known.state in (ReportState.SENT, ReportState.ACKNOWLEDGED):
                return self._sent_before(known, number, noted, now)
            due = clocks.due_after(known, ReportState.SENT, then)
            sent = known.sent(at=then, noted_at=now, due_at=due, number=number)
            self.store.reports.save(sent)
            for name in sent.sightings:
                sighting = self.store.sightings.get(case, name)
                if sighting is not None and not sighting.under_18:
                    self.store.sightings.save(sighting_life.reported(sighting))
                    raise_places(self.store, case, [sighting.place.page_url], now, watch=sighting.watch)
            self.store.rechecks.sooner(case, sent.sightings, then + FIRST_AFTER_SENDING)
        when = self._when()
        told = (*_told_of_clock(noted, now, when), *_told_of_sheet(known), *_told_of_sent(sent, when))
        return NotedStep(sent, told)

    def _sent_before(self, known: Report, number: str, noted: Report, now: datetime) -> NotedStep:
        when = self._when()
        is_mended = tuple(_told_of_clock(noted, now, when))
        told = (*is_mended, *_told_of_sent(known, when)) if is_mended else ()
        if number and number != known.number:
            known = known.with_number(number)
            told = (f"It was marked as sent before; their number {number} is noted with it.", *told)
        elif not told:
            return NotedStep(known, (f"It was marked as sent at {when(known.sent_at)}. {ALREADY}",))
        self.store.reports.save(known)
        return NotedStep(known, told)

    def record_response(
        self,
        report: str,
        *,
        case: CaseId,
        outcome: str,
        at: datetime | None = None,
        text: str = "",
        number: str = "",
        seen: int | None = None,
    ) -> NotedStep:
        """at: when the answer came; None: now. seen: as `mark_sent` has it. Raises UsageError for an outcome that is
        none, and for a time, a number or a text that cannot be; ChangedMeanwhile."""
        now, number = self.clock(), desk_number(number)
        if outcome not in list(AnswerKind):
            raise UsageError(f"{outcome!r} is not an outcome of a report", remedy=f"One of: {', '.join(AnswerKind)}.")
        refuse_long(text)
        which = AnswerKind(outcome)
        with self.store.transaction():
            noted = _as_seen(_report(self.store, case, report), seen)
            then = _moment(at, now, self._when())
            known = clocks.set_right(noted, now, then)
            answered = known.answered(
                STATE_AFTER[which], at=then, noted_at=now, text=text, number=number, due_at=_due(which, known, then)
            )
            self.store.reports.save(answered)
            self._note_address(which, answered, then)
        when = self._when()
        return NotedStep(answered, (*_told_of_clock(noted, now, when), *_told_of_answer(which, answered, when)))

    def _note_address(self, outcome: AnswerKind, report: Report, at: datetime) -> None:
        address = report.frozen.mailbox
        if not address:
            return
        if outcome is AnswerKind.BOUNCED:
            self.store.dead_addresses.note(address, at)
        else:
            self.store.dead_addresses.revive(address)

    def withdraw(self, report: str, *, case: CaseId, seen: int | None = None) -> Report:
        """Its finds get back what they were, where nothing else that was sent of them stands. seen: as `mark_sent` has
        it. Raises ChangedMeanwhile."""
        now = self.clock()
        with self.store.transaction():
            known = _as_seen(_report(self.store, case, report), seen)
            withdrawn = clocks.set_right(known, now).withdrawn(at=now)
            self.store.reports.save(withdrawn)
            self._finds_of(withdrawn)
        return withdrawn

    def undo(self, report: str, *, case: CaseId, seen: int | None = None) -> NotedStep:
        """Takes the last step back (sent, answered, taken back): state, clock and finds are as before it. seen: as
        `mark_sent` has it. Raises UsageError where there is none, or something was built on it; ChangedMeanwhile."""
        now = self.clock()
        with self.store.transaction():
            known = _as_seen(_report(self.store, case, report), seen)
            if (why := why_not_undone(known, self.store)) is not None:
                raise why
            undone = known.without_last_step(now)
            self.store.reports.save(undone)
            self._finds_of(undone)
            self._address_of(known.state, undone)
        return NotedStep(undone)

    def _finds_of(self, report: Report) -> None:
        """They are reported where something that was sent of them stands, and else what they were before."""
        for sighting in self.store.sightings.of_ids(report.case, report.sightings):
            about = self.store.reports.of_sighting(report.case, sighting.id)
            if sighting.under_18:
                continue
            stands = any(one.state not in NEVER_SENT_OR_TAKEN_BACK for one in about)
            turn = sighting_life.reported if stands else sighting_life.not_reported
            self.store.sightings.save(turn(sighting))

    def _address_of(self, was: ReportState, report: Report) -> None:
        """What an answer that is taken back had said of the address."""
        address = report.frozen.mailbox
        if not address:
            return
        if report.state is ReportState.BOUNCED:
            self.store.dead_addresses.note(address, report.changed_at)
        elif was is ReportState.BOUNCED and not _came_back_for_others(address, self.store):
            self.store.dead_addresses.revive(address)

    def draft_places(self) -> list[str]:
        """Where drafts of every case were written."""
        cases = self.store.cases.all()
        return list(dict.fromkeys(one.path for case in cases for one in self.store.draft_files.all(case.id)))

    def not_found(self, case: CaseId) -> Sequence[Removal]:
        """Files that were to go and cannot be found."""
        return not_found(self.store, self.settings, case)

    def given_up(self, missing: Sequence[Removal]) -> None:
        """The person says that they are gone for good: they are looked for no more."""
        with self.store.transaction():
            self.store.removals.done(*missing)


def why_not_undone(report: Report, store: Store) -> UsageError | None:
    """Why its last step cannot be taken back; None where it can: nothing was built on it."""
    last = report.events[-1]
    if last.state is ReportState.DRAFT:
        return UsageError(
            f"report {report.id} is a draft: there is no step of it to take back",
            remedy="A draft that is not wanted is taken back as a whole.",
        )
    follow = store.reports.following(report.case, report.id)
    built = [one for one in follow if one.created_at >= last.at and one.state is not ReportState.WITHDRAWN]
    if built:
        return UsageError(
            f"after that step report {built[0].id} was drafted: it stands on it",
            remedy="Take that one back first, if the step was a mistake.",
        )
    if last.state is ReportState.WITHDRAWN and (why := _why_it_stays_withdrawn(report, store)):
        return UsageError(f"report {report.id} stays taken back: {why}", remedy="A new draft can be made at any time.")
    return None


def _why_it_stays_withdrawn(report: Report, store: Store) -> str:
    finds = store.sightings.of_ids(report.case, report.sightings)
    if any(one.under_18 or one.status is Status.DISMISSED for one in finds):
        return "a find in it is not to be reported"
    if report.sent_at is None and not report.file:
        return "its sheet was taken away"
    about = store.reports.of_sightings(report.case, report.sightings)
    others = [one for one in about if one.channel == report.channel and one.id != report.id]
    return "another asks the same desk" if any(one.state is not ReportState.WITHDRAWN for one in others) else ""


def _came_back_for_others(address: str, store: Store) -> bool:
    return any(one.frozen.mailbox == address and one.state is ReportState.BOUNCED for one in store.reports.all())


def answers_to(report: Report) -> tuple[AnswerKind, ...]:
    """That can be noted of it as it stands."""
    fits = {
        AnswerKind.EXTENDED: clocks.may_take_longer(report.frozen) and report.due_at is not None,
        AnswerKind.NOTICE: clocks.waits_for_notice(report.frozen),
    }
    can_follow = NEXT_STATES[report.state] - {ReportState.DRAFT}
    return tuple(kind for kind in AnswerKind if STATE_AFTER[kind] in can_follow and fits.get(kind, True))


def in_turn(due: Sequence[Report], proposed: Sequence[Report]) -> tuple[Report, ...]:
    """Behind each that is due what follows it; behind all of them what follows others."""
    found: dict[str, Report] = {}
    for report in due:
        found |= {one.id: one for one in (report, *(one for one in proposed if one.follows == report.id))}
    return tuple((found | {one.id: one for one in proposed}).values())


def _report(store: Store, case: CaseId, name: str) -> Report:
    found = store.reports.get(case, name)
    if found is None:
        raise no_such("report", name, case, "reports list")
    return found


def _as_seen(report: Report, seen: int | None) -> Report:
    if seen is not None and seen != report.steps:
        raise ChangedMeanwhile(
            f"report {report.id} has changed since you looked at it: nothing was noted",
            remedy="Look how it stands now, and say it again where it still holds.",
        )
    return report


def _moment(at: datetime | None, now: datetime, when: When) -> datetime:
    """None: now. Raises UsageError for a time that is yet to come."""
    if at is None:
        return now
    if at > now:
        raise UsageError(
            f"{when(at)} is yet to come: now it is {when(now)}",
            remedy="Give the time at which it happened, with its time zone, for example 2026-11-22T20:00+01:00.",
        )
    return at


def refuse_long(answer: str) -> None:
    """Raises UsageError."""
    if len(answer) > LONGEST_ANSWER:
        raise UsageError(
            f"an answer of {len(answer)} characters is too long: {LONGEST_ANSWER} are kept here",
            remedy="Keep it as evidence (reupload-monitor evidence add FILE), and say in short what it says.",
            way=Mending.KEEP_AS_OWN,
        )


def desk_number(number: str) -> str:
    """Without what stands around it. Raises UsageError for what is none."""
    number = number.strip()
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        raise UsageError(
            f"a number has at most {LONGEST_NUMBER} characters, on one line",
            remedy="Give the number alone; what else they wrote goes with --text.",
            way=Mending.NUMBER_ALONE,
        )
    return number


def _due(outcome: AnswerKind, report: Report, at: datetime) -> datetime | None:
    if outcome is AnswerKind.EXTENDED:
        return clocks.due_if_extended(report, at)
    if outcome is AnswerKind.NOTICE:
        return clocks.due_after_notice(report, at)
    return clocks.due_after(report, STATE_AFTER[outcome], at)


def _told_of_sheet(report: Report) -> Iterator[str]:
    if report.state is ReportState.DRAFT and not report.file:
        yield "Its sheet was taken away, since a find in it was not to be reported. What is noted now is about"
        yield f"{several(len(report.sightings), 'find', 'finds')}, whatever else stood in what you sent."


def _told_of_clock(noted: Report, now: datetime, when: When) -> Iterator[str]:
    if noted.changed_at > now + SAME_MINUTE:
        yield f"The step before was noted at {when(noted.changed_at)}, which is yet to come: this machine's clock"
        yield "stood ahead then. That time is set right, and what is due is counted from the right one."


def _told_of_sent(report: Report, when: When) -> Iterator[str]:
    if report.due_at is not None:
        yield f"They have until {when(report.due_at)} ({report.frozen.deadline_source})."
    elif clocks.waits_for_notice(report.frozen):
        yield "Their clock starts with the authority's own notice to the site. When they tell you that they gave it:"
        yield f"    reupload-monitor reports response {report.id} --outcome notice --at TIME"
    else:
        yield f"No law or promise that we know of sets a time here. You are asked about it in {ASKED_AFTER.days} days."


def _told_of_answer(outcome: AnswerKind, report: Report, when: When) -> Iterator[str]:
    if outcome is AnswerKind.MORE_ASKED:
        if clocks.may_not_have_begun(report):
            yield "Their clock may not have begun: it counts from a complete request. Give them what they ask for, if"
            yield "you want to give it, and then:"
        else:
            yield "Once you gave them what they ask for:"
        yield f"    reupload-monitor reports sent {report.id}"
    elif outcome is AnswerKind.BOUNCED and (address := report.frozen.mailbox):
        yield f"{address} is marked as dead: drafts do not name it any more."
    elif outcome in (AnswerKind.EXTENDED, AnswerKind.NOTICE) and report.due_at is not None:
        yield f"They have until {when(report.due_at)} ({report.frozen.deadline_source})."
