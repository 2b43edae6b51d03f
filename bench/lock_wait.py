"""How long a writer elsewhere keeps the daemon's loop: `python -m bench.lock_wait [SECONDS]`.

Another process holds the store's only place for a writer for so many seconds (50 unless said otherwise), while four
tasks write as visits do and one counts how late the loop comes to it. Run once with tasks as asyncio makes them, as it
was before, and once as the daemon makes them now (`monitor.aside`).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from monitor.aside import stepping_tasks
from monitor.clock import computed, exact_now, monotonic
from monitor.errors import StoreError
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.store.store import SqlStore, open_store

KEY = Secret("ab" * 32)
TICK_S = 0.05

HOLDER = """
import sys, time
from pathlib import Path
from monitor.model.settings import Secret
from monitor.store.sqlite import connect
held = connect(Path(sys.argv[1]), Secret(sys.argv[2]))
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[3]))
"""


@dataclass
class Counted:
    longest_s: float = 0.0
    failed: int = 0
    written: int = 0
    computed_s: float = 0.0


async def ticks(counted: Counted, over: asyncio.Event) -> None:
    before = monotonic()
    while not over.is_set():
        await asyncio.sleep(TICK_S)
        now = monotonic()
        counted.longest_s, before = max(counted.longest_s, now - before - TICK_S), now


async def writes(store: SqlStore, counted: Counted, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            store.robots_copies.save("host.example", "1", exact_now())
            counted.written += 1
        except StoreError:
            counted.failed += 1
        await asyncio.sleep(TICK_S)


async def story(store: SqlStore, file: Path, seconds: float) -> Counted:
    counted, over = Counted(), asyncio.Event()
    tasks = [asyncio.create_task(ticks(counted, over))]
    tasks += [asyncio.create_task(writes(store, counted, over)) for _ in range(4)]
    await asyncio.sleep(0.5)
    words = (sys.executable, "-c", HOLDER, str(file), KEY.value, str(seconds))
    holder = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    await holder.stdout.readline()
    began = computed()
    await holder.wait()
    counted.computed_s = computed() - began
    over.set()
    await asyncio.gather(*tasks)
    return counted


def main(seconds: float = 50.0) -> None:
    for name, factory in (("as asyncio makes tasks", None), ("as the daemon makes them", stepping_tasks)):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            settings = Settings(path=None, data_dir=home, watchlist_dir=home, database=DatabaseSettings(key=KEY))
            store = open_store(settings, new=True)
            with asyncio.Runner() as runner:
                runner.get_loop().set_task_factory(factory)
                counted = runner.run(story(store, home / "store.db", seconds))
            store.close()
        print(
            f"{name}: the loop stood for {counted.longest_s:.2f} s at the longest; {counted.failed} writes failed,"
            f" {counted.written} done; {counted.computed_s:.2f} s of the processor while it was held"
        )


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
