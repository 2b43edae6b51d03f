"""The daemon: one event loop, one scheduler, and an orderly end. Read `Service.run` first."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from monitor import memory, watchlist
from monitor.alerts.sending import note_first_start
from monitor.alerts.zone import zone_of
from monitor.aside import stepping_tasks
from monitor.daemon.generation import Generation, Opener
from monitor.daemon.given_up import OUT_OF_REACH, GivenUp, lists_given_up, true_reasons
from monitor.daemon.lifetime import begin_life, end_life, forget_falls_in_time, tell_started_anew
from monitor.daemon.logs import log_to_stderr, of_error
from monitor.daemon.notify import Notifier
from monitor.daemon.reloading import (
    LOOK_AT_FILES_EVERY_S,
    NeedsRestart,
    Noticing,
    ReadFiles,
    other_hours,
    refuse_restart,
)
from monitor.daemon.rounds import DaemonRound, Rounds
from monitor.daemon.timekeeping import Clocks, Reading, read_clocks
from monitor.daemon.visits_together import Together, VisitsTogether
from monitor.daemon.wishes import Wishing
from monitor.errors import MonitorError, NewerStore, WatchlistError
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.parts.confine.core import lists_out_of_reach, out_of_reach
from monitor.parts.confine.layers import Confinement, lacking_layers
from monitor.pipeline import hindrances
from monitor.pipeline.surviving import surviving
from monitor.plain import several
from monitor.ports.machine import DaemonRead
from monitor.services.watches import load_watches
from monitor.store.lock import DaemonLock
from monitor.store.swapping import sweep_unfinished_restore

log = logging.getLogger(__name__)

STOP_WITHIN_S = 60.0  # for the work in hand; with what follows less than the units' TimeoutStopSec=120
CANCEL_WITHIN_S = 10.0  # for a pass that was cut off: what it found is saved already
LAST_ALERTS_WITHIN_S = 10.0  # what does not get out goes out at the next start
EDITED_FOR_S = 600.0  # after a change of the files: whoever makes it has that long to put right what is wrong
LOOK_AT_ZONE_EVERY_S = 60
LOOK_AT_REACH_EVERY_S = 600
READ_TRIES = 3  # where files change while they are read


class Service(VisitsTogether, Wishing, Rounds):
    def __init__(
        self,
        settings: Settings,
        *,
        open_app: Opener,
        load_settings: Callable[[], Settings],
        load_watches: Callable[[Settings], watchlist.WatchlistLoad] = load_watches,
        files: ReadFiles | None = None,
        notifier: Notifier | None = None,
        read_clocks: Callable[[], Reading] = read_clocks,
        is_a_process: bool = False,
        together: Together | None = None,
    ) -> None:
        """is_a_process: of its own, which watches itself and ends where it stands still. together: what asks for the
        same is visited as one."""
        super().__init__(zone_of(settings.digest.timezone), Clocks(read_clocks))
        self._first, self._together = settings, together
        self._open_app = open_app
        self._load_settings = load_settings
        self._load_watches = load_watches
        self._files, self._noticing = files, Noticing()
        self._out_of_reach: set[Path] = set()  # of what the settings in force name
        self._edited_at: float | None = None  # when a change was noticed last, by the clock that nobody sets
        self._notifier, self._is_a_process = notifier or Notifier(), is_a_process
        self._closing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises what keeps it from starting: StoreError, Locked; and NewerStore, after an
        orderly end, once a newer version has upgraded the store; likewise StoodStill."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._signals.put_nowait, number)
        self._last_resort.watch(signal.SIGTERM, signal.SIGINT)
        with self._watching_itself():
            await self._serve()

    async def _serve(self) -> None:
        await self._begin()
        self._note_begin()
        await self._keep_door()
        self._scheduler.start()
        self._schedule_watches(list(self._now.watches))
        self._schedule_rounds()
        if self._is_a_process:
            self._keep_looking()
        self._notifier.ready()
        watches = len(self._now.watches)
        aloud = f"{several(watches, 'place is', 'places are')} looked at from now on, until you press Ctrl-C."
        log.info("daemon ready", extra={"action": "ready", "watches": watches, "aloud": aloud})
        try:
            while await self._signals.get() is signal.SIGHUP:
                await self._reload()
            await self._stop()
            if self._damaged is None:
                end_life(self._now.app.store)
        finally:
            self._scheduler.shutdown(wait=False)
            await self._shut_door()
            self._note_end()
            await self._now.closing.aclose()
            self._last_resort.over()
        log.info("daemon stopped", extra={"action": "stopped", "aloud": "Stopped. Nothing is looked at any more."})
        if (error := self._outgrown or self._damaged or self._fallen) is not None:
            raise error

    # -- starting and changing

    async def _begin(self) -> None:
        loaded = self._load_watchlists(self._first)
        self._now = await self._open(self._first, _by_name(loaded.watches))
        app = self._now.app
        await asyncio.to_thread(begin_life, app.store, app.settings, app.clock())
        self._now.watches = self._take_in(loaded, self._first)
        self._hold_to_quota()
        self._note_read(refused=lists_given_up(loaded))

    async def _open(self, settings: Settings, watches: dict[str, Watch]) -> Generation:
        closing = AsyncExitStack()
        app = await closing.enter_async_context(self._open_app(settings))
        return Generation(app, watches, closing)

    def _take_in(self, loaded: watchlist.WatchlistLoad, settings: Settings) -> dict[str, Watch]:
        """The enabled watches in force: what could not be read goes on as it was read last, over a restart too. What is
        wrong is said in the journal now and by the standing alarm until it is mended."""
        store, now = self._now.app.store, self._now.app.clock()
        watches = hindrances.in_force(loaded, store)
        self._wrong_in_files = hindrances.mistakes_in_files(loaded, store)
        by_files = hindrances.hindered_by_files(loaded, store)
        lost = {error.file for error in loaded.errors if error.key == OUT_OF_REACH}
        self._from_files = tuple(one for one in by_files if one.file not in lost)  # noted of what was read
        self._as_read = loaded.watches
        hindrances.keep_good(watches, store)
        for case in {watch.case for watch in watches if watch.enabled}:  # also of a case that a reload brought
            with surviving("first_start"):
                note_first_start(store, case, now)
        _tell_errors(self._mistakes())
        return _by_name(watches)

    def _load_watchlists(self, settings: Settings) -> watchlist.WatchlistLoad:
        """As they stood at one moment: what is written meanwhile is read once more."""
        for _ in range(READ_TRIES):
            before = self._files.states(settings) if self._files else ()
            loaded = true_reasons(self._load_watches(settings))
            if self._files is None or self._files.states(settings) == before:
                break
        self._noticing.read(before)  # whatever came of it: what is wrong is told once
        return loaded

    def _settings_anew(self, old: Settings) -> Settings | None:
        """None where the new ones cannot be taken over, which is said: in the journal, by `status` and by the standing
        alarm. The watchlists are read anew all the same."""
        try:
            settings = self._load_settings()
            refuse_restart(old, settings)
        except NeedsRestart as error:
            log.error(
                "configuration not taken over, the old one goes on: another store takes a restart",
                extra={"action": "reload_refused", "setting": error.fields} | of_error(error),
            )
            self._note_read(refused=error)
        except GivenUp as error:
            log.error(
                "configuration not taken over, the old one goes on: it names a folder that the daemon gave up when it "
                "started, so this takes a restart; `status` says which folder",
                extra={"action": "reload_refused"} | of_error(error),
            )
            self._note_read(refused=error)
        except MonitorError as error:
            log.error(
                "configuration not taken over, the old one goes on: `doctor` says why",
                extra={"action": "reload_refused"} | of_error(error),
            )
            self._note_read(refused=error)
        else:
            self._note_read()
            return settings
        return None

    def _note_read(self, *, refused: MonitorError | None = None) -> None:
        """For `status`: what the daemon knows of the configuration."""
        if self._files is None:
            return
        app = self._now.app
        why = f"{refused} ({refused.remedy})" if refused is not None and refused.remedy else str(refused or "")
        with surviving("note_read"):
            read = DaemonRead(app.clock(), str(self._files.path or ""), self._files.mark(), why)
            app.store.machine.note_daemon_read(read)

    def _rounds(self) -> tuple[DaemonRound, ...]:
        rounds = (*super()._rounds(), ("zone", LOOK_AT_ZONE_EVERY_S, LOOK_AT_ZONE_EVERY_S, self._notice_zone))
        if self._files is None:
            return rounds
        reach = ("reach", LOOK_AT_REACH_EVERY_S, LOOK_AT_REACH_EVERY_S, self._notice_reach)
        return (*rounds, ("files", LOOK_AT_FILES_EVERY_S, LOOK_AT_FILES_EVERY_S, self._notice_files), reach)

    def _is_behind(self) -> bool:
        return self._files is not None and self._noticing.is_behind(self._files.states(self._now.app.settings))

    async def _notice_files(self) -> None:
        """As SIGHUP, once a change of configuration or watchlists has come to rest."""
        if self._files is not None and self._signals.empty():
            states = await asyncio.to_thread(self._files.states, self._now.app.settings)
            if self._noticing.looked(states):
                self._edited_at = self._clocks.awake()
                self._signals.put_nowait(signal.SIGHUP)

    async def _notice_reach(self) -> None:
        """Somebody moved a part of the data or a desk's file elsewhere, or put another folder in the place of one:
        nothing would come of what is to be written or read there, and only a restart takes it."""
        settings = self._now.app.settings
        lost = {*await asyncio.to_thread(lambda: (*out_of_reach(settings), *lists_out_of_reach(settings)))}
        if lost - self._out_of_reach:
            error = GivenUp(sorted(lost))
            log.error(
                "a folder that the daemon needs is another one since it started, so this takes a restart; `status` "
                "says which",
                extra={"action": "out_of_reach"} | of_error(error),
            )
            self._note_read(refused=error)
        elif self._out_of_reach and not lost and self._is_noted(GivenUp(sorted(self._out_of_reach))):
            self._note_read()
        self._out_of_reach = lost

    def _is_noted(self, error: MonitorError) -> bool:
        """And nothing else that keeps the configuration from being taken."""
        read = self._now.app.store.machine.daemon_read()
        return read is not None and read.refused.startswith(str(error))

    async def _notice_zone(self) -> None:
        """Somebody set the machine's time zone: cron, digest and quiet hours are meant in the new one."""
        zone = zone_of(self._now.app.settings.digest.timezone)
        if zone is not self._zone:
            self._zone = zone
            self._schedule_watches(list(self._now.watches))
            log.warning("the time zone was set: all that is due is worked out again", extra={"action": "zone"})

    async def _tell_standing(self) -> None:
        """Not while somebody is at work on the files: what is wrong for a moment is in the journal and in `status`."""
        if self._edited_at is None or self._clocks.awake() - self._edited_at >= EDITED_FOR_S:
            await super()._tell_standing()

    async def _reload(self) -> None:
        """Reads configuration and watchlists anew. What is bad is said, and what stood before goes on."""
        self._notifier.reloading()
        old = self._now
        try:
            taken = self._settings_anew(old.app.settings)
            settings = taken or old.app.settings
            loaded = self._load_watchlists(settings)
            watches = self._take_in(loaded, settings)
            if taken and (lost := lists_given_up(loaded)):
                self._note_read(refused=lost)
            if settings == old.app.settings:
                old.watches, before = watches, old.watches
            else:
                self._now, before = await self._open(settings, watches), old.watches
                closing = asyncio.create_task(old.close())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
            self._hold_to_quota()
            for name in before.keys() - watches.keys():
                self._unschedule(name)
            await self._keep_door()
            if other_hours(old.app.settings, settings):
                self._zone = zone_of(settings.digest.timezone)
                self._schedule_watches(list(watches))
            else:
                self._schedule_watches([name for name in watches if before.get(name) != watches[name]])
            said = {"action": "reloaded", "watches": len(watches)}
            if taken:
                aloud = "Configuration and watchlists were read again."
                log.info("configuration read again", extra=said | {"aloud": aloud})
            else:
                aloud = "The watchlists were read again; the configuration is the old one."
                log.info("watchlists read again, and the configuration not taken over", extra=said | {"aloud": aloud})
        except NewerStore as error:
            self._end_outgrown(error)
        except MonitorError as error:
            log.error(
                "configuration not taken over, the old one goes on: `doctor` says why",
                extra={"action": "reload_refused"} | of_error(error),
            )
        except Exception:
            log.exception("configuration not taken over: a fault of the program", extra={"action": "reload_refused"})
        finally:
            memory.give_back()  # of what was read anew
            self._notifier.ready()

    # -- the end

    async def _asked_again(self) -> None:
        """A second SIGTERM or SIGINT. A reload has come too late, and is no reason to cut anything off."""
        while await self._signals.get() is signal.SIGHUP:
            log.info("not read again: the daemon is stopping", extra={"action": "reload_refused"})

    async def _stop(self) -> None:
        """No new work; the work in hand is finished, or cut off when time is up or a second signal comes."""
        self._notifier.stopping()
        self._scheduler.pause()
        aloud = "Stopping. What is in hand is finished first; press Ctrl-C again to cut it off."
        log.info("stopping", extra={"action": "stopping", "in_hand": len(self._work), "aloud": aloud})
        self._stopping = True
        work = set(self._work)
        again = asyncio.create_task(self._asked_again())
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                while work and not again.done():
                    await asyncio.wait({*work, again}, return_when=asyncio.FIRST_COMPLETED)
                    work &= self._work
        except TimeoutError:
            log.warning("the work in hand took too long and is cut off", extra={"action": "cut_off"})
        finally:
            again.cancel()
        for task in work:
            task.cancel()
        if work:
            await asyncio.wait(work, timeout=CANCEL_WITHIN_S)
        if self._closing:
            await asyncio.wait(self._closing, timeout=CANCEL_WITHIN_S)
        try:
            async with asyncio.timeout(LAST_ALERTS_WITHIN_S):
                left = (await self._now.app.flush_alerts()).waiting
        except (TimeoutError, MonitorError):
            left = 1
        if left:
            log.warning("alerts wait; they go out at the next start", extra={"action": "alerts_wait"})


