"""A request to a desk in a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.report import ReportState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """to: the desk, by name. sites: what is on which is asked about. numbers: of its finds. is_overdue, is_unanswered:
    as `Report` has them. follows: the id of the report after which the program drafted it; ''. has_sheet: its text lies
    ready; else it is to be drafted anew. steps: how many it has, to be given back with what is noted of it."""

    id: str
    to: str
    lane: str
    state: ReportState
    sites: tuple[str, ...]
    numbers: tuple[int, ...]
    created_at: datetime
    changed_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    look_at: datetime | None
    is_overdue: bool
    is_unanswered: bool
    follows: str = ""
    number: str = ""
    has_sheet: bool = False
    steps: int = 1

    @property
    def is_draft(self) -> bool:
        return self.state is ReportState.DRAFT
