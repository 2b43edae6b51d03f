"""All or nothing, durable at the end; and pacing that no two callers can break."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from monitor.aside import stepping_tasks
from monitor.clock import monotonic
from monitor.errors import StoreBusy, StoreError
from monitor.model.alert import Delivery
from monitor.model.case import Case
from monitor.model.ids import SightingId
from monitor.model.presence import PlannedLook, Truth
from monitor.store import sqlite
from monitor.store.hosts import MAX_QUEUE, MAX_WAIT
from monitor.store.sqlite import BUSY_SECONDS, connect
from monitor.store.store import SqlStore
from tests.patience import WITHIN_S
from tests.store.store_values import CASE, KEY, NOW, a_sighting, an_alert, later, opened, refusals, waits
from tests.stores import every_alert

GAP = timedelta(seconds=5)


class Stop(Exception):
    pass


def test_an_error_takes_everything_back(store: SqlStore) -> None:
    with pytest.raises(Stop), store.transaction():
        store.sightings.save(a_sighting())
        store.alerts.save(an_alert())
        assert len(store.sightings.all()) == 1, "within, it is there"
        raise Stop
    assert store.sightings.all() == [] and every_alert(store) == []
    store.sightings.save(a_sighting())  # and the store goes on
    assert len(store.sightings.all()) == 1


def test_a_save_that_fails_takes_the_rest_back(store: SqlStore) -> None:
    with pytest.raises(StoreError), store.transaction():
        store.sightings.save(a_sighting())
        store.alerts.save(an_alert(case="unknown"))
    assert store.sightings.all() == []


def test_a_nested_one_joins_the_outer(store: SqlStore) -> None:
    with pytest.raises(Stop), store.transaction():
        with store.transaction():
            store.robots_copies.save("inner", "1", NOW)
        store.robots_copies.save("outer", "1", NOW)
        raise Stop
    assert store.robots_copies.get("inner") is None and store.robots_copies.get("outer") is None


def test_a_nested_one_that_failed_cannot_be_ignored(store: SqlStore) -> None:
    """Its half must not be saved with the rest."""
    with pytest.raises(StoreError, match="nothing was saved"), store.transaction():
        try:
            with store.transaction():
                store.robots_copies.save("half", "1", NOW)
                raise Stop
        except Stop:
            pass
        store.robots_copies.save("rest", "1", NOW)
    assert store.robots_copies.get("half") is None and store.robots_copies.get("rest") is None
    with store.transaction():
        store.robots_copies.save("next", "1", NOW)
    assert store.robots_copies.get("next") == "1"


def test_what_was_saved_is_seen_by_another_connection_at_once(store: SqlStore, tmp_path: Path) -> None:
    other = opened(tmp_path)
    with store.transaction():
        store.robots_copies.save("k", "v", NOW)
        assert other.robots_copies.get("k") is None
    assert other.robots_copies.get("k") == "v"
    other.close()


async def test_another_task_does_not_join_by_accident(store: SqlStore) -> None:
    """Held over an await, a rollback would take the other task's work with it: said as the bug it is."""
    inside, done = asyncio.Event(), asyncio.Event()

    async def holder() -> None:
        with store.transaction():
            store.robots_copies.save("mine", "1", NOW)
            inside.set()
            await done.wait()

    async def other() -> None:
        await inside.wait()
        with pytest.raises(RuntimeError, match="held over an await"):
            store.robots_copies.save("other", "1", NOW)
        with pytest.raises(RuntimeError, match="held over an await"), store.transaction():
            pass
        done.set()

    await asyncio.gather(holder(), other())
    assert store.robots_copies.get("mine") == "1" and store.robots_copies.get("other") is None


def test_another_thread_waits(store: SqlStore) -> None:
    order: list[str] = []

    def other() -> None:
        store.robots_copies.save("k", "thread", NOW)
        order.append("thread")

    thread = threading.Thread(target=other)
    with store.transaction():
        thread.start()
        store.robots_copies.save("k", "transaction", NOW)
        order.append("transaction")
    thread.join(timeout=WITHIN_S)
    assert order == ["transaction", "thread"]
    assert store.robots_copies.get("k") == "thread"


