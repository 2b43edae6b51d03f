"""What the person wishes of the outside, from a page that has no way there: a row that the daemon takes up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.ids import CaseId

GIVEN_UP_AFTER = timedelta(days=1)
"""Nobody took it up: what was wished a day ago is asked anew, or not wished any more."""


class WishKind(StrEnum):
    LOOK = "look"  # at a watch, now
    CAPTURE = "capture"  # at the page of a find, for evidence
    CHECK = "check"  # whether a find is still there
    TEST = "test"  # a harmless alert through every channel


class WishState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"  # a daemon is at it
    ENDED = "ended"  # `Wish.end` says how


class WishEnd(StrEnum):
    """What came of it. Stored by these words."""

    SEEN = "seen"
    SEEN_PARTLY = "seen_partly"
    SAW_NOTHING = "saw_nothing"
    NOT_WATCHED = "not_watched"  # paused, taken out, or written wrongly
    KEPT = "kept"
    KEPT_LATER = "kept_later"  # it is tried again by itself
    NOT_KEPT = "not_kept"
    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"  # nothing was learnt
    TAKEN_BY_ALL = "taken_by_all"
    TAKEN_BY_SOME = "taken_by_some"
    TAKEN_BY_NONE = "taken_by_none"
    REFUSED = "refused"  # `Wish.said` says why
    FAULT = "fault"  # of the program
    CUT_OFF = "cut_off"  # the daemon ended in the middle of it
    NOBODY = "nobody"  # no daemon ran for a day


@dataclass(frozen=True, slots=True)
class Wish:
    """about: the name of a watch, the id of a find, or '' of a test. held_until: as long nobody else takes up what one
    daemon, the `holder`, is at. tries: how often it was taken up. said: words from below (causes, remedies, answers of
    channels), a line each. pages, pictures, finds: of a look."""

    id: str
    case: CaseId
    kind: WishKind
    about: str
    asked_at: datetime
    state: WishState = WishState.WAITING
    holder: str = ""
    held_until: datetime | None = None
    tries: int = 0
    ended_at: datetime | None = None
    end: WishEnd | None = None
    said: tuple[str, ...] = ()
    pages: int = 0
    pictures: int = 0
    finds: int = 0

    @property
    def is_open(self) -> bool:
        return self.state is not WishState.ENDED
