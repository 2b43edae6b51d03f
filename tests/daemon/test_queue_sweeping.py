"""Which jobs are dead: pure decisions, and what procrastinate 3.10 leaves undone, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import pytest
from procrastinate.manager import JobManager

from monitor.daemon.queue import JobKind, QueueJob, SweptJobs
from monitor.daemon.queue.asked import AskedQueue
from monitor.daemon.queue.sweeping import DEAD_AFTER_S, IDLE_AFTER_S, LATE_AFTER_S, JobInHand, sweep_of
from monitor.daemon.queue.taking import Taking
from monitor.errors import QueueAway, QueueMisfit
from monitor.model.check import OK
from monitor.model.queue import QueueStanding
from monitor.model.settings import QueueSettings, Secret
from monitor.services.on_queue import check_workers
from monitor.store.postgres.queue_standing import queue_standing
from monitor.store.postgres.queue_tables import needed_of_queue
from tests.alerts.alert_helpers import settings as make_settings
from tests.patience import WITHIN_S
from tests.queues import Queue
from tests.serving.postgres import OWNER

VISIT, ALERTS = QueueJob(JobKind.VISIT, "g1"), QueueJob(JobKind.ALERTS, "anna")
NOTHING, DEAD, LATE, IDLE = SweptJobs(), SweptJobs(dead=1), SweptJobs(late=1, groups=("g1",)), SweptJobs(idle=1)


@pytest.mark.parametrize(
    ("lock", "for_s", "heard_s", "is_held", "swept"),
    [
        pytest.param("visit:g1", 1, 1, False, NOTHING, id="just begun: its rows are claimed next"),
        pytest.param("visit:g1", 1, None, False, DEAD, id="its worker was killed and is forgotten"),
        pytest.param("visit:g1", 1, DEAD_AFTER_S, False, DEAD, id="its worker was not heard of"),
        pytest.param("visit:g1", 1, DEAD_AFTER_S - 1, False, NOTHING, id="or only just not"),
        pytest.param("visit:g1", 999, 999, True, NOTHING, id="a loop that was kept: what it holds says that it lives"),
        pytest.param("visit:g1", 999, None, True, NOTHING, id="likewise, forgotten by the queue"),
        pytest.param("visit:g1", IDLE_AFTER_S, 0, False, IDLE, id="ended, and the queue was not told (1446, 1543)"),
        pytest.param("visit:g1", LATE_AFTER_S, 0, True, LATE, id="longer than any pass may be"),
        pytest.param("alerts:anna", IDLE_AFTER_S, 0, False, NOTHING, id="what holds no row is not idle"),
        pytest.param("alerts:anna", 1, DEAD_AFTER_S, False, DEAD, id="a case's, dead"),
        pytest.param("alerts:anna", LATE_AFTER_S, 0, False, SweptJobs(late=1), id="a case's, late"),
    ],
)
def test_which_jobs_are_ended(lock: str, for_s: float, heard_s: float | None, is_held: bool, swept: SweptJobs) -> None:
    found = sweep_of([JobInHand(7, lock, for_s, heard_s)], {"g1"} if is_held else frozenset())
    assert found.swept == swept and found.numbers == ((7,) if swept else ())


@pytest.mark.parametrize("bad", ["", "a b", "jane.doe", "x" * 81, "a:b", "é"])
def test_a_job_holds_no_words(bad: str) -> None:
    with pytest.raises(ValueError, match="says nothing"):
        QueueJob(JobKind.VISIT, bad)


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
async def leading(queue: Queue) -> AsyncIterator[AskedQueue]:
    asked = queue.asked()
    assert await asked.take()
    yield asked
    await asked.aclose()


class Hands:
    """Does what it is given as long as nobody lets it go on."""

    def __init__(self) -> None:
        self.begun, self.done = list[QueueJob](), list[QueueJob]()
        self.moved, self.goes_on = asyncio.Event(), asyncio.Event()

    async def do(self, job: QueueJob, number: int) -> None:
        self.begun.append(job)
        self.moved.set()
        await self.goes_on.wait()
        self.done.append(job)
        self.moved.set()

    async def until(self, begun: int, done: int = 0) -> None:
        async with asyncio.timeout(WITHIN_S):
            while len(self.begun) < begun or len(self.done) < done:
                self.moved.clear()
                await self.moved.wait()


async def test_each_is_put_once_and_begun_once(queue: Queue, leading: AskedQueue) -> None:
    assert await leading.put([VISIT, ALERTS, VISIT]) == 2
    assert await leading.put([VISIT, QueueJob(JobKind.VISIT, "g2")]) == 1, "what waits already is not put once more"
    assert (await leading.state()).waiting == {"visit:g1", "alerts:anna", "visit:g2"}
    hands = Hands()
    taking = Taking(queue.url, hands.do)
    running = asyncio.create_task(taking.run())
    await hands.until(begun=3)
    state = await leading.state()
    assert (state.waiting, len(state.in_hand), state.workers) == (frozenset(), 3, 1)
    assert await leading.put([VISIT]) == 0, "nor what is in hand"
    hands.goes_on.set()
    await hands.until(begun=3, done=3)
    taking.stop()
    await running
    assert queue.jobs() == [], "nothing of it is kept"
    assert (await leading.state()).workers == 0


async def test_the_job_of_a_killed_worker_is_ended_so_that_its_place_is_free(queue: Queue, leading: AskedQueue) -> None:
    await leading.put([VISIT])
    hands = Hands()
    running = asyncio.create_task(Taking(queue.url, hands.do).run())
    await hands.until(begun=1)
    assert not await leading.sweep(frozenset()), "its worker lives"
    queue.silent(DEAD_AFTER_S + 1)
    assert not await leading.sweep(frozenset({"g1"})), "it holds its rows: a worker whose loop was kept"
    queue.silent(DEAD_AFTER_S + 1)
    assert (await leading.sweep(frozenset())).dead == 1 and queue.jobs() == []
    assert await leading.put([VISIT]) == 1, "it may be put again"
    hands.goes_on.set()  # the one that was thought to be dead goes on, and finds its job gone
    await hands.until(begun=2, done=2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert queue.jobs() == []


async def test_what_stands_as_being_done_under_a_worker_that_lives_is_found(queue: Queue, leading: AskedQueue) -> None:
    await leading.put([VISIT])
    hands = Hands()
    running = asyncio.create_task(Taking(queue.url, hands.do).run())
    await hands.until(begun=1)
    queue.begun(IDLE_AFTER_S + 1)
    swept = await leading.sweep(frozenset())
    assert (swept.dead, swept.idle) == (0, 1)
    running.cancel()
    hands.goes_on.set()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_lost_connection_and_a_forgotten_worker_end_nothing(
    queue: Queue, leading: AskedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    """Where procrastinate's own worker ends, or works on and counts as dead."""
    hands = Hands()
    hands.goes_on.set()
    taking = Taking(queue.url, hands.do)
    running = asyncio.create_task(taking.run())
    await leading.put([VISIT])
    await hands.until(begun=1, done=1)
    queue.run("DELETE FROM procrastinate_workers")
    queue.cut()
    with pytest.raises(QueueAway):
        await leading.state()
    assert await leading.take()
    for number in range(6):  # until it has another row, it takes none
        await leading.put([QueueJob(JobKind.VISIT, f"h{number}")])
    await hands.until(begun=7, done=7)
    assert not running.done()
    async with asyncio.timeout(WITHIN_S):
        while (await leading.state()).workers < 1:
            await asyncio.sleep(0.05)
    taking.stop()
    await running
    told = [record for record in caplog.records if getattr(record, "action", "") == "queue_away"]
    assert len(told) <= 2, "once, by each of the two"


