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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.urls import canonical_url
from monitor.domains import domain_of
from monitor.model.ids import SightingId
from monitor.model.page import Request
from monitor.model.run import LimitKind
from monitor.model.sighting import Sighting, Status
from monitor.pipeline import places
from monitor.pipeline.known_pictures import grouped
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.still_there import StillThere
from monitor.ports.facts import ClaimedPage

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


class Claims:
    """What one pass heard of other sites. still_there: the sightings that the pass has met."""

    def __init__(self, still_there: StillThere) -> None:
        self._still_there = still_there
        self._said: dict[str, set[SightingId]] = {}  # by address, the sightings that a list says are from there
        self._looked: dict[str, tuple[str, bool]] = {}  # pages, by each address: as people know it, and if settled

    def hear(self, run: Pass, look: Look, *, settled: bool) -> None:
        """What a list says of finds in it, on an unchanged one too: by its remembered content."""
        for url in (look.entry.request.url, look.shown):
            self._looked[canonical_url(url)] = (look.shown, settled)
        for url, finds in _said_in(run, look):
            self._said.setdefault(url, set()).update(finds)

    def settle_visited(self, run: Pass) -> None:
        """Claimed pages that the pass came by on its own way."""
        for address, claim in self._claims(run).items():
            if (came_by := self._looked.get(address)) is not None:
                shown, settled = came_by
                self.settle(run, claim.url, shown, is_complete=settled)

    def settle(self, run: Pass, url: str, shown: str, *, is_complete: bool) -> None:
        """shown: the address of the page that was looked at, '' where none came. is_complete: it can be said of each of
        its pictures what it is, or that there are none."""
        address = canonical_url(url)
        there = self._still_there.references_on(run, {address, shown} - {""})
        _settle(run, address, there, is_complete=is_complete)

    def due(self, run: Pass) -> Iterator[FrontierEntry]:
        """Those that are due, one of each site; none where the list itself could not be seen."""
        if not run.tally.good_looks:
            return
        sites, first = set[str](), run.watch.urls[0] if run.watch.urls else ""
        most = min(PER_RUN, run.watch.follow.max_pages - run.tally.pages)
        for url in self._line(run):
            if domain_of(url) in sites or len(sites) >= most or run.is_spent():
                run.tally.limit(LimitKind.CLAIMS, PER_RUN)
                continue
            sites.add(domain_of(url))
            yield FrontierEntry(Request(url), max(run.watch.follow.depth, 1), first or url)

    def _line(self, run: Pass) -> Sequence[str]:
        """The addresses that are due, who waits longest first. Those that are new in it are noted, to keep their
        place."""
        now, known = run.deps.clock(), _known(run)
        line = []
        for address, claim in self._claims(run).items():
            before = known.get(_mark(run, address), ClaimedPage(None, now))
            if before.at > now:  # by a clock that was ahead
                before = ClaimedPage(before.tries, now - SELDOM)
            if claim.url not in run.closed and _due(before, claim) <= now:
                line.append((_turn(before, claim), address, claim.url, before))
        line.sort(key=lambda waiting: waiting[0])
        fresh = {_mark(run, address): before for _, address, _, before in line[:MOST_WAITING] if before.tries is None}
        if fresh:
            _keep(run, fresh)
        return [url for _, _, url, _ in line]

    def _claims(self, run: Pass) -> dict[str, Claim]:
        """By canonical address, in the order of the list; read again, since the person may have decided meanwhile."""
        sightings, case = run.deps.store.sightings, run.watch.case
        heard = {find.id: find for find in sightings.of_ids(case, set().union(*self._said.values()))}
        said = [(url, heard[find]) for url, ids in self._said.items() for find in sorted(ids) if find in heard]
        said += [(find.place.claimed_url, find) for find in sightings.claimed_by(case, run.watch.name)]
        claims: dict[str, tuple[str, list[Sighting]]] = {}
        for url, find in said:
            if not find.under_18 and find.status is not Status.DISMISSED:
                claims.setdefault(canonical_url(url), (url, []))[1].append(find)
        return {address: Claim(url, tuple(finds)) for address, (url, finds) in claims.items()}


def _turn(page: ClaimedPage, claim: Claim) -> datetime:
    """Its place in the line. What could not be seen lets a day's others go first, not more: new ones without end would
    keep it waiting for ever."""
    return _due(page, claim) + (TRY_AGAIN if page.tries else timedelta(0))


def _due(page: ClaimedPage, claim: Claim) -> datetime:
    if page.tries is None:
        return page.at
    is_newer = any(find.first_seen > page.at for find in claim.finds)  # than the look: it may be there by now
    return page.at + (TRY_AGAIN if 0 < page.tries < MAX_TRIES or (not page.tries and is_newer) else SELDOM)


def _said_in(run: Pass, look: Look) -> Iterator[tuple[str, set[SightingId]]]:
    """Addresses on other sites, each with the sightings of this list that are said to be from there."""
    store, case = run.deps.store, run.watch.case
    said = [(ref, claims) for ref in look.content.images if ref.post_url and (claims := places.claims_of(look, ref))]
    finds = store.sightings.on_pages(case, {places.page_of(look, ref) for ref, _ in said}) if said else ()
    if not finds:
        return
    by_image = grouped(finds, lambda find: (find.place.page_url, find.place.image_url))
    by_digest = grouped(finds, lambda find: (find.place.page_url, find.image_digest))
    seen = store.seen.get(case, [ref.url for ref, _ in said])
    for ref, claims in said:
        page = places.page_of(look, ref)
        here = {find.id for url in ref.variants for find in by_image.get((page, url), ())}
        if ref.url in seen and seen[ref.url].digest:  # another address may have given it
            here |= {find.id for find in by_digest.get((page, seen[ref.url].digest), ())}
        for url in claims if here else ():
            yield url, here


def _settle(run: Pass, address: str, there: frozenset[str | None], *, is_complete: bool) -> None:
    """there: photos that the pass has seen on that page."""
    store = run.deps.store
    with store.transaction():
        for sighting in store.sightings.claimed_by(run.watch.case, run.watch.name):
            if canonical_url(sighting.place.claimed_url) != address:
                continue
            if is_complete or sighting.match.reference in there:
                place = replace(sighting.place, claimed_url="", claimed_account="")
                store.sightings.save(replace(sighting, place=place))
        known, mark = _known(run), _mark(run, address)
        tries = known[mark].tries if mark in known else None
        _keep(run, {mark: ClaimedPage(0 if is_complete else (tries or 0) + 1, run.deps.clock())})


def _known(run: Pass) -> Mapping[str, ClaimedPage]:
    return run.deps.store.claimed_pages.all(run.watch.case)


def _keep(run: Pass, pages: Mapping[str, ClaimedPage]) -> None:
    store, case = run.deps.store, run.watch.case
    with store.transaction():
        store.claimed_pages.save(case, pages)
        store.claimed_pages.keep_newest(case, MOST_KEPT)


def _mark(run: Pass, address: str) -> str:
    return hashlib.sha256(f"{run.watch.case} {address}".encode("utf-8", "replace")).hexdigest()[:16]
