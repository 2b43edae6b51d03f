"""A busy daemon, killed at random moments again and again. Run by test_crash_random.

python -m tests.crash.busy KILLS SEED: prints one line of JSON: {"kills", "finds", "pictures", "mails", "twice": how
many came twice, "in_window": that were killed between the server's word and ours, "decisions", "ready_s": from a start
to a daemon that is ready, the longest, "faults": [...]}.

Each life of the daemon begins an hour and a half after the one before, so that all is due: it visits four sites that
show new copies all the time, tells of them by mail, and does all its rounds. Beside it a process decides about what was
found. Each of the two is killed (SIGKILL) at a random moment; after each kill the data is opened
and looked at, and in the end the daemon lives until nothing is due any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import apscheduler.executors.base
import apscheduler.schedulers.base

from monitor.app import App, open_app
from monitor.clock import boottime, exact_now, monotonic
from monitor.daemon import schedule
from monitor.daemon.notify import Notifier
from monitor.daemon.rounds import DaemonRound
from monitor.daemon.service import Service
from monitor.daemon.timekeeping import Reading
from monitor.model.alert import Answer, Delivery
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.sighting import BY_HAND
from monitor.model.watch import Every, Watch
from monitor.outbound.alerts import pool
from monitor.vault.identity import new_identity
from monitor.watchlist import WatchlistLoad
from tests.crash.acts.alerting import started
from tests.crash.acts.finding import enrolled
from tests.crash.invariants import CASE, evidence_faults, store_faults, told_faults
from tests.crash.outside import GALLERIES
from tests.crash.stage import outside
from tests.crash.strace import ran
from tests.crash.world import World
from tests.fakes import InlineReader
from tests.pipeline.pipeline_bench import FORUM
from tests.stores import every_alert

BETWEEN = timedelta(minutes=90)  # two lives of the daemon
LONGEST_CPU_S = 1.1  # of a life, as the daemon's own work: a busy machine gives it less of every second
LONGEST_S = 6.0  # where it has nothing to do any more
AT_ONCE = 40  # pages: a pass ends at its limit of 50


class Hurried(Service):
    """All its rounds begin within a second."""

    def _rounds(self) -> tuple[DaemonRound, ...]:
        rounds = super()._rounds()
        return tuple((name, every, 0, work) for name, every, _, work in rounds if name not in ("ping", "hosts"))

    def _schedule_rounds(self) -> None:
        super()._schedule_rounds()
        for place, job in enumerate(self._scheduler.get_jobs()):
            if job.id.startswith("round:"):
                job.modify(next_run_time=self._clocks.wall() + timedelta(seconds=0.05 * (place % 16)))


class Told(Notifier):
    """Says on a pipe that the daemon is ready."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe

    def ready(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, b"r")


