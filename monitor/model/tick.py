"""A step of the guide that the person has ticked off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.ids import CaseId
from monitor.model.own_evidence import SaidTime

MOST_NOTE = 2_000  # characters: what is more is `evidence add`


@dataclass(frozen=True, slots=True)
class Tick:
    """step: its id in the guide. done: when, as the person said it. noted_at: when the program was told; where nothing
    was said, that is when it was done."""

    case: CaseId
    step: str
    done: SaidTime
    noted_at: datetime
    note: str = ""

    @property
    def at(self) -> datetime:
        """Where it stands among other things."""
        return self.done.at or self.noted_at

    @property
    def day(self) -> str:
        """As it is told beside the step."""
        return self.done.said or f"{self.noted_at:%Y-%m-%d}"
