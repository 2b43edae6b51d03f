"""Runs the kinds: see the package."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import bench.kinds
from bench.kinds import Question, Trial
from bench.photographs import Half, photographs
from monitor.errors import UnreadableImage
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.model.fingerprint import Detail, Reference
from monitor.model.match import Match, Tier

_matcher: PhotoMatcher
_trial: Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    question: int
    match: Match | None  # None: not read
    milliseconds: float


@dataclass(slots=True)
class Row:
    asked: int = 0
    found: int = 0
    possible: int = 0
    wrong: int = 0
    milliseconds: float = 0.0


def enrol(trial: Trial) -> list[Reference]:
    made = []
    for name, make in trial.enrolled.items():
        try:
            stored = load_fingerprint(dump_fingerprint(fingerprint_photo(make(), features=True)))
        except UnreadableImage as error:
            print(f"  not enrolled: {name}: {error}")
            continue
        made.append(Reference(name, "bench", name, stored, datetime.now(UTC)))
    return made


def look(number: int) -> Outcome:
    data = _trial.questions[number].make()
    start = time.process_time()
    match: Match | None = None
    try:
        reading = read_image(data)
        match = _matcher.fast(reading)
        if _matcher.wants_features(reading, match):
            match = _matcher.full(read_image(data, detail=Detail.FEATURES))
    except UnreadableImage as error:
        print(f"  not read: {_trial.questions[number].strength}: {error}")
    return Outcome(number, match, 1000 * (time.process_time() - start))


def counted(trial: Trial, outcomes: list[Outcome], *, missed: bool) -> dict[str, Row]:
    rows: dict[str, Row] = defaultdict(Row)
    for outcome in outcomes:
        question = trial.questions[outcome.question]
        row = rows[f"{trial.name} | {question.strength}"]
        row.asked += 1
        row.milliseconds += outcome.milliseconds
        match = outcome.match
        if match is None:
            continue
        right = match.label in question.original
        told = match.tier is Tier.MATCH or (match.tier is Tier.POSSIBLE and question.least == "possible")
        row.found += right and told
        row.possible += match.tier is Tier.POSSIBLE
        row.wrong += match.tier is Tier.MATCH and not right
        if missed and (not (right and told) if question.original else match.tier is not Tier.NONE):
            print(
                f"  {question.strength}, {question.original}: {match.tier} {match.label} {match.score}: {match.reason}"
            )
    return rows


def told(question: Question | None, name: str, row: Row) -> str:
    each = f"{row.milliseconds / row.asked:7.0f} ms"
    if question is not None and question.original:
        return f"{name:56}{row.asked:6} asked {100 * row.found / row.asked:6.1f} % found {row.wrong:4} wrong {each}"
    return f"{name:56}{row.asked:6} strangers {row.wrong:4} alerts {row.possible:4} possible {each}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=bench.kinds.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = [item.name for item in pkgutil.iter_modules(bench.kinds.__path__) if not item.name.startswith("_")]
    parser.add_argument("kinds", nargs="*", help=", ".join(known))
    parser.add_argument("--photos", type=Path, help="as bench.photographs wrote them; else the demo's")
    parser.add_argument("--half", type=Half, default=Half.TUNE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the questions, chosen by a fixed seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--missed", action="store_true", help="say what was missed, and what was told wrongly")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    global _matcher, _trial
    photos, figures = photographs(args.photos, args.half), {}
    for kind in args.kinds or known:
        for trial in importlib.import_module(f"bench.kinds.{kind}").trials(photos, args.seed):
            _trial, _matcher = trial, PhotoMatcher(enrol(trial))
            chosen = np.flatnonzero(np.random.default_rng(7).random(len(trial.questions)) < args.share).tolist()
            with ProcessPoolExecutor(args.jobs) as pool:  # forked now, so that every worker has the matcher
                outcomes = list(pool.map(look, chosen, chunksize=4))
            sample = {f"{trial.name} | {item.strength}": item for item in trial.questions}
            for name, row in counted(trial, outcomes, missed=args.missed).items():
                print(told(sample[name], name, row), flush=True)
                figures[name] = {"asked": row.asked, "found": row.found, "possible": row.possible, "wrong": row.wrong}
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
