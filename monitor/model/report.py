"""One request to one desk about one sighting or many, from draft to answer. What happened to it is a row of events;
state, times and answers are read from these."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from monitor.errors import UsageError
from monitor.model.ids import CaseId, SightingId

ASKED_AFTER = timedelta(days=7)
"""Where nothing sets the desk a time: so long after the last step the person is asked what became of it."""

FURTHEST_DUE = timedelta(days=100)
"""No law gives more than three months: what is due later than that was noted by a clock that stood wrong, and is asked
about at once."""

SAME_MINUTE = timedelta(minutes=1)  # people give times to the minute


class ReportState(StrEnum):
    """What the person did and what the desk answered. `overdue` is not a state: it follows from `due_at`.

    REMOVED means that the desk says it removed the picture. Whether the picture is really gone is the
    sighting's `status`, found out by looking; the two are never mixed.
    """

    DRAFT = "draft"
    SENT = "sent"
    BOUNCED = "bounced"  # it came back: nobody read it at that address
    ACKNOWLEDGED = "acknowledged"  # a receipt or a request number came back
    MORE_ASKED = "more-asked"  # the desk wants something more before it acts
    REFUSED = "refused"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


class AnswerKind(StrEnum):
    """What became of a request, in the words of the command."""

    ACKNOWLEDGED = "acknowledged"
    MORE_ASKED = "more-asked"
    REFUSED = "refused"
    REMOVED = "removed"
    BOUNCED = "bounced"
    EXTENDED = "extended"  # they say that they take longer, where the law lets them
    NOTICE = "notice"  # an authority says that it gave the site its notice


_ANSWERS = frozenset(
    {
        ReportState.BOUNCED,
        ReportState.ACKNOWLEDGED,
        ReportState.MORE_ASKED,
        ReportState.REFUSED,
        ReportState.REMOVED,
        ReportState.WITHDRAWN,
    }
)

NEXT_STATES: dict[ReportState, frozenset[ReportState]] = {
    ReportState.DRAFT: frozenset({ReportState.DRAFT, ReportState.SENT, ReportState.WITHDRAWN}),
    ReportState.SENT: _ANSWERS,
    # A mail server may give up on one copy and deliver another, and a mail may be sent once more.
    ReportState.BOUNCED: _ANSWERS - {ReportState.BOUNCED} | {ReportState.SENT},
    ReportState.ACKNOWLEDGED: _ANSWERS,  # a receipt, then a number; the time made longer
    ReportState.MORE_ASKED: _ANSWERS | {ReportState.SENT},  # the request, completed
    # A refusal can be turned by a complaint; a new request about the same picture is a new report.
    ReportState.REFUSED: frozenset({ReportState.REMOVED, ReportState.WITHDRAWN}),
    ReportState.REMOVED: frozenset(),
    ReportState.WITHDRAWN: frozenset(),
}

WAITING = frozenset({ReportState.SENT, ReportState.ACKNOWLEDGED, ReportState.MORE_ASKED})
"""States in which an answer is still to come, so that a clock can run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEvent:
    """One step of a report. at: when it happened, as far as the person said. noted_at: when the program was told.
    state: into which. due_at: the clock as it stands after this step; None where none runs. undone_at: when the person
    took the step back; None while it stands."""

    report: str
    at: datetime
    noted_at: datetime
    state: ReportState
    text: str = ""
    number: str = ""
    due_at: datetime | None = None
    undone_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("at", "noted_at", "due_at", "undone_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"{name} has no time zone: {moment}")
        if self.state is ReportState.DRAFT and self.due_at is not None:
            raise ValueError(f"report {self.report} is a draft, so nothing is due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What was true when the draft was made, so that later data and settings change nothing of it.

    address: a web or e-mail address, as the draft gives it; "" where it gives none. email: a mailbox beside a form.
    copy_date: of the text in which the address was read, as the channel's data has it; source: of that text.
    legal_basis: its id; "" where no law sets the time. deadline: ISO 8601 (`PT48H`, `P1M`), "" for none.
    deadline_source: in words. text_sha256: of the text to send, UTF-8, 64 hexadecimal digits. forged, circumstances:
    what the person stated in it, so that the next desk is told the same. An old report, of a version that froze
    nothing, has empty ones."""

    channel_name: str = ""
    address: str = ""
    email: str = ""
    address_checked: bool = False
    copy_date: str = ""
    source: str = ""
    legal_basis: str = ""
    deadline: str = ""
    deadline_source: str = ""
    text_sha256: str = ""
    language: str = ""
    forged: bool = False
    circumstances: str = ""

    @property
    def mailbox(self) -> str:
        """Where a mail to it was sent: of a form and a mailbox, the mailbox; '' where that is not known."""
        return self.email or self.address


UNKNOWN_THEN = Frozen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`route` names the words (`platform`, `us_tida`), `channel` the desk, `lane` what kind of way it is. All times are
    UTC and aware.

    sightings: which the request is about, in the draft's order. file: where the draft was written, as given to the
    user; "" once it was removed. follows: the id of the report after which the program drafted this one, since that
    one's time had run out, or it came back; "" for others. events: the oldest first, the first of them the draft.
    undone: steps that were taken back, as they were taken back.
    """

    id: str
    case: CaseId
    sightings: tuple[SightingId, ...]
    channel: str
    route: str
    events: tuple[ReportEvent, ...]
    lane: str = ""
    file: str = ""
    frozen: Frozen = UNKNOWN_THEN
    follows: str = ""
    undone: tuple[ReportEvent, ...] = ()

    def __post_init__(self) -> None:
        if not self.sightings or len(set(self.sightings)) != len(self.sightings):
            raise ValueError(f"report {self.id} is about at least one sighting, and about each once")
        if not self.events or self.events[0].state is not ReportState.DRAFT:
            raise ValueError(f"report {self.id} begins with a draft")
        for before, after in zip(self.events, self.events[1:], strict=False):
            if after.state not in NEXT_STATES[before.state]:
                raise ValueError(f"report {self.id} cannot become {after.state} after {before.state}")
            if after.at < before.at:
                raise ValueError(f"report {self.id} became {after.state} before it was {before.state}")
        if any(event.report != self.id for event in (*self.events, *self.undone)):
            raise ValueError(f"report {self.id} has another's event")
        if any(event.undone_at for event in self.events) or not all(event.undone_at for event in self.undone):
            raise ValueError(f"report {self.id} stands by what was taken back")

    @classmethod
    def drafted(
        cls,
        *,
        id: str,
        case: CaseId,
        sightings: Iterable[SightingId],
        channel: str,
        route: str,
        at: datetime,
        lane: str = "",
        file: str = "",
        frozen: Frozen = UNKNOWN_THEN,
        follows: str = "",
    ) -> Report:
        return cls(
            id=id,
            case=case,
            sightings=tuple(sightings),
            channel=channel,
            route=route,
            events=(ReportEvent(report=id, at=at, noted_at=at, state=ReportState.DRAFT),),
            lane=lane,
            file=file,
            frozen=frozen,
            follows=follows,
        )

    @property
    def sighting(self) -> SightingId:
        """The first, which alone earlier versions told."""
        return self.sightings[0]

    @property
    def state(self) -> ReportState:
        return self.events[-1].state

    @property
    def steps(self) -> int:
        """Grows with whatever is noted of it or taken back: by this it is seen that it has changed meanwhile."""
        return len(self.events) + 2 * len(self.undone)

    @property
    def created_at(self) -> datetime:
        return self.events[0].at

    @property
    def changed_at(self) -> datetime:
        """When the last step happened."""
        return self.events[-1].at

    @property
    def sent_at(self) -> datetime | None:
        """The last time: a request that was completed counts from then."""
        return next((event.at for event in reversed(self.events) if event.state is ReportState.SENT), None)

    @property
    def due_at(self) -> datetime | None:
        """When the desk has to have acted; None while nothing was sent, and where nothing sets a time."""
        return self.events[-1].due_at

    @property
    def number(self) -> str:
        """The desk's own, the newest."""
        return next((event.number for event in reversed(self.events) if event.number), "")

    @property
    def response(self) -> str:
        """What the desk wrote last."""
        return next((event.text for event in reversed(self.events) if event.text), "")

    @property
    def look_at(self) -> datetime | None:
        """When the person is to look at it again; None where nothing is waited for."""
        if self.state not in WAITING:
            return None
        return self.due_at or self.changed_at + ASKED_AFTER

    def overdue(self, now: datetime) -> bool:
        """The desk's time has run out and it has not answered yes or no."""
        return self.state in WAITING and self.due_at is not None and now > self.due_at

    def unanswered(self, now: datetime) -> bool:
        """Nothing sets the desk a time, and nothing was heard for a week; or the time it has cannot be right."""
        if self.look_at is None:
            return False
        return (self.due_at is None and now > self.look_at) or self.look_at > now + FURTHEST_DUE

    def sent(
        self, *, at: datetime, due_at: datetime | None, number: str = "", noted_at: datetime | None = None
    ) -> Report:
        """The person has sent it at `at`, for the first time, once more, or what was asked for. `due_at` comes from
        `takedown.clocks`. Raises UsageError for a step that cannot follow."""
        return self._step(ReportState.SENT, at=at, noted_at=noted_at, due_at=due_at, number=number)

    def answered(
        self,
        state: ReportState,
        *,
        at: datetime,
        due_at: datetime | None = None,
        text: str = "",
        number: str = "",
        noted_at: datetime | None = None,
    ) -> Report:
        """The desk answered. due_at: the clock as it stands now. Raises UsageError for a step that cannot follow."""
        if state in (ReportState.DRAFT, ReportState.SENT, ReportState.WITHDRAWN):
            raise ValueError(f"{state} is not an answer")
        return self._step(state, at=at, noted_at=noted_at, due_at=due_at, text=text, number=number)

    def withdrawn(self, *, at: datetime, noted_at: datetime | None = None) -> Report:
        """The person takes it back, sent or not. Raises UsageError once it is closed."""
        return self._step(ReportState.WITHDRAWN, at=at, noted_at=noted_at, due_at=self.due_at)

    def without_last_step(self, at: datetime) -> Report:
        """Without its last step: state, clock, number and answer are those of before. Raises UsageError for a draft."""
        last = self.events[-1]
        if last.state is ReportState.DRAFT:
            raise UsageError(
                f"report {self.id} is a draft: there is no step of it to take back",
                remedy="A draft that is not wanted is taken back as a whole.",
            )
        return replace(self, events=self.events[:-1], undone=(*self.undone, replace(last, undone_at=at)))

    def drafted_anew(
        self, *, sightings: Iterable[SightingId], route: str, lane: str, file: str, frozen: Frozen, at: datetime
    ) -> Report:
        """Raises UsageError once it was sent."""
        again = self.not_after(at)._step(ReportState.DRAFT, at=at, noted_at=at, due_at=None)
        return replace(again, sightings=tuple(sightings), route=route, lane=lane, file=file, frozen=frozen)

    def not_after(self, now: datetime, latest: datetime | None = None) -> Report:
        """With no step that is yet to come: one was noted by a clock that stood ahead, and happened at `latest` (None:
        `now`), or at the step before where that was later. The due times stay: see `takedown.clocks.set_right`."""
        known = max((event.at for event in self.events if event.at <= now), default=latest or now)
        then = max(known, latest or now)
        events = tuple(
            replace(event, at=then, noted_at=min(event.noted_at, now)) if event.at > now else event
            for event in self.events
        )
        return replace(self, events=events)

    def with_number(self, number: str) -> Report:
        """The desk's number for it, which came later than the step it belongs to."""
        return replace(self, events=(*self.events[:-1], replace(self.events[-1], number=number)))

    def without(self, gone: Container[SightingId]) -> Report:
        """About the others alone; as it is where there are none."""
        left = tuple(one for one in self.sightings if one not in gone)
        return replace(self, sightings=left) if left else self

    def without_sheet(self) -> Report:
        """Its file is to go: what is to be sent has to be written anew."""
        return replace(self, file="", frozen=replace(self.frozen, text_sha256=""))

    def without_words(self) -> Report:
        """Nothing that was written about it, nor where; what happened stays on record by its times alone. The desk's
        number stays while the request stands for others: without it she cannot ask what became of theirs."""
        is_over = self.state in (ReportState.REMOVED, ReportState.WITHDRAWN)
        events = tuple(replace(event, text="", number="" if is_over else event.number) for event in self.events)
        undone = tuple(replace(event, text="", number="") for event in self.undone)
        frozen = replace(self.frozen, circumstances="", text_sha256="")
        return replace(self, events=events, undone=undone, file="", frozen=frozen)

    def _step(
        self,
        state: ReportState,
        *,
        at: datetime,
        noted_at: datetime | None,
        due_at: datetime | None,
        text: str = "",
        number: str = "",
    ) -> Report:
        if state not in NEXT_STATES[self.state]:
            allowed = ", ".join(sorted(NEXT_STATES[self.state] - {ReportState.DRAFT}))
            raise UsageError(
                f"report {self.id} is {self.state}, so it cannot become {state}",
                remedy=f"It can become: {allowed}." if allowed else "It is closed. Make a new draft.",
            )
        if at < self.changed_at and self.changed_at - at < SAME_MINUTE:
            at = self.changed_at
        if at < self.changed_at:
            raise UsageError(
                f"report {self.id} was {_PAST[self.state]} at {_minute(self.changed_at)}, so it cannot have been "
                f"{_PAST[state]} at {_minute(at)}, before that",
                remedy=f"Give a time from {_minute(self.changed_at)} on, with its time zone.",
            )
        event = ReportEvent(
            report=self.id, at=at, noted_at=noted_at or at, state=state, text=text, number=number, due_at=due_at
        )
        return replace(self, events=(*self.events, event))


_PAST = {
    ReportState.DRAFT: "drafted",
    ReportState.SENT: "sent",
    ReportState.BOUNCED: "returned",
    ReportState.ACKNOWLEDGED: "acknowledged",
    ReportState.MORE_ASKED: "answered (more was asked for)",
    ReportState.REFUSED: "refused",
    ReportState.REMOVED: "answered (removed)",
    ReportState.WITHDRAWN: "withdrawn",
}


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
