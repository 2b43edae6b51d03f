"""What the person said about a find, each word once: a row with its time, and with what stood before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId, SightingId
from monitor.model.sighting import Decision, Sighting, Status

MOST_NOTED = 2_000  # characters of a note: what is more is `evidence add`


class DecisionAct(StrEnum):
    CONFIRM = "confirm"
    DISMISS = "dismiss"  # not hers: quiet everywhere
    LEAVE = "leave"  # hers, but not here
    LATER = "later"  # put aside until a time
    NOTE = "note"  # words, for herself


class DecisionVia(StrEnum):
    """Where it was said."""

    COMMAND = "command"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """How a find stood, as far as her word goes: what taking back returns to."""

    status: Status
    before_dismissal: Status | None = None
    decision: Decision | None = None
    decided_at: datetime | None = None
    later_until: datetime | None = None

    @classmethod
    def of(cls, find: Sighting) -> SaidBefore:
        return cls(find.status, find.before_dismissal, find.decision, find.decided_at, find.later_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeDecision:
    """number: given by the store, counted up. batch: of all that were said at one stroke. until: of `later`. text: of a
    note. undone_at: when it was taken back; a note's text goes with that."""

    case: CaseId
    sighting: SightingId
    act: DecisionAct
    at: datetime
    via: DecisionVia
    batch: str
    before: SaidBefore
    until: datetime | None = None
    text: str = ""
    undone_at: datetime | None = None
    number: int = 0

    @property
    def stands(self) -> bool:
        return self.undone_at is None
