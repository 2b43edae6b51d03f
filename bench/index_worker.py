"""What a worker takes that knows the photos of 10,000 cases, before any detector is loaded: read from a PostgreSQL that
is started here, sealed as they are kept.

    python -m bench.index_worker [--cases 10000] [--photos 50]

Processor seconds and memory of a process of its own: the program opened, the index read for the first candidate, then
candidates of random bits in all eight turns; and what a change costs until it is in the index of another process."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench.speed_match import resident
from monitor.acting import acting_for, acting_for_all
from monitor.app import open_app
from monitor.clock import utc_now
from monitor.model.case import Case
from monitor.model.fingerprint import Fingerprint, Frame, Hash, HashAlgorithm, ImageReading, Reference
from monitor.model.ids import CaseId, ReferenceId, new_id
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.pipeline import other_cases
from monitor.store.hash_lots import PhotoRows, dump_lot
from monitor.store.key_tables import case_keys
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.sealing_cipher import key_wrapped, new_case_key
from monitor.store.store import SqlStore, open_store
from monitor.store.tables import photo_hashes
from tests.serving.postgres import the_server

AT_ONCE = 200  # cases written in one transaction
KEY = Secret("0f" * 32)


def settings_for(url: str, folder: Path) -> Settings:
    database = DatabaseSettings(key=KEY, url=Secret(url))
    return Settings(path=None, data_dir=folder, watchlist_dir=folder, database=database)


def fill(store: SqlStore, cases: int, photos: int) -> None:
    random = np.random.default_rng(3)
    database = store._db
    assert isinstance(database, PostgresDatabase)
    made = [new_case_key(f"case{number:06}", 1) for number in range(cases)]
    at, store_key = utc_now(), bytes.fromhex(KEY.value)
    rows = [
        {"id": key.id, "case": key.case, "number": 1, "wrapped": key_wrapped(key, store_key), "made_at": at}
        for key in made
    ]
    with acting_for_all(), store.transaction():  # each by itself takes three connections of its own
        database.run(case_keys.insert(), rows)
    database.keys._take(database.keys._rows.all())
    for start in range(0, cases, AT_ONCE):
        with acting_for_all(), store.transaction():
            for number in range(start, min(start + AT_ONCE, cases)):
                case = CaseId(f"case{number:06}")
                store.cases.save(Case(case))
                lot = {new_id(utc_now()): PhotoRows(b"\x5a", random.bytes(32)) for _ in range(photos)}
                values = {"case": case, "lot": 0, "bucket": number % 256, "revision": number, "photos": photos}
                database.run(photo_hashes.insert(), values | {"hashes": dump_lot(lot)})


async def worker(url: str, folder: Path) -> dict[str, float]:
    with acting_for_all():
        app = open_app(settings_for(url, folder))
    async with app:
        opened, random = resident(), np.random.default_rng(4)
        asked = [ImageReading("JPEG", 9, 9, (Frame(random.bytes(256), 90),)) for _ in range(200)]
        index, began, cpu = app.other_cases, time.perf_counter(), time.process_time()
        await index.near(asked[0], beside=())
        loaded, cpu = time.perf_counter() - began, time.process_time() - cpu
        taken = list[float]()
        for one in asked:
            start = time.thread_time()
            await index.near(one, beside=())
            taken.append(1000 * (time.thread_time() - start))
        held = resident()
        start = time.thread_time()
        with acting_for_all():
            app.store.references.hashes.stamps()
        stamps = 1000 * (time.thread_time() - start)
        changed = -time.process_time()
        photo = Reference(ReferenceId("new"), CaseId("case000007"), "", a_print(), utc_now())
        with acting_for(photo.case):
            app.store.references.add(photo)
        before = index.standing().photos
        while index.standing().photos == before:
            await asyncio.sleep(0.001)
        changed += time.process_time()
        return {
            "photos": index.standing().photos,
            "opened_mb": opened,
            "with_index_mb": held,
            "read_and_built_s": loaded,
            "read_and_built_cpu_s": cpu,
            "near_ms": sorted(taken)[len(taken) // 2],
            "near_ms_95": sorted(taken)[int(len(taken) * 0.95)],
            "looking_for_a_change_ms": stamps,
            "enrolled_and_in_the_index_cpu_s": changed,
        }


def a_print() -> Fingerprint:
    return Fingerprint(Hash(HashAlgorithm.PDQ, os.urandom(32), "reduced-512/1"), 90, None, 640, 480)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--photos", type=int, default=50, help="of each")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    other_cases.LOOKED_AFTER_S = 1e9  # what is told is heard: nothing is looked for here
    if args.worker:
        print(json.dumps(asyncio.run(worker(args.worker[0], Path(args.worker[1]))), indent=1))
        return
    server = the_server()
    url = server.url(server.create("bench"))
    folder = server.folder / "worker"
    folder.mkdir(mode=0o700)
    store = open_store(settings_for(url, folder))
    began = time.perf_counter()
    fill(store, args.cases, args.photos)
    print(f"{args.cases} cases of {args.photos} photos written in {time.perf_counter() - began:.0f} s", flush=True)
    with server.connect("bench") as connection:
        connection.execute("VACUUM ANALYZE photo_hashes")
        size = connection.execute("SELECT pg_total_relation_size('photo_hashes') / 1e6").fetchone()
    print(f"their table: {size[0] if size else 0:.0f} MB", flush=True)
    store.close()
    subprocess.run([sys.executable, "-m", "bench.index_worker", "--worker", url, str(folder)], check=True)


if __name__ == "__main__":
    main()
