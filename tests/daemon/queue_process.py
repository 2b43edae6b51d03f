"""Schedulers and workers as processes of their own, to be killed: `python -m tests.daemon.queue_process FOLDER URL`.

It imports everything once and forks for each that is asked for by a line on stdin (`scheduler NAME`, `worker`; either
with the seconds by which its clock is wrong), and answers with the child's process id. The program is the real one,
down to what it opens: sites are a table here that grows with the time, and pictures are read in the process itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.app import App, open_app
from monitor.app_queue import asked_queue, taken_queue, visited_with
from monitor.clock import exact_now
from monitor.daemon.queue import asked, doing, scheduler, sweeping, taking, working
from monitor.daemon.service import run_daemon
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Request
from monitor.model.settings import DatabaseSettings, EvidenceSettings, MatchSettings, QueueSettings, Secret, Settings
from monitor.model.watch import Every, Kind, Watch
from monitor.store import due_visits
from monitor.watchlist import WatchlistLoad
from tests.fakes import FakeClock, FakeSite, InlineReader
from tests.pipeline.pipeline_bench import PHOTOS, page, small
from tests.stores import KEY


@dataclass(frozen=True, slots=True)
class Play:
    """begun: in seconds since 1970. cases: each watches `places`; the first of these is the same for all. A place shows
    another picture every `new_every_s`, `most` in the end. lease_s: 0 = as it is."""

    begun: float
    cases: int = 2
    places: int = 2
    every_s: int = 3
    new_every_s: float = 2.0
    most: int = 2
    recipient: str = ""
    lease_s: float = 0.0

    def shown(self, at: float) -> int:
        return max(1, min(self.most, int((at - self.begun) / self.new_every_s)))

    def watches(self) -> list[Watch]:
        found = []
        for case in range(self.cases):
            for place in range(self.places):
                url = f"https://{'shared' if place == 0 else f'of-case-{case}'}-{place}.example/"
                name = f"case {case} place {place}"
                found.append(Watch(name, Kind.PAGE, Every(self.every_s), urls=(url,), case=CaseId(f"case{case}")))
        return found


def written(play: Play, folder: Path) -> None:
    (folder / "play").write_text(json.dumps(asdict(play)))


def read(folder: Path) -> Play:
    return Play(**json.loads((folder / "play").read_text()))


class Sites(FakeSite):
    """All of the world. Notes each page that is asked for: when, and by which process."""

    def __init__(self, play: Play, folder: Path) -> None:
        super().__init__(FakeClock(exact_now()))
        self._play, self._file = play, folder / "asked"

    def allow_ports_of(self, urls: object) -> None: ...

    async def fetch(self, request: Request) -> Fetched:
        self.clock.now = now = exact_now()
        host, path = urlsplit(request.url).netloc, urlsplit(request.url).path
        self.files.clear()
        self.asked.clear()
        shown = self._play.shown(now.timestamp())
        if path == "/":
            pictures = [f"https://{host}/{number}.jpg" for number in range(shown)]
            self.put(request.url, page(*pictures))
            with self._file.open("ab", buffering=0) as file:
                file.write(f"{now.timestamp():.3f} {os.getpid()} {host}\n".encode())
        elif path[1:-4].isdecimal() and int(path[1:-4]) < shown:
            self.put(request.url, picture(int(path[1:-4])), "image/jpeg")
        return await super().fetch(request)


def picture(number: int) -> bytes:
    """Of the one photo, each another file."""
    return small(PHOTOS[0]) + b"\0" * number


def settings(folder: Path, url: str, name: str, recipient: str = "") -> Settings:
    return Settings(
        path=None,
        data_dir=folder / name,
        watchlist_dir=folder,
        database=DatabaseSettings(key=KEY, url=Secret(url)),
        queue=QueueSettings(url=Secret(url)),
        evidence=EvidenceSettings(recipients=(recipient,) if recipient else ()),
        match=replace(MatchSettings(), features=False),
    )


def opened(found: Settings, play: Play, folder: Path, wrong_by_s: float = 0.0) -> App:
    app = open_app(found, screenshots=False, clock=lambda: exact_now() + timedelta(seconds=wrong_by_s))
    app.__dict__.update(fetcher=Sites(play, folder), reader=InlineReader())
    return app


def shortened(play: Play) -> None:
    """All that is waited for, in the same order."""
    if not play.lease_s:
        return
    doing.VISIT_LEASE, doing.LEASED_AGAIN_S = timedelta(seconds=play.lease_s), play.lease_s / 5
    asked.DEAD_AFTER_S = sweeping.DEAD_AFTER_S = play.lease_s / 2
    sweeping.IDLE_AFTER_S = play.lease_s * 1.5
    taking.HEARD_EVERY_S, taking.ASK_EVERY_S, taking.LATEST_AGAIN_S = play.lease_s / 8, 0.3, 1.0
    due_visits.MOST_DEATHS = 1000  # with so short a lease a busy machine looks like one that died
    scheduler.QUEUE_EVERY_S, scheduler.STANDS_BY_EVERY_S = 1, 0.3


def schedule(folder: Path, url: str, name: str, wrong_by_s: float = 0.0) -> None:
    play = read(folder)
    shortened(play)
    watches = tuple(play.watches())

    def made(given: Settings, **as_service: Any) -> scheduler.Scheduling:
        as_service |= {"load_settings": lambda: given, "files": None, "is_a_process": False}
        as_service["load_watches"] = lambda _: WatchlistLoad(watches, ())
        return scheduler.Scheduling(given, queue=asked_queue(given), group_of=visited_with, **as_service)

    from monitor.daemon import reloading

    given = settings(folder, url, name, play.recipient)
    reloading.ReadFiles.load = lambda self: given  # type: ignore[method-assign]
    run_daemon(given, open_app=lambda one: opened(one, play, folder, wrong_by_s), made_by=made)


def work(folder: Path, url: str, wrong_by_s: float = 0.0) -> None:
    play = read(folder)
    shortened(play)
    given = settings(folder, url, "worker", play.recipient)
    working.run_worker(
        given,
        open_app=lambda one: opened(one, play, folder, wrong_by_s),
        load_settings=lambda: given,
        take_from=taken_queue,
    )


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main(folder: Path, url: str) -> None:
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    for line in sys.stdin:
        kind, *names = line.split()
        if (pid := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            with (folder / "log").open("ab", buffering=0) as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            try:
                if kind == "scheduler":
                    schedule(folder, url, names[0], *map(float, names[1:]))
                else:
                    work(folder, url, *map(float, names))
            except BaseException as error:
                print(f"ended by {type(error).__name__}: {error}", flush=True)
                import traceback

                traceback.print_exc()
            finally:
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
