"""What is asked of a worker that was started, by the core."""

from __future__ import annotations

import os

from monitor.room import Shortage, lack_in, lack_said


def opened_to_ask(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def why_not_started(error: BaseException, said: str = "") -> str:
    """said: by one that ended at once. Where this machine lacks room, that."""
    if lack := (lack_said(said) if said else lack_in(error, starting=True)):
        return lack.why
    return said or (error.strerror if isinstance(error, OSError) else "") or type(error).__name__


def room_missing(why: str) -> Shortage | None:
    """Where no reader could be started for want of it. why: of `WorkerLost`, which says nothing that a page said."""
    return next((lack for lack in Shortage if lack.why in why), None)
