"""procrastinate's worker, with what it lacks.

As it comes, one lost connection ends it, after it has waited for every job that it has in hand; where only its
heartbeat falls, it works on and counts as dead (with no periodic task nothing of it looks after its side tasks); a
heartbeat that was forgotten meanwhile is not registered again; and what it could not note as finished stands as being
done for ever. Here a queue that is away is asked again in growing gaps, and nothing of it ends the worker.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as TheirJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from psycopg import Error as PsycopgError

from monitor.clock import monotonic
from monitor.daemon.queue import CASES, VISITS, JobKind, QueueJob
from monitor.daemon.queue.lots import VISITS_AT_ONCE
from monitor.daemon.queue.sweeping import HEARD_EVERY_S
from monitor.store.postgres.queue_tables import check_queue, quiet_library

log = logging.getLogger(__name__)

CASES_AT_ONCE = 4
ASK_EVERY_S = 2.0  # beside the bell, which may be lost with a connection
QUEUE_ANSWERS_WITHIN_S = 5.0
SILENT_AFTER_S = 8.0
AGAIN_S, LATEST_AGAIN_S = 1.0, 60.0
JOBS_STOP_WITHIN_S = 60.0  # for the work in hand, as `run`

Do = Callable[[QueueJob, int], Awaitable[None]]

_HEARD = "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(worker_id)s RETURNING id"
_END = (
    "DELETE FROM procrastinate_jobs WHERE id = %(job_id)s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM "
    "%(worker_id)s"
)
_OF_ANOTHER_VERSION = frozenset({"UndefinedFunction", "UndefinedColumn", "UndefinedTable"})


class QueueAnswers:
    """Whether the queue answers; told once, and asked in growing gaps."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._falls, self._not_before = 0, 0.0

    @property
    def is_so(self) -> bool:
        return self._falls > 0

    def is_to_wait(self) -> bool:
        return self.left_s() > 0

    def left_s(self) -> float:
        """Until it is asked again."""
        return max(0.0, self._not_before - self._clock())

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Around a question: one that is taken and never answered falls too, while it is still waited for."""
        late = asyncio.get_running_loop().call_later(SILENT_AFTER_S, self.fell, TimeoutError())
        try:
            yield
        finally:
            late.cancel()

    def fell(self, error: BaseException) -> None:
        self._falls += 1
        gap = min(AGAIN_S * 2 ** min(self._falls - 1, 10), LATEST_AGAIN_S)
        self._not_before = self._clock() + gap * random.uniform(0.5, 1)  # noqa: S311 - not all workers at once
        if self._falls == 1:
            said = {"action": "queue_away", "error": type(error).__name__}
            log.error("the queue does not answer: no new work is taken until it does", extra=said)

    def answered(self) -> None:
        if self._falls:
            log.warning("the queue answers again", extra={"action": "queue_back"})
        self._falls, self._not_before = 0, 0.0


class Manager(JobManager):
    """Of one worker."""

    def __init__(self, connector: Any, away: QueueAnswers) -> None:
        super().__init__(connector)
        self._away = away
        self.worker: Worker | None = None
        self._unfinished = dict[int, int | None]()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> TheirJob | None:
        if self._away.is_to_wait():
            return None
        try:
            with self._away.asked():
                found = await super().fetch_job(queues, worker_id)
        except ConnectorException as error:
            if type(error.__cause__).__name__ in _OF_ANOTHER_VERSION and self.worker is not None:
                self.worker.stop()  # type: ignore[no-untyped-call]  # whoever runs it looks at the tables again
            elif not await self._is_registered_anew(error):
                self._away.fell(error)
            return None
        self._away.answered()
        return found

    async def update_heartbeat(self, worker_id: int) -> None:
        if self._away.is_to_wait():
            return
        try:
            with self._away.asked():
                heard = await self.connector.execute_query_all_async(_HEARD, worker_id=worker_id)
            if not heard:
                await self._register_anew()
            for job_id, of_worker in list(self._unfinished.items()):
                await self.connector.execute_query_async(_END, job_id=job_id, worker_id=of_worker)
                self._unfinished.pop(job_id, None)
        except ConnectorException as error:
            self._away.fell(error)
        else:
            self._away.answered()

    async def finish_job(self, job: TheirJob, status: Status, delete_job: bool) -> None:
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as error:
            if _was_ended(error):  # by the scheduler's sweep, as what was done too late or said nothing
                log.warning("a job was ended by the scheduler before it was done", extra={"action": "job_swept"})
            elif job.id is not None:
                self._unfinished[job.id] = job.worker_id

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> Iterable[int]:
        return ()  # nobody asks for that

    async def unregister_worker(self, worker_id: int) -> None:
        try:
            await super().unregister_worker(worker_id)
        except ConnectorException:
            return  # it is forgotten in time

    async def _is_registered_anew(self, error: ConnectorException) -> bool:
        """Its row was forgotten while it was silent: then no job can be its own."""
        if type(error.__cause__).__name__ != "ForeignKeyViolation":
            return False
        try:
            await self._register_anew()
        except ConnectorException:
            return False
        return True

    async def _register_anew(self) -> None:
        if self.worker is not None:
            self.worker.worker_id = await self.register_worker()


def _was_ended(error: ConnectorException) -> bool:
    return type(error.__cause__).__name__ == "RaiseException"


class Taking:
    """Takes jobs until `stop`."""

    def __init__(self, conninfo: str, do: Do, *, kwargs: dict[str, Any] | None = None) -> None:
        """kwargs: of each connection."""
        quiet_library()
        self._do, self.away = do, QueueAnswers()
        self._connector = PsycopgConnector(
            conninfo=conninfo, min_size=1, max_size=4, timeout=QUEUE_ANSWERS_WITHIN_S, kwargs=kwargs or {}
        )
        self._workers = list[Worker]()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`. What is in hand then is finished, or cut off after a minute. Raises QueueMisfit."""
        at_once = {VISITS: VISITS_AT_ONCE, CASES: CASES_AT_ONCE}
        taking = [asyncio.create_task(self._take(queue, count)) for queue, count in at_once.items()]
        try:
            await asyncio.wait(taking, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self.stop()
            await asyncio.wait(taking)
            with suppress(ConnectorException, PsycopgError):
                await self._connector.close_async()
        fallen = [error for one in taking if not one.cancelled() and (error := one.exception()) is not None]
        if fallen:
            raise fallen[0]

    def stop(self) -> None:
        self._stopping.set()
        for worker in self._workers:
            worker.stop()  # type: ignore[no-untyped-call]  # procrastinate annotates not all of it

    async def _take(self, queue: str, at_once: int) -> None:
        while not self._stopping.is_set():
            try:
                await self._connector.open_async()
                async with self._connector.pool.connection() as connection:
                    await check_queue(connection)
                await self._worker(queue, at_once).run()  # type: ignore[no-untyped-call]
            except (ConnectorException, PsycopgError, OSError) as error:
                self.away.fell(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self.away.left_s())

    def _worker(self, queue: str, at_once: int) -> Worker:
        app = App(connector=self._connector)
        manager = app.job_manager = Manager(self._connector, self.away)
        for kind in JobKind:
            app.task(name=kind.value, pass_context=True)(self._task(kind))
        worker = Worker(
            app,
            queues=[queue],
            name=queue,
            concurrency=at_once,
            fetch_job_polling_interval=ASK_EVERY_S,
            shutdown_graceful_timeout=JOBS_STOP_WITHIN_S,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARD_EVERY_S,
            stalled_worker_timeout=3600.0,  # forgotten by the scheduler
        )
        manager.worker = worker
        self._workers.append(worker)
        return worker

    def _task(self, kind: JobKind) -> Callable[..., Awaitable[None]]:
        async def task(context: Any, id: str) -> None:
            await self._do(QueueJob(kind, id), int(context.job.id or 0))

        return task
