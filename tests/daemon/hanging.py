"""`python -m tests.daemon.hanging WHAT CONFIG [NAME=SECONDS...]`: the real daemon with a hang planted in one of its
parts, and with shorter allowances, so that nobody waits for half an hour. Nothing of it can be reached in the program
as it is installed."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from monitor.daemon import ending, progress, rounds, service
from monitor.outbound import client, polite
from monitor.store import sqlite

ALLOWANCES = {
    "schedule": (progress, "SCHEDULE_WITHIN_S"),
    "mended": (progress, "MENDED_WITHIN_S"),
    "store": (sqlite, "STANDS_STILL_AFTER_S"),
    "taken": (ending, "TAKEN_WITHIN_S"),
    "wishes": (rounds, "WISHES_EVERY_S"),
}


def plant(what: str) -> None:
    if what == "schedule":
        rounds.Rounds._grant_wishes = _sleeps  # type: ignore[method-assign]
        service.Service._grant_wishes = _sleeps  # type: ignore[method-assign]
    elif what == "fetcher":
        client.GuardedClient.step = _never  # type: ignore[method-assign]


async def _sleeps(self: Any) -> None:
    time.sleep(3600)


async def _never(self: Any, walk: Any) -> Any:
    await asyncio.Event().wait()


def _allow_requests(seconds: float) -> None:
    polite.PoliteFetcher._allowed_s = property(lambda self: seconds, lambda self, given: None)  # type: ignore[assignment]


def main(what: str, config: str, *allowances: str) -> None:
    for name, _, seconds in (one.partition("=") for one in allowances):
        if name == "fetcher":
            _allow_requests(float(seconds))
        else:
            setattr(*ALLOWANCES[name], float(seconds))
    plant(what)
    from monitor.cli.main import run

    sys.exit(run(["run", "--config", config]))


if __name__ == "__main__":
    main(*sys.argv[1:])
