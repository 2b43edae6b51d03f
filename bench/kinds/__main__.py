"""Runs the kinds: see the package."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

import bench.kinds
from bench.asking import Answer, ask, chosen, enrol, in_parallel, options
from bench.kinds import Question, Trial
from bench.peers import LIMITS, Peers
from bench.photographs import Half, photographs
from monitor.matching.matcher import PhotoMatcher
from monitor.model.match import Match, Tier

_matcher: PhotoMatcher
_peers: Peers | None = None
_trial: Trial | None = None


@dataclass(slots=True)
class Row:
    """found: of those that are to be found. wrong: alerts for what it is not. peers: the same two of each."""

    asked: int = 0
    found: int = 0
    possible: int = 0
    wrong: int = 0
    unread: int = 0
    milliseconds: float = 0.0
    stranger: bool = False
    peers: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def figure(self) -> str:
        if self.stranger:
            return f"{self.wrong} alerts, {self.possible} possible"
        return f"{100 * self.found / self.asked:.1f}" + (f" ({self.wrong} wrong)" if self.wrong else "")

    def peer(self, name: str) -> str:
        right, wrong = self.peers.get(name, (0, 0))
        if self.stranger:
            return f"{wrong} alerts"
        return f"{100 * right / self.asked:.1f}" + (f" ({wrong} wrong)" if wrong else "")


def look(number: int) -> tuple[Answer, dict[str, str | None]]:
    question = _trial.questions[number]
    data = question.make()
    return ask(_matcher, question.strength, data), _peers.ask(data) if _peers else {}


def is_right(question: Question, match: Match | None) -> bool:
    if match is None or match.label not in question.original:
        return False
    return match.tier is Tier.MATCH or (match.tier is Tier.POSSIBLE and question.least == "possible")


def count(row: Row, question: Question, answer: Answer, peers: dict[str, str | None]) -> None:
    match, right = answer.match, is_right(question, answer.match)
    row.stranger = not question.original
    row.asked += 1
    row.milliseconds += answer.milliseconds
    row.found += right
    row.unread += match is None
    row.possible += match is not None and match.tier is Tier.POSSIBLE
    row.wrong += match is not None and match.tier is Tier.MATCH and match.label not in question.original
    for peer, name in peers.items():
        found, wrong = row.peers.get(peer, (0, 0))
        row.peers[peer] = found + (name in question.original), wrong + (name not in (None, *question.original))


def say_missed(question: Question, match: Match | None) -> None:
    if question.original:
        missed = not is_right(question, match)
    else:
        missed = match is None or match.tier is not Tier.NONE
    if missed:
        said = "not read" if match is None else f"{match.tier} {match.label} {match.score:.3f}: {match.reason}"
        print(f"  {question.strength}, {question.original or 'a stranger'}: {said}")


def table(rows: dict[str, Row], before: dict[str, dict[str, object]], *, peers: bool) -> str:
    """Markdown, as bench/README.md has it."""
    heads = [
        "",
        "asked",
        *(["before"] if before else []),
        "now" if before else "found %",
        *(LIMITS if peers else ()),
        "ms",
    ]
    lines = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
    for name, row in rows.items():
        cells = [name.replace(" | ", ": "), str(row.asked)]
        if before:
            cells.append(Row(**before[name]).figure if name in before else "")  # type: ignore[arg-type]
        cells += [row.figure, *(row.peer(peer) for peer in LIMITS if peers), f"{row.milliseconds / row.asked:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def totals(rows: dict[str, Row]) -> str:
    strangers = [row for row in rows.values() if row.stranger]
    asked, wrong, possible = (sum(getattr(row, what) for row in strangers) for what in ("asked", "wrong", "possible"))
    copies = [row for row in rows.values() if not row.stranger]
    told = f"strangers: {asked}, {wrong} alerts, {possible} possible ({100 * possible / max(1, asked):.2f} %)"
    found, sought = sum(row.found for row in copies), sum(row.asked for row in copies)
    wrongly = sum(row.wrong for row in copies)
    return f"{told}; copies: {found} of {sought} ({100 * found / max(1, sought):.1f} %), {wrongly} told as another"


def run(trial: Trial, args: argparse.Namespace) -> dict[str, Row]:
    global _matcher, _peers, _trial
    if _trial is None or _trial.enrolled is not trial.enrolled:
        pictures = enrol(trial.enrolled.items())
        print(f"{trial.name}: {len(trial.enrolled)} files enrolled as {len(pictures)} pictures", flush=True)
        _matcher = PhotoMatcher(pictures)
        _peers = Peers((name, make()) for name, make in trial.enrolled.items()) if args.peers else None
    _trial = trial
    rows: dict[str, Row] = defaultdict(Row)
    numbers = chosen(len(trial.questions), args.share)
    for number, (answer, peers) in zip(numbers, in_parallel(look, numbers, args.jobs), strict=True):
        question = trial.questions[number]
        count(rows[f"{trial.name} | {question.strength}"], question, answer, peers)
        if args.missed:
            say_missed(question, answer.match)
    return rows


def main() -> None:
    words = argparse.ArgumentParser(
        description=bench.kinds.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = [item.name for item in pkgutil.iter_modules(bench.kinds.__path__) if not item.name.startswith("_")]
    words.add_argument("kinds", nargs="*", help=", ".join(known))
    words.add_argument("--photos", type=Path, help="as bench.photographs wrote them; else the demo's")
    words.add_argument("--half", type=Half, default=Half.TUNE)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--before", type=Path, help="what --json wrote earlier, for a column beside")
    options(words)
    args = words.parse_args()
    photos, rows = photographs(args.photos, args.half), dict[str, Row]()
    before = json.loads(args.before.read_text()) if args.before else {}
    for kind in args.kinds or known:
        for trial in importlib.import_module(f"bench.kinds.{kind}").trials(photos, args.seed):
            found = run(trial, args)
            rows.update(found)
            print(table(found, before, peers=args.peers) + "\n" + totals(found) + "\n", flush=True)
            if args.json:
                args.json.write_text(json.dumps({name: asdict(row) for name, row in rows.items()}, indent=1) + "\n")
    if len(rows) > 1:
        print("all:", totals(rows))


if __name__ == "__main__":
    main()
