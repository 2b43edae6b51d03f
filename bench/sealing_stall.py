"""The longest write transaction of a pass, and how long its loop stands still, where every fsync takes 50 ms.

One page with a lot of eight finds, each with a picture of its own. python -m bench.sealing_stall
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from monitor.model.case import Attestation, Authority, Case
from monitor.model.settings import DatabaseSettings, EvidenceSettings, MatchSettings, Secret, Settings
from monitor.store.sqlite import SqliteDatabase
from monitor.store.store import open_store
from monitor.vault.identity import new_identity
from tests.fakes import FakeClock, FakeSite
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, jpeg, page

FSYNC_S = 0.05
FINDS = 8
TICK_S = 0.005


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(Path(folder)))


async def measured(folder: Path) -> None:
    clock = FakeClock(datetime(2026, 11, 22, 20, tzinfo=UTC))
    settings = Settings(
        path=None,
        data_dir=folder / "data",
        watchlist_dir=folder / "watchlists",
        database=DatabaseSettings(key=Secret("ab" * 32)),
        evidence=EvidenceSettings(recipients=(new_identity()[1],)),
        match=replace(MatchSettings(), features=False),
    )
    store = open_store(settings, new=True)
    store.cases.save(Case("default", attestation=Attestation(Authority.SELF, clock()), created_at=clock()))  # type: ignore[arg-type]
    bench = Bench(settings, store, FakeSite(clock), clock, "")  # type: ignore[arg-type]
    await bench.enroll(PHOTOS[:1])
    with Image.open(PHOTOS[0]) as photo:
        photo.thumbnail((300, 300))
        copy = jpeg(photo)
    urls = [f"https://cdn.example/{number}.jpg" for number in range(FINDS)]
    for number, url in enumerate(urls):
        bench.site.put(url, copy + random.Random(number).randbytes(50_000), "image/jpeg")
    bench.site.put(FORUM.urls[0], page(*urls))
    transactions = list[float]()
    with slow_fsync(), timed_transactions(transactions):
        stalls = asyncio.create_task(longest_stall())
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        report = await bench.run()
        whole = time.perf_counter() - began
        stalls.cancel()
        stall = await stalls
    store.close()
    files = len(list(settings.vault_dir.glob("*.age")))
    print(f"{report.new_sightings} finds, {files} sealed files, pass {whole:.2f} s")
    print(
        f"longest write transaction {max(transactions) * 1000:.0f} ms, longest stall of the loop {stall * 1000:.0f} ms"
    )


async def longest_stall() -> float:
    worst, before = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(TICK_S)
            now = time.perf_counter()
            worst, before = max(worst, now - before - TICK_S), now
    except asyncio.CancelledError:
        return max(worst, time.perf_counter() - before - TICK_S)


@contextmanager
def slow_fsync() -> Iterator[None]:
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        time.sleep(FSYNC_S)
        fsync(descriptor)

    os.fsync = slow
    try:
        yield
    finally:
        os.fsync = fsync


@contextmanager
def timed_transactions(taken: list[float]) -> Iterator[None]:
    """Outer ones only. The database's own fsync is not slowed: it is in C."""
    transaction, depth = SqliteDatabase.transaction, [0]

    @contextmanager
    def timed(database: SqliteDatabase) -> Iterator[None]:
        depth[0] += 1
        began = time.perf_counter()
        try:
            with transaction(database):
                yield
        finally:
            depth[0] -= 1
            if depth[0] == 0:
                taken.append(time.perf_counter() - began)

    SqliteDatabase.transaction = timed  # type: ignore[method-assign]
    try:
        yield
    finally:
        SqliteDatabase.transaction = transaction  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
