"""Whether known pictures can still be had. A page can be as ever while the pictures on it are kept back, and who asks
for none of them cannot tell: where none was had for 20 hours, one is asked for, and others where it fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.clock import within
from monitor.crawl.furniture import is_furniture
from monitor.crawl.sameness import drawn
from monitor.crawl.stand_ins import MANY
from monitor.model.candidate import SeenUrl
from monitor.model.ids import ContentDigest
from monitor.model.observation import Covers, Observation, RunTrouble, Weight
from monitor.model.page import ImageRef, OutcomeKind
from monitor.model.sighting import Status
from monitor.pipeline.known_pictures import known_before, split_known
from monitor.pipeline.picture import ELSEWHERE, Became
from monitor.pipeline.state import Look, Pass

PROVEN_FOR = timedelta(hours=20)  # the next day's visit asks again, though it be an hour early
MORE_OF_THE_PAGE = MANY - 1  # where the first gave something else: enough to tell a wall's picture by
MOST_TO_CHOOSE_FROM = 200  # pictures of a page
MOST_RECENT = 200  # addresses that are remembered as asked for not long ago
NOT_STANDING = (Status.DISMISSED, Status.REMOVED)
KEPT_BACK = (
    "Look at it in a browser. If its pictures show there, log in with `watch login` or set "
    'render = "browser". If not, nothing to do: they are asked for again at the next run.'
)


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """Of one page. look: at it. first: the one to ask. others: known ones beside it, in the order of asking."""

    look: Look
    first: ImageRef
    others: Sequence[ImageRef] = ()

    @property
    def instead(self) -> Sequence[ImageRef]:
        """After the first one failed: one of the same host, and one of another, or a second one of the same."""
        host = _host(self.first)
        same = [one for one in self.others if _host(one) == host]
        elsewhere = [one for one in self.others if _host(one) != host]
        return [*same[:1], *elsewhere[:1], *same[1:2], *elsewhere[1:2]][:2]

    @property
    def beside(self) -> Sequence[ImageRef]:
        """After the first one gave something else than before."""
        return self.others[:MORE_OF_THE_PAGE]


@dataclass
class Proof:
    """Of one pass."""

    _gave: dict[ContentDigest, set[str]] = field(default_factory=dict)  # addresses that gave what they gave before
    _at: dict[ContentDigest, set[str]] = field(default_factory=dict)  # every address that is known for these bytes
    _had: bool = False  # this pass had a picture, known or not
    _asked: set[str] = field(default_factory=set)  # by this pass, in vain too
    _recent: set[str] = field(default_factory=set)  # asked for by a pass of the last 20 hours
    _best: tuple[tuple[bool, int], Asking] | None = None

    def met(self, became: Iterable[Became]) -> None:
        """What came of pictures; those that were not asked for say nothing."""
        for one in (each for of_ref in became for each in (of_ref, *of_ref.beside)):
            if one.is_unseen:
                self._asked.add(one.ref.url)
            elif one.seen is not None:
                self._asked.add(one.ref.url)
                self._had = True
                self._note(one.seen)

    def knew(self, seen: Iterable[SeenUrl]) -> None:
        """What is known of a page's pictures, where that was read at all."""
        for one in seen:
            if one.digest and one.outcome != ELSEWHERE and not is_furniture(one.url):
                self._at.setdefault(one.digest, set()).add(one.url)

    def look_over(self, run: Pass, look: Look, refs: Sequence[ImageRef], asked_at: Mapping[str, datetime]) -> None:
        """A page's pictures. asked_at: when they were, by earlier passes."""
        if self._is_there:
            return
        now = run.deps.clock()
        known = [ref for ref in refs if _is_askable(ref) and ref.url in asked_at]
        recent = [ref.url for ref in known if within(PROVEN_FOR, asked_at[ref.url], now)]
        self._recent.update(recent[: MOST_RECENT - len(self._recent)])
        old = [ref for ref in known if not within(PROVEN_FOR, asked_at[ref.url], now) and ref.url not in self._asked]
        if not old:
            return
        finds, turn = self._finds(run, old), now.toordinal()
        ranked = sorted((ref.url not in finds, drawn(f"{turn} {ref.url}", 2**32), at) for at, ref in enumerate(old))
        rank = ranked[0][:2]
        if self._best is None or rank < self._best[0]:
            chosen = [old[at] for _, _, at in ranked[:MOST_TO_CHOOSE_FROM]]
            self._best = rank, Asking(look, chosen[0], chosen[1:])

    def due(self, run: Pass) -> Asking | None:
        """After the last page. None where nothing has to be proven, or nothing is known for long enough."""
        if self._best is None or self._is_there:
            return None
        recent = run.deps.store.seen.get(run.watch.case, self._recent).values()
        self.knew(recent)
        for seen in recent:
            self._note(seen)
        able = self._able(run, self._best[1])
        return Asking(self._best[1].look, able[0], able[1:]) if able and not self._is_there else None

    def failed(self, run: Pass, asked: int, failures: Sequence[Observation]) -> Observation | None:
        """What it means that of so many known pictures none, or only one of another host, could be had."""
        are_gone = all(one.kind is OutcomeKind.GONE for one in failures)
        if not failures or len(failures) < min(asked, 2) or (are_gone and asked <= 2):
            return None
        worst = next((one for one in failures if one.kind is not OutcomeKind.GONE), failures[0])
        none_had = len(failures) == asked and not self._had and not are_gone
        said = f"{len(failures)} of {asked} known pictures that were asked for could not be had: {worst.message}"
        url = run.watch.urls[0] if run.watch.urls else ""
        weight = Weight.BLIND if none_had else Weight.PART
        return Observation(url, RunTrouble.NO_PICTURES, said, worst.remedy or KEPT_BACK, Covers.PLACE, weight)

    @property
    def _is_there(self) -> bool:
        """One and the same file at address after address proves nothing: it may stand for all of them."""
        return any(len(urls | self._at.get(digest, set())) == 1 for digest, urls in self._gave.items())

    def _note(self, seen: SeenUrl) -> None:
        is_as_before = seen.same_since is not None and seen.same_since < seen.checked_at
        if is_as_before and seen.digest and not is_furniture(seen.url):
            self._gave.setdefault(seen.digest, set()).add(seen.url)

    def _able(self, run: Pass, asking: Asking) -> list[ImageRef]:
        """Those of which is known what they gave; where there are others, without what stands at several addresses."""
        refs = [ref for ref in (asking.first, *asking.others) if ref.url not in self._asked]
        known, _ = split_known(run, refs, known_before(run, refs))
        able = [one for one in known if one.seen and one.seen.outcome != ELSEWHERE and not one.candidate.unreadable]
        self.knew(one.seen for one in able if one.seen is not None)
        own = [one for one in able if len(self._at.get(one.candidate.digest, ())) == 1]
        return [replace(one.ref, alternatives=(), shown=()) for one in own or able]

    def _finds(self, run: Pass, refs: Sequence[ImageRef]) -> set[str]:
        """Addresses of those that stand; not of the planted picture, which is asked for as often as its neighbours."""
        found = run.deps.store.sightings.of_images(run.watch.case, [ref.url for ref in refs])
        standing = (one for one in found if one.status not in NOT_STANDING and not run.watch.is_planted(one.match))
        return {url for one in standing for url in one.media_urls}


def _is_askable(ref: ImageRef) -> bool:
    return ref.is_sure and not is_furniture(ref.url)  # which data: is too


def _host(ref: ImageRef) -> str:
    return urlsplit(ref.url).netloc.lower()
