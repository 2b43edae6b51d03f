"""A capture: one look at one page, to keep of it what it shows. Its files are kept once, however many sightings are on
the page; what it lacks is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaptureId, CaseId, SightingId


class CaptureCause(StrEnum):
    SEEN = "seen"  # what a pass had in hand
    KNOWN = "known"  # a known picture on another page, or on one that did not change
    RETROACTIVE = "retroactive"  # by a photo that was enrolled after its picture was seen
    CONFIRMED = "confirmed"  # `possible`, until the person said that it is theirs
    ADDED = "added"  # a link that the person filed by hand
    UNDONE = "undone"  # dismissed, until the person took that back
    ASKED = "asked"  # by `evidence capture`


class CaptureState(StrEnum):
    WANTED = "wanted"  # an intent: nothing is kept yet
    WHOLE = "whole"
    PARTIAL = "partial"  # `missing` says what is not there
    GIVEN_UP = "given_up"  # `why` says for what; nothing was kept
    CLOSED = "closed"  # as under 18: nothing is left of it


FURTHEST_TRY = timedelta(days=8)
"""No capture waits longer for its next try. What says so was written while the clock stood wrong."""


@dataclass(frozen=True, slots=True)
class Missing:
    """why: plain words, for the person."""

    kind: EvidenceKind
    why: str


@dataclass(frozen=True, slots=True)
class Capture:
    """page_url: where it was, or will be, looked. taken_at: when what is kept of it came; None as long as nothing is.
    tries: how often it was fetched for its own sake. retry_at: not before; None: at once, or never again where it is
    not `wanted`. why: what hindered it last. missing: of what is kept, what is not there; of an intent, what alone is
    wanted yet, nothing where all of it is. sightings: on the page, in the order of their ids."""

    id: CaptureId
    case: CaseId
    page_url: str
    state: CaptureState
    cause: CaptureCause
    asked_at: datetime
    taken_at: datetime | None = None
    tries: int = 0
    retry_at: datetime | None = None
    why: str = ""
    missing: tuple[Missing, ...] = ()
    sightings: tuple[SightingId, ...] = ()
