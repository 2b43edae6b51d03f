"""When each watch is visited next: one row for each, which is all that anybody knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model.visit import DueVisit


class DueVisits(Protocol):
    """By the watch's name: a watch is a few lines in a file, and may be gone tomorrow. Who looks *claims* its row by
    compare-and-set and holds it for a while at a time, so that nobody else looks meanwhile, in whatever process."""

    def get(self, case: str, watch: str) -> DueVisit | None: ...
    def all(self) -> Sequence[DueVisit]:
        """Of every case."""
        ...

    def due(self, now: datetime, *, furthest: datetime) -> Sequence[DueVisit]:
        """What is due and in nobody's hands, the longest due first. furthest: whoever holds something for longer than
        that noted it by a clock that stood wrong, and holds nothing."""
        ...

    def held(self) -> Sequence[DueVisit]:
        """What is in somebody's hands, or was when they noted it last."""
        ...

    def due_groups(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """As `due`, of what belongs to a group: each once, with the time since which it is, the longest first."""
        ...

    def held_groups(self, now: datetime) -> frozenset[str]:
        """Of which somebody has a part in hand, and has said so lately."""
        ...

    def set_aside(self) -> Sequence[DueVisit]:
        """What too many workers have died of."""
        ...

    def soonest(self, after: datetime) -> datetime | None:
        """When the first one becomes due after that."""
        ...

    def plan(self, visit: DueVisit) -> None:
        """Its time, and why, in place of what stood; whose hands it is in stays as it is. With a group, that too: in
        another one it begins anew, whatever was died of before."""
        ...

    def claim(self, visit: DueVisit, until: datetime, now: datetime, *, furthest: datetime) -> bool:
        """For `visit.held_by`, due or not; False where somebody else has it, as `due` says. visit: with its time where
        it has no row yet."""
        ...

    def claim_group(self, grp: str, holder: str, lasts: timedelta, now: datetime) -> Sequence[DueVisit]:
        """All of the group that nobody has in hand, due or not, as long as any of it is due. In one statement. Whoever
        had a row before and said no more has died of it: the third time the row is set aside, and tried once more soon,
        then once a day."""
        ...

    def hold_all(self, holder: str, lasts: timedelta, now: datetime) -> int:
        """All that this holder still has, for so long from now on. What ran out is lost to it, whether or not somebody
        else has it by now. 0: nothing is left."""
        ...

    def take_away(self, grp: str, now: datetime) -> None:
        """From whoever has been at it for too long: as if they had died of it."""
        ...

    def let_go_all(self, holder: str) -> None:
        """As it stood, so that the next one may take it: nobody died."""
        ...

    def hold(self, case: str, watch: str, holder: str, until: datetime) -> bool:
        """False: it is in other hands by now."""
        ...

    def settle(self, visit: DueVisit, holder: str) -> bool:
        """Its next time, and out of the holder's hands. False where it is not in them any more: then nothing is
        changed."""
        ...

    def let_go(self, case: str, watch: str, holder: str) -> None:
        """As it stood, so that the next one may take it."""
        ...

    def clock_moved(self, by: timedelta) -> None:
        """Who holds something goes on holding it for as long as without that."""
        ...

    def drop(self, case: str, watch: str) -> None:
        """Unless somebody holds it."""
        ...


class VisitsKept(Protocol):
    @property
    def visits(self) -> DueVisits: ...
