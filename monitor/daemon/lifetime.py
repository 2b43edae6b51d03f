"""That a daemon runs, and how the one before it ended."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from monitor.daemon.logs import of_error
from monitor.documents.recovery import recovery_words
from monitor.errors import MonitorError
from monitor.model.settings import Settings
from monitor.parts.parent.inherited import WORKED_AFTER_S, from_parent
from monitor.pipeline.recovering import recover
from monitor.ports import Store

log = logging.getLogger(__name__)


def tell_started_anew() -> None:
    """In a core that follows one which a signal killed."""
    given = from_parent()
    if given is None or not given.killed_by:
        return
    aloud = f"It was ended from outside (signal {given.killed_by}) and has been started again."
    said = {"action": "core_killed", "signal": given.killed_by, "falls": given.falls.state.falls, "aloud": aloud}
    log.warning("the core was killed by a signal, and is started anew", extra=said)


def forget_falls_in_time(loop: asyncio.AbstractEventLoop) -> None:
    """A core that has lived for a while works, whatever became of those before it."""
    if (given := from_parent()) is not None and given.killed_by:
        loop.call_later(WORKED_AFTER_S, given.falls.worked)


def begin_life(store: Store, settings: Settings, now: datetime) -> None:
    """Looks what was left over, and says it. Never keeps a daemon from starting."""
    try:
        found = recover(store, settings, now)
    except (MonitorError, OSError) as error:
        said = of_error(error) if isinstance(error, MonitorError) else {"error": type(error).__name__}
        log.warning("what was left over could not be looked at", extra={"action": "not_recovered"} | said)
        return
    if not found:
        return
    figures = {kind.value: count for kind, count in found.things.items()}
    aloud = f"Left over from before: {'; '.join(recovery_words(found))}."
    said = {"action": "recovered", "cut_off": found.was_cut_off, "aloud": aloud, **figures}
    log.warning("what a cut-off process left was looked after: `status` says more", extra=said)


def end_life(store: Store) -> None:
    """In order."""
    try:
        store.machine.note_daemon(None)
    except MonitorError as error:  # of a newer version, or full: the next start says that this one was cut off
        log.info("the orderly end could not be noted", extra={"action": "note_failed"} | of_error(error))
