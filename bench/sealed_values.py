"""What it costs that a shared database holds nothing readable: one value, and finds and pictures saved and read, sealed
against plain in one run. `python -m bench.sealed_values`. A real PostgreSQL, as the tests start it."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any
from unittest.mock import patch

from monitor.acting import acting_for
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.store import sealed_types
from monitor.store.columns import metadata
from monitor.store.postgres import sealing
from monitor.store.sealing_cipher import new_case_key
from monitor.store.store import SqlStore
from tests.serving.postgres import the_server
from tests.store.store_values import a_candidate, a_sighting, later
from tests.store.test_store_isolation import database_of
from tests.stores import a_postgres_store, close_stores

CASE = CaseId("default")
COLUMN = "sightings.page_url"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--finds", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    values()
    try:
        rounds = [{sealed: measured(args.finds, sealed) for sealed in (False, True)} for _ in range(args.rounds)]
    finally:
        close_stores()
    print(
        f"\n{args.finds} finds and {args.finds * 4} pictures, CPU of the program in ms each; median of {args.rounds}:"
    )
    for name in rounds[0][True]:
        plain, sealed = (median(one[how][name] for one in rounds) for how in (False, True))
        print(f"  {name:42} plain {plain:8.3f}   sealed {sealed:8.3f}   {sealed / plain:5.2f} times")


def values() -> None:
    key = new_case_key("c", 1)
    for size in (60, 2_000, 55_000):
        content = os.urandom(size)
        sealed, looked_up = key.sealed(content, COLUMN), key.looked_up(content, COLUMN)
        ways: dict[str, Callable[[], Any]] = {
            "sealed": lambda content=content: key.sealed(content, COLUMN),  # type: ignore[misc]
            "looked up": lambda content=content: key.looked_up(content, COLUMN),  # type: ignore[misc]
            "opened": lambda sealed=sealed: key.opened(sealed, COLUMN),  # type: ignore[misc]
            "opened, looked up": lambda sealed=looked_up: key.opened(sealed, COLUMN),  # type: ignore[misc]
        }
        told = ", ".join(f"{name} {microseconds(way):.1f}" for name, way in ways.items())
        print(f"{size} bytes, microseconds: {told}; longer by {len(sealed) - size} and {len(looked_up) - size}")


def microseconds(way: Callable[[], Any], times: int = 3_000) -> float:
    began = time.process_time()
    for _ in range(times):
        way()
    return (time.process_time() - began) / times * 1e6


def measured(finds: int, is_sealed: bool) -> dict[str, float]:
    with readable(not is_sealed):
        store = a_postgres_store()
        with acting_for(CASE):
            return dict(steps(store, finds))


def steps(store: SqlStore, finds: int) -> Iterator[tuple[str, float]]:
    sightings = [replace(a_sighting(number), id=SightingId(new_id(later(number)))) for number in range(finds)]
    pictures = [a_candidate(number) for number in range(finds * 4)]
    urls, digests = [one.place.page_url for one in sightings], [one.digest for one in pictures]

    def save_each() -> None:
        for one in sightings:
            store.sightings.save(one)

    def save_pictures() -> None:
        for first in range(0, len(pictures), 20):
            store.candidates.save(*pictures[first : first + 20])

    yield "a find saved, a transaction each", each(save_each, finds)
    yield "a picture saved, 20 in a statement", each(save_pictures, len(pictures))
    yield "a find read, all of the case", each(lambda: store.sightings.all(CASE), finds)
    yield "a find asked for by its page, 500 in one", each(lambda: store.sightings.on_pages(CASE, urls), finds)
    yield "a picture asked for by its digest", each(lambda: store.candidates.get(CASE, digests), len(pictures))
    with the_server().connect(database_of(store)) as connection:
        bytes_kept = sum(
            connection.execute("SELECT pg_total_relation_size(%s)", (table.name,)).fetchone()[0]  # type: ignore[index]
            for table in metadata.sorted_tables
            if table.name in ("sightings", "candidates")
        )
    yield "kB kept, of a find with its four pictures", bytes_kept / 1024 / finds


def each(work: Callable[[], Any], count: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / count * 1000


@contextmanager
def readable(is_readable: bool) -> Iterator[None]:
    """As if nothing were sealed: bytes go through as they are."""
    if not is_readable:
        yield
        return

    def as_it_is(keys: Any, parameters: Any, scope: Any) -> Any:
        rows = parameters if isinstance(parameters, list) else [parameters]
        plain = [
            {name: value.value if type(value) is sealed_types.UnsealedValue else value for name, value in row.items()}
            for row in rows
        ]
        return plain if isinstance(parameters, list) else plain[0]

    with patch.object(sealing, "seal_values", as_it_is), patch.object(sealed_types, "opened_value", lambda one, _: one):
        yield


if __name__ == "__main__":
    main()
