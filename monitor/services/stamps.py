"""Time stamps for custody logs, from the authorities that the owner named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.acting import acting_for
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.pipeline.stamping import Stamped, stamp
from monitor.ports import Store

if TYPE_CHECKING:
    from monitor.outbound.own_ways import OwnWays


@dataclass(frozen=True, slots=True)
class StampService:
    """clock: exact. own: made when first asked for."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    own: Callable[[], OwnWays]

    async def stamp_due(self) -> None:
        """The log of each case, where that is due."""
        if self.settings.evidence.timestamp_urls:
            for case in self.store.cases.all():
                with acting_for(case.id):
                    await self.stamp(case.id)

    async def at_once(self, case: CaseId) -> None:
        await self.stamp(case, at_once=True)

    async def stamp(self, case: CaseId, *, at_once: bool = False) -> Stamped | None:
        """As `pipeline.stamping.stamp` has it."""
        from monitor.outbound.timestamps import Authorities

        return await stamp(
            case,
            self.settings.evidence.timestamp_urls,
            store=self.store,
            authorities=Authorities(self.settings, self.own()),
            clock=self.clock,
            at_once=at_once,
        )
