"""A find's row, and what is written with it: when it is looked at, and what became of it."""

from __future__ import annotations

from datetime import datetime

from monitor.model.match import Tier
from monitor.model.presence import ChangeKind
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.adapting_visits import raise_places
from monitor.ports import Store
from monitor.tracking.changes import change_of_new, changes_between
from monitor.tracking.next_look import first_looks


def write_find(sighting: Sighting, *, is_new: bool, store: Store, now: datetime) -> bool:
    """In the transaction that records it. Returns whether a copy of it was removed from this site before, and it is
    back in another place."""
    if not is_new:
        before = store.sightings.get(sighting.case, sighting.id)
        store.sightings.save(sighting)
        for became in changes_between(before, sighting, now) if before is not None else ():
            store.changes.add(sighting.case, became)
            if became.kind is ChangeKind.BACK:
                _raise_place(sighting, store, now)
        return False
    _make_room(sighting, store)
    store.sightings.save(sighting)
    store.rechecks.save(sighting.case, first_looks(sighting, now))
    if sighting.match.tier is not Tier.MATCH or sighting.status is Status.DISMISSED:
        return False
    _raise_place(sighting, store, now)
    change = change_of_new(sighting, store.sightings.copies_on_site(sighting), now)
    if change is not None:
        store.changes.add(sighting.case, change)
    return change is not None


def _raise_place(sighting: Sighting, store: Store, now: datetime) -> None:
    """Where one came, more may come."""
    raise_places(store, sighting.case, [sighting.place.page_url, sighting.place.image_url], now, watch=sighting.watch)


def _make_room(sighting: Sighting, store: Store) -> None:
    """What an older version dismissed has the spot for all bytes; saved anew, it has it for its own."""
    for one in store.sightings.at(sighting.case, [sighting.spot]):
        if one.status is Status.DISMISSED and not one.under_18:
            store.sightings.save(one)
