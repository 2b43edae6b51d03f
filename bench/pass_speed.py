"""A whole pass over a local site, side by side with Scrapy doing the same: photographs per CPU second.

    .venv/bin/python -m bench.pass_speed [--pages 200] [--images 1000] [--rounds 1] [--json FILE] [--only ours|scrapy]
                                         [--one-process]

Both crawl the same pages on the same server (a process of its own, not counted), fetch and hash every picture, and
name the planted copies. Counted is user and system time of a process and all its children, from its first import on.
This program's pass is the real one: encrypted store, seen-URL memory, host pacing (with a gap of 0), robots.txt,
confined readers, evidence sealed to a key; `match.features = false`, since what it is compared with has none. Then the
unchanged site once more, in the same process (a daemon's next round) and by a fresh `watch run`.

The first call makes the site and Scrapy's venv in the cache folder ($XDG_CACHE_HOME/reupload-monitor-bench): about
three minutes. What an installation has beside the program, its bytecode, is made first: compiling 400 modules anew in
each process is no part of a pass.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "reupload-monitor-bench"
MIB = 1024 * 1024


@dataclass(frozen=True)
class Ran:
    """cpu, wall: seconds. peak: most bytes resident at once, of the process and its children together."""

    answer: dict
    cpu: float
    wall: float
    peak: int


def run(command: list[str], log: Path) -> Ran:
    began = time.monotonic()
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=HERE.parent)
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed ({process.returncode}):\n{log.read_text()[-3000:]}")
    return Ran(json.loads(output), used.ru_utime + used.ru_stime, wall, peak[0])


def _watch(pid: int, peak: list[int]) -> None:
    with contextlib.suppress(OSError):
        while Path(f"/proc/{pid}").exists():
            peak[0] = max(peak[0], sum(resident(one) for one in (pid, *children(pid))))
            time.sleep(0.1)


def children(pid: int) -> list[int]:
    """All of them, theirs too."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children(int(child))]
    return found


