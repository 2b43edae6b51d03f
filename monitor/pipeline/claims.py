"""What a list only said of where a find comes from: looked at politely, a few in each run, as any visitor would.

A feed, an API's answer or a result page names the page that a picture is from. On its own site that is taken as said;
on another it is a claim, which anybody can make of anybody. The find stands where it was seen, in the list. When the
picture is seen on the claimed page, that is a find of its own; when it is not there, the claim is dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.crawl.frontier import Visit
from monitor.crawl.identity import canonical_url
from monitor.model.page import Request
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import ImageRules
from monitor.pipeline.state import Pass, site_of

PER_RUN = 5  # a list can name ten thousand; the person's address is shown to few strangers for it
TRY_AGAIN = timedelta(days=1)
SELDOM = timedelta(days=30)
MAX_TRIES = 3  # of a page that could not be seen; after that it is asked seldom, and stands as what it is


def open_claims(run: Pass) -> dict[str, list[Sighting]]:
    """By address, in the order in which they were found; read anew, since the person may have decided meanwhile."""
    found: dict[str, list[Sighting]] = {}
    for sighting in run.parts.store.sightings.all(run.watch.case):
        if sighting.watch == run.watch.name and sighting.place.claimed_url:
            if not sighting.under_18 and sighting.status is not Status.DISMISSED:
                found.setdefault(sighting.place.claimed_url, []).append(sighting)
    return found


def settle_visited(run: Pass) -> None:
    """Claimed pages that the pass came by on its own way."""
    for url in open_claims(run):
        if (came_by := run.looked.get(canonical_url(url))) is not None:
            settle(run, url, *came_by)


def visits(run: Pass) -> Iterator[Visit]:
    """Those that are due, one of each site; none where the list itself could not be seen."""
    if not run.tally.good_looks:
        return
    now, sites = run.parts.clock(), set[str]()
    most = min(PER_RUN, run.watch.follow.max_pages - run.tally.pages)
    for url in open_claims(run):
        if url in run.forbidden or not _is_due(run, url, now):
            continue
        if site_of(url) in sites or len(sites) >= most or run.spent():
            run.tally.limit("claims", PER_RUN)
            continue
        sites.add(site_of(url))
        yield Visit(Request(url), max(run.watch.follow.depth, 1), run.watch.urls[0] if run.watch.urls else url)


@contextmanager
def as_visitor(run: Pass) -> Iterator[None]:
    """A page that a stranger named is not the watch's own: what fails there is no fault of the watch, the person's word
    about the watch's robots.txt, selectors and log-in does not hold there, and it does not count as seen."""
    watch, tally = run.watch, run.tally
    run.watch = replace(watch, ignore_robots=False, images=ImageRules(max_images=watch.images.max_images), planted="")
    run.tally = replace(tally, errors=[], limits={})
    login, run.login = run.login, None
    try:
        yield
    finally:
        for name in ("bytes", "matches", "new_sightings", "new_images"):
            setattr(tally, name, getattr(run.tally, name))
        run.watch, run.tally, run.login = watch, tally, login
        run.before = run.taken


def settle(run: Pass, url: str, shown: str, complete: bool) -> None:
    """shown: the address of the page that was looked at, '' where none came. complete: it can be said of each of its
    pictures what it is, or that there are none."""
    store, now = run.parts.store, run.parts.clock()
    pages = {canonical_url(url), shown} - {""}
    there = {
        sighting.match.reference
        for sighting in store.sightings.all(run.watch.case)
        if sighting.id in run.stood and sighting.place.page_url in pages
    }
    with store.transaction():
        for sighting in open_claims(run).get(url, ()):
            if complete or sighting.match.reference in there:
                place = replace(sighting.place, claimed_url="", claimed_account="")
                store.sightings.save(replace(sighting, place=place))
        tries = 0 if complete else _noted(run, url)[0] + 1
        store.notes.set(_note(run, url), f"{tries} {(now + (TRY_AGAIN if tries < MAX_TRIES else SELDOM)).isoformat()}")


def _is_due(run: Pass, url: str, now: datetime) -> bool:
    return _noted(run, url)[1] <= now.isoformat()


def _noted(run: Pass, url: str) -> tuple[int, str]:
    tries, _, due = (run.parts.store.notes.get(_note(run, url)) or "0 ").partition(" ")
    return int(tries), due


def _note(run: Pass, url: str) -> str:
    return f"claim:{hashlib.sha256(f'{run.watch.case} {url}'.encode('utf-8', 'replace')).hexdigest()[:24]}"
