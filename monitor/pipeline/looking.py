"""Some pictures of a page, one step after the other: asked for, told from those that are known, read, compared, and
looked at closely where hashes leave a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.errors import UnreadableImage
from monitor.model.fingerprint import Detail, ImageReading
from monitor.model.match import Tier
from monitor.model.page import Fetched, ImageRef
from monitor.model.run import LimitKind
from monitor.pipeline.asking import Trying, fetch_image, not_seen
from monitor.pipeline.closely import beyond_limits
from monitor.pipeline.known_pictures import Known, became_of_known, known_in_hand
from monitor.pipeline.picture import Became, Before, Looked, concluded, hashes_of, look_closer
from monitor.pipeline.retroactive import reading_of
from monitor.pipeline.state import Look, Pass


@dataclass(frozen=True, slots=True, eq=False)
class _Lot:
    """became: of those that are decided. doubtful: of which hashes are not enough. again: whose other addresses are
    yet to be asked."""

    became: list[Became]
    doubtful: list[Looked]
    again: list[Trying]


class Looking:
    """Of one pass."""

    def __init__(self) -> None:
        self._feature_seconds = 0.0
        self._unheard = set[str]()  # of which whoever else they may be of could not be asked

    async def at_first(
        self, run: Pass, look: Look, before: Before, lot: Sequence[ImageRef]
    ) -> tuple[list[Became], list[Looked]]:
        """By hashes; and those that are to be looked at closely. Where an address gives nothing that can be read, the
        next one of the same picture is asked."""
        became, doubtful = list[Became](), list[Looked]()
        trying = [Trying(ref, ref.variants) for ref in lot]
        while trying:
            read = await self._read(run, look, before, trying)
            became += read.became
            doubtful += read.doubtful
            trying = read.again
        return self._remembered(became), doubtful

    async def _read(self, run: Pass, look: Look, before: Before, trying: Sequence[Trying]) -> _Lot:
        answers = await asyncio.gather(*(fetch_image(run, look, one, before) for one in trying))
        lot = _Lot([], [], [])
        for one, fetched in answers:
            if fetched is None:
                lot.became.extend(self.known(run, look, [one.known]) if one.known else [not_seen(run, look, one)])
        had = [(one, fetched) for one, fetched in answers if fetched is not None]
        asked = {one.ref.url: one for one, _ in had}
        known, new = known_in_hand(run, before, [(one.ref, fetched) for one, fetched in had])
        self._sort_known(run, look, lot, known, asked)
        readings = await asyncio.gather(*(hashes_of(run, fetched) for _, fetched in new))
        for (ref, fetched), reading in zip(new, readings, strict=True):
            if isinstance(reading, UnreadableImage):
                one = asked[ref.url].not_read(fetched, reading)
                lot.again.append(one) if one.urls else lot.became.append(not_seen(run, look, one))
            else:
                self._compare(run, look, lot, Looked(ref, fetched, reading, run.deps.matcher.fast(reading)))
        read = [(*one, of) for one, of in zip(new, readings, strict=True) if not isinstance(of, UnreadableImage)]
        again = [one for one in known if not one.candidate.unreadable]  # the same bytes, at an address that is new
        read += [(one.ref, one.fetched, reading_of(one.candidate)) for one in again if one.fetched is not None]
        await asyncio.gather(*(self._tell(run, look, ref, fetched, reading) for ref, fetched, reading in read))
        return lot

    async def _tell(self, run: Pass, look: Look, ref: ImageRef, fetched: Fetched, reading: ImageReading) -> None:
        if run.deps.common is not None and run.deps.common.hear is not None:
            if not await run.deps.common.hear(run, look, ref, fetched, reading):
                self._unheard.add(ref.url)

    def _remembered(self, became: Sequence[Became]) -> list[Became]:
        """Nothing, of what nobody else could be asked of: it is looked at anew."""
        return [
            replace(one, candidate=None, seen=None, is_settled=False) if one.ref.url in self._unheard else one
            for one in became
        ]

    def _sort_known(
        self, run: Pass, look: Look, lot: _Lot, known: Sequence[Known], asked: Mapping[str, Trying]
    ) -> None:
        unread = {one.ref.url for one in known if one.candidate.unreadable and asked[one.ref.url].urls}
        lot.again.extend(replace(asked[one.ref.url], known=one) for one in known if one.ref.url in unread)
        lot.became.extend(self.known(run, look, [one for one in known if one.ref.url not in unread]))

    def _compare(self, run: Pass, look: Look, lot: _Lot, looked: Looked) -> None:
        if run.deps.matcher.wants_features(looked.reading, looked.match):
            lot.doubtful.append(looked)
        else:  # hashes were enough to decide
            left = beyond_limits(looked.reading) if looked.match.tier is not Tier.MATCH else ""
            if left:
                run.tally.left_inside(looked.ref.url, left)
            deepest = Detail.FEATURES if run.deps.settings.match.features else Detail.HASHES
            lot.became.append(concluded(run, look, looked, looked.match, deepest))

    async def closer(self, run: Pass, look: Look, doubtful: Sequence[Looked]) -> list[Became]:
        """The detector, within the pass's budget; what is left over is looked at in the next one. What hashes suspect
        is looked at in any case: those are few, and until then they are not told."""
        budget = run.deps.settings.match.budget_seconds
        is_used_up = self._feature_seconds >= budget
        later = [looked for looked in doubtful if is_used_up and looked.match.tier is Tier.NONE]
        now = sorted((one for one in doubtful if one not in later), key=lambda looked: -looked.match.score)
        if later:
            run.tally.limit(LimitKind.FEATURES, budget)
        began = run.deps.monotonic()
        closely = await asyncio.gather(*(look_closer(run, look, looked) for looked in now))
        self._feature_seconds += run.deps.monotonic() - began
        by_hashes = (concluded(run, look, looked, looked.match, Detail.HASHES) for looked in later)
        return self._remembered([*closely, *(replace(one, is_settled=False) for one in by_hashes)])

    def known(self, run: Pass, look: Look, known: Sequence[Known]) -> list[Became]:
        run.tally.not_modified += len(known)
        for one in known:
            if one.candidate.unreadable:
                run.tally.image_unseen(one.candidate.unreadable, is_sure=one.ref.is_sure)
        return became_of_known(run, look, known)
