"""One-time links. Kept in memory alone."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.catalogue import said_many

GOOD_FOR = timedelta(minutes=10)
_REMEMBERED = 1000  # links that are over, so that an old one is told from a guess


class LinkRefused(StrEnum):
    """Why a link let nobody in."""

    GUESSED = "guessed"
    USED = "used"
    LATE = "late"


@dataclass(slots=True)
class Links:
    """A new one ends those before it: of several, one would lie about unused."""

    _until: dict[str, datetime] = field(default_factory=dict)
    _over: dict[str, LinkRefused] = field(default_factory=dict)
    _untold: Counter[LinkRefused] = field(default_factory=Counter)

    def new(self, now: datetime) -> str:
        link = secrets.token_urlsafe(32)
        for earlier in list(self._until):
            self._end(earlier, LinkRefused.LATE)
        self._until[link] = now + GOOD_FOR
        return link

    def use(self, untrusted: str, now: datetime) -> bool:
        until = self._until.get(untrusted)
        if until is None:
            self._untold[self._over.get(untrusted, LinkRefused.GUESSED)] += 1
            return False
        is_good = now < until
        self._end(untrusted, LinkRefused.USED if is_good else LinkRefused.LATE)
        if not is_good:
            self._untold[LinkRefused.LATE] += 1
        return is_good

    def is_waiting(self, now: datetime) -> bool:
        """Whether one can still be used."""
        return any(now < until for until in self._until.values())

    def take_untold(self) -> Mapping[LinkRefused, int]:
        """How often somebody was refused since this was asked last."""
        found = dict(self._untold)
        self._untold.clear()
        return found

    def _end(self, link: str, how: LinkRefused) -> None:
        del self._until[link]
        self._over[link] = how
        while len(self._over) > _REMEMBERED:
            del self._over[next(iter(self._over))]


def refusals_told(refused: Mapping[LinkRefused, int]) -> str:
    """For who is in; '' where nobody was refused."""
    sentences = []
    if count := refused.get(LinkRefused.GUESSED, 0):
        sentences.append(
            said_many(
                "Somebody tried to open this page with a link that was not right, and was not let in.",
                "%(count)d times somebody tried to open this page with a link that was not right, and was not let in.",
                count,
            )
        )
    if count := refused.get(LinkRefused.USED, 0):
        sentences.append(
            said_many(
                "A link that had been used was opened again. It let nobody in.",
                "%(count)d times a link that had been used was opened again. It let nobody in.",
                count,
            )
        )
    if count := refused.get(LinkRefused.LATE, 0):
        sentences.append(
            said_many(
                "A link was opened when its time was over. It let nobody in.",
                "%(count)d times a link was opened when its time was over. It let nobody in.",
                count,
            )
        )
    return " ".join(sentences)
