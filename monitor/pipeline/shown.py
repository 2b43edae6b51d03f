"""What a page shows, beside what it prefers: the large picture that a link or a script names may be a stand-in, and the
small one that every visitor sees her photo. How often the small one is asked too: `crawl.sameness`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.crawl.sameness import are_same, is_plain, kind_of_pair, told, wants_shown
from monitor.model.ids import ContentDigest
from monitor.model.match import Tier
from monitor.model.page import ImageRef
from monitor.pipeline.known_pictures import became_of_known, split_known
from monitor.pipeline.looking import Looking
from monitor.pipeline.picture import Became, Before
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.tally import NOT_THERE, Tally
from monitor.ports.facts import PairTrack

SHOWN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """left: pictures whose shown address is to be asked in a later pass."""

    became: list[Became]
    left: int = 0


class ShownToo:
    """Of one pass."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._tracks: dict[str, PairTrack] = {}  # by the kind of the pair
        self._told: set[str] = set()  # those of them that are yet to be saved
        self._given: dict[ContentDigest, set[str]] = {}  # addresses that gave these bytes; two are enough to know

    async def look(
        self, run: Pass, look: Look, before: Before, became: Sequence[Became], *, is_known: bool = False
    ) -> Shown:
        """became: of the preferred addresses. is_known: none of them was asked now, so that a doubt is all that speaks
        for asking."""
        self._note_given(became)
        open_ones = [one for one in became if _is_open(one)]
        if not open_ones:
            return Shown(list(became))
        refs = [ref for one in open_ones for ref in _shown_refs(one)]
        self._recall(run, open_ones)
        known, unknown = split_known(run, refs, before)
        beside = became_of_known(run, look, known)
        asked, left = self._to_ask(run, before, open_ones, {ref.url for ref in unknown}, is_known=is_known)
        for lot in (asked[at : at + SHOWN_AT_ONCE] for at in range(0, len(asked), SHOWN_AT_ONCE)):
            if run.is_spent():
                left += len(lot)
                continue
            new = await self._ask(run, look, before, lot)
            beside += new
            self._learn(open_ones, new)
        by_url = {one.ref.url: one for one in beside}
        return Shown([_with(one, by_url) if _is_open(one) else one for one in became], left)

    def save(self, run: Pass) -> None:
        run.deps.store.pair_tracks.save({kind: self._tracks[kind] for kind in self._told}, run.deps.clock())
        self._told.clear()

    def _recall(self, run: Pass, became: Sequence[Became]) -> None:
        kinds = {kind_of_pair(one.had, ref.url) for one in became for ref in _shown_refs(one)} - self._tracks.keys()
        if kinds:
            self._tracks |= {kind: PairTrack() for kind in kinds} | dict(run.deps.store.pair_tracks.get(kinds))

    def _note_given(self, became: Sequence[Became]) -> None:
        for one in became:
            if one.ref.shown and one.looked_at is not None:
                given = self._given.setdefault(one.looked_at.digest, set())
                given.add(one.had)
                if one.looked_at.image_url.startswith("http"):  # as it is remembered: where it stood first
                    given.add(one.looked_at.image_url)

    def _is_repeated(self, one: Became) -> bool:
        return one.looked_at is not None and len(self._given.get(one.looked_at.digest, ())) > 1

    def _to_ask(
        self, run: Pass, before: Before, became: Sequence[Became], unknown: set[str], *, is_known: bool
    ) -> tuple[list[ImageRef], int]:
        today = run.deps.clock().toordinal()
        wanted = []
        for one in became:
            doubtful = self._is_repeated(one) or (one.looked_at is not None and is_plain(one.looked_at))
            for ref in _shown_refs(one):
                if ref.url not in unknown or _was_tried_today(before, ref.url, today):
                    continue
                track = self._tracks.get(kind_of_pair(one.had, ref.url), PairTrack())
                if wants_shown(track, ref.url, today, is_doubtful=doubtful):
                    wanted.append(ref)
        if not is_known:
            return wanted, 0
        given = run.budget.take_doubts(len(wanted))
        return wanted[:given], len(wanted) - given

    async def _ask(self, run: Pass, look: Look, before: Before, lot: Sequence[ImageRef]) -> list[Became]:
        """With counts of its own: a picture counts once, however many addresses it has. What fails is told where the
        page's visitors would see it."""
        apart = replace(run, tally=Tally(run.watch, run.tally.started_at))
        became, doubtful = await self._looking.at_first(apart, look, before, lot)
        became += await self._looking.closer(apart, look, doubtful)
        run.tally.new_images += apart.tally.new_images
        run.tally.limits.update(apart.tally.limits)
        for error in apart.tally.errors:
            if error.kind not in NOT_THERE:
                run.tally.observe(error)
        return became

    def _learn(self, preferred: Sequence[Became], shown: Sequence[Became]) -> None:
        by_url = {one.ref.url: one for one in shown if one.looked_at is not None and not one.is_unseen}
        for one in preferred:
            for url in one.ref.shown:
                other = by_url.get(url)
                if other is None or one.looked_at is None or other.looked_at is None:
                    continue
                kind = kind_of_pair(one.had, url)
                track = self._tracks.get(kind, PairTrack())
                same = are_same(one.looked_at, other.looked_at)
                self._tracks[kind] = told(track, is_same=same, is_repeated=self._is_repeated(one))
                self._told.add(kind)


def _is_open(one: Became) -> bool:
    """Neither matched nor in vain: then every address of it was asked already."""
    return bool(one.ref.shown) and not one.is_unseen and not one.is_matched


def _shown_refs(one: Became) -> list[ImageRef]:
    return [replace(one.ref, url=url, alternatives=(), shown=()) for url in one.ref.shown if url != one.had]


def _was_tried_today(before: Before, url: str, today: int) -> bool:
    seen = before.seen.get(url)
    return seen is not None and not seen.digest and seen.checked_at.toordinal() == today


def _with(one: Became, by_url: dict[str, Became]) -> Became:
    """One picture is one find, whichever of its addresses showed it."""
    beside = tuple(by_url[url] for url in one.ref.shown if url in by_url)
    if not beside:
        return one
    finds = [each.find for each in (one, *beside) if each.find is not None]
    best = max(finds, key=lambda find: (find.match.tier is Tier.MATCH, find.match.score), default=None)
    stands = {sighting.id: sighting for each in (one, *beside) for sighting in each.stands}
    return replace(
        one,
        find=best if not stands else None,
        stands=tuple(stands.values()),
        is_planted=any(each.is_planted for each in (one, *beside)),
        is_settled=one.is_settled and all(each.is_settled or each.is_unseen for each in beside),
        beside=beside,
    )
