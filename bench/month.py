"""Thirty days of the daemon in minutes: what it holds, what it keeps, and whether it misses a visit.

    .venv/bin/python -m bench.month [--days 30] [--watches 50] [--every 86400] [--minutes 600] [--seed 7] [--json FILE]

The real daemon, store, fetcher, vault and confined readers, on an event loop whose time leaps while nobody is at work
and passes as it does while somebody is. The places are on loopback (a process of its own): a page shows another new
picture at one look in ten, and an answer fails once in eight, by chance: an error, a hang-up, half of it, none. Alerts
go to an endpoint that refuses one in five. A line a day: memory of this process's own, open files, children while
nothing is in hand, the store's size. Goals: less than 1 MB a day from the third day on, open files as they were, no
visit later than its interval allows.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import gc
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.idle import memory
from bench.pass_speed import HERE, children, prepare, temporary

PHOTOS = HERE.parent / "monitor" / "demo" / "photos"
QUIET_S = 0.002  # between two looks at whether anybody is at work
ROUNDS_AT_MOST_EVERY_S = 1200  # those that come every three seconds would take most of the bench


class Leaping(asyncio.SelectorEventLoop):
    """Its time leaps to what is due next once nothing else is at work: no thread of this process and none of its
    children's, the places among them. A place that says nothing is one that is waited for as long as one waits."""

    def __init__(self) -> None:
        super().__init__()
        self.leapt, self._ran = 0.0, ran()

    def time(self) -> float:
        return super().time() + self.leapt

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            if self._is_at_rest():
                self.leapt += max(0.0, self._scheduled[0]._when - self.time())
            elif self._scheduled[0]._when - self.time() > QUIET_S:
                self.call_later(QUIET_S, lambda: None)  # to look again, though nothing should come
        super()._run_once()

    def _is_at_rest(self) -> bool:
        """No thread but this one has run since the last look, none would like to, and nothing has come."""
        before, self._ran = self._ran, ran()
        if self._ran is None or self._ran != before:
            return False
        events = self._selector.select(0)
        self._process_events(events)
        return not events


def ran() -> int | None:
    """Nanoseconds, of all threads but this one, children's too; None while one runs, would like to, or waits for a
    disk."""
    this, spent = str(threading.get_native_id()), 0
    try:
        for pid in (own := os.getpid(), *children(own)):
            for task in os.listdir(at := f"/proc/{pid}/task"):
                if task != this:
                    if _read(f"{at}/{task}/stat").rpartition(b")")[2].split()[0] not in b"SZ":
                        return None
                    spent += int(_read(f"{at}/{task}/schedstat").split()[0])
    except OSError:  # one has just ended
        return None
    return spent


def _read(name: str) -> bytes:
    with open(name, "rb", buffering=0) as file:
        return file.read()


# -- the places


