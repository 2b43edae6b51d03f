"""A sighting is one copy in one place, over time: (case, reference, post or page, which copy there), with every media
address that it was seen at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.model.ids import NO_DIGEST, CaseId, ContentDigest, ReferenceId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import NOTHING_OBSERVED, Presence


class Status(StrEnum):
    NEW = "new"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REPORTED = "reported"
    REMOVED = "removed"
    REAPPEARED = "reappeared"


BY_HAND = "by hand"
"""In the place of the watch, where the person filed a link that she found."""

SEEN_BESIDE = "seen by the way"
"""In the place of the watch, where another one than hers showed the page."""

BY_HER = "added by hand"
NOT_COMPARED = "no program has compared it"
"""In the reason of such a find."""

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
    looked there yet: '' once somebody has, or where nothing is claimed.
    permalink: of the post that it stands in, with its fragment; '' where none is told on its own site. seen_in: the
    page that showed it, of a list with next pages the first one; '' where nobody noted it. said_from: the post on
    another site that the list named with it; stays when the claim is settled."""

    page_url: str
    image_url: str
    account: str = ""
    title: str = ""
    posted_at: str = ""
    result_url: str = ""  # the search result page that led here, for delisting
    claimed_url: str = ""
    claimed_account: str = ""
    permalink: str = ""
    seen_in: str = ""
    said_from: str = ""

    @property
    def stands_at(self) -> str:
        """What tells two places apart that have a picture at the same media address."""
        return self.permalink or self.page_url


class CopySpot(NamedTuple):
    """By which a copy is known in any case: no two sightings of a case have the same at once. digest: of what was
    dismissed, which holds for its bytes: beside it can stand what was put there later."""

    reference: ReferenceId
    stands_at: str
    image_url: str
    digest: ContentDigest = NO_DIGEST


KEPT_ADDRESSES = 20  # of a sighting: the first, which its evidence tells of, and the newest
CHANGING = 3  # addresses; a file that is moved once has two


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """At which a sighting was seen. image_url: of the media; '' where only a page is known."""

    page_url: str
    image_url: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """number: 1, 2, 3 and so on within the case, for a person to type; given by the store when it is filed (0 until
    then), never given twice, and no part of what makes two equal.

    `incident` groups (case, registrable domain): what one alert is about. under_18: everything but URL
    and time has been removed, and nothing is done for it any more. only_said: by an older version, which took for the
    page what a list named as such; nobody has looked there since. last_seen: when the picture was last there for all
    that is known (`tracking.presence.last_seen`).

    place: the newest; reports and rechecks go there. there_since: when it was first seen at it, None for `first_seen`.
    other_addresses: the others, as they were first seen; never more than KEPT_ADDRESSES with the present one.
    addresses_seen: how many there were, the present one too; what was dropped for want of room and came again counts
    anew. later_until: until when she has put it aside."""

    id: SightingId
    incident: str
    case: CaseId
    watch: str
    place: Place
    match: Match
    status: Status
    first_seen: datetime
    last_seen: datetime
    image_digest: ContentDigest = NO_DIGEST  # SHA-256 of the media's bytes as they came last, hex
    removed_at: datetime | None = None
    presence: Presence = NOTHING_OBSERVED  # of which truth `last_seen` is, and what was found gone
    before_dismissal: Status | None = None  # what `undo` returns to
    before_report: Status | None = None  # what it returns to when nothing that was sent of it stands any more
    decision: Decision | None = None  # of what is dismissed
    decided_at: datetime | None = None  # when it was
    under_18: bool = False
    only_said: bool = False
    there_since: datetime | None = None
    other_addresses: tuple[SeenAddress, ...] = ()
    addresses_seen: int = 1
    later_until: datetime | None = None
    evidence: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    number: int = field(default=0, compare=False)

    @property
    def present_address(self) -> SeenAddress:
        place, since = self.place, self.there_since or self.first_seen
        return SeenAddress(place.page_url, place.image_url, since, max(since, self.last_seen))

    @property
    def addresses(self) -> tuple[SeenAddress, ...]:
        """All that are kept, in the order in which they were first seen."""
        every = (*self.other_addresses, self.present_address)
        return tuple(sorted(every, key=lambda address: address.first_seen))

    @property
    def media_urls(self) -> frozenset[str]:
        return frozenset(address.image_url for address in (*self.other_addresses, self.present_address))

    @property
    def spot(self) -> CopySpot:
        digest = self.image_digest if self.status is Status.DISMISSED else NO_DIGEST
        return CopySpot(self.match.reference or ReferenceId(""), self.place.stands_at, self.place.image_url, digest)

    @property
    def changes_addresses(self) -> bool:
        """That one of them does not answer any more says nothing of the picture."""
        return self.addresses_seen >= CHANGING

    @property
    def is_by_hand(self) -> bool:
        return self.watch == BY_HAND

    @property
    def is_compared(self) -> bool:
        """False: hers by her word alone. Its tier and its score say nothing, for no program measured them."""
        return self.match.reference is not None or not self.is_by_hand

    @property
    def is_unseen(self) -> bool:
        """She filed its page, and no look has found it there or gone so far."""
        page, media = self.presence.page, self.presence.media
        return not self.is_compared and page.answered_at is None and media.answered_at is None

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