def test_a_writer_waits_for_the_writer_of_another_process(store: SqlStore, tmp_path: Path) -> None:
    other = opened(tmp_path)
    started = threading.Event()

    def write() -> None:
        started.set()
        other.robots_copies.save("k", "second", NOW)

    thread = threading.Thread(target=write)
    with store.transaction():
        thread.start()
        assert started.wait(timeout=WITHIN_S)
        store.robots_copies.save("k", "first", NOW)
    thread.join(timeout=WITHIN_S)
    assert store.robots_copies.get("k") == "second"
    other.close()


class Transactions(RuleBasedStateMachine):
    """Any order of writes, nestings, failures and reopenings, against two dictionaries."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = opened(Path(self.folder.name))
        self.saved: dict[str, str] = {}
        self.open: list[object] = []
        self.working: dict[str, str] = {}

    @rule(key=st.sampled_from("abc"), value=st.text(st.characters(codec="utf-8"), max_size=4))
    def write(self, key: str, value: str) -> None:
        self.store.robots_copies.save(key, value, NOW)
        self.working[key] = value
        if not self.open:
            self.saved = dict(self.working)

    @precondition(lambda self: len(self.open) < 3)
    @rule()
    def enter(self) -> None:
        transaction = self.store.transaction()
        transaction.__enter__()
        self.open.append(transaction)

    @precondition(lambda self: self.open)
    @rule()
    def leave(self) -> None:
        self.open.pop().__exit__(None, None, None)  # type: ignore[attr-defined]
        if not self.open:
            self.saved = dict(self.working)

    @precondition(lambda self: self.open)
    @rule()
    def fail(self) -> None:
        while self.open:
            self.open.pop().__exit__(Stop, Stop(), None)  # type: ignore[attr-defined]
        self.working = dict(self.saved)

    @precondition(lambda self: not self.open)
    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = opened(Path(self.folder.name))

    @rule(key=st.sampled_from("abc"))
    def read(self, key: str) -> None:
        assert self.store.robots_copies.get(key) == self.working.get(key)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        while self.open:
            self.open.pop().__exit__(Stop, Stop(), None)  # type: ignore[attr-defined]
        assert {key: self.store.robots_copies.get(key) for key in self.saved} == self.saved
        self.store.close()
        self.folder.cleanup()


TestTransactions = Transactions.TestCase
TestTransactions.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


@pytest.mark.of_a_file  # on a server: test_store_host_gate
class TestPacing:
    def test_slots_follow_one_another(self, store: SqlStore) -> None:
        assert [waits(store, "a.example", GAP, NOW) for _ in range(3)] == [0.0, 5.0, 10.0]
        assert waits(store, "b.example", GAP, NOW) == 0.0, "another host does not wait"
        assert waits(store, "a.example", GAP, later(7)) == 8.0
        assert waits(store, "a.example", GAP, later(600)) == 0.0, "what was not used is not saved up"

    def test_holds_over_a_restart(self, store: SqlStore, tmp_path: Path) -> None:
        waits(store, "a.example", GAP, NOW)
        store.close()
        again = opened(tmp_path)
        assert waits(again, "a.example", GAP, NOW) == 5.0
        again.close()

    def test_backing_off(self, store: SqlStore) -> None:
        assert refusals(store, "a.example") == 0
        store.hosts.back_off("a.example", timedelta(seconds=100), 1, NOW)
        assert refusals(store, "a.example") == 1
        assert waits(store, "a.example", GAP, NOW) == 100.0
        store.hosts.back_off("a.example", timedelta(seconds=50), 2, NOW)
        assert waits(store, "a.example", GAP, NOW) == 105.0, "an earlier end takes nothing back"
        store.hosts.back_off("a.example", timedelta(0), 0, NOW)
        assert refusals(store, "a.example") == 0

    @pytest.mark.parametrize(
        ("ahead", "failures", "wait"),
        [
            pytest.param(MAX_WAIT, 1, MAX_WAIT.total_seconds(), id="as long as a site may ask"),
            pytest.param(MAX_WAIT + timedelta(seconds=1), 1, 0.0, id="longer: the clock was set back"),
            pytest.param(MAX_QUEUE, 0, MAX_QUEUE.total_seconds(), id="as long as a queue"),
            pytest.param(MAX_QUEUE + timedelta(seconds=1), 0, 0.0, id="longer, of a site that never asked"),
            pytest.param(timedelta(days=365), 9, 0.0, id="a year"),
        ],
    )
    def test_a_clock_that_was_set_back_does_not_stop_the_watch(
        self, store: SqlStore, ahead: timedelta, failures: int, wait: float
    ) -> None:
        store.hosts.back_off("a.example", ahead, failures, NOW)
        assert waits(store, "a.example", GAP, NOW) == wait

    def test_what_waits_waits_no_longer_when_the_clock_is_set_back(self, store: SqlStore) -> None:
        store.hosts.back_off("a.example", timedelta(seconds=100), 1, NOW)
        store.hosts.back_off("free.example", timedelta(seconds=-100), 0, NOW)
        store.cases.save(Case("long ago"))
        store.rechecks.save(CASE, [PlannedLook(SightingId("s1"), Truth.MEDIA, later(500))])
        store.digests.begin(CASE, later(10))
        store.digests.begin("long ago", later(-500 * 86400))
        waiting = an_alert("a1", message_id="<1@x>", not_before=later(60))
        sent = an_alert("a2", message_id="<2@x>", not_before=later(60), delivery=Delivery.SENT)
        for alert in (waiting, sent):
            store.alerts.save(alert)
        back = timedelta(days=400)
        store.clock_set_back(back, NOW - back)
        assert waits(store, "a.example", GAP, NOW - back) == 100.0
        assert [look.due_at for look in store.rechecks.of(CASE, "s1")] == [later(500) - back]
        assert store.digests.last(CASE) == later(10) - back
        assert store.digests.last("long ago") == later(-500 * 86400)
        for alert, moved in ((waiting, back), (sent, timedelta(0))):
            found = store.alerts.get(CASE, alert.id)
            assert found is not None and found.not_before == alert.not_before - moved
            assert found.created_at == alert.created_at

    def test_an_alert_that_is_yet_to_be_made_is_due(self, store: SqlStore) -> None:
        ahead = later(5 * 86400)
        alert = an_alert(created_at=ahead, not_before=ahead)
        store.alerts.save(alert)
        assert [found.id for found in store.alerts.due(NOW)] == [alert.id]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        claims=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30), st.floats(0.5, 10.0)), min_size=1, max_size=12)
    )
    def test_two_connections_never_share_a_slot(
        self, tmp_path_factory: pytest.TempPathFactory, claims: list[tuple[int, int, float]]
    ) -> None:
        folder = tmp_path_factory.mktemp("pacing")
        stores = [opened(folder), opened(folder)]
        free = NOW
        for which, seconds, gap_s in claims:
            now, gap = later(seconds), timedelta(seconds=gap_s)
            at = now + timedelta(seconds=waits(stores[which], "a.example", gap, now))
            assert at >= now and at >= free - timedelta(microseconds=1)
            free = at + gap
        for store in stores:
            store.close()

    def test_two_processes_never_share_a_slot(self, store: SqlStore, tmp_path: Path) -> None:
        told = (
            "import sys, json; from tests.store.store_values import *\n"
            "store = opened(Path(sys.argv[1]))\n"
            "print('ready', flush=True); sys.stdin.readline()\n"
            "print(json.dumps([waits(store, 'a.example', timedelta(seconds=5), NOW) for _ in range(150)]))"
        )
        running = [
            subprocess.Popen(
                [sys.executable, "-c", told, tmp_path],
                cwd=Path(__file__).parent,
                env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for process in running:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        said = []
        for process in running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in running:
            said.append(json.loads(process.communicate(timeout=WITHIN_S)[0]))
        assert sorted(said[0] + said[1]) == [5.0 * number for number in range(300)]


def test_find_and_alert_are_one(store: SqlStore) -> None:
    """The pipeline's own pattern: both or neither."""
    for fails in (True, False):
        sighting = a_sighting(1)
        try:
            with store.transaction():
                store.sightings.save(sighting)
                waiting = store.alerts.waiting(CASE, sighting.incident)
                assert waiting is None
                store.alerts.save(an_alert(sightings=(sighting.id,)))
                if fails:
                    raise Stop
        except Stop:
            pass
        assert len(store.sightings.all()) == len(every_alert(store)) == int(not fails)


