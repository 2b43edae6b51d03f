"""Sightings whose places a pass has come by. That a page names them is noted in lots, and pages that were passed by are
looked up in lots: on most visits that is all there is to do. Whether their pictures are there is another question."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from monitor.model.ids import SightingId
from monitor.model.match import Tier
from monitor.model.presence import Glance, Saw, Truth
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.assigning import found_of
from monitor.pipeline.near_visits import count_visit
from monitor.pipeline.page_recheck import NOT_NAMED
from monitor.pipeline.picture import ELSEWHERE
from monitor.pipeline.state import Pass
from monitor.pipeline.telling import record_observed
from monitor.tracking.presence import deciding

STANDING_AT_ONCE = 200  # sightings whose time is moved on in one transaction
PASSED_AT_ONCE = 50  # pages whose sightings are looked up at once

BY_PAGE = (Glance(Truth.PAGE, Saw.THERE),)
NOT_BY_PAGE = (Glance(Truth.PAGE, Saw.GONE, NOT_NAMED),)
BY_PAGE_AND_MEDIA = (*BY_PAGE, Glance(Truth.MEDIA, Saw.THERE))


class StillThere:
    def __init__(self) -> None:
        self._stood: set[str] = set()  # ids
        self._unsaved: dict[str, Sequence[Glance]] = {}  # what is yet to be saved of them
        self._removed: dict[str, Sighting] = {}  # told removed, and named all the same
        self._passed: dict[str, set[str]] = {}  # media URLs on pages that were passed by and are yet to be looked up
        self._passed_in: dict[str, str] = {}  # by which list or page each of those pages was passed by
        self._visited: set[str] = set()  # pages that were looked at, as people know them
        self._looked: dict[str, tuple[set[str], bool]] = {}  # media URLs on pages that were gone through; all known?
        self._named: set[str] = set()  # whom its page names, whatever came of its picture
        self._missing: set[str] = set()  # who is not named by its page; where it is met until the end, it has moved
        self._met: dict[str, dict[SightingId, frozenset[Hashable]]] = {}  # by list, what was tied to each

    def met(self, run: Pass, seen_in: str) -> Mapping[SightingId, frozenset[Hashable]]:
        """Those that this pass has seen in a list, with the copies (`Found.copy`) that they were seen as."""
        self._look_up_passed(run)
        return self._met.get(seen_in, {})

    def pass_by(self, run: Pass, page: str, seen_in: str, images: Iterable[str]) -> None:
        """What was sighted there stands where it stood."""
        self._passed_in[page] = seen_in
        self._passed.setdefault(page, set()).update(images)
        if len(self._passed) >= PASSED_AT_ONCE:
            self._look_up_passed(run)

    def look_over(self, run: Pass, page: str, images: Iterable[str], *, is_whole: bool) -> None:
        """What the page names. is_whole: every picture of it is known, so that who is not named there, and not met
        until the end, is not on it."""
        self._visited.add(page)
        before, was_whole = self._looked.get(page, (set(), True))
        self._looked[page] = (before | set(images), is_whole and was_whole)
        if len(self._looked) >= PASSED_AT_ONCE:
            self._look_up_looked(run)

    def references_on(self, run: Pass, pages: Iterable[str]) -> frozenset[str | None]:
        """Of what this pass has seen on these pages, found now or before."""
        self._look_up_passed(run)
        there = run.deps.store.sightings.on_pages(run.watch.case, pages)
        return frozenset(sighting.match.reference for sighting in there if sighting.id in self._stood)

    def save_all(self, run: Pass) -> None:
        self._look_up_passed(run)
        self._save(run)
        self._save_others(run)
        count_visit(run, self._stood | self._named, self._visited)

    def _look_up_looked(self, run: Pass) -> None:
        looked, self._looked = self._looked, {}
        for sighting in run.deps.store.sightings.on_pages(run.watch.case, looked) if looked else ():
            images, is_whole = looked[sighting.place.page_url]
            if sighting.watch != run.watch.name or sighting.is_hearsay:
                continue
            if not images.isdisjoint(sighting.media_urls):
                self._named.add(sighting.id)
            elif is_whole:
                self._missing.add(sighting.id)

    def _save_others(self, run: Pass) -> None:
        """Whose pictures this pass has not seen."""
        self._look_up_looked(run)
        missing = self._missing - self._named - self._stood
        store, rest = run.deps.store, (self._named | missing) - self._stood
        if rest:
            with store.transaction():
                for sighting in store.sightings.of_ids(run.watch.case, rest):
                    record_observed(sighting, NOT_BY_PAGE if sighting.id in missing else BY_PAGE, run.watch, run.deps)

    def removed_met(self, run: Pass) -> Sequence[Sighting]:
        """What was told removed, and is named by a page that the pass came by."""
        self._look_up_passed(run)
        return tuple(self._removed.values())

    def _look_up_passed(self, run: Pass) -> None:
        passed, self._passed = self._passed, {}
        passed_in, self._passed_in = self._passed_in, {}
        for sighting in run.deps.store.sightings.on_pages(run.watch.case, passed) if passed else ():
            images = passed[sighting.place.page_url]
            if sighting.place.image_url in images or _is_given_by(run, images, sighting):
                self.see(run, sighting, passed_in[sighting.place.page_url])

    def see(self, run: Pass, sighting: Sighting, seen_in: str, *, post: int = 0, is_given: bool = False) -> None:
        """A page names it. seen_in: that page, of a list the first one. post: of the page, as `ImageRef.post` has it.
        is_given: its own picture came with this look."""
        if run.watch.is_planted(sighting.match):
            return
        is_first = sighting.id not in self._stood
        copy = found_of(sighting.match, sighting.place, sighting.image_digest, post=post).copy
        self.found(sighting, seen_in, copy)
        if is_first:
            run.tally.matches += sighting.match.tier is Tier.MATCH
            if sighting.status is Status.REMOVED and deciding(sighting.place) is Truth.MEDIA:
                self._removed[sighting.id] = sighting
        elif not is_given:
            return
        self._unsaved[sighting.id] = BY_PAGE_AND_MEDIA if is_given else BY_PAGE
        if len(self._unsaved) >= STANDING_AT_ONCE:
            self._save(run)

    def found(self, sighting: Sighting, seen_in: str, copy: Hashable) -> None:
        """Now, or before and seen again."""
        self._stood.add(sighting.id)
        self._tie(sighting, seen_in, copy)

    def _tie(self, sighting: Sighting, seen_in: str, copy: Hashable) -> None:
        met = self._met.setdefault(seen_in, {})
        met[sighting.id] = met.get(sighting.id, frozenset()) | {copy}

    def _save(self, run: Pass) -> None:
        """In one transaction. Read anew: the person may have decided meanwhile."""
        unsaved, self._unsaved = self._unsaved, {}
        if not unsaved:
            return
        store = run.deps.store
        with store.transaction():
            for sighting in store.sightings.of_ids(run.watch.case, unsaved):
                record_observed(sighting, unsaved[sighting.id], run.watch, run.deps)


def _is_given_by(run: Pass, images: Iterable[str], sighting: Sighting) -> bool:
    """It is called by where it really came from, and the page names an address that only sends on to there."""
    seen = run.deps.store.seen.get(run.watch.case, images).values()
    return any(one.outcome == ELSEWHERE and one.digest == sighting.image_digest for one in seen)
