"""What a worker does with a job, on a real PostgreSQL: claim, visit, settle, and what becomes of it all when the worker
is late, the store is away or the pass fails."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.acting import acting, acting_for, acting_for_all, fence
from monitor.daemon.queue import JobKind, QueueJob
from monitor.daemon.queue import doing as module
from monitor.daemon.queue.doing import OFFLINE_FOR, UNKNOWN_FOR, VISIT_LEASE, Doing
from monitor.errors import LeaseLost, NewerStore, StoreAway, StoreBusy, StoreError, WorkFailed
from monitor.model.ids import CaseId
from monitor.model.observation import Observation, RunStatus, Weight
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.last_good import dump_watches
from monitor.pipeline.runs import save_run
from monitor.pipeline.visiting import visiting
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import run
from tests.alerts.alert_helpers import settings as make_settings
from tests.patience import WITHIN_S
from tests.stores import a_postgres_store

VISIT = QueueJob(JobKind.VISIT, "g")
FORUM = Watch("forum", Kind.PAGE, Every(3600), urls=("https://forum.example/",))
OTHER = replace(FORUM, name="theirs", case=CaseId("other"))


@dataclass(frozen=True)
class Member:
    watch: Watch
    run: Run | None = None
    why_not: Exception | None = None


@dataclass(frozen=True)
class Members:
    members: Sequence[Member]


@dataclass
class App:
    """Each member by itself. before: what happens before one is saved."""

    store: SqlStore
    settings: Settings = field(default_factory=lambda: make_settings("json://127.0.0.1/x"))
    before: Callable[[Watch], Awaitable[None]] | None = None
    visited: list[str] = field(default_factory=list)
    scopes: list[tuple[str, ...]] = field(default_factory=list)
    fails: Exception | None = None
    made: Run | None = None
    asked: list[str] = field(default_factory=list)

    def clock(self) -> datetime:
        return datetime.now(UTC)

    async def visit_group(self, watches: Sequence[Watch], holder: str) -> Members:
        assert fence() == holder
        self.scopes.append(acting().cases)
        if self.fails is not None and len(watches) > 1:
            raise self.fails
        members = []
        for watch in watches:
            self.visited.append(watch.name)
            with acting_for(watch.case):
                try:
                    members.append(Member(watch, await self._one(watch, holder)))
                except (WorkFailed, ValueError) as error:
                    members.append(Member(watch, why_not=error))
        return Members(members)

    async def _one(self, watch: Watch, holder: str) -> Run:
        async with visiting(watch, self.settings, self.store, self.clock, held_by=holder) as visit:
            if self.before is not None:
                await self.before(watch)
            if self.fails is not None:
                raise self.fails
            done = replace(self.made or run(watch.name, at=self.clock()), case=watch.case, watch=watch.name)
            save_run(done, watch, self.store, visit=visit)
        return done

    async def take_captures(self, watches: Sequence[Watch]) -> None:
        self._noted("captures", watches)

    async def recheck(self, watches: Sequence[Watch]) -> None:
        self._noted("rechecks", watches)

    async def send_alerts(self) -> None:
        self._noted("alerts", ())

    def _noted(self, what: str, watches: Sequence[Watch]) -> None:
        cases = [case.id for case in self.store.cases.all()]
        self.asked.append(f"{what} of {cases}: {[watch.name for watch in watches]}")


@pytest.fixture
def app() -> Iterator[App]:
    store = a_postgres_store()
    with acting_for_all():
        attested = store.cases.get(CaseId("default"))
        assert attested is not None
        store.cases.save(replace(attested, id=CaseId("other")))
        for watch in (FORUM, OTHER):
            store.kept_watches.save(watch.case, watch.name, dump_watches((watch,)), datetime.now(UTC))
            plan(store, watch)
    yield App(store)


def plan(store: SqlStore, watch: Watch, *, why: VisitReason = VisitReason.SCHEDULE, grp: str = "g") -> None:
    at = datetime.now(UTC) - timedelta(minutes=1)
    store.visits.plan(DueVisit(watch.name, watch.case, at, why, at, "every 3600", grp=grp))


def rows(app: App) -> dict[str, DueVisit]:
    with acting_for_all():
        return {row.watch: row for row in app.store.visits.all()}


def last(app: App, watch: Watch) -> Run | None:
    with acting_for(watch.case):
        return app.store.runs.last(watch.case, watch.name)


async def done(app: App, *jobs: QueueJob, ends: Callable[[NewerStore], None] | None = None, **how: Any) -> Doing:
    doing = Doing(app, ends or pytest.fail, **how)
    for job in jobs:
        await doing.do(job, 7)
    return doing


async def test_a_group_is_visited_for_its_cases_and_settled(app: App) -> None:
    await done(app, VISIT, VISIT)
    assert app.visited == ["forum", "theirs"] and app.scopes == [("default", "other")], "the second bell rings in vain"
    for row in rows(app).values():
        assert (row.held_by, row.grp, row.deaths) == ("", "g", 0) and row.at > app.clock() + timedelta(minutes=50)
    assert last(app, FORUM) is not None and last(app, OTHER) is not None


async def test_what_a_stop_cuts_off_is_due_as_before(app: App) -> None:
    began = asyncio.Event()

    async def before(watch: Watch) -> None:
        began.set()
        await asyncio.Event().wait()

    app.before = before
    working = asyncio.create_task(done(app, VISIT))
    await asyncio.wait_for(began.wait(), WITHIN_S)
    assert all(row.held_by.endswith(" job 7") for row in rows(app).values())
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    for row in rows(app).values():
        assert (row.held_by, row.deaths) == ("", 0) and row.at <= app.clock()


async def test_whoever_finishes_late_saves_nothing_and_harms_nobody(app: App) -> None:
    """As after SIGSTOP: the hold ran out, and another worker has it."""

    def taken() -> None:
        with acting_for_all():
            app.store.visits.take_away("g", app.clock())
            assert len(app.store.visits.claim_group("g", "another", VISIT_LEASE, app.clock())) == 2

    async def before(watch: Watch) -> None:
        if watch == FORUM:
            contextvars.Context().run(taken)  # by another process, which has no part in this one's claim

    app.before = before
    await done(app, VISIT)
    assert last(app, FORUM) is None and last(app, OTHER) is None
    assert {row.held_by for row in rows(app).values()} == {"another"}, "nothing of theirs was let go"


async def test_a_failed_pass_is_a_failed_run_and_its_row_says_when_next(app: App) -> None:
    app.fails = WorkFailed("no reader is left", remedy="Nothing.")
    await done(app, VISIT)
    for watch in (FORUM, OTHER):
        found = last(app, watch)
        assert found is not None and found.status is RunStatus.FAILED and found.errors[0].weight is Weight.BLIND
    for row in rows(app).values():
        assert (row.held_by, row.deaths) == ("", 0) and row.at > app.clock() + timedelta(minutes=50)


async def test_a_fault_of_the_program_ends_one_job_alone(app: App) -> None:
    app.fails = ValueError("a fault")
    with acting_for_all():
        plan(app.store, OTHER, grp="h")
    await done(app, VISIT, QueueJob(JobKind.VISIT, "h"))
    assert app.visited == ["forum", "theirs"]
    assert all(row.at > app.clock() for row in rows(app).values())


@pytest.mark.parametrize("error", [StoreBusy, StoreAway, LeaseLost])
async def test_what_could_not_be_saved_is_due_as_before(app: App, error: type[StoreError]) -> None:
    """By a store that answers again right after."""
    app.fails = error("just then", remedy="")
    await done(app, VISIT)
    assert all((row.held_by, row.deaths) == ("", 0) and row.at <= app.clock() for row in rows(app).values())


async def test_a_store_that_was_away_leaves_it_due_and_nobody_dead(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker could not even give back what it had: it does as soon as it can."""
    let_go_all, is_away = app.store.visits.let_go_all, True

    def gone(holder: str) -> None:
        if is_away:
            raise StoreAway("the database does not answer")
        let_go_all(holder)

    monkeypatch.setattr(app.store.visits, "let_go_all", gone)
    app.fails = StoreAway("the database does not answer")
    monkeypatch.setattr(app.store.visits, "settle", lambda *_: (_ for _ in ()).throw(StoreAway("away")))
    doing = await done(app, VISIT)
    assert last(app, FORUM) is None and {row.deaths for row in rows(app).values()} == {0}
    assert all(row.held_by for row in rows(app).values())
    is_away, app.fails = False, None
    monkeypatch.undo()
    await doing.do(QueueJob(JobKind.ALERTS, "default"), 8)
    assert not any(row.held_by for row in rows(app).values())


