"""The program in parts: how long until all of them are up, and until each is back after kill -9.

    .venv/bin/python -m bench.parts [--rounds 10]

The real command on a store with photos enrolled and four places on loopback. `run` counts from its start to READY=1, as
systemd hears it; fetcher and browser from being asked for to their first word (the browser's part: Chromium itself is
started with the first page); by the clock, and in seconds of a core, which a busy machine does not stretch. Back:
parent by starting the command again; core from the kill to the READY=1 of the next; fetcher and browser from the kill
to the first word of the next. Goals: all up in 2 s, each back in 5 s. Beside them the same Python is started to do
nothing but import the command line, so that the machine's own pace is seen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench.back_in_service import imports
from bench.idle import COPIES, IMAGES, PAGES, endpoint, made_ready, parts_of, processor_s
from bench.pass_speed import CACHE, HERE, served, temporary
from monitor.outbound.browser_link import open_browser_link
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.starting import ProgramPart


@contextlib.contextmanager
def told_at(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(folder / "notify"))
        told.settimeout(120)
        yield told


def until_ready(told: socket.socket) -> None:
    while not told.recv(4096).startswith(b"READY=1"):
        pass


def started(config: Path, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "--config", str(config)],
        env=os.environ | {"NOTIFY_SOCKET": str(folder / "notify")},
        cwd=HERE.parent,
        stderr=subprocess.DEVNULL,
    )


async def greeted(rounds: int, seconds: dict[str, list[float]]) -> None:
    """Fetcher and browser by themselves, as a command has them: up together, then each killed."""
    for _ in range(rounds):
        parts = LaunchedParts()
        links = {
            "fetcher": Link(parts, ProgramPart.FETCHER, FetcherSetup),
            "browser": open_browser_link(parts),
        }
        began = time.monotonic()
        await asyncio.gather(*(link.greeting() for link in links.values()))
        seconds["fetcher and browser, both up"].append(time.monotonic() - began)
        for name, link in links.items():
            seconds[f"{name} up, of a core"].append(processor_s(link.pid))
        for name, link in links.items():
            began, before = time.monotonic(), link.pid
            os.kill(before, signal.SIGKILL)
            while link.pid == before:  # until it is noticed
                await asyncio.sleep(0)
            await link.greeting()
            seconds[f"{name} back"].append(time.monotonic() - began)
        for link in links.values():
            await link.aclose()
        await parts.aclose()


def run(config: Path, folder: Path, rounds: int, seconds: dict[str, list[float]]) -> None:
    dice = random.Random(1)
    with told_at(folder) as told:
        for number in range(rounds):
            began = time.monotonic()
            daemon = started(config, folder)
            until_ready(told)
            seconds["parent back" if number else "run up"].append(time.monotonic() - began)
            seconds["run up, of a core"].append(sum(map(processor_s, parts_of(daemon.pid).values())))
            time.sleep(2 * dice.random())
            began = time.monotonic()
            os.kill(parts_of(daemon.pid)["core"], signal.SIGKILL)
            until_ready(told)
            seconds["core back"].append(time.monotonic() - began)
            daemon.kill()
            daemon.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    logging.disable()  # that parts are lost, and that this kernel lacks something
    from bench import sites

    seconds: dict[str, list[float]] = defaultdict(list)
    site = CACHE / f"site-{PAGES}-{IMAGES}"
    sites.make(site, pages=PAGES, images=IMAGES, copies=COPIES)
    with temporary() as work, served(site) as address, endpoint() as alerts:
        config = made_ready(work, address, alerts, site, 4)
        run(config, work, given.rounds, seconds)
    asyncio.run(greeted(given.rounds, seconds))
    seconds["only to import the command"] = [imports() for _ in range(given.rounds)]
    for name, figures in seconds.items():
        print(f"{name:32}{statistics.median(figures):.2f} s, at most {max(figures):.2f} s, of {len(figures)}")


if __name__ == "__main__":
    main()
