"""Killed between the sealed files and the transaction that names them: DATA_DIR RECIPIENT."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from monitor.pipeline import recording
from monitor.store.store import open_store
from tests.fakes import FakeClock, FakeSite
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, settings_of, small

COPY = "https://cdn.example/copy.jpg"


def killed(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def main(data_dir: Path, recipient: str) -> None:
    settings = settings_of(data_dir, recipient)
    clock = FakeClock(datetime(2026, 11, 22, 20, tzinfo=UTC))
    bench = Bench(settings, open_store(settings), FakeSite(clock), clock, "")
    bench.site.put(FORUM.urls[0], page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    recording._write = killed
    asyncio.run(bench.run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
