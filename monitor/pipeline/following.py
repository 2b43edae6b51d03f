"""Which frontier a pass has, and what it remembers of where links led."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.crawl.best_first import BestFirst
from monitor.crawl.frontier import Frontier
from monitor.model.observation import Noted, RunTrouble
from monitor.model.watch import Kind
from monitor.pipeline.state import Pass

_PAGES_FROM_THE_START = frozenset({Kind.PAGE, Kind.URLS})  # the others begin with a list of their own


def frontier_of(run: Pass) -> Frontier | BestFirst:
    watch, store = run.watch, run.deps.store
    seeds = run.source.seeds(watch)
    if not watch.follow.chooses_at(0 if watch.kind in _PAGES_FROM_THE_START else 1):
        return Frontier(seeds, watch.follow)

    def last_look(urls: Sequence[str]) -> Mapping[str, datetime]:
        return store.seen.looked_at(watch.case, urls)

    led = store.link_shapes.get(watch.case, watch.name)
    return BestFirst(seeds, watch.follow, led, last_look, logged_in=run.login is not None)


def note_followed(run: Pass, frontier: Frontier | BestFirst) -> None:
    """For the run, and for the passes to come."""
    if isinstance(frontier, BestFirst):
        run.tally.followed = frontier.followed
        if run.tally.good_looks and not run.tally.images and not _found_some(frontier):
            run.tally.note(Noted(RunTrouble.NOT_FOLLOWED), next(iter(run.watch.urls), ""))
        run.deps.store.link_shapes.save(run.watch.case, run.watch.name, frontier.led, run.deps.clock())


def _found_some(frontier: BestFirst) -> bool:
    """Visited, or left for the cap: that is told as such."""
    return bool(frontier.left_out) or any(one.pages or one.left_out for one in frontier.followed)


def returning(frontier: Frontier | BestFirst) -> int:
    """Of the pages that were left out for the cap, those that later passes come back to."""
    return frontier.left_out if isinstance(frontier, BestFirst) else 0
