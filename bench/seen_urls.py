"""What the memory of seen URLs costs: disk, look-ups and the process's own memory, on the real encrypted store.

    .venv/bin/python -m bench.seen_urls [--urls 1000000] [--pages 0.1] [--without-candidates]

Every URL is new, as on a first crawl, and is saved as a pass saves it: a picture's address and its hashes, or a page
with what was read in it; in large transactions, so that the disk's own speed does not hide the rest. At every power of
ten it prints a row. It writes to a folder of its own in the place for temporary files, which it removes: about 1 KB a
URL.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor.matching import pdq
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.case import Attestation, Authority, Case
from monitor.model.fingerprint import Frame
from monitor.model.page import ImageRef, PageContent
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.pipeline.remembered_page import Remembered, pack
from monitor.store.store import SqlStore, open_store

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
CASE = "default"
IN_ONE_TRANSACTION = 5_000
REVISION = "5e" * 12  # as `References.revision` gives it
LOOK_UPS = 200  # lots of 50 addresses, half of them unknown


def image_url(number: int) -> str:
    return f"https://media{number % 97}.gallery.example/uploads/2026/11/{number:012d}-holiday-at-the-lake.jpg"


def page_url(number: int) -> str:
    return f"https://forum{number % 97}.example/threads/what-i-saw-today.{number}/page-2"


def save_image(store: SqlStore, number: int, chance: random.Random, *, candidate: bool) -> None:
    digest = chance.randbytes(32).hex()
    store.seen.save(CASE, SeenUrl(image_url(number), f'"{digest[:16]}"', None, digest, NOW, "ok"))
    if candidate:
        frame = Frame(chance.randbytes(8 * 32), 90, chance.randbytes(8), pdq.DIALECT)
        page, image = page_url(number // 20), image_url(number)
        seen = Candidate(digest, CASE, NOW, NOW, page, image, "forum", (frame,), matched_against=REVISION)
        store.candidates.save(seen)


def save_page(store: SqlStore, number: int, chance: random.Random) -> None:
    images = tuple(ImageRef(image_url(number * 20 + at), post_url=f"{page_url(number)}#{at}") for at in range(20))
    links = tuple(page_url(chance.randrange(10**6)) for _ in range(30))
    content = PageContent(page_url(number), "What I saw today", images, links)
    packed = pack(Remembered(content, "revision", NOW))
    digest = chance.randbytes(32).hex()
    store.seen.save(CASE, SeenUrl(page_url(number), f'"{digest[:16]}"', None, digest, NOW, "ok", packed))


def look_up_ms(store: SqlStore, urls: int) -> float:
    """Of one lot of 50: the median."""
    chance, took = random.Random(2), []
    for _ in range(LOOK_UPS):
        lot = [image_url(chance.randrange(urls) if at % 2 else urls * 3 + chance.randrange(urls)) for at in range(50)]
        begun = time.perf_counter()
        store.seen.get(CASE, lot)
        took.append(time.perf_counter() - begun)
    return sorted(took)[LOOK_UPS // 2] * 1000


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def resident_mib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


def measure(folder: Path, urls: int, pages: float, *, candidates: bool) -> None:
    settings = Settings(
        path=None, data_dir=folder, watchlist_dir=folder, database=DatabaseSettings(key=Secret("5e" * 32))
    )
    store = open_store(settings, new=True)
    store.cases.save(Case(CASE, "", Attestation(Authority.SELF, NOW), NOW))
    empty, chance, begun, rows = on_disk(folder), random.Random(1), time.process_time(), 10**5
    print("| URLs | bytes a URL on disk | 50 looked up, ms | resident, MiB | CPU us a URL written |", flush=True)
    print("| --- | --- | --- | --- | --- |", flush=True)
    for first in range(0, urls, IN_ONE_TRANSACTION):
        with store.transaction():
            for number in range(first, min(first + IN_ONE_TRANSACTION, urls)):
                if chance.random() < pages:
                    save_page(store, number, chance)
                else:
                    save_image(store, number, chance, candidate=candidates)
        written = first + IN_ONE_TRANSACTION
        if written == rows or written >= urls:
            rows *= 10
            store.close()  # what stands in the journal goes into the file
            store = open_store(settings)
            each = (on_disk(folder) - empty) / min(written, urls)
            cost = (time.process_time() - begun) / min(written, urls) * 1e6
            took = look_up_ms(store, min(written, urls))
            print(f"| {min(written, urls):,} | {each:.0f} | {took:.2f} | {resident_mib()} | {cost:.0f} |", flush=True)
    store.close()
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--urls", type=int, default=10**6)
    asked.add_argument("--pages", type=float, default=0.0, help="share of the URLs that are pages")
    asked.add_argument("--without-candidates", action="store_true", help="addresses only, no hashes of pictures")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="seen-urls-") as folder:
        measure(Path(folder), given.urls, given.pages, candidates=not given.without_candidates)


if __name__ == "__main__":
    main()
