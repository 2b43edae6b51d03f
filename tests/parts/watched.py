"""`python -m tests.parts.watched CODE`: a core of a few lines under the real parent, with planted parts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import Any

from monitor.daemon.notify import Notifier
from monitor.parts.parent import spawning, watching_over
from monitor.parts.parent.inherited import FromParent, from_parent
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.starting import ProgramPart


def given() -> FromParent:
    found = from_parent()
    assert found is not None
    return found


def say(*words: object) -> None:
    print(*words, flush=True)


HEEDED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def heed() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)


def take() -> None:
    """The next of those that came."""
    say("took", signal.Signals(signal.sigwait(HEEDED)).name)


async def echo(parts: LaunchedParts, pipe: Any, word: str) -> str:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(pipe, word.encode())
    return (await loop.sock_recv(pipe, 4096)).decode()


CORE = {
    "Notifier": Notifier,
    "LaunchedParts": LaunchedParts,
    "ProgramPart": ProgramPart,
    **{name.__name__: name for name in (given, say, heed, take, echo)},
    **{name.__name__: name for name in (asyncio, os, signal, sys, time)},
}


def main(code: str) -> None:
    spawning.BEGINNING = "tests.parts.planted_part"
    if (ended := watching_over.watch_over()) is not None:
        sys.exit(ended)
    exec(code, CORE)


if __name__ == "__main__":
    main(sys.argv[1])
