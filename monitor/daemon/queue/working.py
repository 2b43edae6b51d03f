"""`worker`: takes jobs from the queue until it is told to end. As many as one likes, on as many machines.

It has no watchlists and plans nothing: what it works with stands in the store. It ends in order once a newer version
has upgraded that, and where the queue is of another version: then it says what to do.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, timedelta
from typing import Any, Protocol

from monitor import memory
from monitor.acting import acting_for_all
from monitor.aside import stepping_tasks
from monitor.daemon.counting import Counting
from monitor.daemon.lifetime import forget_falls_in_time, tell_started_anew
from monitor.daemon.logs import log_to_stderr, of_error
from monitor.daemon.notify import Notifier
from monitor.daemon.progress import PASS_WITHIN_S
from monitor.daemon.queue import JobKind, QueueJob
from monitor.daemon.queue.doing import Doing, WorkerApp
from monitor.daemon.schedule import Times
from monitor.daemon.selfwatch import cut_off_if_it_stands
from monitor.daemon.timekeeping import Clocks, Leap, Reading, read_clocks
from monitor.errors import MonitorError, NewerStore, StoreError
from monitor.model.progress import Loop
from monitor.model.settings import Settings
from monitor.model.watch import Every
from monitor.parts.confine.layers import Confinement, lacking_layers

log = logging.getLogger(__name__)

WORKER_RESTS_EVERY_S = 60


class Taker(Protocol):
    async def run(self) -> None:
        """Takes jobs until `stop`; what is in hand then is finished, or cut off after a minute. Raises QueueMisfit."""
        ...

    def stop(self) -> None: ...


MakeTaker = Callable[[Settings, Callable[[QueueJob, int], Awaitable[None]]], Taker]
OpenWorker = Callable[[Settings], AbstractAsyncContextManager[WorkerApp]]


class WorkingForQueue(Counting):
    """is_a_process: of its own, which watches itself and ends where it stands still."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_app: OpenWorker,
        load_settings: Callable[[], Settings],
        take_from: MakeTaker,
        notifier: Notifier | None = None,
        read_clocks: Callable[[], Reading] = read_clocks,
        is_a_process: bool = False,
    ) -> None:
        super().__init__(UTC, Clocks(read_clocks))
        self._settings, self._open_app, self._load_settings = settings, open_app, load_settings
        self._take_from, self._is_a_process = take_from, is_a_process
        self._notifier = notifier or Notifier()
        self._resting = memory.Resting()
        self._taker: Taker | None = None
        self._app: WorkerApp | None = None  # while it is open

    async def run(self) -> None:
        """Until SIGTERM or SIGINT; SIGHUP reads the configuration anew, once what is in hand is done. Raises what keeps
        it from starting, QueueMisfit, and NewerStore and StoodStill after an orderly end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._signals.put_nowait, number)
        self._last_resort.watch(signal.SIGTERM, signal.SIGINT)
        with self._watching_itself():
            self._scheduler.start()
            first = self._clocks.wall() + timedelta(seconds=WORKER_RESTS_EVERY_S)
            self._scheduler.add_job(self._rest, Times(Every(WORKER_RESTS_EVERY_S), UTC), id="rest", next_run_time=first)
            if self._is_a_process:
                self._keep_looking()
            try:
                while await self._worked():
                    self._settings = self._settings_anew()
            finally:
                self._scheduler.shutdown(wait=False)
                self._last_resort.over()
        log.info("worker stopped", extra={"action": "stopped", "aloud": "Stopped. This worker takes no more work."})
        if (error := self._outgrown or self._fallen) is not None:
            raise error

    async def _worked(self) -> bool:
        """With one configuration. Whether it goes on with another."""
        async with self._open_app(self._settings) as app:
            doing = Doing(app, self._end_outgrown)

            async def do(job: QueueJob, number: int) -> None:
                what, loop = ("visit", Loop.VISITS) if job.kind is JobKind.VISIT else (job.kind.value, Loop.ROUNDS)
                with cut_off_if_it_stands(loop, what, PASS_WITHIN_S):
                    await doing.do(job, number)
                memory.give_back()

            self._app = app
            self._taker = self._take_from(self._settings, do)
            taking = asyncio.create_task(self._taker.run())
            self._work.add(taking)
            await self._keep_door_of(app)
            self._notifier.ready()
            aloud = "Work is taken from the queue from now on, until you press Ctrl-C."
            log.info("worker ready", extra={"action": "ready", "aloud": aloud})
            told = asyncio.create_task(self._signals.get())
            try:
                await asyncio.wait({taking, told}, return_when=asyncio.FIRST_COMPLETED)
                goes_on = told.done() and told.result() is signal.SIGHUP
                self._stopping = not goes_on
                self._taker.stop()
                if not taking.done():
                    (self._notifier.reloading if goes_on else self._notifier.stopping)()
                    aloud = "Stopping. What is in hand is finished first."
                    log.info("stopping", extra={"action": "stopping", "aloud": aloud})
                await taking
                return goes_on
            finally:
                self._app = None
                told.cancel()
                await self._shut_door()
                self._work.discard(taking)

    def _settings_anew(self) -> Settings:
        try:
            return self._load_settings()
        except MonitorError as error:
            said = {"action": "reload_refused"} | of_error(error)
            log.error("configuration not taken over, the old one goes on: `doctor` says why", extra=said)
            return self._settings

    def _note(self, leap: Leap) -> None:
        """What waits in the store does not wait by this machine's clock."""

    def _end_if_outgrown(self) -> None:
        """Where there is nothing to do, nothing else would ask."""
        if self._app is None:
            return
        try:
            with acting_for_all():
                self._app.store.machine.alive()
        except NewerStore as error:
            self._end_outgrown(error)
        except StoreError as error:
            log.debug("the store could not be asked", extra={"action": "store_away"} | of_error(error))

    async def _rest(self) -> None:
        self._end_if_outgrown()
        if self._resting.is_due(memory.resident()):
            memory.give_back()
            memory.let_go_of_files()
            self._resting.rested()


def run_worker(
    settings: Settings,
    *,
    open_app: OpenWorker,
    load_settings: Callable[[], Settings],
    take_from: MakeTaker,
    debug: bool = False,
    confinement: Sequence[Confinement] = (),
) -> int:
    """The whole worker, in the foreground; the exit code."""
    log_to_stderr(debug=debug)
    if missing := lacking_layers(confinement):
        log.warning("the core runs with less confinement", extra={"action": "core_weak", "missing": missing})
    tell_started_anew()
    memory.few_arenas()
    worker = WorkingForQueue(
        settings, open_app=open_app, load_settings=load_settings, take_from=take_from, is_a_process=True
    )

    async def work() -> Any:
        forget_falls_in_time(asyncio.get_running_loop())
        await worker.run()

    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(stepping_tasks)
        runner.run(work())
    return 0