async def test_a_lease_that_cannot_be_renewed_ends_the_visit(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASED_AGAIN_S", 0.0)
    seconds = iter(range(0, 10_000, 15))  # each look at the clock is a quarter of a minute later
    monkeypatch.setattr(app.store.visits, "hold_all", lambda *_: (_ for _ in ()).throw(StoreAway("away")))

    async def before(watch: Watch) -> None:
        await asyncio.Event().wait()

    app.before = before
    await asyncio.wait_for(done(app, VISIT, clock=lambda: float(next(seconds))), WITHIN_S)
    assert app.visited == ["forum"] and last(app, FORUM) is None
    assert all((row.held_by, row.deaths) == ("", 0) for row in rows(app).values()), "it lives, and gives back"


async def test_what_is_in_hand_is_held_as_work_in_hand(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version lets that be finished (`store.postgres.database`), and nothing else."""
    monkeypatch.setattr(module, "LEASED_AGAIN_S", 0.0)
    held, hold_all, by = asyncio.Event(), app.store.visits.hold_all, set[bool]()

    def holding(holder: str, lasts: timedelta, now: datetime) -> int:
        by.add(fence() == holder)
        held.set()
        return hold_all(holder, lasts, now)

    async def before(watch: Watch) -> None:
        held.clear()
        await asyncio.wait_for(held.wait(), WITHIN_S)

    monkeypatch.setattr(app.store.visits, "hold_all", holding)
    app.before = before
    await done(app, VISIT)
    assert by == {True} and last(app, FORUM) is not None and last(app, OTHER) is not None


async def test_what_is_settled_needs_no_lease_any_more(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a visit does after the last of its watches is not cut off for there being nothing to hold."""
    monkeypatch.setattr(module, "LEASED_AGAIN_S", 0.0)
    asked, hold_all, visit_group, ended = asyncio.Event(), app.store.visits.hold_all, app.visit_group, list[bool]()

    def holding(holder: str, lasts: timedelta, now: datetime) -> int:
        asked.set()
        return hold_all(holder, lasts, now)

    async def and_more(watches: Sequence[Watch], holder: str) -> Members:
        visited = await visit_group(watches, holder)
        monkeypatch.setattr(app.store.visits, "hold_all", holding)
        async with asyncio.timeout(WITHIN_S):
            await asked.wait()
        ended.append(True)
        return visited

    monkeypatch.setattr(app, "visit_group", and_more)
    with caplog.at_level(logging.INFO):
        await done(app, VISIT)
    assert ended == [True]
    assert [record.action for record in caplog.records if hasattr(record, "action")] == ["watch_done"] * 2


async def test_a_newer_store_ends_the_worker(app: App) -> None:
    ended = list[NewerStore]()
    app.fails = NewerStore("a newer one")
    await done(app, VISIT, ends=ended.append)
    assert len(ended) >= 1 and last(app, FORUM) is None


async def test_a_row_without_a_watch_is_put_off(app: App) -> None:
    stranger = replace(FORUM, name="gone")
    with acting_for_all():
        plan(app.store, stranger)
    await done(app, VISIT)
    assert app.visited == ["forum", "theirs"]
    row = rows(app)["gone"]
    assert row.held_by == "" and row.at > app.clock() + UNKNOWN_FOR - timedelta(minutes=1)


async def test_without_a_network_it_is_tried_soon_and_then_in_longer_gaps(app: App) -> None:
    nothing = Observation("", "offline", "this machine had no network", "Connect it.")  # type: ignore[arg-type]
    app.made = replace(run("forum"), status=RunStatus.FAILED, pages_seen=0, images_seen=0, errors=(nothing,))
    await done(app, VISIT)
    assert {row.why for row in rows(app).values()} == {VisitReason.OWED}
    assert all(row.at < app.clock() + timedelta(seconds=20) for row in rows(app).values())
    with acting_for_all():
        for watch in (FORUM, OTHER):
            plan(app.store, watch, why=VisitReason.OWED)
    await done(app, VISIT)
    assert all(row.at > app.clock() + OFFLINE_FOR - timedelta(seconds=20) for row in rows(app).values())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param(JobKind.CAPTURES, "captures of ['other']: ['theirs']", id="captures"),
        pytest.param(JobKind.RECHECKS, "rechecks of ['other']: ['theirs']", id="rechecks"),
        pytest.param(JobKind.ALERTS, "alerts of ['other']: []", id="alerts"),
    ],
)
async def test_what_is_done_for_a_case_sees_that_case_alone(app: App, kind: JobKind, said: str) -> None:
    await done(app, QueueJob(kind, "other"), QueueJob(kind, "nobody"))
    assert app.asked == [said, f"{kind} of []: []"]
