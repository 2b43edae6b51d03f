"""What the daemon does again and again beside its visits: alerts, digests, rechecks, housekeeping."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import asdict, is_dataclass
from datetime import UTC, timedelta, tzinfo
from functools import partial
from typing import Any

from monitor import memory
from monitor.acting import acting_for
from monitor.alerts import digest
from monitor.alerts.sending import queue_digest
from monitor.alerts.zone import zone_of
from monitor.daemon import schedule
from monitor.daemon.alive import NOTE_LOOK_EVERY_S, Alive
from monitor.daemon.logs import of_error
from monitor.daemon.progress import LONG_ROUND_WITHIN_S, ROUND_WITHIN_S, SENDING_WITHIN_S, begun_within_s
from monitor.daemon.room import RoomToTell, room_of
from monitor.daemon.selfwatch import cut_off_if_it_stands
from monitor.daemon.timekeeping import Clocks, Leap
from monitor.daemon.wellbeing import Wellbeing
from monitor.errors import MonitorError, NewerStore, PingFailed, StoreAway, WatchlistError
from monitor.model.alert import AlertKind
from monitor.model.progress import Loop
from monitor.model.watch import Every, Watch
from monitor.pipeline import hindrances
from monitor.pipeline.case_settings import own_settings
from monitor.pipeline.surviving import surviving
from monitor.services.case_limits import hold_watches
from monitor.services.watches import is_stopped, told_to
from monitor.tracking.falls import ROUNDS, FallingPart, Falls, standing_falls
from monitor.tracking.hindrances import Hindrance

log = logging.getLogger(__name__)

ALERTS_EVERY_S = 10  # an alert leaves at most this long after its incident fell quiet
CHANNELS_EVERY_S = 10 * 60  # each asks only for what is due: a server that fails once an hour
DIGEST_EVERY_S = 60
STANDING_EVERY_S = 60
ROOM_EVERY_S = 60
REST_EVERY_S = 60
WISHES_EVERY_S = 3  # somebody sits before a page and waits
CAPTURES_EVERY_S = 60  # what is wanted as evidence may be gone tomorrow
RECHECK_EVERY_S = 15 * 60  # each asks only about what is due
DESKS_EVERY_S = 6 * 3600  # each asks only for what is due: an address once a week
DUE_REPORTS_EVERY_S = 15 * 60  # likewise
HOUSEKEEPING_EVERY_S = 24 * 3600
BACKUP_EVERY_S = 15 * 60  # likewise
HOSTS_EVERY_S = 10 * 60
TIME_STAMPS_EVERY_S = 5 * 60  # likewise
PING_EVERY_S = 5 * 60
HEARTBEAT_EVERY_S = 3600  # it asks whether one is due


_SENDING = (Loop.OUTBOX, SENDING_WITHIN_S)
_WATCHED_AS = {
    "urgent_alerts": _SENDING,
    "alerts": _SENDING,
    "channels": _SENDING,
    "room": _SENDING,  # it may tell, past the outbox
    "wishes": (Loop.WISHES, ROUND_WITHIN_S),
    "backup": (Loop.ROUNDS, LONG_ROUND_WITHIN_S),
    "housekeeping": (Loop.ROUNDS, LONG_ROUND_WITHIN_S),
}

DaemonRound = tuple[str, int, int, Callable[[], Coroutine[Any, Any, object | None]]]


class Rounds(Alive):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._said: dict[bool, tuple[str, ...]] = {}  # of the urgent alerts and of the others
        self._wellbeing, self._ping_fails, self._ping_began = Wellbeing(), False, False
        self._falls: dict[str, Falls] = {}  # of rounds
        # Of the watchlists, when they were last read:
        self._wrong_in_files: tuple[WatchlistError, ...] = ()
        self._from_files: tuple[Hindrance, ...] = ()  # what of it keeps a watch from running
        self._as_read: tuple[Watch, ...] = ()
        self._room = RoomToTell()
        self._resting = memory.Resting()

    def _schedule_rounds(self) -> None:
        for name, every, first, work in self._rounds():
            self._marks.begun[name] = (None, first + begun_within_s(every))
            self._scheduler.add_job(
                self._round,
                schedule.Times(Every(every), UTC),
                args=(name, work, every),
                id=f"round:{name}",
                name=name,
                next_run_time=self._clocks.wall() + timedelta(seconds=first),
            )

    def _rounds(self) -> tuple[DaemonRound, ...]:
        """Name (one word, which the journal takes), seconds between two, seconds to the first, what is done. It may
        return the state of the store in which there was nothing to do: then it rests until anything is written."""
        return (
            # Apart, so that an urgent alert waits for no talk with a slow server.
            ("urgent_alerts", ALERTS_EVERY_S, 1, partial(self._send_alerts, urgent=True)),
            ("alerts", ALERTS_EVERY_S, 1, partial(self._send_alerts, urgent=False)),
            ("channels", CHANNELS_EVERY_S, 45, self._look_after_channels),
            ("digest", DIGEST_EVERY_S, 5, self._queue_digests),
            ("standing", STANDING_EVERY_S, 3, self._tell_standing),
            (schedule.ROUND_OF_VISITS, schedule.VISITS_EVERY_S, 0, self._take_up_due),
            ("wishes", WISHES_EVERY_S, 1, self._grant_wishes),
            ("room", ROOM_EVERY_S, 2, self._look_at_room),
            ("rest", REST_EVERY_S, 90, self._rest),
            ("captures", CAPTURES_EVERY_S, 30, self._take_captures),
            ("rechecks", RECHECK_EVERY_S, 120, self._recheck),
            ("hosts", HOSTS_EVERY_S, 60, self._ask_registries),
            ("due_reports", DUE_REPORTS_EVERY_S, 150, self._draft_next),
            ("time_stamps", TIME_STAMPS_EVERY_S, 90, self._stamp),
            ("desks", DESKS_EVERY_S, 600, self._ask_desks),
            ("alive", NOTE_LOOK_EVERY_S, NOTE_LOOK_EVERY_S, self._note_when_due),
            ("heartbeat", HEARTBEAT_EVERY_S, 240, self._queue_heartbeats),
            ("ping", PING_EVERY_S, 20, self._ping),
            ("housekeeping", HOUSEKEEPING_EVERY_S, 300, self._keep_house),
            ("backup", BACKUP_EVERY_S, 150, self._back_up),
        )

    def _plan_anew(self, leap: Leap) -> None:
        super()._plan_anew(leap)
        for name, _, _, _ in self._rounds():
            job = self._scheduler.get_job(f"round:{name}")
            if job is not None and job.next_run_time is not None:
                job.modify(next_run_time=job.next_run_time + leap.by)  # each asks what is due by the new clock

    async def _round(
        self,
        name: str,
        work: Callable[[], Coroutine[Any, Any, object | None]],
        every_s: int = schedule.UNTIL_WRITTEN_S,
    ) -> None:
        self._marks.begins(name)
        loop, allowed_s = _WATCHED_AS.get(name, (Loop.ROUNDS, ROUND_WITHIN_S))
        falls = self._falls.setdefault(name, Falls(FallingPart.ROUND, ROUNDS, name=name))
        if falls.wait_s(self._clocks.awake()):
            return
        try:
            with self._in_hand(self._now), cut_off_if_it_stands(loop, name, allowed_s):
                nothing_at = await work()
            if nothing_at is not None:
                self._let_rest(name, every_s, nothing_at)
            falls.worked()
            self._wellbeing.went_well(name)
        except NewerStore as error:
            self._end_outgrown(error)
        except MonitorError as error:
            falls.fell(self._clocks.awake(), type(error).__name__)
            self._wellbeing.failed(name)
            self._note_refused(error)
            said = {"action": "round_failed", "round": name} | of_error(error)
            told = logging.DEBUG if isinstance(error, StoreAway) else logging.WARNING  # that is said once, by the store
            log.log(told, "a round could not be done: `doctor` says more", extra=said)
        except Exception as fault:
            falls.fell(self._clocks.awake(), type(fault).__name__)
            self._wellbeing.failed(name)
            log.exception("a round ended by a fault of the program", extra={"action": "round_fault", "round": name})

    def _let_rest(self, name: str, every_s: int, nothing_at: object) -> None:
        job = self._scheduler.get_job(f"round:{name}")
        if job is None or every_s >= schedule.UNTIL_WRITTEN_S:
            return
        job.modify(next_run_time=self._clocks.wall() + timedelta(seconds=schedule.UNTIL_WRITTEN_S))
        self._at_rest[name] = (nothing_at, self._clocks.awake() + every_s)

    async def _send_alerts(self, *, urgent: bool) -> object | None:
        done = await self._now.app.send_alerts(urgent=urgent)
        # The same trouble is said once, not every round.
        if done.errors and done.errors not in self._said.values():
            channels = len(self._now.app.settings.alerts.urls)
            said = {"action": "alerts", "waiting": done.waiting, "channels": channels}
            log.warning("alerts are not taken: `alerts list` says why", extra=said)
        if done.errors or not done.waiting:
            self._said[urgent] = done.errors
        return done.nothing_at

    async def _look_after_channels(self) -> None:
        await self._now.app.look_after_channels()

    async def _queue_digests(self) -> None:
        app = self._now.app
        now = app.clock()
        cases, mistakes, hindered = app.store.cases.all(), self._mistakes(), self._cannot_run()
        known = {case.id for case in cases}
        lasts, own = app.store.digests.lasts(), own_settings("digest", app.settings, app.store)
        for case in cases:  # also of one whose watches are gone: that is said
            with surviving("digest"), acting_for(case.id):
                last, chosen, zone = lasts.get(case.id), own.get(case.id, app.settings).digest, self._zone
                if chosen.timezone != app.settings.digest.timezone:
                    zone = zone_of(chosen.timezone)
                if last is None or not digest.digest_due(last, chosen, now, zone=zone):
                    continue
                wrong, stopped = len(told_to(mistakes, case.id, known)), is_stopped(hindered, case.id, known)
                names = [watch.name for watch in self._now.watches.values() if watch.case == case.id]
                queue_digest(app.store, case.id, since=last, now=now, watches=names, wrong=wrong, stopped=stopped)
                log.info("digest put into the outbox", extra={"action": "digest"})

    def _hold_to_quota(self) -> None:
        """By what is set now: a quota is raised while the daemon goes on."""
        app = self._now.app
        self._over_quota = hold_watches(self._now.watches.values(), app.settings, app.store, app.clock)

    async def _tell_standing(self) -> None:
        app = self._now.app
        self._hold_to_quota()
        found = self._cannot_run()
        if hindrances.tell_hindrances(found, app.store, app.settings, app.clock()):
            log.warning("what cannot run is told", extra={"action": "standing", "things": len(found)})

    async def _look_at_room(self) -> None:
        """Without writing a thing into the store: there may be no room for it."""
        app, now = self._now.app, self._now.app.clock()
        if await self._is_damaged():
            return
        free = await asyncio.to_thread(lambda: shutil.disk_usage(app.settings.data_dir).free)
        has_reserve = await asyncio.to_thread(app.store.reserve.keep)
        room, self._refused = room_of(free, refused=self._refused, has_reserve=has_reserve), None
        if not self._room.is_due(room, now):
            return
        taken = bool(app.settings.alerts.urls) and await app.tell_at_once(AlertKind.NO_ROOM, room.name.lower())
        said = {"action": "no_room", "room": room.name.lower(), "free": free, "told": taken}
        log.warning("the disk takes little or nothing more of the data", extra=said)
        if taken or not app.settings.alerts.urls:
            self._room.told(room, now)

    async def _is_damaged(self) -> bool:
        """What is not as it was written does not mend by being tried again, and what is found could not be saved: it is
        told past the outbox, which lies in it, and the daemon ends."""
        suspected, self._suspected = self._suspected, None
        if suspected is None or self._damaged is not None:
            return self._damaged is not None
        from monitor.services.damage import damage_of

        settings = self._now.app.settings
        self._damaged = await asyncio.to_thread(damage_of, suspected, settings)
        if self._damaged is None:
            return False
        told = bool(settings.alerts.urls) and await self._now.app.tell_at_once(AlertKind.NO_ROOM, "damaged")
        said = {"action": "damaged", "told": told}
        log.error("the store is damaged, and the daemon ends: `doctor` says what to do", extra=said)
        self._end_by_itself()
        return True

    async def _rest(self) -> None:
        if self._work <= {asyncio.current_task()} and self._resting.is_due(memory.resident()):
            memory.give_back()
            memory.let_go_of_files()
            self._resting.rested()

    def _mistakes(self) -> tuple[WatchlistError, ...]:
        """As `watch check` tells them now. Whether a case is set up is asked anew: `init --case` mends it."""
        return (*self._wrong_in_files, *hindrances.case_errors(self._as_read, self._now.app.store))

    def _cannot_run(self) -> tuple[Hindrance, ...]:
        app = self._now.app
        by_cases = hindrances.hindered_by_cases(self._now.watches.values(), app.store)
        by_recipients = hindrances.hindered_by_recipients(app.settings, app.store)
        by_configuration = hindrances.hindered_by_configuration(app.store)
        backups = hindrances.hindered_backups(app.store, hindrances.backups_told_from(app.settings, app.clock()))
        by_parts = hindrances.hindered_by_parts(standing_falls())
        by_deaths = hindrances.hindered_by_deaths(app.store)
        return (*self._from_files, *by_cases, *by_recipients, *by_configuration, *backups, *by_parts, *by_deaths)

    async def _take_up_due(self) -> None:
        """Watches, by their rows."""

    async def _grant_wishes(self) -> object | None:
        """What a page wishes of the outside."""
        return None

    async def _recheck(self) -> None:
        app = self._now.app
        if schedule.is_open(app.clock(), self._zone, app.settings.crawl):  # what is due waits for the next round
            await app.recheck(list(self._now.watches.values()))

    async def _ask_desks(self) -> None:
        app = self._now.app
        if schedule.is_open(app.clock(), self._zone, app.settings.crawl):
            await app.ask_desks()

    async def _ask_registries(self) -> None:
        await self._now.app.ask_registries()

    async def _draft_next(self) -> None:
        # Beside the loop: what is asked next may be a dozen drafts.
        made = await asyncio.to_thread(self._now.app.draft_next)
        if made:
            log.info("what is to be sent next is drafted", extra={"action": "drafted_next", "drafts": made})

    async def _stamp(self) -> None:
        await self._now.app.stamp_heads()

    async def _ping(self) -> None:
        """A round of its own, so that nothing waits for it."""
        try:
            if not self._ping_began:
                self._ping_began = True
                with contextlib.suppress(PingFailed):  # not every address that takes the rest knows of a start
                    await self._now.app.ping(well=True, starts=True)
                return  # whether all is well is known when it has worked for a while
            store, now = self._now.app.store, self._clocks.wall()
            well = self._wellbeing.is_well(store.alerts.outstanding(), store.channel_health.all(""), now)
            await self._now.app.ping(well=well)
            self._ping_fails = False
        except PingFailed as error:
            if not self._ping_fails:  # the same trouble is said once
                log.warning("ping_url is not reached", extra={"action": "ping_failed"} | of_error(error))
            self._ping_fails = True

    async def _take_captures(self) -> None:
        app = self._now.app
        if schedule.is_open(app.clock(), self._zone, app.settings.crawl):
            await app.take_captures(list(self._now.watches.values()))

    async def _back_up(self) -> None:
        """Beside the loop. A daemon that stops does not wait for one, which is made anew at the next start."""
        if await asyncio.to_thread(self._now.app.back_up, lambda: self._stopping) is not None:
            log.info("a backup is made", extra={"action": "backup"})

    async def _keep_house(self) -> None:
        # Beside the loop: among millions of addresses it takes a while, one short statement after the other.
        kept: Any = await asyncio.to_thread(self._now.app.keep_house)
        figures = asdict(kept) if is_dataclass(kept) and not isinstance(kept, type) else {}
        log.info(
            "housekeeping done",
            extra={"aloud": "Looked after the store: nothing to do for you.", "action": "housekeeping", **figures},
        )