@dataclass
class Busy:
    """window: Message-IDs that were killed between the server's word and ours. acknowledged: decisions of which the
    command said that they are made."""

    world: World
    dice: random.Random
    lives: int = 0
    window: set[str] = field(default_factory=set)
    acknowledged: Counter[str] = field(default_factory=Counter)
    ready_s: list[float] = field(default_factory=list)
    found: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def ahead(self) -> timedelta:
        return BETWEEN * self.lives

    def watches(self) -> list[Watch]:
        port = self.world.outside.web.rpartition(":")[2]
        return [
            replace(FORUM, name=f"gallery {site}", schedule=Every(3600), urls=tuple(self.pages(site, port)))
            for site in range(1, GALLERIES + 1)
        ]

    def pages(self, site: int, port: str, last: int = 3) -> list[str]:
        """The newest of a gallery, each with a copy of its own."""
        newest = 1 + self.lives // 3
        return [f"http://127.0.0.{site}:{port}/g/{page}" for page in range(max(0, newest - last), newest)]

    def watches_of_all(self) -> list[Watch]:
        port = self.world.outside.web.rpartition(":")[2]
        every = [(watch, self.pages(site, port, last=self.lives + 1)) for site, watch in enumerate(self.watches(), 1)]
        return [
            replace(watch, name=f"{watch.name} from {first}", urls=tuple(pages[first : first + AT_ONCE]))
            for watch, pages in every
            for first in range(0, len(pages), AT_ONCE)
        ]

    # -- the two processes

    def daemon(self, ready: int) -> None:
        schedule.GAP = timedelta(0)
        pool._start = started
        ahead = self.ahead

        def clock() -> datetime:
            return exact_now() + ahead

        class Ahead(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock().astimezone(tz)

        for asks in (apscheduler.schedulers.base, apscheduler.executors.base):
            asks.datetime = Ahead

        def opened(settings: Any) -> App:
            app = open_app(settings, clock=clock, screenshots=False)
            app.__dict__["reader"] = InlineReader()
            return app

        settings = self.world.settings()
        service = Hurried(
            settings,
            open_app=opened,
            load_settings=lambda: settings,
            load_watches=lambda _: WatchlistLoad(tuple(self.watches()), ()),
            notifier=Told(ready),
            read_clocks=lambda: Reading(clock(), boottime(), monotonic()),
        )
        asyncio.run(service.run())

    def decide(self, told: int) -> None:
        """As commands do, one after the other."""
        dice, ahead = random.Random(self.lives), self.ahead
        with open_app(self.world.settings(), clock=lambda: exact_now() + ahead) as app:
            while True:
                finds = app.store.sightings.all(CASE)
                if not finds:
                    time.sleep(0.05)
                    continue
                act = dice.choice((DecisionAct.CONFIRM, DecisionAct.NOTE, DecisionAct.LATER))
                until = app.clock() + timedelta(days=3) if act is DecisionAct.LATER else None
                text = f"note {dice.random()}" if act is DecisionAct.NOTE else ""
                done = app.decisions.deciding.decide(
                    act, [dice.choice(finds).id], case=CASE, via=DecisionVia.COMMAND, until=until, text=text
                )
                if done.made:
                    os.write(told, f"{done.batch}\n".encode())

    # -- one life, and the look at what it left

    def live(self) -> None:
        listen, tell = os.pipe()
        heard, say = os.pipe()
        began = monotonic()
        daemon = forked(lambda: self.daemon(tell))
        person = forked(lambda: self.decide(say)) if self.lives % 2 else None
        for mine in (tell, say):
            os.close(mine)
        os.read(listen, 1)  # ready, or ended
        self.ready_s.append(monotonic() - began)
        self.wait(daemon, worked(daemon) + self.dice.random() * LONGEST_CPU_S)
        for pid in filter(None, (person, daemon)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            _, ended = os.waitpid(pid, 0)
            if os.waitstatus_to_exitcode(ended) != -signal.SIGKILL:
                self.faults.append(f"life {self.lives}: a process ended by itself ({ended})")
        os.close(listen)
        with os.fdopen(heard, "rb") as rest:
            for batch in rest.read().decode().split("\n")[:-1]:
                self.acknowledged[batch] += 1
        self.world.outside.settle()
        self.look()
        self.lives += 1

    def wait(self, pid: int, until: float) -> None:
        """Till it has worked for so long: at a moment that has nothing to do with what it does."""
        give_up = monotonic() + LONGEST_S
        while worked(pid) < until and monotonic() < give_up:
            time.sleep(0.003)

    def look(self) -> None:
        """As whoever comes next would, but without its recovery."""
        from monitor.store.store import open_store

        arrived = Counter(self.world.mails())
        store = open_store(self.world.settings())
        try:
            self.faults += [f"life {self.lives}: {fault}" for fault in store_faults(store)]
            found = {one.place.page_url for one in store.sightings.all(CASE)}
            if lost := self.found - found:
                self.faults.append(f"life {self.lives}: {len(lost)} finds that were recorded are not there any more")
            self.found |= found
            for alert in store.alerts.open(CASE):
                parts = store.alert_parts.of(alert.case, alert.id)
                if arrived[alert.message_id] and any(part.answer is Answer.UNSURE for part in parts):
                    self.window.add(alert.message_id)
        finally:
            store.close()

    def settle(self) -> None:
        """The daemon does what it would do in the time after the last kill."""

        async def all_of_it() -> None:
            pool._start = started
            for hours in (2, 4, 6, 12, 36, 60):
                ahead = self.ahead + timedelta(hours=hours)

                def clock(ahead: timedelta = ahead) -> datetime:
                    return exact_now() + ahead

                async with open_app(self.world.settings(), clock=clock, screenshots=False) as app:
                    app.__dict__["reader"] = InlineReader()
                    for watch in self.watches_of_all() if hours == 2 else self.watches():
                        await app.run_watch(watch)
                    await app.take_captures(self.watches())
                    app.keep_house()
                    await app.flush_alerts()

        asyncio.run(all_of_it())

    def end(self) -> dict[str, Any]:
        ahead = self.ahead + timedelta(hours=61)
        with open_app(self.world.settings(), clock=lambda: exact_now() + ahead) as app:
            store = app.store
            self.faults += [*store_faults(store), *evidence_faults(app, is_settled=True), *told_faults(app)]
            finds = [one for one in store.sightings.all(CASE) if one.watch != BY_HAND]
            found = Counter(one.place.page_url for one in finds)
            shown = {url for watch in self.watches_of_all() for url in watch.urls}
            if doubled := [page for page, count in found.items() if count > 1]:
                self.faults.append(f"{len(doubled)} copies are two finds each")
            if lost := shown - found.keys():
                self.faults.append(
                    f"{len(lost)} of {len(shown)} pictures that were shown are no finds: {sorted(lost)[:3]}"
                )
            arrived, sent = Counter(self.world.mails()), every_alert(store, CASE)
            for alert in sent:
                copies = arrived[alert.message_id]
                if alert.delivery is Delivery.FOLDED:
                    continue
                if not copies:
                    self.faults.append(f"an alert of kind {alert.kind.value} never arrived: {alert.delivery.value}")
                if copies > (2 if alert.message_id in self.window else 1):
                    self.faults.append(f"a message arrived {copies} times, outside of SMTP's window")
            if strange := set(arrived) - {alert.message_id for alert in sent}:
                self.faults.append(f"{len(strange)} messages have a Message-ID that no alert has")
            for batch in self.acknowledged:
                if not store.made_decisions.of_batch(CASE, batch):
                    self.faults.append("a decision that was said to be made is not there")
            return {
                "kills": self.lives,
                "finds": len(finds),
                "pictures": len(shown),
                "mails": sum(arrived.values()),
                "twice": sum(copies > 1 for copies in arrived.values()),
                "in_window": len(self.window),
                "decisions": len(self.acknowledged),
                "ready_s": round(max(self.ready_s, default=0), 2),
                "faults": self.faults,
            }


def worked(pid: int) -> float:
    """Seconds of a core."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return float("inf")


def forked(what: Any) -> int:
    child = os.fork()
    if child == 0:
        ran(what)
    return child


def main(kills: int, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="crash-") as made, outside(Path(made)) as served:
        secret, recipient = new_identity()
        world = World(Path(made) / "world", exact_now().replace(microsecond=0), served, recipient, secret)
        world.folder.mkdir(mode=0o700)
        busy = Busy(world, random.Random(seed))
        enrolled(world)
        kept = world.folder.with_name("kept")
        shutil.copytree(world.folder, kept)
        busy.settle()  # here once, so that all is imported and read that each life needs
        shutil.rmtree(world.folder)
        kept.rename(world.folder)
        served.forget()
        for _ in range(kills):
            busy.live()
            if len(busy.faults) > 20:
                break
        busy.settle()
        print(json.dumps(busy.end()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
