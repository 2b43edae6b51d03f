"""What a list only said of where a find comes from: looked at politely, a few in each run, as any visitor would.

A feed, an API's answer or a result page names the page that a picture is from. On its own site that is taken as said;
on another it is a claim, which anybody can make of anybody. The find stands where it was seen, in the list. When the
picture is seen on the claimed page, that is a find of its own; when it is not there, the claim is dropped.

One picture can be in many entries, each of which names another page: all of them are claims. The find shows the first;
the list itself, as it is remembered, holds the others. Who has waited longest is looked at first, so nobody hides a
real place by naming others before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.urls import canonical_url
from monitor.model.page import LISTED, Request
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import ImageRules
from monitor.pipeline import places
from monitor.pipeline.state import Look, Pass, site_of

PER_RUN = 5  # a list can name ten thousand; the person's address is shown to few strangers for it
TRY_AGAIN = timedelta(days=1)
SELDOM = timedelta(days=30)
MAX_TRIES = 3  # of a page that could not be seen; after that it is asked seldom, and stands as what it is
MOST_WAITING = 1_000  # claims of one run that keep their place in the line
MOST_KEPT = 5_000  # of a case; the oldest are forgotten, and would be asked once more


@dataclass(frozen=True, slots=True)
class Claim:
    """url: as it was written. finds: what is said to be from there."""

    url: str
    finds: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a claimed page. tries: how often in a row it could not be seen, 0 where it was; None:
    nobody has looked yet. at: of the last look, or since when it waits."""

    tries: int | None
    at: datetime

    def due(self, claim: Claim) -> datetime:
        if self.tries is None:
            return self.at
        is_newer = any(find.first_seen > self.at for find in claim.finds)  # than the look: it may be there by now
        return self.at + (TRY_AGAIN if 0 < self.tries < MAX_TRIES or (not self.tries and is_newer) else SELDOM)

    def turn(self, claim: Claim) -> datetime:
        """Its place in the line. What could not be seen lets a day's others go first, not more: new ones without end
        would keep it waiting for ever."""
        return self.due(claim) + (TRY_AGAIN if self.tries else timedelta(0))


def hear(run: Pass, look: Look) -> None:
    """What a list says of finds in it, on an unchanged one too: by its remembered content."""
    listed = [ref for ref in look.content.images if ref.found_as in LISTED and ref.post_url]
    if not listed or not run.by_image:
        return
    seen = run.parts.store.seen.get(run.watch.case, [ref.url for ref in listed])
    for ref in listed:
        finds = [find for url in (ref.url, *ref.alternatives) for find in run.by_image.get(url, ())]
        if ref.url in seen:  # another address may have given it
            finds += run.by_digest.get(seen[ref.url].digest, ())
        page = places.page_of(look, ref) if finds else ""
        here = {find.id for find in finds if find.place.page_url == page}
        for url in places.claims_of(look, ref) if here else ():
            run.claimed.setdefault(url, set()).update(here)


def claims_of(run: Pass) -> dict[str, Claim]:
    """By canonical address, in the order of the list; read anew, since the person may have decided meanwhile."""
    finds = {
        sighting.id: sighting
        for sighting in run.parts.store.sightings.all(run.watch.case)
        if not sighting.under_18 and sighting.status is not Status.DISMISSED
    }
    said = [(url, finds[find]) for url, ids in run.claimed.items() for find in sorted(ids) if find in finds]
    said += [
        (sighting.place.claimed_url, sighting)
        for sighting in finds.values()
        if sighting.watch == run.watch.name and sighting.place.claimed_url
    ]
    of_address = dict[str, tuple[str, list[Sighting]]]()
    for url, sighting in said:
        of_address.setdefault(canonical_url(url), (url, []))[1].append(sighting)
    return {address: Claim(url, tuple(finds)) for address, (url, finds) in of_address.items()}


def settle_visited(run: Pass) -> None:
    """Claimed pages that the pass came by on its own way."""
    for address, claim in claims_of(run).items():
        if (came_by := run.looked.get(address)) is not None:
            settle(run, claim.url, *came_by)


def visits(run: Pass) -> Iterator[FrontierEntry]:
    """Those that are due, one of each site; none where the list itself could not be seen."""
    if not run.tally.good_looks:
        return
    sites = set[str]()
    most = min(PER_RUN, run.watch.follow.max_pages - run.tally.pages)
    for url in _line(run):
        if site_of(url) in sites or len(sites) >= most or run.spent():
            run.tally.limit("claims", PER_RUN)
            continue
        sites.add(site_of(url))
        yield FrontierEntry(Request(url), max(run.watch.follow.depth, 1), run.watch.urls[0] if run.watch.urls else url)


def _line(run: Pass) -> Sequence[str]:
    """The addresses that are due, who waits longest first. Those that are new in it are noted, to keep their place."""
    now, known = run.parts.clock(), _known(run)
    line = []
    for address, claim in claims_of(run).items():
        before = known.get(_mark(run, address), Known(None, now))
        if before.at > now:  # by a clock that was ahead
            before = Known(before.tries, now - SELDOM)
        if claim.url not in run.forbidden and before.due(claim) <= now:
            line.append((before.turn(claim), address, claim.url, before))
    line.sort(key=lambda waiting: waiting[0])
    fresh = {_mark(run, address): before for _, address, _, before in line[:MOST_WAITING] if before.tries is None}
    if fresh:
        _keep(run, known | fresh)
    return [url for _, _, url, _ in line]


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
    store, address = run.parts.store, canonical_url(url)
    pages = {address, shown} - {""}
    cases = store.sightings.all(run.watch.case)
    there = {find.match.reference for find in cases if find.id in run.stood and find.place.page_url in pages}
    with store.transaction():
        for sighting in cases:
            if canonical_url(sighting.place.claimed_url) != address or sighting.watch != run.watch.name:
                continue
            if complete or sighting.match.reference in there:
                place = replace(sighting.place, claimed_url="", claimed_account="")
                store.sightings.save(replace(sighting, place=place))
        known, mark = _known(run), _mark(run, address)
        tries = known[mark].tries if mark in known else None
        _keep(run, known | {mark: Known(0 if complete else (tries or 0) + 1, run.parts.clock())})


def _known(run: Pass) -> dict[str, Known]:
    kept = json.loads(run.parts.store.notes.get(_note(run)) or "{}")
    return {mark: Known(tries, datetime.fromtimestamp(at, UTC)) for mark, (tries, at) in kept.items()}


def _keep(run: Pass, known: dict[str, Known]) -> None:
    latest = sorted(known.items(), key=lambda item: item[1].at)[-MOST_KEPT:]
    kept = {mark: (one.tries, one.at.timestamp()) for mark, one in latest}
    run.parts.store.notes.set(_note(run), json.dumps(kept, separators=(",", ":")))


def _note(run: Pass) -> str:
    return f"claims:{run.watch.case}"


def _mark(run: Pass, address: str) -> str:
    return hashlib.sha256(f"{run.watch.case} {address}".encode("utf-8", "replace")).hexdigest()[:16]
