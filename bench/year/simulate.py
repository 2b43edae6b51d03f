"""Lets the days pass: the places change, the program visits, checks again and sends its alerts on a moved clock, and
each evening the judge compares what it knows with what is true.

Of the program's inside are used: `open_app(clock=...)`, `App.run_watch`, `App.recheck`, `App.send_alerts`,
`App.keep_house`, the sightings as the store has them, `config.load` and `watchlist.load_all`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.year import bank, rows
from bench.year.place import Board
from bench.year.truth import Fault, Judge, Told
from bench.year.web import Ask, Counts, Reply, served

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
SINK = "127.7.200.1"
ROOT = bank.PHOTOS.parents[2]  # of the program that is tried


@dataclass
class Year:
    """What came of it. alerts: messages by their subject. lines: finds told in them, by place."""

    days: int
    places: int
    faults: list[Fault]
    looks: Counter[str]
    tells: int
    alerts: Counter[str]
    lines: Counter[str]
    passes: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    unplaced: int = 0
    counts: Counts = field(default_factory=Counts)

    def many(self, what: str) -> int:
        return sum(fault.what == what for fault in self.faults)


@contextmanager
def lab(port: int, places: Sequence[Board]) -> Iterator[Path]:
    """A configuration with its store, the demo's photos enrolled, a watch for each place."""
    memory = Path("/dev/shm")  # a year of waiting for a disk tells nothing
    folder = Path(tempfile.mkdtemp(prefix="year-", dir=memory if memory.is_dir() else None))
    try:
        config = folder / "config.toml"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REUPLOAD")}
        env = kept | {
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "share"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        command = [sys.executable, "-m", "monitor", "--config", str(config)]

        def run(*more: str) -> None:
            done = subprocess.run([*command, *more], cwd=ROOT, env=env, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{' '.join(more[:1])} failed: {done.stdout[-400:]}{done.stderr[-400:]}")

        run(
            *("init", "--yes", "--adult", "--authorised", "self", "--name", "Jane Doe", "--email", "jane@example.org"),
            *("--jurisdiction", "US", "--no-vault", "--store-key-file", str(folder / "key" / "store.key")),
        )
        text = config.read_text()
        mine = {
            "network": f'allow_networks = ["127.0.0.0/8"]\nallow_ports = [{port}]\ntimeout = 8.0\n',
            "crawl": "per_host_delay = 0.0\n",
            "match": "features = false\n",
            "alerts": f'urls = ["json://{SINK}:{port}/"]\ndetail = "full"\n',
            "engines.year": f'like = "searxng"\nurl = "http://{_search_host(places)}:{port}"\n',
        }
        config.write_text(_with(text, mine))
        lists = folder / "watchlists"
        lists.mkdir(exist_ok=True)
        for old in lists.glob("*.toml"):
            old.unlink()
        (lists / "year.toml").write_text("\n".join(place.watch() for place in places))
        run("enroll", str(bank.PHOTOS / "enrolled"))
        before = dict(os.environ)
        os.environ |= {name: env[name] for name in ("HOME", "XDG_DATA_HOME", "PYTHON_KEYRING_BACKEND")}
        try:
            yield config
        finally:
            os.environ.clear()
            os.environ |= before
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _search_host(places: Sequence[Board]) -> str:
    return next((place.hosts[0] for place in places if place.name == "search"), "127.7.250.1")


def _with(text: str, sections: dict[str, str]) -> str:
    """The configuration with these sections in place of what it has of them."""
    for name, lines in sections.items():
        for key in re.findall(r"^(\w+) =", lines, re.MULTILINE):
            text = re.sub(rf"^{key} *=.*\n", "", text, flags=re.MULTILINE)
        if f"[{name}]\n" in text:
            text = text.replace(f"[{name}]\n", f"[{name}]\n{lines}", 1)
        else:
            text += f"\n[{name}]\n{lines}"
    return text


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def simulate(
    *,
    seed: int,
    days: int,
    names: list[str] | None = None,
    every: int = 1,
    told: Callable[[str], None] | None = None,
) -> Year:
    """every: days between two visits, at least. told: takes a line of progress."""
    port = free_port()
    places = list(rows.places(seed, days, port, names, every=every))
    with lab(port, places) as config:
        return asyncio.run(_days(config, places, port, days, told or (lambda _: None)))


async def _days(config: Path, places: list[Board], port: int, days: int, told: Callable[[str], None]) -> Year:
    from monitor.app import open_app
    from monitor.config import load
    from monitor.watchlist import load_all

    settings, now, day = load(config), [START], [0]
    watches = {watch.name: watch for watch in load_all(settings).watches}
    assert set(watches) == {place.name for place in places}
    by_host = {host: place for place in places for host in place.hosts}
    judges = {place.name: Judge(place.name) for place in places}
    year = Year(days, len(places), [], Counter(), 0, Counter(), Counter())

    def answer(ask: Ask) -> Reply:
        if ask.host == SINK:
            _take(json.loads(ask.headers.get("-body", "{}")), year, by_host)
            return Reply(b"{}", kind="application/json")
        place = by_host.get(ask.host)
        return place.reply(ask, day[0]) if place else Reply(status=404)

    began, cpu = time.monotonic(), time.process_time()
    async with (
        served(answer, (SINK, *by_host), port, year.counts),
        open_app(settings, clock=lambda: now[0]) as app,
    ):
        homes: dict[str, tuple[str, str]] = {}
        for day[0] in range(days):
            now[0] = START + timedelta(days=day[0])
            due = [place for place in places if place.is_visited(day[0])]
            runs = await asyncio.gather(*(app.run_watch(watches[place.name]) for place in due))
            year.passes += len(runs)
            for place, run in zip(due, runs, strict=True):
                said = "; ".join(f"{error.kind}: {error.message}" for error in run.errors[:2])
                said += "; ".join(f" limit {limit.what} {limit.at}" for limit in run.limits)
                judges[place.name].look(day[0], place.truth(day[0]), str(run.status), said)
            now[0] += timedelta(hours=1)
            await app.recheck(list(watches.values()))
            now[0] += timedelta(hours=1)
            await app.send_alerts()
            known = _known(app.store.sightings.all(), places, homes, year, day[0])
            for place in places:
                judges[place.name].end_of_day(
                    day[0], place.truth(day[0]), known.get(place.name, {}), visited=place in due
                )
            if day[0] % 7 == 6:
                app.keep_house()
            if day[0] % 10 == 9:
                faults = Counter(fault.what for judge in judges.values() for fault in judge.faults)
                told(f"day {day[0] + 1}, {time.monotonic() - began:.0f} s: {dict(faults)}")
        now[0] += timedelta(hours=12)
        await app.send_alerts()
    for judge in judges.values():
        year.faults += judge.faults
        year.looks += judge.looks
        year.tells += judge.tells
    year.seconds, year.cpu = time.monotonic() - began, time.process_time() - cpu
    return year


def _known(
    sightings: Sequence[Any], places: Sequence[Board], homes: dict[str, tuple[str, str]], year: Year, day: int
) -> dict[str, dict[str, list[Told]]]:
    """By place and copy. homes: of each sighting, the place and the copy that it was about when it was new; what is
    told as back may be another copy, in another post, while the first is gone."""
    by_name = {place.name: place for place in places}
    known: dict[str, dict[str, list[Told]]] = {}
    for one in sightings:
        if one.match.tier.value != "match":
            continue
        if one.id not in homes:
            place = by_name[one.watch]
            copy = place.copy_at(one.place.image_url, one.match.label or "")
            year.unplaced += not copy
            homes[one.id] = (one.watch, copy or f"?{one.match.label}")
        place_name, copy = homes[one.id]
        stands, now = by_name[place_name].truth(day).stands, by_name[place_name].copy_at(one.place.image_url, "")
        if now in stands and copy not in stands and (place_name, now) not in homes.values():
            copy = now
            homes[one.id] = (place_name, copy)
        told = Told(one.id, one.status.value, (one.last_seen - START).days)
        known.setdefault(place_name, {}).setdefault(copy, []).append(told)
    return known


def _take(message: dict[str, str], year: Year, by_host: dict[str, Board]) -> None:
    """An alert that arrived."""
    subject = (
        re.sub(r"\d+", "N", message.get("title", "")).replace("entries are", "entry is").replace("entries", "entry")
    )
    year.alerts[subject] += 1
    for number, last in re.findall(r"a copy.*? on hxxp://127\[\.\]7\[\.\](\d+)\[\.\](\d+)", message.get("message", "")):
        place = by_host.get(f"127.7.{number}.{last}")
        year.lines[place.name if place else "?"] += 1
