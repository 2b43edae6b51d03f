"""What happened in the last days, what could not be seen, and what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from monitor.model.alert import Part
from monitor.model.channel_health import ChannelHealth
from monitor.model.digest import Blind, Coverage, Cut
from monitor.model.figures import Figures
from monitor.model.ids import CaseId
from monitor.review.port.report_lines import ReportLine

SITES_TOLD = 50


class SummaryPart(StrEnum):
    """What of the finds it tells, in this order."""

    NEW = "new"
    TO_DECIDE = "to-decide"
    BACK = "back"
    GONE = "gone"
    STILL_THERE = "still-there"


@dataclass(frozen=True, slots=True)
class SummarySite:
    """What of a part is on one site. numbers: of its finds. labels: of the photos that they show."""

    incident: str
    site: str
    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    newest: datetime


@dataclass(frozen=True, slots=True)
class SummaryFinds:
    """many: finds. sites: no more than SITES_TOLD, what was found last first; all_sites: how many there are."""

    sites: tuple[SummarySite, ...]
    many: int
    all_sites: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryTold:
    """As `model.digest.Digest` has it, with its finds as lists. late, drafted: reports. days: how far back it looks.
    waits: finds that wait for the person's word now, the sure ones too; put_aside: what she wants to see later."""

    since: datetime
    until: datetime
    days: int
    finds: Mapping[SummaryPart, SummaryFinds]
    figures: Figures
    waits: int
    put_aside: int
    coverage: Coverage
    blind: tuple[Blind, ...]
    partly: tuple[Blind, ...]
    noted: tuple[Blind, ...]
    cut: tuple[Cut, ...]
    wrong: int
    is_stopped: bool
    folded: tuple[str, ...]
    doubts: tuple[str, ...]
    late: tuple[ReportLine, ...]
    drafted: tuple[ReportLine, ...]
    waiting: int
    not_all: int
    refusing: tuple[Part, ...]
    failing: tuple[ChannelHealth, ...]
    custody: str
    trend: tuple[tuple[date, int], ...]

    @property
    def is_nothing_new(self) -> bool:
        return not (self.finds[SummaryPart.NEW].many or self.finds[SummaryPart.BACK].many)


class DigestPart(Protocol):
    async def summary(self, case: CaseId, *, days: int) -> SummaryTold:
        """days: at most 366."""
        ...
