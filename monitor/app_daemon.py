"""Composition of a `run` that does the work itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from monitor.daemon.service import Service
from monitor.daemon.visits_together import Together
from monitor.model.watch import Watch

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.daemon.generation import DaemonApp
    from monitor.daemon.queue.claimed import VisitedMembers


def visited_with(app: DaemonApp, watch: Watch) -> str:
    return cast("App", app).group_of(watch)


async def visited_at_once(app: DaemonApp, again: bool, watches: Sequence[Watch], holder: str) -> VisitedMembers:
    return await cast("App", app).visit_group(watches, holder, again=again)


def served_here() -> partial[Service]:
    """As `run_daemon` takes it."""
    return partial(Service, together=Together(visited_with, visited_at_once))
