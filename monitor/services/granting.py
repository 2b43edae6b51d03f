"""What came of a wish that the daemon has taken up, in words that a page can tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.capture import Capture, CaptureState
from monitor.model.channel_health import ChannelResult
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.model.observation import RunStatus
from monitor.model.presence import Truth
from monitor.model.run import Run
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.model.wish import Wish, WishEnd, WishKind
from monitor.ports import Store
from monitor.tracking.wishes import ended

OF_LOOK = {
    RunStatus.OK: WishEnd.SEEN,
    RunStatus.PARTIAL: WishEnd.SEEN_PARTLY,
    RunStatus.FAILED: WishEnd.SAW_NOTHING,
}
OF_CAPTURE = {
    CaptureState.WHOLE: WishEnd.KEPT,
    CaptureState.PARTIAL: WishEnd.KEPT,
    CaptureState.WANTED: WishEnd.KEPT_LATER,
    CaptureState.GIVEN_UP: WishEnd.NOT_KEPT,
    CaptureState.CLOSED: WishEnd.NOT_KEPT,
}


class AsksOutside(Protocol):
    """Of the app: what needs the network."""

    async def take_captures(self, watches: Sequence[Watch], *, only: Collection[CaptureId] | None = None) -> object: ...
    async def check_again(self, sighting: SightingId, watches: Sequence[Watch], *, case: CaseId) -> object: ...
    async def try_channels(self, case: CaseId | None = None) -> Sequence[ChannelResult]: ...


@dataclass(frozen=True, slots=True)
class Granting:
    """All but a look at a watch, which is a visit."""

    store: Store
    clock: Callable[[], datetime]
    out: AsksOutside

    async def granted(self, wish: Wish, watches: Sequence[Watch]) -> Wish:
        """watches: all that are looked at. Raises MonitorError."""
        if wish.kind is WishKind.TEST:
            return end_of_test(wish, await self.out.try_channels(wish.case), self.clock())
        if wish.kind is WishKind.CAPTURE:
            return await self._captured(wish, watches)
        began = self.clock()
        await self.out.check_again(SightingId(wish.about), watches, case=wish.case)
        return end_of_check(wish, self.store.sightings.get(wish.case, SightingId(wish.about)), began, self.clock())

    async def _captured(self, wish: Wish, watches: Sequence[Watch]) -> Wish:
        captures = self.store.captures
        wanted = {
            one.id for one in captures.of(wish.case, [SightingId(wish.about)]) if one.state is CaptureState.WANTED
        }
        if wanted:
            await self.out.take_captures(watches, only=wanted)
        found = captures.of(wish.case, [SightingId(wish.about)])
        newest = max(found, key=lambda one: (one.taken_at or one.asked_at, one.tries), default=None)
        return end_of_capture(wish, newest, self.clock())


def end_of_look(wish: Wish, run: Run | None, now: datetime) -> Wish:
    """run: the last one of the watch."""
    if run is None:
        return ended(wish, WishEnd.NOT_WATCHED, now)
    cause = run.cause
    said = (cause.message, cause.remedy) if cause else ()
    figures = {"pages": run.pages_seen, "pictures": run.images_seen, "finds": run.new_sightings}
    return ended(wish, OF_LOOK[run.status], now, said=said, **figures)


def end_of_capture(wish: Wish, capture: Capture | None, now: datetime) -> Wish:
    if capture is None:
        return ended(wish, WishEnd.NOT_KEPT, now)
    missing = tuple(dict.fromkeys(one.why for one in capture.missing))
    said = missing if capture.state is CaptureState.PARTIAL else (capture.why,)
    return ended(wish, OF_CAPTURE[capture.state], now, said=said)


def end_of_check(wish: Wish, find: Sighting | None, began: datetime, now: datetime) -> Wish:
    """By what was observed since it began: that it is there says more than that something else of it is gone."""
    if find is None:
        return ended(wish, WishEnd.UNKNOWN, now)
    traces = [find.presence.of(truth) for truth in Truth]
    if any(one.seen_at is not None and one.seen_at >= began for one in traces):
        return ended(wish, WishEnd.THERE, now)
    gone = [one.why for one in traces if one.gone_at is not None and one.gone_at >= began]
    if gone:
        return ended(wish, WishEnd.GONE, now, said=tuple(dict.fromkeys(gone)))
    unknown = tuple(dict.fromkeys(one.why for one in traces if one.unknown_since is not None))
    return ended(wish, WishEnd.UNKNOWN, now, said=unknown)


def end_of_test(wish: Wish, results: Sequence[ChannelResult], now: datetime) -> Wish:
    taken = sum(one.taken for one in results)
    whole = taken == len(results) and not any(one.error for one in results)
    end = WishEnd.TAKEN_BY_NONE if not taken else WishEnd.TAKEN_BY_ALL if whole else WishEnd.TAKEN_BY_SOME
    return ended(wish, end, now, said=tuple(f"{one.name}: {one.error}" for one in results if one.error))
