"""What a clock that goes on by a year costs a daemon with much in its store: how long its loop stands, and memory.

`python -m bench.clock_leap [ADDRESSES] [FINDS]` (100000, 2000): each round that goes by the clock is done once, a year
later, as the daemon does it (housekeeping and drafts beside the loop), while the loop reads and writes the store every
20 ms. Printed for each: how long it took, how long the loop stood at most, and by how much the process grew. Once with
the leap as the daemon notes it (then nothing is forgotten for a month), and once as if it had gone on by a year for
real.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import many_sightings, seen_urls
from monitor.alerts.sending import queue_digest
from monitor.app import App, open_app
from monitor.model.case import Attestation, Authority, Case
from monitor.model.settings import Settings
from monitor.pipeline.hindrances import tell_hindrances
from monitor.ports.machine import ClockSet
from monitor.store.store import open_store

YEAR = timedelta(days=365)
LATER = many_sightings.NOW + YEAR


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def fill(settings: Settings, addresses: int, finds: int) -> None:
    store = open_store(settings, new=True)
    with store.transaction():
        many_sightings.fill(store, finds)
        store.cases.save(Case(many_sightings.CASE, "A Person", Attestation(Authority.SELF, LATER), many_sightings.NOW))
    chance = random.Random(1)
    for begin in range(0, addresses, 5_000):
        with store.transaction():
            for number in range(begin, begin + 5_000):
                seen_urls.save_image(store, number, chance, candidate=True)
    store.close()


async def stood(app: App, name: str, work: Callable[[], Awaitable[object]]) -> None:
    longest, over = 0.0, asyncio.Event()

    async def loop() -> None:
        nonlocal longest
        while not over.is_set():
            began = time.monotonic()
            app.store.alerts.due(LATER)
            app.store.machine.note_round(LATER - timedelta(days=1))
            await asyncio.sleep(0.02)
            longest = max(longest, time.monotonic() - began - 0.02)

    looping = asyncio.create_task(loop())
    await asyncio.sleep(0.2)
    before, began = resident(), time.monotonic()
    try:
        await work()
        said = ""
    except Exception as error:  # what a bench finds out, too
        said = f"  ({type(error).__name__}: {error})"[:100]
    took = time.monotonic() - began
    over.set()
    await looping
    print(f"  {name:14} took {took:6.1f} s, the loop stood {longest:5.2f} s, {resident() - before:+6.1f} MB{said}")


async def rounds(settings: Settings, *, noted: bool) -> None:
    async with open_app(settings, clock=lambda: LATER, screenshots=False) as app:
        leap = ClockSet(LATER if noted else many_sightings.NOW, int(YEAR.total_seconds()) if noted else 0)
        app.store.machine.note_clock_set(leap)

        async def digest() -> None:
            queue_digest(app.store, many_sightings.CASE, since=many_sightings.NOW, now=LATER)
            await app.send_alerts()

        async def standing() -> None:
            tell_hindrances((), app.store, settings, LATER)

        await stood(app, "digest", digest)
        await stood(app, "standing", standing)
        await stood(app, "alerts", app.send_alerts)
        await stood(app, "registries", app.ask_registries)
        await stood(app, "drafts", lambda: asyncio.to_thread(app.draft_next))
        await stood(app, "housekeeping", lambda: asyncio.to_thread(app.keep_house))


def main() -> None:
    addresses, finds = (int(word) for word in (*sys.argv[1:], "100000", "2000")[:2])
    for noted in (True, False):
        with tempfile.TemporaryDirectory(prefix="clock-leap-") as made:
            settings = replace(many_sightings.settings(Path(made)), watchlist_dir=Path(made) / "watchlists")
            fill(settings, addresses, finds)
            how = "the leap as it is noted" if noted else "as if a year had passed"
            print(f"{addresses} addresses, {finds} finds; {how}; {resident():.0f} MB before")
            asyncio.run(rounds(settings, noted=noted))


if __name__ == "__main__":
    main()
