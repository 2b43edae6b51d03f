"""What came when the address of a desk was asked: is the page still there that a report needs?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeskAnswer(StrEnum):
    FINE = "fine"
    GONE = "gone"  # 404, or a page that says so
    MOVED = "moved"  # it leads to another page, which may be another desk or the site's front page
    LOG_IN = "log-in"
    UNKNOWN = "unknown"  # it could not be told: a wall, a fault of theirs, no connection

    @property
    def is_doubt(self) -> bool:
        """Something to look at before anybody relies on the address."""
        return self in (DeskAnswer.GONE, DeskAnswer.MOVED, DeskAnswer.LOG_IN)


@dataclass(frozen=True, slots=True)
class DeskLook:
    """said: what came, in words; '' where it was fine."""

    address: str
    at: datetime
    answer: DeskAnswer
    said: str = ""
