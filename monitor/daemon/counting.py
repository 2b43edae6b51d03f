"""What a process of ours says of itself at the door for counts: `run` and `worker`."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Protocol

from monitor.acting import acting_for_all
from monitor.daemon.logs import of_error
from monitor.daemon.metrics import Counts, metrics_text
from monitor.daemon.selfwatch import SelfWatch
from monitor.daemon.timekeeping import Clocks
from monitor.errors import MonitorError
from monitor.measures import measures
from monitor.model.progress import Loop, Stall
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.outbound.own_ways import CountsDoor
from monitor.ports import Store

log = logging.getLogger(__name__)


class CountedApp(Protocol):
    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    def counts_door(self) -> CountsDoor: ...


class Counting(SelfWatch):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._door: tuple[CountsDoor, int, CountedApp] | None = None  # with its port, and whose it is
        self._stalls = 0
        self._still = frozenset[Loop]()  # what stands still just now
        self._began_at = clocks.awake()

    async def _keep_door_of(self, app: CountedApp) -> None:
        """As the settings say now, and of whoever work is done with now."""
        monitoring = app.settings.monitoring
        port = monitoring.metrics_port if monitoring.metrics else 0
        if self._door is not None and (self._door[1], self._door[2]) == (port, app):
            return
        await self._shut_door()
        if not port:
            return
        door = app.counts_door()
        try:
            await door.open(port, lambda: self._told_counts(app))
        except OSError as error:
            log.error("no counts are told: the port is taken", extra={"action": "metrics"} | of_error(error))
            await door.aclose()
            return
        self._door = (door, port, app)

    async def _shut_door(self) -> None:
        if self._door is not None:
            door, self._door = self._door[0], None
            await door.aclose()

    def _told_counts(self, app: CountedApp) -> str:
        """Where the store does not answer, it is not ready, and is as well as it is: who starts anew what is not well
        would start all machines anew because of one server."""
        own = self._own_counts()
        try:
            with acting_for_all():
                waiting = app.store.alerts.outstanding().waiting
                standing = app.store.installation.standing(app.clock())
        except MonitorError:  # of the store: told where it is told
            return metrics_text(replace(own, is_ready=False))
        return metrics_text(replace(own, waiting=waiting, standing=standing))

    def _own_counts(self) -> Counts:
        now, work = self._marks.clock(), self._marks.work()
        return Counts(
            up_s=self._clocks.awake() - self._began_at,
            ages={loop: max(now - at, 0.0) for loop, at in self._did().items()},
            in_hand=Counter(one.loop for one in work),
            watches=sum(watch.enabled for watch in self._watched()),
            waiting=0,
            stalls=self._stalls,
            is_well=not self._still,
            measured=measures(),
        )

    def _did(self) -> dict[Loop, float]:
        """Of each loop that got on since the start, when it did last: a mark."""
        return dict(self._marks.last) | {Loop.SCHEDULE: self._scheduler.looked_at}

    def _watched(self) -> Sequence[Watch]:
        """Of whoever plans; a worker has none."""
        return ()

    # -- called by the lookout, in its own thread

    def stands_still(self, stall: Stall, where: str) -> None:
        self._stalls, self._still = self._stalls + 1, self._still | {stall.loop}
        super().stands_still(stall, where)

    def goes_on(self, stall: Stall) -> None:
        self._still -= {stall.loop}
        super().goes_on(stall)
