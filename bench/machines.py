"""Workers over one PostgreSQL: what a turn costs, and how much more several workers get done than one.

    .venv/bin/python -m bench.machines [--hosts 200] [--pages 25] [--shared 20] [--workers 1 2 4] [--turns 2000]

The workers are processes with the program's own way out, each with a clock that stands wrong by up to two minutes; the
hosts are addresses of this machine's loopback: `shared` of them all workers ask, of the others each has its own. There
is no gap, so that the work is the processor's. A turn is a claim and its giving back, each a transaction.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.clock import utc_now
from monitor.store.postgres.host_gate import SharedHostGate
from tests.outbound.machines import addresses, at_work_as_processes, some_hosts
from tests.stores import a_postgres_store, close_stores


def cost_of_a_turn(turns: int) -> tuple[float, float]:
    """Milliseconds of this process's CPU, and on the clock."""
    gate, none = SharedHostGate(a_postgres_store()._db), timedelta(0)
    now, lease = utc_now(), timedelta(seconds=30)
    for host in range(50):
        gate.claim(f"{host}.example", none, lease, now)
        gate.give_back(f"{host}.example", none)
    cpu, wall = time.process_time(), time.monotonic()
    for number in range(turns):
        gate.claim(f"{number % 50}.example", none, lease, now)
        gate.give_back(f"{number % 50}.example", none)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    close_stores()
    return cpu / turns * 1e3, wall / turns * 1e3


async def at_work(folder: Path, hosts: int, shared: int, pages: int, workers: int) -> float:
    """Pages a second."""
    async with some_hosts() as there:
        took, said = await at_work_as_processes(folder, there, addresses(hosts), pages, workers, 0.0, shared)
        if there.most_at_once != 1 or set(said) != {"ok"}:
            raise SystemExit(f"not as it should be: {there.most_at_once} at once, {set(said)}")
    return hosts * pages / took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--shared", type=int, default=20)
    parser.add_argument("--pages", type=int, default=25)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--turns", type=int, default=2000)
    given = parser.parse_args()
    cpu, wall = cost_of_a_turn(given.turns)
    print(f"a turn: {cpu:.2f} ms of CPU, {wall:.2f} ms")
    first = 0.0
    for workers in given.workers:
        with TemporaryDirectory() as folder:
            speed = asyncio.run(at_work(Path(folder), given.hosts, given.shared, given.pages, workers))
        first = first or speed
        print(f"{workers} workers: {speed:.0f} pages a second, {speed / first:.2f} times as many as {given.workers[0]}")


if __name__ == "__main__":
    main()
