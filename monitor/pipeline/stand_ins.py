"""A wall's picture in the place of a page's, or of a pass's: told, and asked for again at each visit until it has gone.
What is one: `crawl.stand_ins`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from monitor.crawl.stand_ins import Gave, StandIn, stand_in_of
from monitor.model.observation import Covers, Noted, RunTrouble, Weight, named
from monitor.pipeline.picture import Became
from monitor.pipeline.remembered_page import pack, unpack
from monitor.pipeline.state import Look, Pass

ASKED_AGAIN = 20  # addresses of a stand-in at one visit, those first that were asked longest ago
LONG_AGO = timedelta(days=365)  # whatever is remembered of an address of then is asked again


@dataclass
class StandIns:
    """Of one pass. pages: by what was asked for, the pictures that were met there. told: a page had one."""

    _met: list[Gave] = field(default_factory=list)  # of the page in hand
    _pages: dict[str, list[Gave]] = field(default_factory=dict)
    _is_told: bool = False

    def meet(self, became: Sequence[Became]) -> None:
        for one in became:
            kept = [each.looked_at or each.candidate for each in (one, *one.beside)]
            is_hers = one.is_matched or one.find is not None
            self._met.append(Gave(one.ref.url, frozenset(each.digest for each in kept if each is not None), is_hers))

    def of_page(self, run: Pass, look: Look) -> int:
        """How many of the page's pictures are one stand-in; which is noted."""
        met, self._met = self._met, []
        self._pages[look.entry.request.url] = met
        found = stand_in_of(met)
        if found is None:
            return 0
        self._is_told = True
        self._note(run, look.entry.request.url, found, Covers.PAGE)
        run.tally.good_looks -= found.is_all
        return len(found.urls)

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
        observed = named(Noted(RunTrouble.STAND_IN, len(found.urls)), url, watch=run.watch.name)
        weight = Weight.BLIND if found.is_all else Weight.PART
        run.tally.observe(replace(observed, covers=covers, weight=weight))
        run.tally.unseen += len(found.urls)
        _ask_again(run, found)


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
