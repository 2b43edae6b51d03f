"""python -m bench.year [--days 365] [--every 1] [--part K/N] [--place NAME ...] [--list N] [--json FILE]

A year (or less) on the simulated places, and what the judge found. About half an hour of a busy core for the whole."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import sys
from collections import Counter
from pathlib import Path

from bench.year.rows import rows
from bench.year.simulate import Year, simulate
from bench.year.truth import FAULTS, MUST_BE_NONE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--place", action="append", help="only this one; may be given more than once")
    parser.add_argument("--every", type=int, default=1, help="days between two visits, at least")
    parser.add_argument("--part", help="K/N: every Nth place, from the Kth")
    parser.add_argument("--list", type=int, default=3, help="faults shown of each kind and place")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    names = given.place
    if given.part:
        first, parts = map(int, given.part.split("/"))
        names = list(rows())[first - 1 :: parts]
    logging.disable(logging.CRITICAL)
    year = simulate(
        seed=given.seed,
        days=given.days,
        names=names,
        every=given.every,
        told=lambda line: print(line, file=sys.stderr, flush=True),
    )
    show(year, most=given.list)
    if given.json:
        faults = [dataclasses.asdict(fault) for fault in year.faults]
        given.json.write_text(json.dumps({"faults": faults, "looks": year.looks, "alerts": year.alerts}, indent=1))
    return int(any(year.many(what) for what in MUST_BE_NONE))


def show(year: Year, *, most: int) -> None:
    by_kind: Counter[tuple[str, str]] = Counter()
    for fault in year.faults:
        by_kind[fault.what, fault.place] += 1
        if by_kind[fault.what, fault.place] <= most:
            print(fault)
    print(
        f"\n{year.places} places, {year.days} days, {year.passes} passes, {year.seconds:.0f} s, "
        f"{year.cpu:.0f} CPU s of the core"
    )
    for what, means in FAULTS.items():
        places = sum(kind == what for kind, _ in by_kind)
        print(f"{year.many(what):6}  {what:17} at {places:2} places: {means}")
    print(
        f"alerts: {sum(year.alerts.values())}, with {sum(year.lines.values())} finds in them; "
        f"right to tell: {year.tells}"
    )
    for subject, many in year.alerts.most_common(8):
        print(f"{many:6}  {subject}")
    print(f"sightings of no known copy: {year.unplaced}")
    print(
        "looks, as a person sees and as the program says: "
        + ", ".join(f"{k} {v}" for k, v in sorted(year.looks.items()))
    )
    busiest = sorted(year.counts.by_host.items(), key=lambda one: -one[1])[:6]
    print("most asked: " + ", ".join(f"{host} {many}" for host, many in busiest))
    print(
        f"asked: {year.counts.pages} pages, {year.counts.pictures} pictures, {year.counts.not_modified} answers of 304"
    )


if __name__ == "__main__":
    raise SystemExit(main())
