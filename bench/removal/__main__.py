"""python -m bench.removal [--days 365] [--site NAME ...]

A year (or less) of looks at some thirty sites, and what the judge found. Some minutes of a core for the whole."""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
from collections import Counter

from bench.removal.simulate import simulate
from bench.removal.truth import MUST_BE_NONE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--site", action="append", help="only this one; may be given more than once")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    course = simulate(days=given.days, names=given.site, told=lambda line: print(line, file=sys.stderr, flush=True))
    for fault in course.faults[:60]:
        print(fault)
    by_kind = Counter(fault.what for fault in course.faults)
    print(
        f"\n{len(course.judges)} sites, {course.days} days: {course.rounds} rounds, {course.looks} looks, "
        f"{sum(course.counts.by_host.values())} requests ({course.counts.not_modified} answers of 304), "
        f"{course.seconds:.0f} s, {course.cpu:.0f} CPU s"
    )
    for what, means in MUST_BE_NONE.items():
        print(f"{by_kind[what]:6}  {what:17} {means}")
    known = [hours for judge in course.judges for hours in judge.known_after_h]
    if known:
        print(
            f"removals told: {sum(judge.removals for judge in course.judges)}, known {min(known):.0f} to "
            f"{max(known):.0f} h after, median {statistics.median(known):.0f} h; "
            f"returns told: {sum(judge.returns for judge in course.judges)}"
        )
    print("of searches: " + (", ".join(course.delisted) or "nothing"))
    return int(bool(course.faults))


if __name__ == "__main__":
    raise SystemExit(main())
