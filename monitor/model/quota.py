"""What a case may take of what all share (`settings.QuotaSettings`), and what it has taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

QUOTA_DAY = timedelta(days=1)


class QuotaKind(StrEnum):
    """As the keys are called."""

    WATCHES = "watches"
    REQUESTS = "requests"
    EVIDENCE_BYTES = "evidence_bytes"
    CAPTURES = "captures"


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """used: since `began`, of what is counted by the day. told_at: when the case was told last."""

    began: datetime
    used: int = 0
    told_at: datetime | None = None

    def at(self, now: datetime) -> QuotaUse:
        """As it counts now: a day after it began it begins anew; likewise where a clock that was ahead began it."""
        if timedelta(0) <= now - self.began < QUOTA_DAY:
            return self
        return replace(self, began=now, used=0)

    def is_to_tell(self, now: datetime) -> bool:
        """Once a day."""
        return self.told_at is None or not timedelta(0) <= now - self.told_at < QUOTA_DAY


def granted(use: QuotaUse, wanted: int, most: int) -> int:
    """How many more of them it may take. most: 0 = any number."""
    return wanted if most == 0 else min(wanted, max(most - use.used, 0))
