"""`run` where a queue is set: what it puts there, and what it does when another one leads or the queue is away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.daemon.generation import Generation
from monitor.daemon.notify import Notifier
from monitor.daemon.queue import JobKind, QueueJob, QueueState, SweptJobs
from monitor.daemon.queue import scheduler as module
from monitor.daemon.queue.scheduler import Scheduling
from monitor.errors import QueueAway
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.last_good import restore_watches
from monitor.store.due_visits import MOST_DEATHS
from monitor.watchlist import WatchlistLoad
from tests.alerts.alert_helpers import settings as make_settings
from tests.daemon.test_daemon_service import NotingApp, watch
from tests.patience import WITHIN_S
from tests.stores import a_store

HOLD = timedelta(minutes=2)


@dataclass
class FakeQueue:
    """Keeps what the real one promises: each job once, and nothing from whoever does not lead."""

    workers: int = 1
    leads: bool = True
    is_away: bool = False
    waiting: list[QueueJob] = field(default_factory=list)
    in_hand: list[QueueJob] = field(default_factory=list)
    lots: list[list[QueueJob]] = field(default_factory=list)
    swept: SweptJobs = field(default_factory=SweptJobs)
    taken: int = 0
    closed: bool = False
    takes: Callable[[], None] = lambda: None

    async def take(self) -> bool:
        self.taken += 1
        self.takes()
        self._answers()
        return self.leads

    async def state(self) -> QueueState:
        self._answers()
        locks = (frozenset(job.lock for job in jobs) for jobs in (self.waiting, self.in_hand))
        return QueueState(*locks, workers=self.workers)

    async def put(self, jobs: Sequence[QueueJob]) -> int:
        self._answers()
        fresh = [job for job in dict.fromkeys(jobs) if job not in (*self.waiting, *self.in_hand)]
        self.waiting += fresh
        if fresh:
            self.lots.append(fresh)
        return len(fresh)

    async def sweep(self, held: frozenset[str]) -> SweptJobs:
        self._answers()
        swept, self.swept = self.swept, SweptJobs()
        return swept

    async def aclose(self) -> None:
        self.closed = True

    def begin(self, count: int = 1000) -> None:
        """The workers do so many at once."""
        del self.waiting[:count]

    def _answers(self) -> None:
        if self.is_away:
            raise QueueAway("the queue does not answer")


@dataclass
class Stage:
    """settings: of the app."""

    queue: FakeQueue = field(default_factory=FakeQueue)
    watches: list[Watch] = field(default_factory=list)
    settings: Settings = field(default_factory=lambda: make_settings("json://127.0.0.1/x"))
    app: NotingApp = field(init=False)
    service: Scheduling = field(init=False)

    def __post_init__(self) -> None:
        self.app = NotingApp(self.settings, a_store())
        self.service = self.made()

    def made(self) -> Scheduling:
        service = Scheduling(
            self.settings,
            queue=self.queue,
            group_of=lambda app, watch: f"group-{watch.name}",
            open_app=lambda settings: AsyncExitStack(),  # type: ignore[arg-type,return-value]
            load_settings=lambda: self.settings,
            load_watches=lambda settings: WatchlistLoad(tuple(self.watches), ()),
            notifier=Notifier({}),
        )
        service._now = Generation(self.app, {}, AsyncExitStack())
        service._leads = True
        return service

    def read(self, *names: str, **changes: object) -> None:
        """The watchlists, anew."""
        self.watches = [watch(name, **changes) for name in names]
        load = WatchlistLoad(tuple(self.watches), ())
        self.service._now.watches = self.service._take_in(load, self.settings)
        self.service._schedule_watches(list(self.service._now.watches))

    def groups(self) -> list[str]:
        return [job.id for lot in self.queue.lots for job in lot if job.kind is JobKind.VISIT]

    def plan(self, name: str, minutes: float) -> None:
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        row = self.app.store.visits.get(CaseId("default"), name)
        assert row is not None
        self.app.store.visits.plan(replace(row, at=at, beat=at))


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_what_is_due_is_put_and_what_waits_or_is_in_hand_is_not_put_once_more(stage: Stage) -> None:
    stage.read("one", "two", "three")
    stage.plan("three", 10)
    await stage.service._take_up_due()
    await stage.service._take_up_due()
    assert sorted(stage.groups()) == ["group-one", "group-two"]
    stage.queue.begin(1)
    stage.queue.in_hand = [QueueJob(JobKind.VISIT, stage.groups()[0])]
    await stage.service._take_up_due()
    assert len(stage.groups()) == 2
    stage.queue.in_hand, stage.queue.waiting = [], []
    await stage.service._take_up_due()
    assert len(stage.groups()) == 4, "the queue was emptied: nothing is lost by that"


async def test_no_more_stand_there_than_the_workers_can_begin(stage: Stage) -> None:
    stage.read(*(f"w{number}" for number in range(40)))
    await stage.service._take_up_due()
    assert len(stage.queue.waiting) == 4
    stage.queue.begin()
    await stage.service._take_up_due()
    assert len(stage.queue.waiting) == 8, "they are fast"
    stage.queue.workers = 0
    stage.queue.begin()
    await stage.service._take_up_due()
    assert stage.queue.waiting == [], "nobody is there who would begin it"


async def test_the_longest_due_goes_first(stage: Stage) -> None:
    stage.read("late", "later", "latest")
    for name, minutes in (("late", -1), ("later", -60), ("latest", -600)):
        stage.plan(name, minutes)
    await stage.service._take_up_due()
    assert stage.groups() == ["group-latest", "group-later", "group-late"]


async def test_a_scheduler_that_follows_another_puts_nothing_off(stage: Stage) -> None:
    """Killed every half minute, and what is due is due as before: without a queue it would be spread over minutes."""
    names = [f"w{number}" for number in range(30)]
    stage.read(*names)
    for name in names:
        stage.plan(name, -5)
    before = {row.watch: row for row in stage.app.store.visits.all()}
    stage.service = stage.made()
    stage.read(*names)
    assert {row.watch: row for row in stage.app.store.visits.all()} == before


async def test_workers_find_each_watch_as_it_was_read_last(stage: Stage) -> None:
    stage.read("one", "two")
    kept = stage.app.store.kept_watches
    assert [restore_watches(text)[0] for text in kept.all().values()] == stage.watches
    stage.read("one", urls=("https://other.example/",))
    assert restore_watches(kept.get("default", "one")) == tuple(stage.watches)
    assert [row.watch for row in stage.app.store.visits.all()] == ["one"], "what is gone is not visited"


async def test_rounds_put_a_job_for_each_case_that_has_something_due(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stage.app.store
    for table, cases in ((store.captures, {"anna"}), (store.rechecks, {"anna", "berta"}), (store.alerts, {"berta"})):
        monkeypatch.setattr(table, "cases_due", lambda *_, cases=cases, **__: frozenset(cases))
    monkeypatch.setattr(store.captures, "cases_without_manifest", lambda before: frozenset({"clara"}))
    for round_of in (stage.service._take_captures, stage.service._recheck):
        await round_of()
    await stage.service._send_alerts(urgent=True)
    await stage.service._send_alerts(urgent=False)
    assert [(job.kind.value, job.id) for lot in stage.queue.lots for job in lot] == [
        *(("captures", case) for case in ("anna", "clara")),
        *(("rechecks", case) for case in ("anna", "berta")),
        ("alerts", "berta"),
    ]
    await stage.service._take_captures()
    assert len(stage.queue.lots) == 3, "what lacks its list of files is looked for once an hour"


async def test_nothing_is_put_outside_of_the_hours(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.read("one")
    later = datetime.now(UTC) + timedelta(hours=3)
    monkeypatch.setattr(module.schedule, "next_opening", lambda *_: later)
    await stage.service._take_up_due()
    assert stage.groups() == []


async def test_what_was_swept_is_taken_away_and_visited_again(stage: Stage) -> None:
    stage.read("one")
    store, now = stage.app.store, datetime.now(UTC)
    assert len(store.visits.claim_group("group-one", "hung", HOLD, now)) == 1
    stage.queue.swept = SweptJobs(late=1, groups=("group-one",))
    await stage.service._look_after_queue()
    await stage.service._take_up_due()
    assert stage.groups() == ["group-one"]


async def test_three_deaths_set_it_aside_in_status_and_told_once(stage: Stage) -> None:
    stage.read("one")
    store, now = stage.app.store, datetime.now(UTC)
    for number in range(MOST_DEATHS + 1):
        store.visits.claim_group("group-one", f"worker {number}", HOLD, now)
        store.visits.take_away("group-one", now)
    await stage.service._take_up_due()
    assert stage.groups() == []
    (found,) = [one for one in stage.service._cannot_run() if one.key.startswith("deaths:")]
    assert (found.watch, found.case, found.once) == ("one", "default", True) and "set aside" in found.message


async def test_one_that_does_not_lead_does_nothing_and_goes_on_when_it_leads(stage: Stage) -> None:
    stage.read("one")
    stage.queue.leads = False
    await stage.service._look_after_queue()
    done = list[str]()

    async def work() -> None:
        done.append("done")

    await stage.service._round("visits", work)
    assert done == []
    await stage.service._round("rest", work)
    assert done == ["done"], "its own memory it looks after"
    stage.queue.leads = True
    await stage.service._look_after_queue()
    await stage.service._round("visits", work)
    assert done == ["done", "done"]


async def test_a_queue_that_is_away_is_told_once_and_nothing_is_given_out(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.read("one")
    stage.queue.is_away = True
    await stage.service._take_up_due()
    for _ in range(3):
        await stage.service._look_after_queue()
    stage.queue.is_away = False
    await stage.service._look_after_queue()
    said = [getattr(record, "action", "") for record in caplog.records]
    assert (said.count("queue_away"), said.count("queue_back")) == (1, 1)
    await stage.service._take_up_due()
    assert stage.groups() == ["group-one"]


async def test_it_stands_by_until_it_leads_and_ends_when_it_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STANDS_BY_EVERY_S", 0.0)
    stage.queue.leads = False

    def leads_the_third_time() -> None:
        stage.queue.leads = stage.queue.taken >= 3

    stage.queue.takes = leads_the_third_time
    assert await asyncio.wait_for(stage.service._leads_in_the_end(), WITHIN_S)
    stage.queue.takes = lambda: None
    stage.queue.leads = False
    stage.service._signals.put_nowait(signal.SIGHUP)
    stage.service._signals.put_nowait(signal.SIGTERM)
    monkeypatch.setattr(module, "STANDS_BY_EVERY_S", WITHIN_S)
    assert not await asyncio.wait_for(stage.service._leads_in_the_end(), WITHIN_S)


async def test_who_stands_by_answers_whether_it_is_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.settings = replace(stage.settings, monitoring=replace(stage.settings.monitoring, metrics=True))
    service, opened = stage.made(), list[NotingApp]()

    @asynccontextmanager
    async def open_app(settings: Settings) -> AsyncIterator[NotingApp]:
        opened.append(NotingApp(settings, a_store()))
        yield opened[-1]

    monkeypatch.setattr(service, "_open_app", open_app)
    monkeypatch.setattr(module, "STANDS_BY_EVERY_S", 0.0)
    del service._now
    seen: list[str] = []

    def leads_the_third_time() -> None:
        stage.queue.leads = stage.queue.taken >= 3
        if opened:
            (door,) = opened[0].doors
            seen.append(f"{door.port} {door.counts()}")

    stage.queue.leads, stage.queue.takes = False, leads_the_third_time
    assert await asyncio.wait_for(service._leads_in_the_end(), WITHIN_S)
    assert len(opened) == 1 and opened[0].doors[0].port == 0, "it is shut before it is opened by who leads"
    assert seen and all(one.startswith("9464 ") and "monitor_well 1" in one for one in seen)


async def test_what_a_page_wishes_is_due_at_once(stage: Stage) -> None:
    stage.read("one")
    stage.plan("one", 50)
    assert not await stage.service._look("one")
    await stage.service._take_up_due()
    assert stage.groups() == ["group-one"]
