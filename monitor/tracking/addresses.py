"""The addresses of a sighting, over time: the newest is its place, the first and the newest are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model.sighting import KEPT_ADDRESSES, Place, SeenAddress, Sighting

MOST_COUNTED = 10_000  # addresses of one sighting


def seen_at(sighting: Sighting, places: Sequence[Place], *, now: datetime, stays: bool = False) -> Sighting:
    """The same copy, found at these places by one look, which is at least one. It stays at its present one as long as
    that is among them, or `stays` says so."""
    here = {(place.page_url, place.image_url): place for place in reversed(places)}
    same = here.get((sighting.place.page_url, sighting.place.image_url))
    place = same or (sighting.place if stays else places[0])
    kept = {(one.page_url, one.image_url): one for one in (*sighting.other_addresses, sighting.present_address)}
    count = sighting.addresses_seen
    for key in here:
        before = kept.get(key)
        if before is None:
            count += 1
            before = SeenAddress(*key, now, now)
        kept[key] = replace(before, last_seen=max(now, before.last_seen))
    present = kept.pop((place.page_url, place.image_url))
    return replace(
        sighting,
        place=_known_of(place, sighting.place),
        there_since=None if present.first_seen == sighting.first_seen else present.first_seen,
        other_addresses=_bounded(list(kept.values())),
        addresses_seen=min(count, MOST_COUNTED),
    )


def _known_of(place: Place, before: Place) -> Place:
    """What this look does not say of the place, and an earlier one said of the same post, stays. What is settled about
    a claim stays settled."""
    if place.page_url != before.page_url:
        return place
    is_same_claim = place.said_from in ("", before.said_from)
    return replace(
        place,
        account=place.account or before.account,
        title=place.title or before.title,
        posted_at=place.posted_at or before.posted_at,
        result_url=place.result_url or before.result_url,
        claimed_url=before.claimed_url if is_same_claim else place.claimed_url,
        claimed_account=before.claimed_account if is_same_claim else place.claimed_account,
        permalink=place.permalink or before.permalink,
        seen_in=place.seen_in or before.seen_in,
        said_from=place.said_from or before.said_from,
    )


def _bounded(others: list[SeenAddress]) -> tuple[SeenAddress, ...]:
    """Without the present one: the first, and those that were seen last."""
    others.sort(key=lambda one: (one.first_seen, one.page_url, one.image_url))
    newest = sorted(others[1:], key=lambda one: one.last_seen)[-(KEPT_ADDRESSES - 2) :]
    newest.sort(key=lambda one: (one.first_seen, one.page_url, one.image_url))
    return (*others[:1], *newest)
