"""Nothing is lost: workers and schedulers are killed, stopped and cut off, the queue is emptied, the database falls. In
the end every due pass was made, and no find, alert or capture is missing or double."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.acting import acting_for, acting_for_all
from monitor.clock import exact_now, monotonic
from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.model.match import Tier
from monitor.model.sighting import SEEN_BESIDE
from monitor.services.enrolling import enroll_files
from monitor.store.postgres.queue_tables import prepare_queue
from monitor.store.store import SqlStore, open_store
from monitor.vault.identity import new_identity
from tests.daemon.queue_process import Play, settings, written
from tests.fakes import InlineReader
from tests.patience import WITHIN_S
from tests.pipeline.pipeline_bench import PHOTOS
from tests.queues import Queue
from tests.serving.postgres import OWNER, PROGRAM, PostgresServer, the_server
from tests.stores import every_alert

ROOT = Path(__file__).parents[2]


class Troupe:
    """Processes of the program, over one database."""

    def __init__(self, play: Play, server: PostgresServer, database: str, folder: Path) -> None:
        self.play, self.server, self.folder = play, server, folder
        with server.connect(database, OWNER) as connection:
            prepare_queue(connection, PROGRAM)
        self.queue = Queue(server, database)
        self._starter: subprocess.Popen[str] | None = None
        self.workers, self.schedulers = list[int](), list[int]()
        self.store = self._prepared()

    def _prepared(self) -> SqlStore:
        (self.folder / "store").mkdir(mode=0o700)
        store = open_store(settings(self.folder, self.queue.url, "store"))
        now = exact_now().replace(microsecond=0)
        with acting_for_all():
            for number in range(self.play.cases):
                store.cases.save(
                    Case(CaseId(f"case{number}"), attestation=Attestation(Authority.SELF, now), created_at=now)
                )
        for number in range(self.play.cases):
            case = CaseId(f"case{number}")
            with acting_for(case):
                asyncio.run(
                    enroll_files(
                        PHOTOS[:1], case=case, label=None, features=False, store=store, reader=InlineReader(), now=now
                    )
                )
        return store

    def begin(self, workers: int) -> None:
        self.play = replace(self.play, begun=exact_now().timestamp())
        written(self.play, self.folder)
        command = (sys.executable, "-m", "tests.daemon.queue_process", str(self.folder), self.queue.url)
        self._starter = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.schedulers = [self.start("scheduler first")]
        self.workers = [self.start("worker") for _ in range(workers)]

    def start(self, what: str) -> int:
        assert self._starter is not None and self._starter.stdin is not None and self._starter.stdout is not None
        self._starter.stdin.write(f"{what}\n")
        self._starter.stdin.flush()
        return int(self._starter.stdout.readline())

    def kill_a_worker(self) -> None:
        """And start another."""
        self._end(self.workers.pop(0), signal.SIGKILL)
        self.workers.append(self.start("worker"))

    def kill_the_scheduler(self) -> None:
        """One that stands by takes its place."""
        self.schedulers.append(self.start(f"scheduler of-{len(self.asked())}-{os.urandom(2).hex()}"))
        self._end(self.schedulers.pop(0), signal.SIGKILL)

    def end(self) -> None:
        for pid in (*self.schedulers, *self.workers):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGTERM)
        for pid in (*self.schedulers, *self.workers):
            _gone(pid)
        if self._starter is not None:
            self._starter.communicate(timeout=WITHIN_S)

    def _end(self, pid: int, how: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, how)

    # -- what came of it

    def asked(self) -> list[tuple[float, int, str]]:
        file = self.folder / "asked"
        if not file.exists():
            return []
        lines = (line.split() for line in file.read_text().splitlines())
        return [(float(at), int(pid), host) for at, pid, host in lines]

    def hosts(self) -> set[str]:
        return {watch.urls[0].removeprefix("https://").rstrip("/") for watch in self.play.watches()}

    def until(self, what: Callable[[], bool]) -> None:
        give_up = monotonic() + WITHIN_S
        while not what():
            assert monotonic() < give_up, (self.folder / "log").read_text()[-3000:]
            os.sched_yield()
            signal.sigtimedwait([], 0.05)

    def seen_by_all_since(self, moment: float) -> bool:
        return {host for at, _, host in self.asked() if at > moment} == self.hosts()

    def until_seen_anew(self) -> None:
        moment = exact_now().timestamp()
        self.until(lambda: self.seen_by_all_since(moment))

    def is_all_shown(self) -> bool:
        return exact_now().timestamp() > self.play.begun + self.play.new_every_s * (self.play.most + 1)

    def gaps(self, falls: Sequence[tuple[float, float]]) -> Iterator[tuple[float, str]]:
        """Between two visits of a place, without what the database was away in between."""
        for host in self.hosts():
            times = sorted(at for at, _, of in self.asked() if of == host)
            for before, after in pairwise(times):
                away = sum(max(0.0, min(after, end) - max(before, begin)) for begin, end in falls)
                yield after - before - away, host

    def faults(self) -> Iterator[str]:
        for watch in self.play.watches():
            with acting_for(watch.case):
                found = [one for one in self.store.sightings.all(watch.case) if one.watch == watch.name]
                places = Counter(one.place.image_url for one in found)
                if len(places) != self.play.most:
                    yield f"{watch.name}: {len(places)} of {self.play.most} finds"
                yield from (f"{watch.name}: a find is there {count} times" for count in places.values() if count != 1)
                told = Counter(one for alert in every_alert(self.store, watch.case) for one in alert.sightings)
                yield from (
                    f"{watch.name}: a find is told in {told[one.id]} alerts"
                    for one in found
                    if one.match.tier is Tier.MATCH and told[one.id] != 1
                )
                captured = Counter(one for each in self.store.captures.all(watch.case) for one in each.sightings)
                yield from (
                    f"{watch.name}: of a find there are {captured[one.id]} captures"
                    for one in found
                    if captured[one.id] != (1 if self.play.recipient else 0)
                )
                row = self.store.visits.get(watch.case, watch.name)
                if row is None or row.held_by or row.set_aside_at:
                    yield f"{watch.name}: in the end its row is {row}"
        yield from self._lost_by_the_way()

    def _lost_by_the_way(self) -> Iterator[str]:
        """All cases have the same photo: what the others watch alone is found for each."""
        watches = self.play.watches()
        for case in {watch.case for watch in watches}:
            own = {watch.urls[0] for watch in watches if watch.case == case}
            others = {watch.urls[0] for watch in watches} - own
            with acting_for(case):
                found = [one.place for one in self.store.sightings.all(case) if one.watch == SEEN_BESIDE]
            places = Counter(one.image_url for one in found if one.page_url in others)
            if len(places) != len(others) * self.play.most:
                yield f"{case}: {len(places)} of {len(others) * self.play.most} finds by the way"
            yield from (f"{case}: a find by the way is there {count} times" for count in places.values() if count != 1)


def _gone(pid: int) -> None:
    give_up = monotonic() + WITHIN_S
    while monotonic() < give_up:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        signal.sigtimedwait([], 0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="queue-") as made:
        yield Path(made)


def test_workers_and_schedulers_are_killed_and_nothing_is_lost_or_double(folder: Path) -> None:
    """The short one: each fault once. For an hour, with the database's own falls: below."""
    server = the_server()
    database = server.create(f"lost_{os.getpid()}")
    _, recipient = new_identity()
    troupe = Troupe(Play(0.0, lease_s=4.0, recipient=recipient), server, database, folder)
    troupe.begin(workers=2)
    try:
        troupe.until(lambda: troupe.seen_by_all_since(0))
        troupe.kill_a_worker()
        troupe.queue.empty()
        stopped = troupe.workers[0]
        os.kill(stopped, signal.SIGSTOP)  # until its leases have long run out
        troupe.workers.append(troupe.start("worker"))
        troupe.kill_the_scheduler()
        troupe.until(troupe.is_all_shown)
        os.kill(stopped, signal.SIGCONT)
        troupe.queue.cut()
        troupe.until_seen_anew()
    finally:
        troupe.end()
    assert list(troupe.faults()) == [], (folder / "log").read_text()[-5000:]
    troupe.store.close()