def serve(seed: int) -> None:  # noqa: C901, one branch for each way to fail
    chance, shown = random.Random(seed), defaultdict[str, int](lambda: 3)
    bodies = [path.read_bytes() for path in sorted((PHOTOS / "others").glob("*.jpg"))]
    own = [path.read_bytes() for path in sorted((PHOTOS / "enrolled").glob("*.jpg"))]

    class Place(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            luck = chance.random()
            if self.path == "/robots.txt":
                return self.answer(404, b"", "text/plain")
            if luck < 0.06:
                return self.answer(chance.choice([500, 502, 503]), b"out of order", "text/plain")
            if luck < 0.10:
                return self.close()
            if luck < 0.12:
                return self.half()
            if luck < 0.123:
                time.sleep(4)
                return self.close()
            if self.path.endswith(".jpg"):
                name = self.path.rpartition("/")[2]
                one = own if hash(name) % 40 == 0 else bodies
                return self.answer(200, one[hash(name) % len(one)] + name.encode(), "image/jpeg")
            if chance.random() < 0.1:
                shown[self.path] += 1
            pictures = "".join(f'<p>post {n}</p><img src="{self.path}-{n}.jpg">' for n in range(shown[self.path]))
            mark = f'"{shown[self.path]}"'
            if self.headers.get("If-None-Match") == mark:
                return self.answer(304, b"", "text/html", mark)
            self.answer(200, f"<title>A board</title>{pictures}<p>{'words ' * 200}".encode(), "text/html", mark)

        do_POST = lambda self: self.alert()  # noqa: E731

        def alert(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer(500 if chance.random() < 0.2 else 200, b"", "text/plain")

        def answer(self, status: int, body: bytes, kind: str, mark: str = "") -> None:
            self.send_response(status)
            if mark:
                self.send_header("ETag", mark)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def close(self) -> None:
            self.close_connection = True

        def half(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"<title>A bo")
            self.close()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


# -- the month


def held() -> dict[str, float]:
    """By Python, in blocks, and by the C library, in MB: a heap that grows while neither does is torn, not full."""

    class Info(ctypes.Structure):
        _fields_ = [(name, ctypes.c_size_t) for name in "arena _1 _2 _3 maps _5 _6 used free _9".split()]

    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = Info
    gc.collect()
    info = ask()
    return {
        "blocks": sys.getallocatedblocks(),
        "heap_used": round((info.used + info.maps) / 2**20, 1),
        "heap_free": round(info.free / 2**20, 1),
    }


def by_type() -> Counter[str]:
    return Counter(f"{type(thing).__module__}.{type(thing).__qualname__}" for thing in gc.get_objects())


class Month:
    def __init__(self, config: Path, days: int, within_s: float) -> None:
        self.loop, self.config, self.days = Leaping(), config, days
        self.ends_at = time.monotonic() + within_s
        self.begin, self.began = datetime.now(UTC), self.loop.time()
        self.visits = defaultdict[str, list[float]](list)
        self.rows: list[dict[str, Any]] = []
        self.types: list[Counter[str]] = []

    def wall(self) -> datetime:
        return self.begin + timedelta(seconds=self.loop.time() - self.began)

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner, self._clocks():
            runner.run(self._play())

    async def _play(self) -> None:
        from monitor.app import open_app
        from monitor.config import load
        from monitor.daemon.notify import Notifier
        from monitor.daemon.service import Service
        from monitor.daemon.timekeeping import Reading

        settings = load(self.config)
        opened: list[Any] = []

        @contextlib.asynccontextmanager
        async def app_of(chosen: Any) -> Any:
            async with open_app(chosen, clock=self.wall, screenshots=False) as app:
                opened.append(app)
                await app.references.enroll(sorted((PHOTOS / "enrolled").glob("*.jpg")), case="default")
                real = app.run_watch

                async def run_watch(watch: Any, **more: Any) -> Any:
                    self.visits[watch.name].append(self.loop.time() - self.began)
                    return await real(watch, **more)

                app.run_watch = run_watch
                yield app

        service = Service(
            settings,
            open_app=app_of,
            load_settings=lambda: load(self.config),
            notifier=Notifier({}),
            read_clocks=lambda: Reading(self.wall(), self.loop.time(), self.loop.time()),
        )
        running = asyncio.create_task(service.run())
        while not opened or not service._scheduler.get_jobs():
            await asyncio.sleep(0.1)
        for day in range(1, self.days + 1):
            used, at = time.process_time(), time.monotonic()
            await asyncio.sleep(86400 - 7200)
            while service._work:
                await asyncio.sleep(30)
            await asyncio.sleep(7200)
            while service._work:
                await asyncio.sleep(30)
            self._note(day, time.process_time() - used, time.monotonic() - at, opened[0])
            if time.monotonic() > self.ends_at:
                self.days = day
                break
        service._signals.put_nowait(signal.SIGTERM)
        await running

    def _note(self, day: int, used: float, took: float, app: Any) -> None:
        data = app.settings.data_dir
        sizes = {path: path.stat().st_size for path in data.rglob("*") if path.is_file() and "reserve" not in path.name}
        row = {
            "day": day,
            **memory(os.getpid()),
            "open_files": len(os.listdir("/proc/self/fd")),
            **held(),
            "threads": threading.active_count(),
            "children": len(children(os.getpid())),
            "visits": sum(map(len, self.visits.values())),
            "finds": len(app.store.sightings.all("default")),
            "store_kB": sum(size for path, size in sizes.items() if path.name.startswith("store.db")) // 1000,
            "all_kB": sum(sizes.values()) // 1000,
            "cpu_s": round(used, 1),
            "took_s": round(took, 1),
        }
        self.rows.append(row)
        self.types.append(by_type())
        print(json.dumps(row), flush=True)

    @contextlib.contextmanager
    def _clocks(self) -> Iterator[None]:
        """Every reading goes by the loop's time; the rounds that come every few seconds come every twenty minutes."""
        from apscheduler.schedulers import base

        from monitor import clock
        from monitor.daemon import rounds, schedule, timekeeping

        month = self

        class Now(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return month.wall().astimezone(tz or UTC)

        class Time:
            monotonic = staticmethod(self.loop.time)
            process_time = staticmethod(time.process_time)
            clock_gettime = staticmethod(lambda _: self.loop.time())
            CLOCK_BOOTTIME = time.CLOCK_BOOTTIME

        base.datetime = clock.datetime = Now  # type: ignore[misc]
        clock.time = Time  # type: ignore[assignment]
        timekeeping.LOOK_EVERY_S = schedule.VISITS_EVERY_S = ROUNDS_AT_MOST_EVERY_S
        for name, every_s in list(vars(rounds).items()):
            if name.endswith("_EVERY_S"):
                setattr(rounds, name, max(every_s, ROUNDS_AT_MOST_EVERY_S))
        yield


def latest(month: Month, every_s: int) -> float:
    """Seconds by which a visit came later than its interval and its jitter allow, at worst."""
    end, most = month.days * 86400.0, every_s + min(every_s // 10, 600)
    gaps = [b - a for times in month.visits.values() for a, b in zip([0.0, *times], [*times, end], strict=True)]
    return max(gaps) - most


def slope(rows: list[dict[str, Any]], name: str) -> float:
    """A day, by least squares."""
    days = [row["day"] for row in rows]
    middle = sum(days) / len(days)
    spread = sum((day - middle) ** 2 for day in days) or 1.0
    return sum((row["day"] - middle) * row[name] for row in rows) / spread


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--watches", type=int, default=50)
    parser.add_argument("--every", type=int, default=86400, help="seconds")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=600, help="no further day after so long")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.seed)
    command = [sys.executable, "-m", "bench.month", "--serve", "--seed", str(given.seed)]
    server = subprocess.Popen(
        command,
        cwd=HERE.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    try:
        with temporary() as work:
            address = f"http://127.0.0.1:{int(server.stdout.readline())}/"
            config = prepare(address, work, pages=0, images=0)
            config.write_text(config.read_text() + f'[alerts]\nurls = ["json{address[4:]}alerts"]\n')
            (work / "watchlists" / "board.toml").write_text(
                "".join(
                    f'[[watch]]\nname = "place-{n}"\nkind = "page"\nevery = "{given.every}s"\nurl = "{address}{n}"\n'
                    for n in range(given.watches)
                )
            )
            month = Month(config, given.days, given.minutes * 60)
            month.run()
    finally:
        server.stdin.close()
        server.wait(10)
    settled = month.rows[2:] or month.rows
    told = {
        "own_MB_a_day": round(slope(settled, "own"), 3),
        "blocks_a_day": round(slope(settled, "blocks")),
        "open_files_a_day": round(slope(settled, "open_files"), 3),
        "all_kB_a_day": round(slope(settled, "all_kB"), 1),
        "visits": month.rows[-1]["visits"],
        "latest_s": round(latest(month, given.every)),
        "most_children_while_nothing_is_in_hand": max(row["children"] for row in month.rows),
    }
    print(json.dumps(told))
    grown = month.types[-1] - month.types[min(2, len(month.types) - 1)]
    print(json.dumps({"objects_since_the_third_day": dict(grown.most_common(25))}))
    if given.json:
        given.json.write_text(json.dumps({"told": told, "days": month.rows}))


if __name__ == "__main__":
    main()
