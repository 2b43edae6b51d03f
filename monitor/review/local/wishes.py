"""What the page wishes, and whether anybody is there to do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model.ids import CaseId, SightingId
from monitor.model.wish import Wish, WishKind
from monitor.review.port.wishes import DaemonTold, WishTold

if TYPE_CHECKING:
    from monitor.services.decisions import DecisionService
    from monitor.services.wishes import WishService

_OF_FINDS = (WishKind.CAPTURE, WishKind.CHECK)


@dataclass(frozen=True, slots=True)
class LocalWishes:
    wishes: WishService
    decisions: DecisionService

    async def ask(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold:
        return self._as_told([self.wishes.ask(kind, about, case=case)], case)[0]

    async def told(self, case: CaseId) -> tuple[WishTold, ...]:
        return self._as_told(self.wishes.told(case), case)

    async def last(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold | None:
        found = self.wishes.last(kind, about, case=case)
        return self._as_told([found], case)[0] if found else None

    async def daemon(self) -> DaemonTold:
        lines = self.wishes.daemon()
        return DaemonTold(lines.runs, lines.start, lines.always, lines.other_file)

    def _as_told(self, wishes: Iterable[Wish], case: CaseId) -> tuple[WishTold, ...]:
        known = list(wishes)
        ids = [SightingId(one.about) for one in known if one.kind in _OF_FINDS]
        numbers = {one.id: one.number for one in self.decisions.of_ids(ids, case=case)}
        return tuple(
            WishTold(
                one.id,
                one.kind,
                one.about,
                one.asked_at,
                one.state,
                numbers.get(SightingId(one.about), 0),
                one.ended_at,
                one.end,
                one.said,
                one.pages,
                one.pictures,
                one.finds,
            )
            for one in known
        )
