"""What one pass over one watch did: the `runs` of `watch run --json`, kept in the store as coverage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunStatus(StrEnum):
    OK = "ok"
    PARTIAL = "partial"  # some URLs failed
    FAILED = "failed"  # no good look at all, or the planted picture was not seen


@dataclass(frozen=True, slots=True)
class RunError:
    url: str
    kind: str  # an OutcomeKind, an UnreadableImage kind, `under_18` or `self_test`
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LimitReached:
    """what: `pages`, `images`, `bytes`, `seconds`, `features` ...; at: the cap that was reached."""

    what: str
    at: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """pages, images: looked at, whether new or not. new_images: fetched and hashed now for the first time.
    not_modified: pages and images known to be unchanged. matches: pictures of tier `match`. bytes: on the wire."""

    watch: str
    case: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    pages: int = 0
    images: int = 0
    new_images: int = 0
    not_modified: int = 0
    matches: int = 0
    new_sightings: int = 0
    bytes: int = 0
    errors: tuple[RunError, ...] = ()
    limits: tuple[LimitReached, ...] = ()