def run_daemon(
    settings: Settings,
    *,
    open_app: Opener,
    config_path: Path | None = None,
    debug: bool = False,
    confinement: Sequence[Confinement] = (),
    made_by: Callable[..., Service] = Service,
) -> int:
    """The whole daemon, in the foreground; the exit code. confinement: what this process gave up. made_by: for another
    kind of service. Raises StoreError when one runs already on this data_dir (it names the pid), and what keeps the
    store from opening."""
    log_to_stderr(debug=debug)
    if missing := lacking_layers(confinement):
        log.warning("the core runs with less confinement", extra={"action": "core_weak", "missing": missing})
    tell_started_anew()
    memory.few_arenas()
    files = ReadFiles(config_path)
    with DaemonLock(settings.data_dir):
        sweep_unfinished_restore(settings.data_dir)
        settings = files.load()
        with asyncio.Runner() as runner:
            runner.get_loop().set_task_factory(stepping_tasks)
            forget_falls_in_time(runner.get_loop())
            runner.run(
                made_by(settings, open_app=open_app, load_settings=files.load, files=files, is_a_process=True).run()
            )
    return 0


def _by_name(watches: Sequence[Watch]) -> dict[str, Watch]:
    return {watch.name: watch for watch in watches if watch.enabled}


def _tell_errors(errors: Sequence[MonitorError]) -> int:
    said = {"action": "watchlist_error"}
    for error in errors:
        if isinstance(error, WatchlistError) and error.key == OUT_OF_REACH:
            log.error(
                "watchlist: it lies where the daemon may not read any more since it started, so this takes a restart; "
                "`status` says which folder",
                extra=said | of_error(error),
            )
        else:
            log.error("watchlist: something is wrong, `watch check` says what", extra=said | of_error(error))
    return len(errors)
