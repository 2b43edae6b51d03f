"""What is known of the three truths of a find: the page names it, the media answers with it, the search shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.ids import SightingId

# Two gone outcomes closer together than this count as one: sites fail for hours and come back.
REMOVAL_SPACING = timedelta(hours=20)


class Truth(StrEnum):
    PAGE = "page"  # the page names the picture
    MEDIA = "media"  # the picture's address answers with a picture that still matches
    SEARCH = "search"  # the search shows it


class Saw(StrEnum):
    """What one look says of one truth."""

    THERE = "there"
    GONE = "gone"  # not there for anybody: gone, not named any more, another picture in its place
    UNKNOWN = "unknown"  # blocked, walled, offline, failing: nothing was learnt


class Standing(StrEnum):
    """What is known of one truth by now."""

    NEVER = "never"  # not observed yet
    THERE = "there"
    GONE_ONCE = "gone once"  # not yet by two spaced looks
    GONE = "gone"


class ChangeKind(StrEnum):
    """What became of a find, as it is told of it afterwards."""

    REMOVED = "removed"  # by two spaced looks
    BACK = "back"  # at its place, or at another address of its page
    ELSEWHERE = "back elsewhere"  # another find, of a picture that was removed from this site before
    DELISTED = "delisted"  # two spaced good looks at the search did not show it
    LISTED = "listed again"


@dataclass(frozen=True, slots=True)
class Glance:
    """why: in a few plain words, where it is not there."""

    truth: Truth
    saw: Saw
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Of one truth. seen_at: when it was last observed there. gone_since, gone_at: the first and the latest look since
    then that found it gone. unknown_since: the first look since the last answer that could not tell. why: of the latest
    look that did not find it there."""

    seen_at: datetime | None = None
    gone_since: datetime | None = None
    gone_at: datetime | None = None
    unknown_since: datetime | None = None
    why: str = ""

    @property
    def answered_at(self) -> datetime | None:
        """When it was last known whether it is there."""
        return self.gone_at if self.gone_at is not None else self.seen_at

    @property
    def standing(self) -> Standing:
        if self.gone_since is None or self.gone_at is None:
            return Standing.NEVER if self.seen_at is None else Standing.THERE
        return Standing.GONE if self.gone_at - self.gone_since >= REMOVAL_SPACING else Standing.GONE_ONCE

    @property
    def known_gone(self) -> datetime | None:
        """Since when it is known to be gone; None where it is not."""
        return self.gone_since if self.standing is Standing.GONE else None


NOT_OBSERVED = Trace()


@dataclass(frozen=True, slots=True)
class Presence:
    page: Trace = NOT_OBSERVED
    media: Trace = NOT_OBSERVED
    search: Trace = NOT_OBSERVED

    def of(self, truth: Truth) -> Trace:
        trace: Trace = getattr(self, truth.value)
        return trace

    def moved(self, truth: Truth, trace: Trace) -> Presence:
        return replace(self, **{truth.value: trace})


NOTHING_OBSERVED = Presence()


@dataclass(frozen=True, slots=True)
class Change:
    """Of one find, when it was observed. why: in a few plain words."""

    sighting: SightingId
    at: datetime
    kind: ChangeKind
    why: str = ""


@dataclass(frozen=True, slots=True)
class ServerMark:
    """What a server hands out to know by again what it gave (RFC 9110 section 8.8). way: out, by which it came
    (`crawl.way`): it goes out by no other."""

    etag: str = ""
    last_modified: str = ""
    way: str = ""

    @property
    def is_there(self) -> bool:
        return bool(self.etag or self.last_modified)


NO_MARK = ServerMark()


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """When one truth of a find is looked at next. mark: of what came when it was last there; what has changed since is
    all that is asked for. NO_MARK: it is to come whole."""

    sighting: SightingId
    truth: Truth
    due_at: datetime
    mark: ServerMark = NO_MARK
