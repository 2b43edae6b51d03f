"""A sighting is (case, reference, canonical page URL, media URL): a match at a place, over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import NO_DIGEST, CaseId, ContentDigest, SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import NOTHING_OBSERVED, Presence


class Status(StrEnum):
    NEW = "new"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REPORTED = "reported"
    REMOVED = "removed"
    REAPPEARED = "reappeared"


HER_WORD = (Status.CONFIRMED, Status.REPORTED)
"""She has looked herself."""


class Decision(StrEnum):
    """Why a sighting is `dismissed`."""

    NOT_MINE = "dismiss"  # the same picture stays quiet everywhere; its sealed media go
    NOT_HERE = "leave"  # one of theirs, which is left alone at this place and at no other


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A picture that the person has said is not theirs. pdq: 32 bytes, as it was shown. tier: what it was taken for;
    None where that was not kept."""

    image_digest: ContentDigest
    pdq: bytes | None
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a match was seen. Everything in it came from outside.

    claimed_url, claimed_account: on another site, where the list it was seen in says that it comes from. Nobody has
    looked there yet: '' once somebody has, or where nothing is claimed."""

    page_url: str
    image_url: str
    account: str = ""
    title: str = ""
    posted_at: str = ""
    result_url: str = ""  # the search result page that led here, for delisting
    claimed_url: str = ""
    claimed_account: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """`incident` groups (case, reference, registrable domain): what one alert is about. under_18: everything but URL
    and time has been removed, and nothing is done for it any more. only_said: by an older version, which took for the
    page what a list named as such; nobody has looked there since. last_seen: when the picture was last there for all
    that is known (`tracking.presence.last_seen`)."""

    id: SightingId
    incident: str
    case: CaseId
    watch: str
    place: Place
    match: Match
    status: Status
    first_seen: datetime
    last_seen: datetime
    image_digest: ContentDigest = NO_DIGEST  # SHA-256 of the media's bytes, hex
    removed_at: datetime | None = None
    presence: Presence = NOTHING_OBSERVED  # of which truth `last_seen` is, and what was found gone
    before_dismissal: Status | None = None  # what `undo` returns to
    decision: Decision | None = None  # of what is dismissed
    decided_at: datetime | None = None  # when it was
    under_18: bool = False
    only_said: bool = False
    evidence: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()

    @property
    def is_hearsay(self) -> bool:
        """Nobody has seen it at its place, neither the program nor the person."""
        return self.only_said and self.status not in HER_WORD

    @property
    def seen_at(self) -> Place:
        """Its place, as it may be told: what is hearsay was seen as a file, and the page is a claim."""
        if not self.is_hearsay:
            return self.place
        place = self.place
        return replace(
            place, page_url=place.image_url, account="", claimed_url=place.page_url, claimed_account=place.account
        )
