"""The daemon: one event loop, one scheduler, and an orderly end. Read `Service.run` first.

A *generation* is an open app with the settings it was opened with. A reload with other settings opens a new one; the
old one is closed when the work it has in hand is done.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor import config, watchlist
from monitor.alerts import digest
from monitor.alerts.outbox import Sending
from monitor.alerts.sending import last_digest, note_first_start, queue_digest
from monitor.alerts.zone import zone_of
from monitor.daemon import memory, schedule
from monitor.daemon.logs import log_to_stderr
from monitor.daemon.notify import Notifier
from monitor.errors import ConfigError, MonitorError
from monitor.model.run import RunReport, RunStatus
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.runs import save_run, stopped_run
from monitor.ports import Store
from monitor.store.lock import DaemonLock

log = logging.getLogger(__name__)

ALERTS_EVERY_S = 10  # an alert leaves at most this long after its incident fell quiet
DIGEST_EVERY_S = 60
RECHECK_EVERY_S = 15 * 60  # each asks only about what is due
HOUSEKEEPING_EVERY_S = 24 * 3600
WATCHES_AT_ONCE = 4  # pages are slow and machines small; hosts are paced by themselves
STOP_WITHIN_S = 60.0  # for the work in hand; with what follows less than the units' TimeoutStopSec=120
CANCEL_WITHIN_S = 10.0  # for a pass that was cut off: what it found is saved already
LAST_ALERTS_WITHIN_S = 10.0  # what does not get out goes out at the next start


class App(Protocol):
    """What the daemon needs of `monitor.app.App`."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    async def run_watch(self, watch: Watch) -> RunReport: ...
    async def recheck(self, watches: Sequence[Watch]) -> object: ...
    def keep_house(self) -> object: ...
    async def send_alerts(self) -> Sending: ...
    async def flush_alerts(self) -> Sending: ...


Opener = Callable[[Settings], AbstractAsyncContextManager[App]]


@dataclass(slots=True, eq=False)
class Generation:
    app: App
    watches: dict[str, Watch]
    closing: AsyncExitStack
    work: set[asyncio.Task[Any]] = field(default_factory=set)

    async def close(self) -> None:
        """Once nothing is in hand any more."""
        while self.work:
            await asyncio.wait(self.work)
        await self.closing.aclose()