def resident(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.sites", "serve", str(site)],
        cwd=HERE.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield server.stdout.readline().decode().strip()
    finally:
        server.stdin.close()
        server.wait(10)


def counts(address: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{address}-/counts") as answer:
        return json.load(answer)


# -- the two


def scrapy_python() -> str:
    """Of a venv with what requirements-bench.txt names, made when first needed."""
    wanted, venv = (HERE / "requirements-bench.txt").read_text(), CACHE / "scrapy"
    mark = venv / "made-from.txt"
    if not mark.exists() or mark.read_text() != wanted:
        print("making a venv for Scrapy ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run(
            [str(venv / "bin" / "pip"), "install", "-q", "-r", str(HERE / "requirements-bench.txt")], check=True
        )
        mark.write_text(wanted)
    return str(venv / "bin" / "python")


def with_scrapy(address: str, site: Path, work: Path) -> Ran:
    script = str(HERE / "scrapy_pass.py")
    return run([scrapy_python(), script, address, str(site / "enrolled"), str(work / "images")], work / "scrapy.log")


def with_ours(address: str, site: Path, work: Path, given: argparse.Namespace) -> tuple[Ran, Ran]:
    """First crawl and re-crawl in one process, and a re-crawl by a fresh one."""
    config = prepare(address, work, pages=given.pages, images=given.images)
    how = ["--one-process"] if given.one_process else []
    program = [sys.executable, "-m", "monitor", "--config", str(config)]
    enrol(program, site)
    both = run([sys.executable, "-m", "bench.pass_speed", "--inside", str(config), *how], work / "ours.log")
    return both, run([*program, "watch", "run", "--json"], work / "again.log")


def enrol(program: list[str], site: Path) -> None:
    done = subprocess.run(
        [*program, "enroll", str(site / "enrolled")],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
    )
    if done.returncode:
        raise SystemExit(f"enrolment failed ({done.returncode}): {done.stderr}")


def prepare(address: str, work: Path, *, pages: int, images: int) -> Path:
    """What `init` makes, with a configuration for this machine's site, and one watch over it."""
    from monitor.clock import utc_now
    from monitor.model.case import Attestation, Authority
    from monitor.setup import SetUpRequest, set_up

    def text(recipient: str) -> str:
        return f"""\
data_dir = "data"
watchlist_dir = "watchlists"
[case]
name = "Jane Doe"
email = "jane@example.org"
[database]
key_file = "store.key"
[network]
allow_networks = ["127.0.0.0/8"]
[crawl]
per_host_delay = 0
[match]
features = false
[evidence]
recipients = ["{recipient}"]
"""

    set_up(
        SetUpRequest(
            config=work / "config.toml",
            attestation=Attestation(Authority.SELF, utc_now()),
            plain_identity=work / "identity.txt",
            store_key_file=work / "store.key",
            config_text=text,
        )
    )
    (work / "watchlists").mkdir(exist_ok=True)
    (work / "watchlists" / "board.toml").write_text(
        f"""\
[[watch]]
name = "board"
kind = "page"
url = "{address}"
every = "1h"
follow = {{ links = "a.thread", depth = 2, max_pages = {pages + 10} }}
images = {{ max_images = {images + 10} }}
"""
    )
    return work / "config.toml"


def inside(config: Path, *, one_process: bool) -> None:
    """The measured process: two passes, and what each took of CPU time. one_process: as it was before hops were taken
    by another."""
    import asyncio

    from monitor.app import open_app
    from monitor.config import load
    from monitor.parts.parent.launched import LaunchedParts
    from monitor.watchlist import load_all

    async def passes() -> dict:
        settings = load(config)
        (watch,) = load_all(settings).watches
        async with open_app(settings, screenshots=False, parts=None if one_process else LaunchedParts()) as app:
            told = {}
            for name in ("first", "again"):
                before, wall = _cpu() if name == "again" else 0.0, time.monotonic()
                counts(watch.urls[0])
                report = await app.run_watch(watch)
                told[name] = {
                    "cpu": _cpu() - before,
                    "cpu_core": time.process_time(),
                    "wall": time.monotonic() - wall,
                    "status": report.status.value,
                    "pages": report.pages,
                    "images": report.images,
                    "errors": [error.message for error in report.errors][:5],
                    "asked": counts(watch.urls[0]),
                    "resident_mib": resident(os.getpid()) // MIB,
                }
            told["found"] = sorted({s.place.image_url.partition("/media/")[2] for s in app.store.sightings.all()})
            return told

    print(json.dumps(asyncio.run(passes())))


def _cpu() -> float:
    """Seconds, of this process and every child, living or ended."""
    times = os.times()
    living = sum(time.clock_gettime((~pid << 3) | 2) for pid in children(os.getpid()))
    return time.process_time() + times.children_user + times.children_system + living


# -- the table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1, help="one after the other; machines that others use vary")
    parser.add_argument("--only", choices=["ours", "scrapy"])
    parser.add_argument("--one-process", action="store_true", help="without a fetcher of its own")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return inside(given.inside, one_process=given.one_process)
    from bench import sites  # not in the measured process

    compileall.compile_dir(HERE.parent / "monitor", quiet=1)
    site = CACHE / f"site-{given.pages}-{given.images}"
    copies = max(1, given.images * 6 // 100)
    print(f"site: {given.pages} pages, {given.images} images, {copies} copies ({site})", file=sys.stderr)
    sites.make(site, pages=given.pages, images=given.images, copies=copies)
    rows = []
    with served(site) as address:
        for _ in range(given.rounds):
            rows.append(one_round(address, site, given))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


def one_round(address: str, site: Path, given: argparse.Namespace) -> dict:
    truth = {name.partition("/")[2] for name in json.loads((site / "truth.json").read_text())}
    row: dict = {}
    print(f"{'':28}{'CPU s':>8}{'ms/img':>8}{'img/CPU s':>11}{'wall s':>8}{'peak MiB':>10}{'found':>9}{'false':>7}")
    if given.only != "ours":
        with temporary() as work:
            scrapy = with_scrapy(address, site, work)
        found = {name.partition("/")[2] for name in scrapy.answer["found"]}
        row["scrapy"] = _row("Scrapy, first crawl", given.images, scrapy.cpu, scrapy.wall, scrapy.peak, found, truth)
    if given.only != "scrapy":
        with temporary() as work:
            ours, fresh = with_ours(address, site, work, given)
        first, again = ours.answer["first"], ours.answer["again"]
        found = set(ours.answer["found"])
        row["ours"] = _row(
            "this program, first crawl", given.images, first["cpu"], first["wall"], ours.peak, found, truth
        )
        print(f"  core alone: {first['cpu_core']:.2f} s; pages {first['pages']}, {first['status']} {first['errors']}")
        share = again["cpu"] / first["cpu"]
        print(
            f"re-crawl, same process: {again['cpu']:.3f} CPU s, {share:.1%} of the first; asked {again['asked']}\n"
            f"re-crawl, fresh `watch run`: {fresh.cpu:.2f} CPU s, {fresh.cpu / first['cpu']:.1%}"
        )
        row["again"] = {**again, "share": share, "fresh_cpu": fresh.cpu}
        row["first"] = first
    if not given.only:
        row["ratio"] = row["scrapy"]["cpu"] / row["ours"]["cpu"]
        print(f"{row['ratio']:.2f} times Scrapy's images per CPU second")
    return row


def _row(name: str, images: int, cpu: float, wall: float, peak: int, found: set[str], truth: set[str]) -> dict:
    right, false = len(found & truth), len(found - truth)
    print(
        f"{name:28}{cpu:8.2f}{cpu * 1000 / images:8.2f}{images / cpu:11.1f}{wall:8.1f}{peak // MIB:10}"
        f"{f'{right}/{len(truth)}':>9}{false:7}"
    )
    return {"cpu": cpu, "wall": wall, "peak": peak, "found": right, "of": len(truth), "false": false}


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pass-speed-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
