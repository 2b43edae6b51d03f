"""Composition of an installation of many machines: the scheduler and its workers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.app_daemon import visited_with
from monitor.daemon.queue.asked import AskedQueue
from monitor.daemon.queue.scheduler import Scheduling
from monitor.daemon.queue.working import run_worker
from monitor.daemon.reloading import ReadFiles
from monitor.daemon.service import run_daemon
from monitor.model.settings import Settings
from monitor.store.postgres.queue_standing import SCHEDULER

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from monitor.daemon.generation import Opener
    from monitor.daemon.queue import QueueJob
    from monitor.daemon.queue.taking import Taking
    from monitor.daemon.queue.working import OpenWorker
    from monitor.parts.confine.layers import Confinement


def queue_address(settings: Settings) -> str:
    """As libpq takes it."""
    from monitor.store.postgres.address import conninfo_of

    if settings.queue.url is None:
        raise RuntimeError("no queue is set")
    return conninfo_of(settings.queue.url)


def asked_queue(settings: Settings) -> AskedQueue:
    async def connect() -> AsyncConnection[Any]:
        from psycopg import AsyncConnection

        return await AsyncConnection.connect(queue_address(settings), autocommit=True, application_name=SCHEDULER)

    return AskedQueue(connect)


def taken_queue(settings: Settings, do: Callable[[QueueJob, int], Awaitable[None]]) -> Taking:
    from monitor.daemon.queue.taking import Taking

    return Taking(queue_address(settings), do)


def run_scheduler(
    settings: Settings,
    *,
    open_app: Opener,
    config_path: Path | None = None,
    debug: bool = False,
    confinement: Sequence[Confinement] = (),
) -> int:
    """As `run_daemon`, but that the work is given out."""
    return run_daemon(
        settings,
        open_app=open_app,
        config_path=config_path,
        debug=debug,
        confinement=confinement,
        made_by=partial(Scheduling, queue=asked_queue(settings), group_of=visited_with),
    )


def run_queue_worker(
    settings: Settings,
    *,
    open_app: OpenWorker,
    config_path: Path | None = None,
    debug: bool = False,
    confinement: Sequence[Confinement] = (),
) -> int:
    """The exit code. Raises StoreError, QueueMisfit."""
    return run_worker(
        settings,
        open_app=open_app,
        load_settings=ReadFiles(config_path).load,
        take_from=taken_queue,
        debug=debug,
        confinement=confinement,
    )
