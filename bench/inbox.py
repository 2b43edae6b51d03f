"""The inbox over very many finds, as a person has it: the page's own process on an encrypted store.

`python -m bench.inbox [FINDS] [--sites N]`: time of 100 loads from the press to the last byte, what is sent with the
style and the script, the process's memory, and, where a Chromium is there, how far anything moves while it is drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx

from bench.many_sightings import image_of
from monitor.clock import exact_now
from monitor.config import load
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.model.match import Match, Method, Tier
from monitor.model.sighting import Place, Sighting, Status
from monitor.store.store import SqlStore, open_store
from tests.review.running import RunningPage, running

CASE = CaseId("default")
LOADS = 100
SHIFT = """() => new Promise(done => {
    let sum = 0;
    const watching = new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value; });
    watching.observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum), 500);
})"""
REASONS = (
    ("same picture, mirrored: PDQ differs in 4 of 256 bits", Tier.MATCH, "mirrored"),
    ("same picture, turned 90, about half of it, in the lower left: 40 places agree", Tier.MATCH, "turned 90"),
    ("perhaps the same picture, as it is, most of it, filling the picture: 9 places agree", Tier.POSSIBLE, "as it is"),
)


def make_configuration(folder: Path) -> Path:
    config = folder / "config.toml"
    made = [
        sys.executable,
        "-m",
        "monitor",
        "--config",
        str(config),
        "init",
        "--yes",
        "--adult",
        "--authorised",
        "self",
    ]
    made += ["--name", "A Person", "--email", "person@example.org", "--no-vault", "--data-dir", str(folder / "data")]
    subprocess.run([*made, "--store-key-file", str(folder / "store.key")], check=True, stdout=subprocess.DEVNULL)
    return config


def fill(store: SqlStore, finds: int, sites: int) -> None:
    now = exact_now()
    for number in range(finds):
        at, site = now - timedelta(minutes=number), number % sites
        reason, tier, variant = REASONS[number % len(REASONS)]
        domain = f"forum-of-many-words-{site}.example"
        sighting = Sighting(
            id=SightingId(new_id(at)),
            incident=store.incident_id(CASE, domain),
            case=CASE,
            watch=f"watch{number % 20}",
            place=Place(f"https://{domain}/threads/{number}", image_of(number), f"somebody{number % 7}", "a title"),
            match=Match(
                tier, 0.9, reason, f"r{number % 15}", f"holiday {number % 15}", Method.FEATURES, variant=variant
            ),
            status=Status.NEW if number % 10 else Status.CONFIRMED,
            first_seen=at,
            last_seen=now,
            image_digest=f"{number:064x}",
        )
        store.sightings.save(sighting)
        if number % 2:
            file = SealedFile(f"{sighting.id}-image.age", "aa" * 32, "bb" * 32, 12_345)
            store.evidence.save(EvidenceItem(new_id(at), CASE, sighting.id, EvidenceKind.IMAGE, at, "image/jpeg", file))


def entered(page: RunningPage) -> httpx.Client:
    """Let in as a browser is. `__Host-` cookies are kept by httpx for https alone: this one is carried by hand."""
    client = httpx.Client(
        base_url=page.origin, timeout=60, headers={"origin": page.origin, "sec-fetch-site": "same-origin"}
    )
    answer = client.post("/enter", data={"link": page.link.rpartition("/")[2]})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    client.headers["cookie"] = cookie
    return client


def memory_of(process: int) -> float:
    """MB that are its own or shared, at their highest."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1]) / 1024  # type: ignore[index]


def processor_of(process: int) -> float:
    """Seconds that it has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def moved(page: RunningPage, cookie: str) -> float | None:
    """Layout shift; None without a Chromium."""
    from tests.review.browsing import THERE, chromium

    if not THERE:
        return None
    async with chromium() as browser:
        context = await browser.new_context(extra_http_headers={"cookie": cookie})
        tab = await context.new_page()
        await tab.goto(page.origin)
        return float(await tab.evaluate(SHIFT))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("finds", type=int, nargs="?", default=10_000)
    arguments.add_argument("--sites", type=int, default=400)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        config = make_configuration(Path(made))
        settings = load(config)
        store = open_store(settings)
        with store.transaction():
            fill(store, given.finds, given.sites)
        store.close()
        began = time.perf_counter()
        with running(config) as page:
            ready = time.perf_counter() - began
            client = entered(page)
            client.get("/")
            times, used = [], processor_of(page.process.pid)
            for _ in range(LOADS):
                began = time.perf_counter()
                answer = client.get("/")
                times.append((time.perf_counter() - began) * 1000)
            used = (processor_of(page.process.pid) - used) / LOADS * 1000
            assert answer.status_code == 200 and answer.text.count("<article") == 25, answer.text[:500]
            besides = [client.get(path).content for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text)]
            times.sort()
            shift = asyncio.run(moved(page, client.headers["cookie"]))
            sent, more = len(answer.content) / 1000, sum(map(len, besides)) / 1000
            print(f"{given.finds:,} finds on {given.sites} sites; ready {ready:.1f} s after the command")
            print(f"load: median {times[LOADS // 2]:.0f} ms, 95th of {LOADS} {times[94]:.0f}, longest {times[-1]:.0f}")
            print(f"of the processor {used:.0f} ms a load, whatever else the machine does")
            print(f"sent: page {sent:.1f} KB, with style and script {sent + more:.1f} KB; layout shift {shift}")
            print(f"memory of the page's process: {memory_of(page.process.pid):.0f} MB at its highest")


if __name__ == "__main__":
    main()
