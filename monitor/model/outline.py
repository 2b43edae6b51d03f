"""Of a find, what is asked where very many are counted: the whole of ten thousand takes seconds to put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.figures import FindFacts
from monitor.model.ids import SightingId
from monitor.model.sighting import Decision, Sighting


@dataclass(frozen=True, slots=True)
class FindOutline:
    """page_url, image_url, account: of its place. page_gone, media_gone, search_gone: since when it is known to be gone
    there; None where it is not."""

    id: SightingId
    facts: FindFacts
    decision: Decision | None
    page_url: str
    image_url: str
    account: str
    first_seen: datetime
    removed_at: datetime | None
    page_gone: datetime | None
    media_gone: datetime | None
    search_gone: datetime | None

    @classmethod
    def of(cls, find: Sighting) -> FindOutline:
        """Of a find that is in hand whole."""
        place, match, presence = find.place, find.match, find.presence
        return cls(
            find.id,
            FindFacts(find.status, match.tier, find.under_18, find.only_said, find.is_compared, find.is_unseen),
            find.decision,
            place.page_url,
            place.image_url,
            place.account,
            find.first_seen,
            find.removed_at,
            presence.page.known_gone,
            presence.media.known_gone,
            presence.search.known_gone,
        )