def test_a_full_disk_is_said_and_the_store_goes_on(tmp_path: Path) -> None:
    """The child may not let a file grow any more: as on a full disk, writes stop in the middle of a transaction."""
    told = (
        "import resource, signal, sys; from tests.store.store_values import *; from monitor.errors import StoreError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = opened(Path(sys.argv[1]))\n"
        "with store.transaction(): store.sightings.save(a_sighting(0)); store.alerts.save(an_alert('first'))\n"
        "limit = sum(path.stat().st_size for path in store._db.path.parent.iterdir())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    for number in range(1, 500):\n"
        "        with store.transaction():\n"
        "            store.sightings.save(a_sighting(number)); store.alerts.save(an_alert(str(number)))\n"
        "except StoreError as error: print(error.remedy)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "with store.transaction(): store.sightings.save(a_sighting(999)); store.alerts.save(an_alert('last'))\n"
        "store.close()"
    )
    result = subprocess.run(
        [sys.executable, "-c", told, tmp_path],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip(), "it was said, with a remedy"
    store = opened(tmp_path)
    numbers = {sighting.place.page_url.rpartition("/")[2] for sighting in store.sightings.all()}
    assert {"0", "999"} <= numbers and len(numbers) < 500
    assert {"first", "last"} <= {alert.id for alert in every_alert(store)}
    assert len(every_alert(store)) == len(numbers)
    assert store._db.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    store.close()


@pytest.mark.of_a_file
def test_who_has_others_to_answer_waits_for_no_writer_for_long(store: SqlStore) -> None:
    other = connect(store._db.path, KEY)
    other.execute("BEGIN IMMEDIATE")
    store._db.wait_at_most(0.05)
    try:
        began = monotonic()
        with pytest.raises(StoreBusy):
            store.sightings.save(a_sighting())
        with pytest.raises(StoreBusy), store.transaction():
            pass
        assert monotonic() - began < BUSY_SECONDS / 2
        assert store.cases.get(CASE) is not None, "to read needs nobody's leave"
    finally:
        other.close()
    store.sightings.save(a_sighting())


@pytest.mark.of_a_file
def test_a_task_that_waits_for_a_writer_elsewhere_keeps_no_other(store: SqlStore) -> None:
    """For longer than a command would wait: nobody is kept waiting by it."""
    other = connect(store._db.path, KEY)
    other.execute("BEGIN IMMEDIATE")
    happened: list[str] = []

    async def writes() -> None:
        store.sightings.save(a_sighting())
        happened.append("written")

    async def reads_and_ends_the_other() -> None:
        while len(happened) < 3:
            await asyncio.sleep(0)
            assert store.cases.get(CASE) is not None
            happened.append("read")
        other.execute("ROLLBACK")

    async def story() -> None:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(writes(), reads_and_ends_the_other())

    try:
        with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
            patch.setattr(sqlite, "BUSY_SECONDS", 0.0)
            patch.setattr(store._db, "_waits_s", 0.0)
            runner.get_loop().set_task_factory(stepping_tasks)
            runner.run(story())
    finally:
        other.close()
    assert happened == ["read", "read", "read", "written"] and len(store.sightings.all()) == 1


@pytest.mark.of_a_file
def test_a_thread_that_waits_for_a_writer_elsewhere_keeps_no_reader(store: SqlStore) -> None:
    other = connect(store._db.path, KEY)
    other.execute("BEGIN IMMEDIATE")
    waits = threading.Event()

    def paused(seconds: float) -> None:
        waits.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "pause", paused)
        thread = threading.Thread(target=lambda: store.sightings.save(a_sighting()))
        thread.start()
        try:
            assert waits.wait(WITHIN_S)
            assert store.cases.get(CASE) is not None
        finally:
            other.execute("ROLLBACK")
            thread.join(WITHIN_S)
            other.close()
    assert len(store.sightings.all()) == 1


@pytest.mark.of_a_file
def test_a_task_that_is_cancelled_while_it_waits_has_saved_nothing_and_holds_nothing(store: SqlStore) -> None:
    other = connect(store._db.path, KEY)
    other.execute("BEGIN IMMEDIATE")

    async def writes() -> None:
        with store.transaction():
            store.sightings.save(a_sighting())

    async def story() -> None:
        task = asyncio.create_task(writes())
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    try:
        with asyncio.Runner() as runner:
            runner.get_loop().set_task_factory(stepping_tasks)
            runner.run(story())
    finally:
        other.close()
    assert store.sightings.all() == []
    store.sightings.save(a_sighting())


def test_writings_are_noticed_whoever_made_them(tmp_path: Path) -> None:
    here, there = opened(tmp_path), opened(tmp_path)
    states = [here.writings(), here.writings()]
    here.cases.save(Case("one", created_at=NOW))
    states.append(here.writings())
    there.cases.save(Case("two", created_at=NOW))
    states += [here.writings(), here.writings()]
    assert states[0] == states[1] != states[2] != states[3] == states[4]
    here.close()
    there.close()
