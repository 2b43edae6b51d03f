"""What it costs to ask the store about sightings when a case has very many: everything, against each question.

`python -m bench.many_sightings [HOW_MANY]`: each in a process of its own, so that the memory is its own. Time is the
best of three, memory what the process grew by at its highest.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.case import Case
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.ids import new_id
from monitor.model.match import Match, Method, Tier
from monitor.model.report import Report
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.model.sighting import Place, Sighting, Status
from monitor.store.store import SqlStore, open_store
from monitor.tracking.next_look import first_looks

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
CASE = "default"
ON_A_PAGE = 25  # pictures of a page that was looked at
MIDDLE = new_id(NOW - timedelta(minutes=5_000))


def settings(folder: Path) -> Settings:
    key = Secret("0f" * 32)
    return Settings(path=None, data_dir=folder, watchlist_dir=folder, database=DatabaseSettings(key=key))


def page_of(number: int) -> str:
    return f"https://forum{number % 300}.example/threads/a-thread-with-a-long-name.{number // ON_A_PAGE}/page-3"


def image_of(number: int) -> str:
    return f"https://media{number % 300}.example/attachments/2026/11/{number:08d}-as-it-was-uploaded.jpg"


def fill(store: SqlStore, many: int) -> None:
    store.cases.save(Case(CASE, "A Person", None, NOW))
    for number in range(many):
        at = NOW - timedelta(minutes=number)
        sighting = Sighting(
            id=new_id(at),
            incident=f"incident{number // 50}",
            case=CASE,
            watch=f"watch{number % 20}",
            place=Place(page_of(number), image_of(number), "somebody", "a title of some length", "2026-11-01"),
            match=Match(Tier.MATCH, 0.97, "same picture, mirrored", f"ref{number % 15}", "label", Method.PDQ, 4),
            status=Status.NEW if number % 3 else Status.CONFIRMED,
            first_seen=at,
            last_seen=NOW,
            image_digest=f"{number:064x}",
            under_18=number % 1_000 == 7,
        )
        store.sightings.save(sighting)
        store.rechecks.save(CASE, first_looks(sighting, at + timedelta(days=number % 15)))
        for kind in (EvidenceKind.IMAGE, EvidenceKind.PAGE, EvidenceKind.RECORD):
            file = SealedFile(f"{sighting.id}-{kind.value}.age", "aa" * 32, "bb" * 32, 12_345)
            store.evidence.save(EvidenceItem(new_id(at), CASE, sighting.id, kind, at, "image/jpeg", file))
        if number % 4 == 0:
            report = Report.drafted(
                id=new_id(at),
                case=CASE,
                sightings=[sighting.id],
                channel="a-platform",
                route="platform",
                at=at,
                file=f"/home/p/drafts/{number}.txt",
            )
            if number % 8 == 0:
                # Those without a clock were sent today: nobody is asked about them yet.
                report = report.sent(
                    at=at if number % 80 == 0 else NOW, due_at=None if number % 80 else NOW - timedelta(days=1)
                )
            store.reports.save(report)


ON_PAGE = range(5_000, 5_000 + ON_A_PAGE)  # pictures of the page that a pass has in hand
QUESTIONS: dict[str, Callable[[SqlStore], object]] = {
    "all sightings of the case": lambda store: store.sightings.all(CASE),
    "of the 25 pictures of a page, by address": lambda store: store.sightings.of_images(
        CASE, [image_of(number) for number in ON_PAGE]
    ),
    "of the same, by content": lambda store: store.sightings.of_digests(CASE, [f"{number:064x}" for number in ON_PAGE]),
    "on a page": lambda store: store.sightings.on_pages(CASE, [page_of(5_000)]),
    "of an incident": lambda store: store.sightings.of_incident(CASE, "incident7"),
    "claimed by a watch": lambda store: store.sightings.claimed_by(CASE, "watch3"),
    "closed as under 18": lambda store: store.sightings.closed_addresses(CASE),
    "50 incidents that wait": lambda store: store.incidents.waiting(CASE, NOW, limit=50).incidents,
    "50 looks that are due": lambda store: store.rechecks.due(
        CASE, NOW, furthest=NOW + timedelta(days=15), removed_since=NOW - timedelta(days=365), limit=50
    ),
    "50 of the list": lambda store: store.sightings.listed(CASE, limit=50, after=MIDDLE),
    "how many of each status": lambda store: store.sightings.counts(CASE),
    "all reports of the case": lambda store: store.reports.all(CASE),
    "reports that are overdue": lambda store: store.reports.due(CASE, NOW),
    "how many reports of each state": lambda store: store.reports.counts(CASE),
}


def ask(folder: Path, question: str) -> None:
    store = open_store(settings(folder))
    store.sightings.get(CASE, "none")  # what is loaded with the first question is not the question's
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    found: object = ()
    for _ in range(3):
        began = time.perf_counter()
        found = QUESTIONS[question](store)
        times.append(time.perf_counter() - began)
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    answers = len(found) if hasattr(found, "__len__") else found
    print(f"| {question} | {answers:,} | {min(times) * 1000:,.1f} ms | {grew:.1f} MiB |")


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        store = open_store(settings(folder), new=True)
        with store.transaction():
            fill(store, many)
        store.close()
        print("| question | answers | time | memory |\n| --- | --- | --- | --- |", flush=True)
        for question in QUESTIONS:
            command = [sys.executable, "-m", "bench.many_sightings", "--ask", made, question]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ask"]:
        ask(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
