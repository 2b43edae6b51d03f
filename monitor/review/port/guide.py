"""What to do now: the guide's texts, with the steps that the person ticks off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.guide.reading import GuideBlock
from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class TopicTold:
    """id: in the address. done, steps: how many. last: when one was ticked off last, as it was said."""

    id: str
    title: str
    done: int
    steps: int
    last: str = ""


@dataclass(frozen=True, slots=True)
class StepTold:
    """words: what is true once it is done. day: as the person said it; '' where it is not done. is_private: it goes
    into no packet."""

    id: str
    words: str
    day: str = ""
    noted_at: datetime | None = None
    note: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class TopicPage:
    """blocks: the first of them is the heading."""

    id: str
    blocks: tuple[GuideBlock, ...]
    steps: tuple[StepTold, ...]


class GuidesPart(Protocol):
    async def topics(self, case: CaseId) -> tuple[TopicTold, ...]: ...
    async def topic(self, topic: str, case: CaseId) -> TopicPage:
        """Raises UsageError for one that there is not."""
        ...

    async def tick(self, step: str, *, at: str, note: str, case: CaseId) -> StepTold:
        """at: as a person types it; '' for now. Raises UsageError."""
        ...

    async def untick(self, step: str, *, case: CaseId) -> None: ...
