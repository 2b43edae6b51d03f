"""Killed before the numbered write, be it a sealed file or a transaction: DATA_DIR RECIPIENT NUMBER pass|round. Ends
with 0 where there were fewer."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.pipeline.wanted_captures import take_wanted
from monitor.store.sqlite import SqliteDatabase
from monitor.store.store import open_store
from monitor.vault.age import AgeVault
from tests.fakes import FakeClock, FakeSite
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, settings_of, small

COPY = "https://cdn.example/copy.jpg"
AT = datetime(2026, 11, 22, 20, tzinfo=UTC)


def fill(site: FakeSite) -> None:
    site.put(FORUM.urls[0], page(COPY))
    site.put(COPY, small(PHOTOS[0]), "image/jpeg")


def counted(write: Callable[..., Any], number: int, made: list[None]) -> Callable[..., Any]:
    def watched(*args: Any, **named: Any) -> Any:
        made.append(None)
        if len(made) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*args, **named)

    return watched


def main(data_dir: Path, recipient: str, number: int, what: str) -> None:
    settings = settings_of(data_dir, recipient)
    clock = FakeClock(AT + number * timedelta(minutes=30))  # what the one before had claimed is free again
    bench = Bench(settings, open_store(settings), FakeSite(clock), clock, "")
    fill(bench.site)
    made = list[None]()
    AgeVault.seal = counted(AgeVault.seal, number, made)  # type: ignore[method-assign]
    SqliteDatabase._commit = counted(SqliteDatabase._commit, number, made)  # type: ignore[method-assign]
    if what == "pass":
        asyncio.run(bench.run())
    else:
        asyncio.run(take_wanted("default", {FORUM.name: FORUM}, bench.dependencies()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
