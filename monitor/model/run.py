"""What one pass over one watch did: the `runs` of `watch run --json`, kept in the store as coverage."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.errors import UnreadableKind
from monitor.model.ids import CaseId
from monitor.model.outcome import OutcomeKind


class RunStatus(StrEnum):
    OK = "ok"
    PARTIAL = "partial"  # some URLs failed
    FAILED = "failed"  # blind: no good look at all, no picture where there were some, or the planted one not seen


class RunTrouble(StrEnum):
    """What a RunError can be beside what came of a fetch or of reading a picture."""

    UNDER_18 = "under_18"  # a page that was closed as that
    STOPPED = "stopped"  # the pass did not take place
    SELF_TEST = "self_test"  # the planted picture was not seen
    NO_PICTURES = "no_pictures"
    FEW_PICTURES = "few_pictures"
    OTHER = "other"  # a word of another version


ErrorKind = OutcomeKind | UnreadableKind | RunTrouble
"""By their words, which no two of them use for different things."""


def error_kind(word: str) -> ErrorKind:
    """As it was kept."""
    for kind in (OutcomeKind, UnreadableKind, RunTrouble):
        with suppress(ValueError):
            return kind(word)
    return RunTrouble.OTHER


class LimitKind(StrEnum):
    """What a run can have too much of."""

    PAGES = "pages"
    IMAGES = "images"
    BYTES = "bytes"
    SECONDS = "seconds"
    FEATURES = "features"  # seconds of the detector
    EVIDENCE_BYTES = "evidence_bytes"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class RunError:
    url: str
    kind: ErrorKind
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LimitReached:
    """at: the cap that was reached. site: '' when it is a cap of the whole run, else the one site that took its share
    of it."""

    what: LimitKind
    at: int
    site: str = ""


UNANSWERED = (OutcomeKind.DNS, OutcomeKind.CONNECTION, OutcomeKind.TIMEOUT, OutcomeKind.PROXY)
"""Nobody said anything."""

BLINDNESS = (RunTrouble.SELF_TEST, RunTrouble.NO_PICTURES, RunTrouble.FEW_PICTURES)
"""About what the watch saw as a whole, not about one address."""


@dataclass(frozen=True, slots=True)
class Run:
    """pages, images: asked for, or known to be unchanged. pages_seen, images_seen: those of them that could be read;
    this is what "nothing new" rests on. new_images: fetched and hashed now for the first time. not_modified: pages and
    images known to be unchanged. matches: pictures of tier `match`. bytes: on the wire."""

    watch: str
    case: CaseId
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
    pages_seen: int = 0
    images_seen: int = 0

    @property
    def is_offline(self) -> bool:
        """This machine had no network: no look at all, and nothing is said of the place by it."""
        return self.status is RunStatus.FAILED and not self.pages_seen and self.lost_network

    @property
    def is_closed(self) -> bool:
        """All that it would have looked at was closed as under 18: seen by nobody any more, as was wanted."""
        return bool(self.errors) and all(error.kind == RunTrouble.UNDER_18 for error in self.errors)

    @property
    def lost_network(self) -> bool:
        return any(error.kind == OutcomeKind.OFFLINE for error in self.errors)

    @property
    def is_unanswered(self) -> bool:
        """Nobody answered anything: it may be the places, or what lies between them and this machine."""
        silent = self.status is RunStatus.FAILED and not self.pages_seen and not self.bytes and bool(self.errors)
        return silent and all(error.kind in UNANSWERED for error in self.errors)

    @property
    def cause(self) -> RunError | None:
        """What is to be told of this run when only one thing can be: what made it blind comes first."""
        whole = next((error for error in self.errors if error.kind in (*BLINDNESS, OutcomeKind.OFFLINE)), None)
        return whole or (self.errors[0] if self.errors else None)
