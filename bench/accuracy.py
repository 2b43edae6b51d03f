"""Recall and false alarms of the program's own matcher, for every edit.

python -m bench.corpus OUT                      # photos made from a seed, and edits of them; no download
python -m bench.accuracy OUT [--share 0.3]      # any folder with originals/, queries/, truth.csv does

truth.csv: query, original (`none` must not match, `either` is not scored), group, transformation, params.
Times are CPU milliseconds of one process: reader and core together, from bytes to answer.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from monitor.errors import UnreadableImage
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.model.fingerprint import Reference
from monitor.model.match import Match, Tier
from monitor.ports import Detail

_matcher: PhotoMatcher


@dataclass(frozen=True, slots=True)
class Outcome:
    row: dict[str, str]
    match: Match | None  # None: not read
    milliseconds: float
    looked: bool  # by the detector too


def enrol(path: Path) -> Reference | None:
    try:
        fingerprint = fingerprint_photo(path.read_bytes(), features=True)
    except UnreadableImage as error:
        print(f"not enrolled: {path.name}: {error}")
        return None
    stored = load_fingerprint(dump_fingerprint(fingerprint))  # as it comes back from the store
    return Reference(path.name, "bench", path.stem, stored, datetime.now(UTC))


def look(job: tuple[Path, dict[str, str]]) -> Outcome:
    folder, row = job
    data = (folder / "queries" / row["query"]).read_bytes()
    start = time.process_time()
    looked = False
    match: Match | None = None
    try:
        reading = read_image(data)
        match = _matcher.fast(reading)
        if _matcher.wants_features(reading, match):
            looked = True
            match = _matcher.full(read_image(data, detail=Detail.FEATURES))
    except UnreadableImage as error:
        print(f"not read: {row['query']}: {error}")
    return Outcome(row, match, 1000 * (time.process_time() - start), looked)


def report(outcomes: list[Outcome]) -> dict[str, object]:
    groups: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    negatives: dict[str, list[Outcome]] = defaultdict(list)
    wrong: list[tuple[float, str, str]] = []
    for outcome in outcomes:
        row, match = outcome.row, outcome.match
        score, found = (match.score, match.reference) if match else (0.0, None)
        alarm = match is not None and match.tier is Tier.MATCH
        if row["original"] == "either":
            continue
        if found != row["original"]:
            wrong.append((score, f"{row['group']}/{row['transformation']}", match.reason if match else ""))
        if row["original"] == "none":
            negatives[row["group"]].append(outcome)
        else:
            right = found == row["original"]
            groups[row["group"]].append((right and alarm, score if right else -1.0))
    bar = max((score for score, _, _ in wrong), default=-1.0)
    print(f"{'group':30}{'n':>6}{'alert %':>9}{'at 0 FP %':>11}")
    everything = [item for rows in groups.values() for item in rows]
    for name in [*sorted(groups), "ALL"]:
        rows = groups.get(name, everything)
        print(f"{name:30}{len(rows):6}{share(r for r, _ in rows):9.1f}{share(s > bar for _, s in rows):11.1f}")
    for name, found_wrongly in sorted(negatives.items()):
        alarms = sum(o.match is not None and o.match.tier is Tier.MATCH for o in found_wrongly)
        possible = sum(o.match is not None and o.match.tier is Tier.POSSIBLE for o in found_wrongly)
        print(f"{name:30}{len(found_wrongly):6} queries {alarms:3} false alarms {possible:3} possible")
    print("surest wrong guesses:", *[f"\n  {s:.3f} {where}: {why}" for s, where, why in sorted(wrong)[::-1][:8]])
    for name, wanted in (("no", False), ("yes", True)):
        times = [o.milliseconds for o in outcomes if o.looked and (o.row["original"] != "none") is wanted]
        if times:
            print(f"detector says {name}: {np.mean(times):.1f} ms on average, {np.quantile(times, 0.95):.1f} at 95 %")
    return {name: share(r for r, _ in rows) for name, rows in {**groups, "ALL": everything}.items()}


def share(values: object) -> float:
    listed = list(values)  # type: ignore[call-overload]
    return 100.0 * sum(listed) / max(1, len(listed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of the queries, chosen by a fixed seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--missed", action="store_true", help="list what was missed")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    global _matcher
    with ProcessPoolExecutor(args.jobs) as pool:
        found = list(pool.map(enrol, sorted((args.corpus / "originals").iterdir()), chunksize=4))
    references = [item for item in found if item is not None]
    _matcher = PhotoMatcher(references)
    size = [len(dump_fingerprint(item.fingerprint)) for item in references]
    print(f"{len(references)} photos enrolled, {np.mean(size):.0f} bytes each, at most {max(size)}")
    with (args.corpus / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = np.random.default_rng(7).random(len(rows)) < args.share
    jobs = [(args.corpus, row) for row, take in zip(rows, chosen, strict=True) if take]
    with ProcessPoolExecutor(args.jobs) as pool:  # forked now, so that every worker has the matcher
        outcomes = list(pool.map(look, jobs, chunksize=8))
    result = report(outcomes)
    if args.missed:
        for outcome in outcomes:
            row, match = outcome.row, outcome.match
            right = match is not None and match.reference == row["original"] and match.tier is Tier.MATCH
            if row["original"] not in ("none", "either") and not right:
                print("missed:", row["transformation"], row["original"], match.reason if match else "unread")
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
