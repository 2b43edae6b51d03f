"""The places that are watched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model.ids import CaseId
from monitor.model.watch import Adapt, Cron, longest_s
from monitor.model.wish import WishKind
from monitor.review.local.wishes import LocalWishes
from monitor.review.port.watches import MistakeTold, WatchesTold, WatchTold
from monitor.review.ways import remedy_of, way_told
from monitor.tracking.health import Sight
from monitor.tracking.overview import WatchOverview

if TYPE_CHECKING:
    from monitor.services.watches import WatchService


@dataclass(frozen=True, slots=True)
class LocalWatches:
    watches: WatchService
    wishes: LocalWishes

    async def told(self, case: CaseId) -> WatchesTold:
        from monitor.services.watches import load_watches

        service, loaded = self.watches, load_watches(self.watches.settings)
        as_read = [watch for watch in service.as_last_read(loaded) if watch.case == case]
        right = [watch for watch in loaded.right if watch.case == case]
        seen = service.seen([*right, *as_read], service.news(loaded))
        names = {watch.name for watch in as_read}
        mistakes = tuple(MistakeTold(str(one), remedy_of(one)) for one in service.mistakes(loaded, (case,)))
        return WatchesTold(tuple([await self._told(one, names) for one in seen]), mistakes, await self.wishes.daemon())

    async def switch(self, name: str, *, on: bool, case: CaseId) -> bool:
        from monitor.services.watches import switched

        return switched(self.watches.settings, name, case, on=on)

    async def _told(self, one: WatchOverview, as_read: Collection[str]) -> WatchTold:
        from monitor.sources import disclosure

        watch, health, last = one.watch, one.health, one.last_run
        schedule = watch.schedule
        return WatchTold(
            name=watch.name,
            kind=watch.kind.value,
            urls=watch.urls,
            engine=watch.engine,
            query=watch.query,
            every_s=0 if isinstance(schedule, Cron) else longest_s(schedule),
            cron=schedule.expression if isinstance(schedule, Cron) else "",
            adapts=isinstance(schedule, Adapt),
            sight=health.sight.value,
            cause=health.cause if health.sight is not Sight.OFF else "",
            remedy="" if health.sight is Sight.OFF else way_told(health.way) if health.way else health.remedy,
            last_look=last.finished_at if last else None,
            last_good=health.last_good,
            since=self.watches.blind_since(watch) if health.sight is Sight.BLIND else None,
            pages=last.pages_seen if last else 0,
            pictures=last.images_seen if last else 0,
            next_visit=one.next_visit,
            is_unknown=one.is_unknown,
            as_read=watch.name in as_read,
            file=str(watch.origin or ""),
            line=watch.line,
            discloses=disclosure(watch, self.watches.settings),
            look=await self.wishes.last(WishKind.LOOK, watch.name, case=watch.case),
        )
