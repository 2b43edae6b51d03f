"""What a screenshot costs: CPU-seconds of this process, the browser's driver and all of Chromium, per screenshot of a
page with fifty pictures in every way in which a page can show one; and what Chromium's start costs.

.venv/bin/python -m bench.screenshot_cost [--rounds 5] [--apart]

--apart: by a process of its own, as the program itself draws them, against this process in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from monitor.model.ids import digest_of
from monitor.model.screenshot import SavedPage, SavedPicture, SavedSheet
from monitor.outbound.browser.chromium import tree
from monitor.outbound.browser.still import BrowserScreenshots
from monitor.outbound.browser_link import LinkScreenshots, open_browser_link
from monitor.pipeline.sealable_page import without_pictures
from tests.parts.part_processes import PartProcesses
from tests.pipeline.pipeline_bench import PHOTOS, copy_of
from tests.serving.every_way import OURS, every_way

SITE = "http://site.example"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--apart", action="store_true")
    given = parser.parse_args()
    asyncio.run(measured(given.rounds, BrowserScreenshots()))
    if given.apart:
        print("apart:")
        asyncio.run(measured_apart(given.rounds))


async def measured_apart(rounds: int) -> None:
    parts = PartProcesses()
    await measured(rounds, LinkScreenshots(open_browser_link(parts)))
    await parts.aclose()


async def measured(rounds: int, screenshots: BrowserScreenshots | LinkScreenshots) -> None:
    saved = page_with_fifty()
    costs = list[float]()
    for number in range(rounds + 1):
        before, began = cpu_seconds(), time.perf_counter()
        shot = await screenshots.make(saved)
        cost, wall = cpu_seconds() - before, time.perf_counter() - began
        size = sum(map(len, shot.pieces)) / 1e6
        said = "with Chromium's start" if not number else f"screenshot {number}"
        print(f"{said}: {cost:.2f} CPU-s, {wall:.2f} s, {size:.2f} MB, {shot.greyed} grey boxes {shot.why_not}")
        costs += [cost] if number else []
    await screenshots.aclose()
    print(f"each: {sorted(costs)[len(costs) // 2]:.2f} CPU-s (median of {rounds}); load {os.getloadavg()[0]:.1f}")


def page_with_fifty() -> SavedPage:
    ours = copy_of(PHOTOS[0])
    shown = every_way(ours)
    body = without_pictures(shown.page.encode()).body
    return SavedPage(
        url=f"{SITE}/t/1",
        account="someone",
        fetched_at=datetime.now(UTC),
        body=body,
        media_type="text/html; charset=utf-8",
        page_digest=digest_of(shown.page.encode()),
        picture=SavedPicture(ours, "image/jpeg", frozenset({SITE + OURS})),
        sheets=(SavedSheet(f"{SITE}/sheet.css", without_pictures(shown.files["/sheet.css"][1]).body),),
        sizes={SITE + path: (160, 120) for path in shown.files},
    )


def cpu_seconds() -> float:
    """Of this process and all that descend from it, those that ended and were waited for too."""
    ticks = 0
    for process in tree(os.getpid()):
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
