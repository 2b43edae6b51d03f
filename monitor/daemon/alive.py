"""What the daemon notes of itself every few minutes and at its end, so that the next start knows since when nothing was
looked at; and its sign of life to the person, once a week."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from monitor import __version__
from monitor.clock import boot_id
from monitor.daemon.generation import DaemonApp
from monitor.daemon.logs import of_error
from monitor.daemon.metrics import Counts, metrics_text
from monitor.daemon.room import Room, RoomToTell
from monitor.daemon.selfwatch import SelfWatch
from monitor.daemon.stall_note import forget_stall, take_stall, write_stall
from monitor.daemon.timekeeping import Clocks, Reading
from monitor.errors import MonitorError, NoWriting
from monitor.measures import measures
from monitor.model.alert import AlertKind
from monitor.model.progress import Loop, Stall
from monitor.model.standstill import LastAlive, Standstill, StoodBecause
from monitor.model.watch import Watch
from monitor.outbound.own_ways import CountsDoor
from monitor.pipeline.surviving import surviving
from monitor.services.heartbeat import queue_heartbeats
from monitor.services.standing import began, note_standstill
from monitor.tracking.standing import NOTED_EVERY_S, stood_meanwhile

log = logging.getLogger(__name__)

NOTE_LOOK_EVERY_S = 20
_STANDS_AS_A_WHOLE = (Loop.SCHEDULE, Loop.STORE, Loop.OUTBOX)


class Alive(SelfWatch):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._door: tuple[CountsDoor, int, DaemonApp] | None = None  # with its port, and whose it is
        self._stalls = 0
        self._still = frozenset[Loop]()  # what stands still just now
        self._began_at = clocks.awake()
        self._boot = boot_id()
        self._noted: tuple[LastAlive, Reading] | None = None
        self._could_note = True
        self._held = RoomToTell()
        self._telling: asyncio.Task[None] | None = None

    def _note_begin(self) -> None:
        app, reading = self._now.app, self._clocks.read()
        alive = self._as_it_is(reading)
        hung = take_stall(app.settings.data_dir, self._boot)
        if hung is Loop.STORE:  # the one before has told it
            self._held.told(Room.HELD, reading.wall)
        try:
            stood = began(app.store, alive, hung, self._watched())
        except MonitorError as error:
            self._could_note = False
            log.warning("what the start noted was not saved", extra={"action": "alive"} | of_error(error))
            return
        self._noted = (alive, reading)
        self._tell(stood)

    async def _note_when_due(self) -> None:
        """Every few minutes, and soon when a part got on for the first time: what `status` says of a start that is a
        minute old would read as if nothing worked."""
        if self._noted is None or not self._could_note:
            return await self._note_alive()
        alive, before = self._noted
        is_new = not self._did().keys() <= alive.did.keys()
        if is_new or self._clocks.read().boot - before.boot > NOTED_EVERY_S - NOTE_LOOK_EVERY_S / 2:
            await self._note_alive()

    async def _note_alive(self) -> None:
        app, reading = self._now.app, self._clocks.read()
        alive, stood = self._as_it_is(reading), None
        if self._noted is not None:
            last, before = self._noted
            slept = (reading.boot - before.boot) - (reading.awake - before.awake)
            stood = stood_meanwhile(
                last,
                alive,
                slept=timedelta(seconds=max(slept, 0.0)),
                held_up=timedelta(seconds=self._scheduler.longest_gap_s),
                could_save=self._could_note,
            )
        try:
            with app.store.transaction():
                app.store.machine.note_alive(alive)
                if stood is not None:
                    note_standstill(stood, app.store, self._watched(), alive.at)
        except NoWriting:
            self._could_note = False
            raise
        self._noted, self._could_note, self._scheduler.longest_gap_s = (alive, reading), True, 0.0
        self._tell(stood)

    def _note_end(self) -> None:
        because, loop = StoodBecause.STOPPED, None
        if self._fallen is not None:
            because, loop = StoodBecause.HUNG, self._fallen_loop
        try:
            self._now.app.store.machine.note_alive(self._as_it_is(self._clocks.read(), ended=because, loop=loop))
        except MonitorError as error:
            log.warning("the end was not noted", extra={"action": "alive"} | of_error(error))

    async def _queue_heartbeats(self) -> None:
        app = self._now.app
        sent = queue_heartbeats(app.store, app.settings, self._watched(), app.clock())
        if sent:
            log.info("a sign of life is put into the outbox", extra={"action": "heartbeat", "alerts": sent})

    async def _keep_door(self) -> None:
        """As the settings say now, and of the generation that work is done with now."""
        app = self._now.app
        monitoring = app.settings.monitoring
        port = monitoring.metrics_port if monitoring.metrics else 0
        if self._door is not None and (self._door[1], self._door[2]) == (port, app):
            return
        await self._shut_door()
        if not port:
            return
        door = app.counts_door()
        try:
            await door.open(port, self._told_counts)
        except OSError as error:
            log.error("no counts are told: the port is taken", extra={"action": "metrics"} | of_error(error))
            await door.aclose()
            return
        self._door = (door, port, app)

    async def _shut_door(self) -> None:
        if self._door is not None:
            door, self._door = self._door[0], None
            await door.aclose()

    def _told_counts(self) -> str:
        try:
            return metrics_text(self._counts())
        except MonitorError:  # of the store: told where it is told
            return ""

    def _counts(self) -> Counts:
        now, work = self._marks.clock(), self._marks.work()
        last = self._did()
        return Counts(
            up_s=self._clocks.awake() - self._began_at,
            ages={loop: max(now - at, 0.0) for loop, at in last.items()},
            in_hand=Counter(one.loop for one in work),
            watches=sum(watch.enabled for watch in self._watched()),
            waiting=self._now.app.store.alerts.outstanding().waiting,
            stalls=self._stalls,
            is_well=not self._still,
            standing=self._now.app.store.installation.standing(self._now.app.clock()),
            measured=measures(),
        )

    # -- called by the lookout, in its own thread

    def stands_still(self, stall: Stall, where: str) -> None:
        self._stalls, self._still = self._stalls + 1, self._still | {stall.loop}
        write_stall(self._now.app.settings.data_dir, stall.loop, self._boot)
        super().stands_still(stall, where)
        if stall.loop is Loop.STORE:
            self._on_the_loop(self._begin_to_tell)

    def _begin_to_tell(self) -> None:
        self._telling = asyncio.get_running_loop().create_task(self._tell_held())

    async def _tell_held(self) -> None:
        """Past the outbox, which lies in the store that stands still. Once: this process may have a minute left."""
        app, now = self._now.app, self._clocks.wall()
        with surviving("tell_held"):
            if app.settings.alerts.urls and self._held.is_due(Room.HELD, now):
                if await app.tell_at_once(AlertKind.NO_ROOM, Room.HELD.name.lower()):
                    self._held.told(Room.HELD, now)

    def goes_on(self, stall: Stall) -> None:
        super().goes_on(stall)
        self._still -= {stall.loop}
        forget_stall(self._now.app.settings.data_dir)
        since = self._wall_of(stall.since)
        self._on_the_loop(lambda: self._note_stall_over(stall.loop, since))

    def _note_stall_over(self, loop: Loop, since: datetime) -> None:
        now = self._now.app.clock()
        if loop not in _STANDS_AS_A_WHOLE or since >= now:
            return
        try:
            stood = Standstill(since, now, StoodBecause.HUNG, loop)
            note_standstill(stood, self._now.app.store, self._watched(), now)
        except MonitorError as error:
            log.warning("what stood still was not noted", extra={"action": "alive"} | of_error(error))

    def _as_it_is(self, reading: Reading, *, ended: str = "", loop: Loop | None = None) -> LastAlive:
        did = {each: self._wall_of(mark).replace(microsecond=0) for each, mark in self._did().items()}
        at = reading.wall.replace(microsecond=0)
        return LastAlive(at, self._boot, reading.boot, __version__, ended, loop, did)

    def _did(self) -> dict[Loop, float]:
        """Of each loop that got on since the start, when it did last: a mark."""
        return dict(self._marks.last) | {Loop.SCHEDULE: self._scheduler.looked_at}

    def _watched(self) -> Sequence[Watch]:
        return list(self._now.watches.values())

    def _tell(self, stood: Standstill | None) -> None:
        if stood is None:
            return
        minutes = round((stood.until - stood.since).total_seconds() / 60)
        said = {"action": "stood_still", "status": stood.because.value, "loop": stood.loop or "", "minutes": minutes}
        log.warning("nothing was looked at for a while: `status` says since when", extra=said)
