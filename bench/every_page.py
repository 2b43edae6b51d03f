"""Every page over very many finds: what each costs of the processor, so that none keeps the others waiting.

`python -m bench.every_page [FINDS] [--sites N] [--only PATH ...]`: the page's own process on an encrypted store, each
page asked for three times, the least told (what it loads when first asked is not the page's); a tenth of all finds are
on one site, and a third was reported. Times are of the processor: what else the machine does counts for nothing. Then
the process's memory, at its highest.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from bench.inbox import CASE, entered, fill, make_configuration, memory_of, processor_of
from monitor.clock import exact_now
from monitor.config import load
from monitor.model.ids import new_id
from monitor.model.presence import Change, ChangeKind, Trace
from monitor.model.report import Report
from monitor.model.sighting import Sighting, Status
from monitor.store.store import SqlStore, open_store
from tests.review.running import running

TRIES = 3
REPORTED, GONE = 3, 5  # every so manieth
PAGES = (
    "/",
    "/said",
    "/later",
    "/digest",
    "/course",
    "/reports",
    "/reports/all",
    "/reports/new",
    "/evidence",
    "/evidence?begin=5000",
    "/evidence/own",
    "/evidence/export",
    "/watches",
    "/wishes",
    "/links",
    "/guide",
    "/settings",
    "/help",
)


def went_on(store: SqlStore) -> None:
    """What comes after: reports, removals, returns."""
    now = exact_now()
    finds = store.sightings.all(CASE)
    largest = next(find.incident for find in finds)
    for number, find in enumerate(finds):
        after = find
        if number % 10 == 0:
            after = replace(after, incident=largest)
        if number % REPORTED == 0:
            after = _reported(store, after, number)
        if number % GONE == 0:
            trace = Trace(find.first_seen, now - timedelta(days=3), now - timedelta(days=1), why="not found (404)")
            after = replace(
                after, status=Status.REMOVED, removed_at=now - timedelta(days=number % 30), presence=_gone(after, trace)
            )
            store.changes.add(CASE, Change(find.id, after.removed_at or now, ChangeKind.REMOVED))
        if after is not find:
            store.sightings.save(after)


def _gone(find: Sighting, trace: Trace) -> object:
    return replace(find.presence, page=trace, media=trace)


def _reported(store: SqlStore, find: Sighting, number: int) -> Sighting:
    report = Report.drafted(
        id=new_id(find.first_seen),
        case=CASE,
        sightings=[find.id],
        channel=f"platform{number % 11}",
        route="platform",
        at=find.first_seen,
        file=f"/home/p/drafts/{number}.txt",
    )
    if number % 2:
        store.reports.save(report)
        return find
    at = exact_now()
    store.reports.save(report.sent(at=at, due_at=at + timedelta(days=7)))
    return replace(find, status=Status.REPORTED)


def least_of(client: httpx.Client, process: int, path: str) -> tuple[float, httpx.Response]:
    """Milliseconds of the processor, at the least."""
    used = []
    for _ in range(TRIES):
        before = processor_of(process)
        answer = client.get(path)
        used.append(1000 * (processor_of(process) - before))
    return min(used), answer


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("finds", type=int, nargs="?", default=10_000)
    arguments.add_argument("--sites", type=int, default=400)
    arguments.add_argument("--only", nargs="*")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        config = make_configuration(Path(made))
        store = open_store(load(config))
        with store.transaction():
            fill(store, given.finds, given.sites)
            went_on(store)
        store.close()
        ask(config, given.only)


def ask(config: Path, only: list[str] | None) -> None:
    store = open_store(load(config))
    finds = store.sightings.listed(CASE, limit=11)
    report = store.reports.listed(CASE, limit=1)[0].id
    store.close()
    of_one = (
        f"/incidents/{finds[0].incident}",
        f"/incidents/{finds[3].incident}",
        f"/copies/{finds[0].incident}",
        f"/finds/{finds[3].number}",
        f"/evidence/find/{finds[3].number}",
        f"/reports/{report}",
        f"/reports/new?incident={finds[0].incident}",
        f"/reports/new?find={finds[3].id}",
    )
    with running(config) as page:
        client, process = entered(page), page.process.pid
        print("| page | processor | answer | memory at its highest so far |\n| --- | --- | --- | --- |", flush=True)
        for path in only or (*PAGES, *of_one):
            used, answer = least_of(client, process, path)
            told = "" if answer.status_code == 200 else f" ({answer.status_code})"
            size, memory = len(answer.content) / 1000, memory_of(process)
            print(f"| {_named(path)}{told} | {used:.0f} ms | {size:.0f} KB | {memory:.0f} MB |", flush=True)


def _named(path: str) -> str:
    return re.sub(r"[0-9a-f]{20,}", "ID", path)


if __name__ == "__main__":
    main()
