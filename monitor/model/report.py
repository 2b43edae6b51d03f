"""One request to one desk about one sighting, from draft to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.errors import UsageError
from monitor.model.ids import CaseId, SightingId


class ReportState(StrEnum):
    """What the person did and what the desk answered. `overdue` is not a state: it follows from `due_at`.

    REMOVED means that the desk says it removed the picture. Whether the picture is really gone is the
    sighting's `status`, found out by looking; the two are never mixed.
    """

    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"  # a receipt or a request number came back
    MORE_ASKED = "more-asked"  # the desk wants something more before it acts
    REFUSED = "refused"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


NEXT_STATES: dict[ReportState, frozenset[ReportState]] = {
    ReportState.DRAFT: frozenset({ReportState.SENT, ReportState.WITHDRAWN}),
    ReportState.SENT: frozenset(
        {
            ReportState.ACKNOWLEDGED,
            ReportState.MORE_ASKED,
            ReportState.REFUSED,
            ReportState.REMOVED,
            ReportState.WITHDRAWN,
        }
    ),
    ReportState.ACKNOWLEDGED: frozenset(
        {ReportState.MORE_ASKED, ReportState.REFUSED, ReportState.REMOVED, ReportState.WITHDRAWN}
    ),
    ReportState.MORE_ASKED: frozenset(
        {ReportState.ACKNOWLEDGED, ReportState.REFUSED, ReportState.REMOVED, ReportState.WITHDRAWN}
    ),
    # A refusal can be turned by a complaint; a new request about the same picture is a new report.
    ReportState.REFUSED: frozenset({ReportState.REMOVED, ReportState.WITHDRAWN}),
    ReportState.REMOVED: frozenset(),
    ReportState.WITHDRAWN: frozenset(),
}

WAITING = frozenset({ReportState.SENT, ReportState.ACKNOWLEDGED, ReportState.MORE_ASKED})
"""States in which it is the desk's turn, so that a clock can run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`route` names the template (`platform`, `us_tida`), `channel` the desk. All times are UTC and aware.

    file: where the draft was written, as given to the user. number: the desk's own reference.
    due_at: when the desk has to have acted; None while nothing was sent, and where nothing sets a time.
    changed_at: when the state was last changed.
    """

    id: str
    case: CaseId
    sighting: SightingId
    channel: str
    route: str
    created_at: datetime
    changed_at: datetime
    state: ReportState = ReportState.DRAFT
    file: str = ""
    sent_at: datetime | None = None
    due_at: datetime | None = None
    number: str = ""
    response: str = ""

    def __post_init__(self) -> None:
        for name in ("created_at", "changed_at", "sent_at", "due_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"{name} has no time zone: {moment}")
        if self.changed_at < self.created_at:
            raise ValueError(f"report {self.id} was changed before it was made")
        if self.state is ReportState.DRAFT and (self.sent_at or self.due_at):
            raise ValueError(f"report {self.id} is a draft, so nothing was sent and nothing is due")
        if self.state not in (ReportState.DRAFT, ReportState.WITHDRAWN) and self.sent_at is None:
            raise ValueError(f"report {self.id} is {self.state} but has no time of sending")

    def sent(self, *, at: datetime, due_at: datetime | None, number: str = "") -> Report:
        """The person has sent it at `at`. `due_at` comes from `takedown.clocks`. Raises UsageError if it was
        sent before."""
        self._check_step(ReportState.SENT, at)
        return replace(
            self,
            state=ReportState.SENT,
            sent_at=at,
            due_at=due_at,
            changed_at=at,
            number=number or self.number,
        )

    def answered(self, state: ReportState, *, at: datetime, text: str = "", number: str = "") -> Report:
        """The desk answered. Raises UsageError for a step that cannot follow."""
        if state in (ReportState.DRAFT, ReportState.SENT, ReportState.WITHDRAWN):
            raise ValueError(f"{state} is not an answer")
        self._check_step(state, at)
        return replace(self, state=state, changed_at=at, response=text or self.response, number=number or self.number)

    def withdrawn(self, *, at: datetime) -> Report:
        """The person takes it back, sent or not. Raises UsageError once it is closed."""
        self._check_step(ReportState.WITHDRAWN, at)
        return replace(self, state=ReportState.WITHDRAWN, changed_at=at)

    def overdue(self, now: datetime) -> bool:
        """The desk's time has run out and it has not answered yes or no."""
        return self.state in WAITING and self.due_at is not None and now > self.due_at

    def _check_step(self, state: ReportState, at: datetime) -> None:
        if state not in NEXT_STATES[self.state]:
            allowed = ", ".join(sorted(NEXT_STATES[self.state]))
            raise UsageError(
                f"report {self.id} is {self.state}, so it cannot become {state}",
                remedy=f"It can become: {allowed}." if allowed else "It is closed. Make a new draft.",
            )
        if at < self.changed_at:
            raise UsageError(
                f"report {self.id} was last changed at {self.changed_at.isoformat()}, after {at.isoformat()}",
                remedy="Give the time with its time zone, not earlier than the step before it.",
            )