@pytest.mark.long
@pytest.mark.timeout(0)
def test_an_hour_of_it(folder: Path) -> None:
    """NOTHING_LOST_S: how long. A worker is killed every 5 s, the scheduler every 30, the database every minute; a
    worker is stopped past its lease, the queue emptied, and once in ten minutes the database is away for a minute."""
    lasts = float(os.environ.get("NOTHING_LOST_S", "3600"))
    server = PostgresServer().begin()
    database = server.create("lost")
    _, recipient = new_identity()
    play = Play(0.0, cases=3, places=3, every_s=15, new_every_s=60.0, most=max(2, int(lasts / 75)), recipient=recipient)
    troupe = Troupe(play, server, database, folder)
    troupe.begin(workers=4)
    falls, stopped = list[tuple[float, float]](), 0

    def fall(for_s: float) -> None:
        began = exact_now().timestamp()
        server.kill()
        signal.sigtimedwait([], for_s)
        server.start()
        falls.append((began, exact_now().timestamp()))

    try:
        troupe.until(lambda: troupe.seen_by_all_since(0))
        for number in range(1, int(lasts / 5) + 1):
            signal.sigtimedwait([], 5.0)
            troupe.kill_a_worker()
            if number % 6 == 0:
                troupe.kill_the_scheduler()
            if number % 12 == 0:
                fall(60.0 if number % 120 == 60 else 0.0)
            if number % 24 == 6:
                stopped = troupe.workers[-1]
                os.kill(stopped, signal.SIGSTOP)
                troupe.workers.remove(stopped)
                troupe.workers.append(troupe.start("worker"))
            if number % 24 == 20 and stopped:  # its leases ran out long ago
                os.kill(stopped, signal.SIGCONT)
                troupe.workers.append(stopped)
            if number % 10 == 0:
                troupe.queue.empty()
            if number % 15 == 0:
                troupe.queue.cut()
        troupe.until(troupe.is_all_shown)
        troupe.until_seen_anew()
        troupe.until_seen_anew()
    finally:
        troupe.end()
    try:
        assert list(troupe.faults()) == [], (folder / "log").read_text()[-5000:]
        late = [gap for gap in troupe.gaps(falls) if gap[0] > play.every_s * 1.1 + 60 + 15]
        assert late == [], "a dead worker's group is visited again within a minute"
    finally:
        troupe.store.close()
        server.end()
