"""What the queue costs on a real PostgreSQL, on a Unix socket: `python -m bench.queue_cost [JOBS]`.

Processor time of this process, and beside it the time on the wall (with the server's work in it): to give jobs out, in
lots and one by one; to take and end them, empty; the same with all that a pass has beside its look (its rows claimed,
its watch read, its run kept and its next time settled); to read and give out ten thousand due rows; and a transaction
with its case set, against the same without. The last of each repetition's best counts: other programs are at work here.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import psycopg

from monitor.acting import acting_for, acting_for_all
from monitor.aside import stepping_tasks
from monitor.clock import computed, exact_now, monotonic
from monitor.daemon.queue import JobKind, QueueJob
from monitor.daemon.queue.asked import AskedQueue
from monitor.daemon.queue.doing import Doing
from monitor.daemon.queue.taking import Taking
from monitor.model.ids import CaseId
from monitor.model.observation import RunStatus
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.last_good import dump_watches
from monitor.pipeline.runs import save_run
from monitor.pipeline.visiting import visiting
from monitor.store.postgres.queue_tables import prepare_queue
from monitor.store.store import SqlStore
from tests.queues import Queue
from tests.serving.postgres import OWNER, PROGRAM, the_server
from tests.stores import a_postgres_store, close_stores

LOT = 500
CASE = CaseId("default")


@dataclass(frozen=True, slots=True)
class Took:
    wall_s: float
    cpu_s: float

    def each(self, count: int) -> str:
        return f"{self.cpu_s / count * 1000:.3f} ms of this process, {self.wall_s / count * 1000:.3f} ms on the wall"


class Measured:
    def __init__(self) -> None:
        self._began = monotonic(), computed()

    def took(self) -> Took:
        return Took(monotonic() - self._began[0], computed() - self._began[1])


@dataclass(frozen=True)
class Member:
    watch: Watch
    run: Run | None
    why_not: Exception | None = None


@dataclass(frozen=True)
class Members:
    members: Sequence[Member]


class NoLook:
    """All of a pass but its look."""

    def __init__(self, store: SqlStore) -> None:
        folder = Path(tempfile.gettempdir())
        self.store, self.clock = store, exact_now
        self.settings = Settings(path=None, data_dir=folder, watchlist_dir=folder)

    async def visit_group(self, watches: Sequence[Watch], holder: str) -> Members:
        done = []
        for watch in watches:
            with acting_for(watch.case):
                async with visiting(watch, self.settings, self.store, self.clock, held_by=holder) as visit:
                    now = self.clock()
                    run = Run(watch.name, watch.case, RunStatus.OK, now, now, pages_seen=1)
                    save_run(run, watch, self.store, visit=visit)
            done.append(Member(watch, run))
        return Members(done)

    async def take_captures(self, watches: Sequence[Watch]) -> None: ...
    async def recheck(self, watches: Sequence[Watch]) -> None: ...
    async def send_alerts(self) -> None: ...


def watch_of(number: int) -> Watch:
    return Watch(f"watch {number}", Kind.PAGE, Every(3600), urls=(f"https://place-{number}.example/",), case=CASE)


def plan(store: SqlStore, count: int) -> None:
    at = exact_now() - timedelta(minutes=1)
    with acting_for(CASE), store.transaction():
        for number in range(count):
            watch = watch_of(number)
            store.kept_watches.save(CASE, watch.name, dump_watches((watch,)), at)
            row = DueVisit(watch.name, CASE, at, VisitReason.SCHEDULE, at, "every 3600", grp=f"g{number}")
            store.visits.plan(row)


def jobs_of(count: int) -> list[QueueJob]:
    return [QueueJob(JobKind.VISIT, f"g{number}") for number in range(count)]


async def given_out(asked: AskedQueue, jobs: Sequence[QueueJob], lot: int) -> Took:
    measured = Measured()
    for at in range(0, len(jobs), lot):
        await asked.put(jobs[at : at + lot])
    return measured.took()


async def taken(queue: Queue, count: int, do: Callable[[QueueJob, int], object]) -> Took:
    done, over = 0, asyncio.Event()

    async def counted(job: QueueJob, number: int) -> None:
        nonlocal done
        found = do(job, number)
        if asyncio.iscoroutine(found):
            await found
        done += 1
        if done == count:
            over.set()

    measured = Measured()
    taking = Taking(queue.url, counted)
    running = asyncio.create_task(taking.run())
    await over.wait()
    took = measured.took()
    taking.stop()
    await running
    return took


async def measure(count: int) -> None:
    store = a_postgres_store()
    server, database = the_server(), psycopg.conninfo.conninfo_to_dict(str(store._db._pool._conninfo))["dbname"]  # type: ignore[attr-defined]
    with server.connect(str(database), OWNER) as connection:
        prepare_queue(connection, PROGRAM)
    queue = Queue(server, str(database))
    asked = queue.asked()
    assert await asked.take()

    print(f"given out in lots of {LOT}: {(await given_out(asked, jobs_of(count), LOT)).each(count)}")
    took = await taken(queue, count, lambda job, number: None)
    print(f"taken and ended, empty ({count} stood there at once): {took.each(count)}")

    total, lots = Took(0, 0), 0
    while lots * 50 < count:  # as many as stand there at once where a pass takes a while
        await asked.put(jobs_of(50))
        one = await taken(queue, 50, lambda job, number: None)
        total, lots = Took(total.wall_s + one.wall_s, total.cpu_s + one.cpu_s), lots + 1
    print(f"the same, 50 at once: {total.each(lots * 50)}")
    print(f"given out one by one: {(await given_out(asked, jobs_of(count // 10), 1)).each(count // 10)}")
    queue.empty()

    plan(store, count)
    doing = Doing(NoLook(store), lambda error: None)
    total, at = Took(0, 0), 0
    alone = Took(0, 0)
    while at < count:
        with acting_for_all():
            due = [QueueJob(JobKind.VISIT, group) for group, _ in store.visits.due_groups(exact_now(), 50)]
        put = await given_out(asked, due, LOT)
        one = await taken(queue, len(due), doing.do)
        total = Took(total.wall_s + one.wall_s + put.wall_s, total.cpu_s + one.cpu_s + put.cpu_s)
        at += len(due)
    for number in range(200):
        measured = Measured()
        watch = watch_of(number)
        with acting_for(CASE):
            now = exact_now()
            save_run(Run(watch.name, CASE, RunStatus.OK, now, now, pages_seen=1), watch, store)
        found = measured.took()
        alone = Took(alone.wall_s + found.wall_s, alone.cpu_s + found.cpu_s)
    print(f"a whole pass but its look, given out, taken, done: {total.each(count)}")
    print(f"  of that, to keep its run (as without a queue): {alone.each(200)}")

    plan(store, 10_000)
    best = Took(1e9, 1e9)
    for _ in range(3):
        queue.empty()
        measured = Measured()
        with acting_for_all():
            due = [QueueJob(JobKind.VISIT, group) for group, _ in store.visits.due_groups(exact_now(), 10_000)]
        for lot in range(0, len(due), LOT):
            await asked.put(due[lot : lot + LOT])
        found = measured.took()
        best = min(best, found, key=lambda one: one.wall_s)
    print(f"{len(due)} due rows read and given out: {best.wall_s:.2f} s ({len(due) / best.wall_s:.0f} a second)")
    queue.empty()

    for name, scope in (("with its case set", acting_for(CASE)), ("of no case", acting_for_all())):
        with scope:
            row = replace(store.visits.all()[0])
            times = []
            for _ in range(400):
                measured = Measured()
                with store.transaction():
                    store.visits.get(row.case, row.watch)
                times.append(measured.took())
        times.sort(key=lambda one: one.wall_s)
        half = times[len(times) // 2]
        print(f"a transaction {name}, with one read: {half.wall_s * 1000:.2f} ms in the middle of 400, "
              f"{times[10].wall_s * 1000:.2f} at best")  # fmt: skip
    await asked.aclose()


def main(count: int) -> None:
    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(stepping_tasks)
        runner.run(measure(count))
    close_stores()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