class Service:
    def __init__(
        self,
        settings: Settings,
        *,
        open_app: Opener,
        load_settings: Callable[[], Settings],
        load_watches: Callable[[Settings], watchlist.WatchlistLoad] = watchlist.load_all,
        notifier: Notifier | None = None,
    ) -> None:
        self._first = settings
        self._open_app = open_app
        self._load_settings = load_settings
        self._load_watches = load_watches
        self._notifier = notifier or Notifier()
        self._zone = zone_of(settings.digest.timezone)
        self._scheduler = AsyncIOScheduler(
            timezone=self._zone,
            # One pass for all that was missed, however late, never beside itself.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._slots = asyncio.Semaphore(WATCHES_AT_ONCE)
        self._visiting: set[str] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
        self._said: tuple[str, ...] = ()
        self._work: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._wrong = 0  # things in the watchlists, when they were last read: the digest tells of them
        self._now: Generation

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises what keeps it from starting: StoreError, Locked."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._signals.put_nowait, number)
        loaded = self._load_watches(self._first)
        self._wrong = _tell_errors(loaded.errors)
        self._now = await self._open(self._first, _by_name(loaded.watches))
        self._scheduler.start()
        self._schedule_watches(list(self._now.watches))
        self._schedule_rounds()
        watchdog = asyncio.create_task(self._stay_alive())
        self._notifier.ready()
        log.info("daemon ready", extra={"action": "ready", "watches": len(self._now.watches)})
        try:
            while await self._signals.get() is signal.SIGHUP:
                await self._reload()
            await self._stop()
        finally:
            watchdog.cancel()
            self._scheduler.shutdown(wait=False)
            await self._now.closing.aclose()
        log.info("daemon stopped", extra={"action": "stopped"})

    # -- starting and changing

    async def _open(self, settings: Settings, watches: dict[str, Watch]) -> Generation:
        closing = AsyncExitStack()
        app = await closing.enter_async_context(self._open_app(settings))
        for case in {watch.case for watch in watches.values()}:
            note_first_start(app.store, case, app.clock())
        return Generation(app, watches, closing)

    def _schedule_watches(self, names: Sequence[str]) -> None:
        store = self._now.app.store
        watches = [self._now.watches[name] for name in names]
        last = {}
        for watch in watches:
            report = store.runs.last(watch.case, watch.name)
            last[watch.name] = report.finished_at if report else None
        first = schedule.first_visits(watches, last, self._now.app.clock(), self._zone)
        for watch in watches:
            self._scheduler.add_job(
                self._visit,
                schedule.trigger_for(watch, self._zone),
                args=(watch.name,),
                id=_job_id(watch.name),
                name="a watch",  # APScheduler logs it: no name that the person chose
                next_run_time=first[watch.name],
                replace_existing=True,
            )

    def _schedule_rounds(self) -> None:
        rounds: tuple[tuple[str, int, int, Callable[[], Coroutine[Any, Any, None]]], ...] = (
            ("alerts", ALERTS_EVERY_S, 1, self._send_alerts),
            ("digest", DIGEST_EVERY_S, 5, self._queue_digests),
            ("rechecks", RECHECK_EVERY_S, 120, self._recheck),
            ("housekeeping", HOUSEKEEPING_EVERY_S, 300, self._keep_house),
        )
        for name, every, first, work in rounds:
            self._scheduler.add_job(
                self._round,
                IntervalTrigger(seconds=every, jitter=every // 10, timezone=UTC),
                args=(name, work),
                id=f"round:{name}",
                name=name,
                next_run_time=datetime.now(UTC) + timedelta(seconds=first),
            )

    async def _reload(self) -> None:
        """Reads configuration and watchlists anew. What is bad is said, and what stood before goes on."""
        self._notifier.reloading()
        old = self._now
        try:
            settings = self._load_settings()
            _same_store(old.app.settings, settings)
            loaded = self._load_watches(settings)
            watches = keep_unreadable(old.watches, loaded)
            self._wrong = _tell_errors(loaded.errors)
            if settings == old.app.settings:
                old.watches, before = watches, old.watches
            else:
                self._now, before = await self._open(settings, watches), old.watches
                closing = asyncio.create_task(old.close())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
            for name in before.keys() - watches.keys():
                self._scheduler.remove_job(_job_id(name))
            self._schedule_watches([name for name in watches if before.get(name) != watches[name]])
            log.info("configuration read anew", extra={"action": "reloaded", "watches": len(watches)})
        except MonitorError as error:
            log.error(
                f"configuration not taken over, the old one goes on: {error} {error.remedy}",
                extra={"action": "reload_refused"},
            )
        except Exception:
            log.exception("configuration not taken over: a fault of the program", extra={"action": "reload_refused"})
        finally:
            self._notifier.ready()

    # -- what is done, again and again

    async def _visit(self, name: str) -> None:
        """One pass over one watch; the scheduler's job. An error of any kind ends this pass, not the daemon."""
        now, watch = self._now, self._now.watches.get(name)
        if watch is None or name in self._visiting:  # `_visiting`: an old generation's pass may still run
            return
        place = 1 + list(now.watches).index(name)  # names may say whom they are about: the journal gets a number
        wait_until = schedule.next_opening(now.app.clock(), self._zone, now.app.settings.crawl)
        if wait_until is not None:
            self._move(name, wait_until)
            return
        self._visiting.add(name)
        try:
            async with self._slots:
                if self._stopping:
                    return
                with self._in_hand(now):
                    report = await now.app.run_watch(watch)
        except Exception as error:
            self._note_stopped(watch, place, error)
        else:
            level = logging.WARNING if report.status is RunStatus.FAILED else logging.INFO
            log.log(level, "watch looked at", extra={"action": "watch_done", "watch": place, **_figures(report)})
        finally:
            self._visiting.discard(name)
            memory.give_back()

    def _note_stopped(self, watch: Watch, place: int, error: Exception) -> None:
        """Kept as a run that saw nothing: else status and digest went on telling of the last one that took place."""
        if isinstance(error, MonitorError):
            said = {"action": "watch_failed", "watch": place}
            log.warning(f"watch could not be looked at: {error} {error.remedy}", extra=said)
        else:
            said = {"action": "watch_fault", "watch": place}
            log.error("watch ended by a fault of the program", exc_info=error, extra=said)
        try:
            app = self._now.app
            save_run(stopped_run(watch, error, app.clock()), watch, app.store)
        except MonitorError as trouble:  # the store itself, most likely: that was the error
            log.warning(f"which could not be noted: {trouble}", extra={"action": "note_failed"})

    def _move(self, name: str, at: datetime) -> None:
        job = self._scheduler.get_job(_job_id(name))
        if job is not None:
            spread = schedule.GAP * (hash(name) % 90)  # not all on the hour; within half an hour
            job.modify(next_run_time=at + spread)

    async def _round(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            with self._in_hand(self._now):
                await work()
        except MonitorError as error:
            log.warning(f"{name}: {error} {error.remedy}", extra={"action": "round_failed"})
        except Exception:
            log.exception(f"{name} ended by a fault of the program", extra={"action": "round_fault"})

    async def _send_alerts(self) -> None:
        done = await self._now.app.send_alerts()
        if done.errors and done.errors != self._said:  # the same trouble is said once, not every round
            log.warning("alerts: " + " ".join(done.errors), extra={"action": "alerts", "waiting": done.waiting})
        self._said = done.errors if done.waiting else ()

    async def _queue_digests(self) -> None:
        app = self._now.app
        now = app.clock()
        for case in sorted({watch.case for watch in self._now.watches.values()}):
            last = last_digest(app.store, case)
            if last is not None and digest.digest_due(last, app.settings.digest, now, zone=self._zone):
                names = [watch.name for watch in self._now.watches.values() if watch.case == case]
                queue_digest(app.store, case, since=last, now=now, watches=names, wrong=self._wrong)
                log.info("digest put into the outbox", extra={"action": "digest"})

    async def _recheck(self) -> None:
        app = self._now.app
        if schedule.is_open(app.clock(), self._zone, app.settings.crawl):  # what is due waits for the next round
            await app.recheck(list(self._now.watches.values()))

    async def _keep_house(self) -> None:
        # Beside the loop: among millions of addresses it takes a while, one short statement after the other.
        kept = await asyncio.to_thread(self._now.app.keep_house)
        log.info("housekeeping done: %s", kept, extra={"action": "housekeeping"})

    @contextmanager
    def _in_hand(self, generation: Generation) -> Iterator[None]:
        """The running task is work that a reload and a stop wait for."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work is done in tasks")
        for work in (self._work, generation.work):
            work.add(task)
        try:
            yield
        finally:
            for work in (self._work, generation.work):
                work.discard(task)

    async def _stay_alive(self) -> None:
        """From the loop itself, so that systemd restarts a daemon whose loop hangs."""
        while self._notifier.watchdog_s is not None:
            self._notifier.alive()
            await asyncio.sleep(self._notifier.watchdog_s)

    # -- the end

    async def _stop(self) -> None:
        """No new work; the work in hand is finished, or cut off when time is up or a second signal comes."""
        self._notifier.stopping()
        self._scheduler.pause()
        log.info("stopping", extra={"action": "stopping", "in_hand": len(self._work)})
        self._stopping = True
        work = set(self._work)
        again = asyncio.create_task(self._signals.get())
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


def run_daemon(settings: Settings, *, open_app: Opener, config_path: Path | None = None, debug: bool = False) -> int:
    """The whole daemon, in the foreground; the exit code. Raises StoreError when one runs already on this data_dir (it
    names the pid), and what keeps the store from opening."""
    log_to_stderr(debug=debug)
    memory.import_less()
    with DaemonLock(settings.data_dir):
        asyncio.run(_serve(settings, open_app, lambda: config.load(config_path)))
    return 0


async def _serve(settings: Settings, open_app: Opener, load_settings: Callable[[], Settings]) -> None:
    await Service(settings, open_app=open_app, load_settings=load_settings).run()


def keep_unreadable(old: Mapping[str, Watch], loaded: watchlist.WatchlistLoad) -> dict[str, Watch]:
    """The watches after a reload. One that is missing because its file has an error goes on as it was; one that is
    missing from a good file was taken out."""
    kept = {
        name: watch
        for name, watch in old.items()
        if watch.origin is not None and any(str(error).startswith(f"{watch.origin}") for error in loaded.errors)
    }
    return kept | _by_name(loaded.watches)


def _same_store(old: Settings, new: Settings) -> None:
    """Raises ConfigError when the new settings name another store: that takes a restart."""
    if (old.data_dir, old.database) != (new.data_dir, new.database):
        raise ConfigError(
            "data_dir or [database] changed, which a reload cannot take over",
            remedy="Restart the daemon, or set them back.",
        )


def _by_name(watches: Sequence[Watch]) -> dict[str, Watch]:
    return {watch.name: watch for watch in watches if watch.enabled}


def _tell_errors(errors: Sequence[MonitorError]) -> int:
    for error in errors:
        log.error(f"watchlist: {error} {error.remedy}", extra={"action": "watchlist_error"})
    return len(errors)


def _job_id(name: str) -> str:
    return f"watch:{name}"


def _figures(report: RunReport) -> dict[str, object]:
    return {
        "status": report.status.value,
        "pages": report.pages,
        "images": report.images,
        "new_sightings": report.new_sightings,
        "errors": len(report.errors),
    }
