"""What the daemon notes of itself every few minutes and at its end, so that the next start knows since when nothing was
looked at; and its sign of life to the person, once a week."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from monitor import __version__
from monitor.clock import boot_id
from monitor.daemon.counting import Counting
from monitor.daemon.logs import of_error
from monitor.daemon.room import Room, RoomToTell
from monitor.daemon.stall_note import forget_stall, take_stall, write_stall
from monitor.daemon.timekeeping import Clocks, Reading
from monitor.errors import MonitorError, NoWriting
from monitor.model.alert import AlertKind
from monitor.model.progress import Loop, Stall
from monitor.model.standstill import LastAlive, Standstill, StoodBecause
from monitor.model.watch import Watch
from monitor.pipeline.surviving import surviving
from monitor.services.heartbeat import queue_heartbeats
from monitor.services.standing import began, note_standstill
from monitor.tracking.standing import NOTED_EVERY_S, stood_meanwhile

log = logging.getLogger(__name__)

NOTE_LOOK_EVERY_S = 20
_STANDS_AS_A_WHOLE = (Loop.SCHEDULE, Loop.STORE, Loop.OUTBOX)


class Alive(Counting):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
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
        await self._keep_door_of(self._now.app)

    # -- called by the lookout, in its own thread

    def stands_still(self, stall: Stall, where: str) -> None:
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

    def _watched(self) -> Sequence[Watch]:
        return list(self._now.watches.values())

    def _tell(self, stood: Standstill | None) -> None:
        if stood is None:
            return
        minutes = round((stood.until - stood.since).total_seconds() / 60)
        said = {"action": "stood_still", "status": stood.because.value, "loop": stood.loop or "", "minutes": minutes}
        log.warning("nothing was looked at for a while: `status` says since when", extra=said)
