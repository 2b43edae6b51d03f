"""procrastinate's tables, as the scheduler asks them: over one connection, which also says that this scheduler is the
one that leads. Whoever has lost the connection leads no more and can put nothing either.

Beside its API three statements of our own: procrastinate 3.10 has none that tells what waits by its lock, and ends no
job that another worker has in hand.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from monitor.daemon.queue import JobKind, QueueJob, QueueState, SweptJobs, queue_of
from monitor.daemon.queue.sweeping import JobInHand, sweep_of
from monitor.errors import QueueAway
from monitor.store.postgres.queue_standing import DEAD_AFTER_S, LEADS, QUEUES_OF_A_WORKER
from monitor.store.postgres.queue_tables import check_queue, quiet_library

if TYPE_CHECKING:
    from psycopg import AsyncConnection

log = logging.getLogger(__name__)

_STATE = """
SELECT lock, status = 'doing',
       EXTRACT(EPOCH FROM now() - (SELECT min(event.at) FROM procrastinate_events event WHERE event.job_id = job.id))
  FROM procrastinate_jobs job WHERE status IN ('todo', 'doing') AND lock IS NOT NULL
"""
_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)"
_IN_HAND = """
SELECT job.id, job.lock,
       EXTRACT(EPOCH FROM now() - (SELECT max(event.at) FROM procrastinate_events event
                                    WHERE event.job_id = job.id AND event.type = 'started')),
       EXTRACT(EPOCH FROM now() - worker.last_heartbeat)
  FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
 WHERE job.status = 'doing' AND job.lock IS NOT NULL
"""
_END = "DELETE FROM procrastinate_jobs WHERE id = ANY(%s) AND status = 'doing'"
_FORGET_WORKERS = "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => %s)"
FORGOTTEN_AFTER_S = 3600.0
_AWAY = "Nothing, if it is being restarted: it is asked again. Else look after the PostgreSQL of [queue] url."


class AskedQueue:
    """connect: gives a connection in autocommit, which is then ours."""

    def __init__(self, connect: Callable[[], Awaitable[AsyncConnection[Any]]]) -> None:
        import procrastinate

        quiet_library()
        self._connect = connect
        self._connection: AsyncConnection[Any] | None = None
        self._leads = False
        self._jobs = procrastinate.App(connector=procrastinate.PsycopgConnector()).job_manager

    async def take(self) -> bool:
        async with self._asking(to_lead=True) as connection:
            if not self._leads:
                await check_queue(connection)
                ((self._leads,),) = await _all(connection, "SELECT pg_try_advisory_lock(%s)", (LEADS,))
            else:
                await connection.execute("SELECT 1")
            return self._leads

    async def state(self) -> QueueState:
        async with self._asking() as connection:
            return await _state(connection)

    async def put(self, jobs: Sequence[QueueJob]) -> int:
        from procrastinate import exceptions

        async with self._asking() as connection:
            for _ in range(3):
                state = await _state(connection)
                fresh = [job for job in dict.fromkeys(jobs) if job.lock not in state.waiting | state.in_hand]
                if not fresh:
                    return 0
                try:
                    await self._jobs.batch_defer_jobs_async([_as_theirs(job) for job in fresh], connection=connection)
                except exceptions.AlreadyEnqueued:  # by a scheduler that led until just now
                    continue
                return len(fresh)
        return 0

    async def sweep(self, held: frozenset[str]) -> SweptJobs:
        async with self._asking() as connection:
            jobs = [
                JobInHand(number, lock, float(for_s or 0), None if heard_s is None else float(heard_s))
                for number, lock, for_s, heard_s in await _all(connection, _IN_HAND)
            ]
            found = sweep_of(jobs, held)
            if found.numbers:
                await connection.execute(_END, (list(found.numbers),))
            await connection.execute(_FORGET_WORKERS, (FORGOTTEN_AFTER_S,))
            return found.swept

    async def aclose(self) -> None:
        self._leads = False
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    @asynccontextmanager
    async def _asking(self, *, to_lead: bool = False) -> AsyncIterator[AsyncConnection[Any]]:
        from procrastinate.exceptions import ConnectorException
        from psycopg import Error

        try:
            if self._connection is None:
                if not to_lead:
                    raise QueueAway("this scheduler does not lead any more", remedy=_AWAY)
                self._connection = await self._connect()
            yield self._connection
        except (Error, ConnectorException, OSError) as error:
            with suppress(Error, OSError):
                await self.aclose()
            raise QueueAway("the queue does not answer", remedy=_AWAY) from error


async def _state(connection: AsyncConnection[Any]) -> QueueState:
    waiting, in_hand, oldest = set[str](), set[str](), 0.0
    for lock, is_doing, for_s in await _all(connection, _STATE):
        (in_hand if is_doing else waiting).add(lock)
        oldest = oldest if is_doing else max(oldest, float(for_s or 0))
    ((registered,),) = await _all(connection, _WORKERS, (DEAD_AFTER_S,))
    workers = -(-int(registered) // QUEUES_OF_A_WORKER)
    return QueueState(frozenset(waiting), frozenset(in_hand), workers, round(oldest, 3))


async def _all(connection: AsyncConnection[Any], statement: str, values: Sequence[object] = ()) -> Sequence[Any]:
    cursor = await connection.execute(statement.encode(), values)
    return await cursor.fetchall()


def _as_theirs(job: QueueJob) -> Any:
    """Never for later: one that waits for its time blocks all others with its lock. Without a retry: a failed pass is a
    failed run, and its row says when the next one is due."""
    from procrastinate.jobs import Job as TheirJob

    return TheirJob(
        queue=queue_of(job.kind),
        lock=job.lock,
        queueing_lock=job.lock,
        task_name=job.kind.value,
        task_kwargs={"id": job.id},
        priority=10 if job.kind is JobKind.ALERTS else 0,
    )
