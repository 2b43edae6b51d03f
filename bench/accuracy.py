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
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench import asking
from bench.asking import Answer
from bench.peers import LIMITS, Peers
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.serialise import dump_fingerprint
from monitor.model.fingerprint import Reference
from monitor.model.match import Match, Tier

_matcher: PhotoMatcher
_peers: Peers | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    row: dict[str, str]
    answer: Answer
    peers: dict[str, str | None]

    @property
    def match(self) -> Match | None:
        return self.answer.match


def enrol(folder: Path, jobs: int = 1) -> list[Reference]:
    paths = sorted((folder / "originals").iterdir())
    return asking.enrol([(path.name, partial(path.read_bytes)) for path in paths], jobs)


def look(job: tuple[Path, dict[str, str]]) -> Outcome:
    folder, row = job
    data = (folder / "queries" / row["query"]).read_bytes()
    return Outcome(row, asking.ask(_matcher, row["query"], data), _peers.ask(data) if _peers else {})


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
        told, sure = asking.percent(r for r, _ in rows), asking.percent(s > bar for _, s in rows)
        print(f"{name:30}{len(rows):6}{told:9.1f}{sure:11.1f}")
    for name, found_wrongly in sorted(negatives.items()):
        alarms = sum(o.match is not None and o.match.tier is Tier.MATCH for o in found_wrongly)
        possible = sum(o.match is not None and o.match.tier is Tier.POSSIBLE for o in found_wrongly)
        print(f"{name:30}{len(found_wrongly):6} queries {alarms:3} false alarms {possible:3} possible")
    print("surest wrong guesses:", *[f"\n  {s:.3f} {where}: {why}" for s, where, why in sorted(wrong)[::-1][:8]])
    for name, wanted in (("no", False), ("yes", True)):
        times = [o.answer.milliseconds for o in outcomes if o.answer.looked and (o.row["original"] != "none") is wanted]
        if times:
            print(f"detector says {name}: {np.mean(times):.1f} ms on average, {np.quantile(times, 0.95):.1f} at 95 %")
    return {name: asking.percent(r for r, _ in rows) for name, rows in {**groups, "ALL": everything}.items()}


def report_peers(outcomes: list[Outcome]) -> None:
    for peer, most in LIMITS.items():
        copies = [o for o in outcomes if o.row["original"] not in ("none", "either")]
        right = asking.percent(o.peers[peer] == o.row["original"] for o in copies)
        wrong = sum(o.peers[peer] not in (None, o.row["original"]) for o in outcomes if o.row["original"] != "either")
        print(f"{peer} up to {most} bits: {right:.1f} % found, {wrong} wrong")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    asking.options(parser)
    args = parser.parse_args()
    global _matcher, _peers
    references = enrol(args.corpus, args.jobs)
    _matcher = PhotoMatcher(references)
    if args.peers:
        _peers = Peers((path.name, path.read_bytes()) for path in sorted((args.corpus / "originals").iterdir()))
    size = [len(dump_fingerprint(item.fingerprint)) for item in references]
    print(f"{len(references)} photos enrolled, {np.mean(size):.0f} bytes each, at most {max(size)}")
    with (args.corpus / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    jobs = [(args.corpus, rows[number]) for number in asking.chosen(len(rows), args.share)]
    outcomes = asking.in_parallel(look, jobs, args.jobs)
    result = report(outcomes)
    if args.peers:
        report_peers(outcomes)
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
