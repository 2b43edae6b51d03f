"""One-time links. Kept in memory alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

GOOD_FOR = timedelta(minutes=10)


@dataclass(slots=True)
class Links:
    _until: dict[str, datetime] = field(default_factory=dict)

    def new(self, now: datetime) -> str:
        link = secrets.token_urlsafe(32)
        self._until[link] = now + GOOD_FOR
        return link

    def use(self, untrusted: str, now: datetime) -> bool:
        until = self._until.pop(untrusted, None)
        return until is not None and now < until
