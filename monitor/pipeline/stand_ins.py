"""A wall's picture in the place of a page's, or of a pass's: told, and asked for again at each visit until it has gone.
What is one: `crawl.stand_ins`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from monitor.crawl.sameness import first_hash
from monitor.crawl.stand_ins import Gave, Shows, StandIn, stand_in_of
from monitor.model.candidate import Candidate
from monitor.model.observation import Covers, Noted, RunTrouble, Weight, named
from monitor.pipeline.picture import Became
from monitor.pipeline.remembered_page import pack, unpack
from monitor.pipeline.state import Look, Pass

ASKED_AGAIN = 20  # addresses of a stand-in at one visit, those first that were asked longest ago
LONG_AGO = timedelta(days=365)  # whatever is remembered of an address of then is asked again

LOOK_WHAT_IT_IS = (
    "Look at it in a browser. If the picture is a notice such as 'members only', log in (reupload-monitor watch login "
    "{watch}). If there is nothing else to see there, leave it out with images.select."
)


@dataclass
class StandIns:
    """Of one pass. pages: by what was asked for, the pictures that were met there. told: a page had one."""

    _met: list[Gave] = field(default_factory=list)  # of the page in hand
    _pages: dict[str, list[Gave]] = field(default_factory=dict)
    _is_told: bool = False

    def meet(self, became: Sequence[Became]) -> None:
        for one in became:
            kept = [each.looked_at or each.candidate for each in (one, *one.beside)]
            digests = frozenset(each.digest for each in kept if each is not None)
            stands = any(sighting.image_digest in digests for sighting in one.stands)  # and not another picture there
            is_hers = stands or one.is_planted or one.find is not None
            self._met.append(Gave(one.ref.url, tuple(_shows(each) for each in kept if each is not None), is_hers))

    def of_page(self, run: Pass, look: Look) -> int:
        """How many of the page's pictures are one stand-in; which is noted."""
        met, self._met = self._met, []
        self._pages[look.entry.request.url] = met
        found = stand_in_of(met)
        if found is None:
            return 0
        self._is_told = True
        self._note(run, look.entry.request.url, found, Covers.PAGE)
        run.tally.good_looks -= found.is_all and found.is_sure
        return len(found.urls)

    def of_asked(self, run: Pass, look: Look) -> None:
        """After known pictures of a page were asked for, that nothing else spoke for. Those that were not asked for say
        nothing, unless they are known for the same file."""
        page, now, self._met = look.entry.request.url, self._met, []
        given = {digest for gave in now for digest in gave.digests}
        asked = {gave.url for gave in now}
        before = (gave for gave in self._pages.get(page, ()) if gave.url not in asked and gave.digests <= given)
        found = None if self._is_told else stand_in_of([*now, *before])
        if found is not None:
            self._is_told = True
            self._note(run, page, found, Covers.PAGE)
            run.tally.good_looks -= found.is_all and found.is_sure
            _unsettle(run, page)

    def of_pass(self, run: Pass) -> None:
        """Pages with a picture each say nothing by themselves."""
        found = stand_in_of(gave for met in self._pages.values() for gave in met)
        if found is None or self._is_told:
            return
        self._note(run, run.watch.urls[0] if run.watch.urls else "", found, Covers.PLACE)
        for page, met in self._pages.items():
            if any(gave.url in found.urls for gave in met):
                _unsettle(run, page)

    def _note(self, run: Pass, url: str, found: StandIn, covers: Covers) -> None:
        observed = replace(
            named(Noted(RunTrouble.STAND_IN, len(found.urls)), url, watch=run.watch.name),
            covers=covers,
            weight=Weight.BLIND if found.is_all and found.is_sure else Weight.PART,
        )
        if found.is_sure:
            run.tally.unseen += len(found.urls)
        else:
            what = "page" if covers is Covers.PAGE else "place"
            said = f"all {len(found.urls)} pictures of this {what} are one and the same picture, or nearly"
            observed = replace(observed, message=said, remedy=LOOK_WHAT_IT_IS.format(watch=run.watch.name))
        run.tally.observe(observed)
        _ask_again(run, found)


def _shows(candidate: Candidate) -> Shows:
    quality = candidate.frames[0].pdq_quality if candidate.frames else 0
    return Shows(candidate.digest, first_hash(candidate), quality)


def _ask_again(run: Pass, found: StandIn) -> None:
    """A wall comes down one day, and says nothing of it."""
    seen = run.deps.store.seen.get(run.watch.case, found.urls)
    first = sorted(seen.values(), key=lambda one: one.checked_at)[:ASKED_AGAIN]
    long_ago = run.deps.clock() - LONG_AGO
    run.deps.store.seen.save(run.watch.case, *(replace(one, checked_at=long_ago) for one in first))


def _unsettle(run: Pass, page: str) -> None:
    """Its pictures are gone through at the next visit, changed or not."""
    seen = run.deps.store.seen.get(run.watch.case, [page]).get(page)
    remembered = unpack(seen.remembered) if seen else None
    if seen is not None and remembered is not None:
        packed = pack(replace(remembered, settled_with=""))
        run.deps.store.seen.save(run.watch.case, replace(seen, remembered=packed))
