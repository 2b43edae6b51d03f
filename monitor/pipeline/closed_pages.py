"""Pages on which a find was closed as under 18: nothing of their text is kept, with other finds neither."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from monitor.model.ids import CaseId
from monitor.model.sighting import Place, Sighting
from monitor.ports import Store

WRITTEN_INTO_A_PAGE = "data:"
"""The address of a closed picture that was written into its page: what stood there told its digest."""


def pages_of(place: Place) -> Collection[str]:
    """What is sealed of a find may be of either."""
    return tuple(url for url in (place.page_url, place.seen_in) if url)


def every_page_of(sighting: Sighting) -> frozenset[str]:
    """Those that it was seen on before, too."""
    return frozenset((*pages_of(sighting.place), *(one.page_url for one in sighting.addresses)))


def closed_among(urls: Iterable[str], case: CaseId, store: Store) -> frozenset[str]:
    """Of these pages. What another case closed on one of them counts: who it was that is shown there is not kept."""
    wanted = frozenset(urls)
    here = [one for one in store.sightings.shown_on(case, wanted) if one.under_18]
    gone = wanted & store.sightings.closed_addresses(case) | store.closed_for_all.pages_among(wanted)
    return gone | {url for one in here for url in pages_of(one.place)}


def without_words(place: Place) -> Place:
    """As another find on such a page is kept."""
    return replace(place, title="")


def without_digest(url: str) -> str:
    return WRITTEN_INTO_A_PAGE if url.startswith(WRITTEN_INTO_A_PAGE) else url
