"""With which settings and log-in a known find is looked at again, whatever became of the watch that found it.

    the watch is there                 as it is now
    it goes by another name now        as that one
    it was switched off or deleted     as it was when it ran last
    there was never one (by hand), or  as any visitor: robots.txt is followed, no selectors, no log-in but one that was
    nothing of it is kept              saved under its name

Never as a watch of another case, whatever its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.errors import WatchlistError
from monitor.model.sighting import Sighting
from monitor.model.watch import Every, Kind, Render, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.last_good import dump_watches, restore_watches
from monitor.ports import Store
from monitor.sources import source_for


def keep_watch(watch: Watch, deps: Dependencies) -> None:
    """As it is when it runs: its finds are looked at so when it is gone."""
    deps.store.kept_watches.save(watch.case, watch.name, dump_watches((watch,)), deps.clock())


def watch_of(sighting: Sighting, watches: Mapping[str, Watch], deps: Dependencies) -> Watch:
    """watches: those that are there now, by name, of every case."""
    present = watches.get(sighting.watch)
    if present is not None and present.case == sighting.case and _can_look(present, deps):
        return present
    kept = _kept(sighting, deps.store)
    if kept is None:
        return as_visitor(sighting)
    renamed = next((one for one in watches.values() if one.case == kept.case and _is_same_place(one, kept)), kept)
    return next((one for one in (renamed, kept) if _can_look(one, deps)), None) or as_visitor(sighting)


def as_visitor(sighting: Sighting) -> Watch:
    """It has the find's own watch for its name, so that a log-in which is still kept is used."""
    page = sighting.place.page_url
    return Watch(sighting.watch, Kind.PAGE, Every(86_400), urls=(page,), case=sighting.case, render=Render.AUTO)


def addresses_of(sighting: Sighting, watch: Watch) -> Iterable[str]:
    """That the person wrote herself, now or once."""
    if sighting.is_by_hand:
        return [url for url in (sighting.place.page_url, sighting.place.image_url) if url]
    return watch.urls if watch != as_visitor(sighting) else ()


def _kept(sighting: Sighting, store: Store) -> Watch | None:
    found = restore_watches(store.kept_watches.get(sighting.case, sighting.watch))
    return found[0] if found and found[0].case == sighting.case else None


def _is_same_place(one: Watch, other: Watch) -> bool:
    return (one.kind, one.urls, one.engine, one.query) == (other.kind, other.urls, other.engine, other.query)


def _can_look(watch: Watch, deps: Dependencies) -> bool:
    """Its engine or its account may have gone from the configuration."""
    try:
        source_for(watch, deps.settings)
    except WatchlistError:
        return False
    return True
