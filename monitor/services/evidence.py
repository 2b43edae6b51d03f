"""What is kept of each find and what it lacks; and that a place be looked at once more for evidence alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import MAKE_A_KEY, NeedsUser, UsageError
from monitor.model.capture import Capture, CaptureCause, CaptureState, Missing
from monitor.model.custody import CustodyEntry
from monitor.model.evidence import MEDIA, EvidenceItem, EvidenceKind
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Sighting
from monitor.pipeline.capturing import want
from monitor.pipeline.case_settings import settings_of
from monitor.ports import Store
from monitor.services.named_find import find_named

LOOKED_FOR = (
    EvidenceKind.RECORD,
    EvidenceKind.PAGE,
    EvidenceKind.IMAGE,
    EvidenceKind.SCREENSHOT,
    EvidenceKind.WARC,
    EvidenceKind.MANIFEST,
)
"""What a find has where nothing was in the way."""
NOT_YET = "It is not there yet."
NEVER_LOOKED = "Nothing was kept when it was found."
DISMISSED = "It was removed a day after you dismissed this find."
DRAWN_AT_EXPORT = "It is made when the evidence is exported."
NOT_KEPT_THEN = (
    "It was not kept when this was found. To look at the page once more: reupload-monitor evidence capture {}"
)


@dataclass(frozen=True, slots=True)
class Holding:
    """Of one sighting. has: how many files of each kind can be opened. lacks: of what it has none, and why. captures:
    looks at its page, the oldest first, those that are yet to come too."""

    sighting: Sighting
    has: Mapping[EvidenceKind, int]
    lacks: tuple[Missing, ...]
    captures: tuple[Capture, ...]
    items: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True)
class EvidenceService:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def listed(self, case: CaseId, names: Sequence[str] = ()) -> Iterator[Holding]:
        """Of these sightings (as she names them), else of all, in the order of their numbers. Raises UsageError."""
        if names:
            yield from (self.of(find_named(name, case=case, store=self.store)) for name in names)
            return
        yield from map(self.of, sorted(self.store.sightings.all(case), key=lambda one: one.number))

    def of(self, sighting: Sighting) -> Holding:
        items = tuple(self.store.evidence.all(sighting.case, sighting.id))
        found = self.store.captures.of(sighting.case, [sighting.id])
        captures = tuple(sorted(found, key=lambda one: (one.taken_at or one.asked_at, one.tries)))
        has: dict[EvidenceKind, int] = {}
        for item in items:
            if not item.is_withheld:
                has[item.kind] = has.get(item.kind, 0) + 1
        return Holding(sighting, has, tuple(_lacks(sighting, has, captures)), captures, items)

    def ask(self, names: Sequence[str], *, case: CaseId) -> tuple[Capture, ...]:
        """An intent for the page of each: `App.take_captures` fetches it. One that waits already is taken up. Raises
        UsageError, NeedsUser."""
        known = [find_named(name, case=case, store=self.store) for name in names]
        if not settings_of(case, self.settings, self.store).evidence.recipients:
            raise NeedsUser(
                "no evidence is kept: there is nobody to seal it to",
                remedy=MAKE_A_KEY,
            )
        for sighting in known:
            if sighting.under_18:
                raise UsageError(
                    f"{sighting.id} is closed as under 18: its place is never looked at again",
                    remedy="Leave it out.",
                )
        with self.store.transaction():
            asked = [
                self._waiting(one) or want(one, CaptureCause.ASKED, store=self.store, now=self.clock()) for one in known
            ]
        return tuple({capture.id: capture for capture in asked}.values())

    def log(self, case: CaseId) -> Sequence[CustodyEntry]:
        """The custody log, the oldest first."""
        return self.store.custody.all(case)

    def _waiting(self, sighting: Sighting) -> Capture | None:
        captures = self.store.captures.of(sighting.case, [sighting.id])
        there = (one for one in captures if one.page_url == sighting.place.page_url)
        return next((one for one in there if one.state is CaptureState.WANTED), None)

    def found(self, captures: Iterable[Capture]) -> tuple[Capture, ...]:
        """As they stand now."""
        now = (self.store.captures.get(capture.case, capture.id) for capture in captures)
        return tuple(capture for capture in now if capture is not None)


def _lacks(sighting: Sighting, has: Mapping[EvidenceKind, int], captures: Sequence[Capture]) -> Iterator[Missing]:
    """The reason is that of the newest look which says one."""
    if sighting.under_18:
        return
    whys = {one.kind: one.why for capture in captures for one in capture.missing}
    waits = next((one for one in reversed(captures) if one.state is CaptureState.WANTED), None)
    given_up = next((one for one in reversed(captures) if one.state is CaptureState.GIVEN_UP), None)
    for kind in LOOKED_FOR:
        if kind in has:
            continue
        if waits is not None:
            yield Missing(kind, f"{NOT_YET} {_when(waits)}")
        elif given_up is not None and kind in {one.kind for one in given_up.missing}:
            yield Missing(kind, f"It was tried {given_up.tries} times in vain: {given_up.why}")
        elif kind in whys:
            yield Missing(kind, whys[kind])
        elif kind in MEDIA and sighting.decision is Decision.NOT_MINE:
            yield Missing(kind, DISMISSED)
        elif given_up is not None:
            yield Missing(kind, f"It was tried {given_up.tries} times in vain: {given_up.why}")
        else:
            yield Missing(kind, _why_not(kind, sighting, has) if captures else NEVER_LOOKED)


def _why_not(kind: EvidenceKind, sighting: Sighting, has: Mapping[EvidenceKind, int]) -> str:
    """Where no look says it: those of earlier versions, say."""
    if kind is EvidenceKind.MANIFEST:
        return NOT_YET
    is_made_of_page = kind is EvidenceKind.SCREENSHOT and {EvidenceKind.PAGE, EvidenceKind.IMAGE} <= has.keys()
    return DRAWN_AT_EXPORT if is_made_of_page else NOT_KEPT_THEN.format(sighting.id)


def _when(capture: Capture) -> str:
    tried = f" The last try: {capture.why}" if capture.why else ""
    return f"The page is looked at by itself.{tried}"