async def test_a_queue_that_takes_a_question_and_never_answers_is_told_of(
    queue: Queue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither cut nor away: the way to it hangs."""
    monkeypatch.setattr("monitor.daemon.queue.taking.SILENT_AFTER_S", 0.01)
    asked, goes_on, fetches = asyncio.Event(), asyncio.Event(), JobManager.fetch_job

    async def hangs(self: JobManager, queues: Iterable[str] | None, worker_id: int) -> Any:
        asked.set()
        await goes_on.wait()
        return await fetches(self, queues, worker_id)

    def told() -> list[str]:
        return [getattr(one, "action", "") for one in caplog.records if one.name.startswith("monitor.daemon.queue")]

    monkeypatch.setattr(JobManager, "fetch_job", hangs)
    taking = Taking(queue.url, Hands().do)
    running = asyncio.create_task(taking.run())
    async with asyncio.timeout(WITHIN_S):
        await asked.wait()
        while "queue_away" not in told():
            await asyncio.sleep(0.01)
        monkeypatch.setattr("monitor.daemon.queue.taking.SILENT_AFTER_S", WITHIN_S)
        goes_on.set()
        while "queue_back" not in told():
            await asyncio.sleep(0.01)
    taking.stop()
    await running


async def test_an_emptied_queue_is_filled_again(queue: Queue, leading: AskedQueue) -> None:
    await leading.put([VISIT])
    queue.empty()
    assert (await leading.state()).waiting == frozenset() and await leading.put([VISIT]) == 1


async def test_one_leads_and_the_next_does_when_it_is_gone(queue: Queue, leading: AskedQueue) -> None:
    other = queue.asked()
    assert not await other.take() and await leading.take()
    queue.cut()
    with pytest.raises(QueueAway):
        await leading.put([VISIT])
    with pytest.raises(QueueAway):
        await other.take()
    assert await other.take(), "whoever comes first"
    assert not await leading.take()
    with pytest.raises(QueueAway, match="does not answer"):
        queue.cut()
        await leading.take()
    await other.aclose()


def renamed(queue: Queue, old: str, new: str) -> None:
    function = "procrastinate_fetch_job_"
    queue.run(f"ALTER FUNCTION {function}{old} RENAME TO {function}{new}", role=OWNER)


async def test_how_the_queue_stands_is_told(queue: Queue, leading: AskedQueue) -> None:
    standing = queue_standing(Secret(queue.url))
    assert (standing.answers, standing.leads, standing.workers, standing.waiting) == (True, True, 0, 0)
    hands = Hands()
    running = asyncio.create_task(Taking(queue.url, hands.do).run())
    await leading.put([VISIT])
    await hands.until(begun=1)
    hands.goes_on.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await leading.put([VISIT, ALERTS])
    standing = queue_standing(Secret(queue.url))
    assert (standing.waiting, standing.in_hand) == (2, 0) and standing.oldest_s >= 0
    await leading.aclose()
    assert not queue_standing(Secret(queue.url)).leads
    assert queue_standing(Secret("postgresql:///nowhere?host=/nowhere")) == QueueStanding(answers=False)


async def test_doctor_says_who_is_missing(queue: Queue) -> None:
    settings = replace(make_settings(), queue=QueueSettings(url=Secret(queue.url)))

    def said() -> list[tuple[object, str]]:
        return [(check.state, check.message) for check in check_workers(settings)]

    assert [text.partition(",")[0] for _, text in said()] == ["no scheduler leads", "no worker was heard of lately"]
    asked = queue.asked()
    assert await asked.take()
    queue.run("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert said() == [(OK, "one scheduler leads, 1 worker takes work")]
    renamed(queue, "v2", "v3")
    try:
        with pytest.raises(QueueMisfit):
            list(check_workers(settings))
    finally:
        renamed(queue, "v3", "v2")
    await asked.aclose()
    away = replace(settings, queue=QueueSettings(url=Secret("postgresql:///nowhere?host=/nowhere")))
    assert [check.message for check in check_workers(away)] == ["it does not answer"]
    assert list(check_workers(make_settings())) == []


async def test_a_table_that_is_not_the_library_s_is_no_queue_that_does_not_answer(queue: Queue) -> None:
    queue.run("ALTER TABLE procrastinate_jobs RENAME COLUMN queueing_lock TO qlock", role=OWNER)
    try:
        asked = queue.asked()
        with pytest.raises(QueueMisfit, match="takes no work"):
            await asked.take()
        await asked.aclose()
        with pytest.raises(QueueMisfit):
            await Taking(queue.url, Hands().do).run()
        standing = queue_standing(Secret(queue.url))
        assert not standing.answers and "procrastinate" in standing.misfit and "database prepare" in standing.remedy
    finally:
        queue.run("ALTER TABLE procrastinate_jobs RENAME COLUMN qlock TO queueing_lock", role=OWNER)


def test_what_the_library_needs_is_read_from_it() -> None:
    """Whatever a later one looks like: else nothing would be asked for."""
    tables = {name.partition(".")[0] for name in needed_of_queue() if "." in name}
    assert tables == {f"procrastinate_{name}" for name in ("jobs", "workers", "events", "periodic_defers")}
    assert {"procrastinate_jobs.queueing_lock", "procrastinate_workers.last_heartbeat"} <= needed_of_queue()


async def test_a_queue_of_another_version_is_refused_by_scheduler_and_worker(queue: Queue) -> None:
    renamed(queue, "v2", "v3")
    try:
        asked = queue.asked()
        with pytest.raises(QueueMisfit, match="takes no work") as caught:
            await asked.take()
        assert "database prepare" in caught.value.remedy
        await asked.aclose()
        with pytest.raises(QueueMisfit):
            await Taking(queue.url, Hands().do).run()
    finally:
        queue.run(
            "ALTER FUNCTION procrastinate_fetch_job_v3 RENAME TO procrastinate_fetch_job_v2", role="monitor_owner"
        )


async def test_a_worker_that_is_at_work_notices_it_too(queue: Queue, leading: AskedQueue) -> None:
    hands = Hands()
    running = asyncio.create_task(Taking(queue.url, hands.do).run())
    await leading.put([VISIT])
    await hands.until(begun=1)
    hands.goes_on.set()
    renamed(queue, "v2", "v3")
    try:
        with pytest.raises(QueueMisfit):
            await asyncio.wait_for(running, WITHIN_S)
    finally:
        queue.run(
            "ALTER FUNCTION procrastinate_fetch_job_v3 RENAME TO procrastinate_fetch_job_v2", role="monitor_owner"
        )
