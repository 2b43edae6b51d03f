"""Prints what adaptive visits come to beside equal spacing, world by world."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from bench.adaptive.simulate import adaptive, equal
from bench.adaptive.worlds import WORLDS, Bursts, World
from monitor.model.watch import Adapt

BOUNDS = Adapt(floor_s=900, ceiling_s=86_400)


@dataclass(frozen=True)
class Setting:
    watches: int
    days: int
    per_watch: float  # requests a day
    posted: float  # pictures a day, the median place
    bursts: Bursts
    learns: bool = True


@dataclass(frozen=True)
class Compared:
    """Ratios to equal spacing."""

    mean: float
    late: float  # the 95th percentile
    longest_h: float
    requests_a_day: float
    finds: int


def compare(world: World, seed: int, setting: Setting) -> Compared:
    places = world.places(seed, count=setting.watches, days=setting.days, per_day=setting.posted, bursts=setting.bursts)
    budget = round(setting.per_watch * setting.watches)
    ours = adaptive(places, days=setting.days, per_day=budget, bounds=BOUNDS, learns=setting.learns)
    other = equal(places, days=setting.days, requests=ours.requests)
    return Compared(
        _mean(ours.delays) / _mean(other),
        _late(ours.delays) / _late(other),
        ours.longest_h,
        ours.requests / setting.days,
        len(ours.delays),
    )


def _mean(delays: Sequence[float]) -> float:
    return sum(delays) / len(delays)


def _late(delays: Sequence[float]) -> float:
    return sorted(delays)[int(0.95 * len(delays))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.adaptive", description=__doc__)
    parser.add_argument("world", nargs="*", help="; ".join(world.name for world in WORLDS))
    parser.add_argument("--seed", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--watches", type=int, default=50)
    parser.add_argument("--per-watch", type=float, default=12.0, help="requests a day")
    parser.add_argument("--posted", type=float, default=2.0, help="pictures a day at the median place")
    parser.add_argument("--brings", type=float, default=0.6, help="how many each picture of a burst brings")
    parser.add_argument("--within", type=float, nargs=2, default=[0.5, 12.0], help="hours, from ... to")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    bursts = Bursts(args.brings, (args.within[0], args.within[1]))
    setting = Setting(args.watches, args.days, args.per_watch, args.posted, bursts)
    print("| world | mean delay, against equal spacing | each seed | 95th percentile | each seed | longest gap |")
    print("| --- | --- | --- | --- | --- | --- |")
    with ProcessPoolExecutor(args.jobs) as workers:
        for world in WORLDS:
            if args.world and world.name not in args.world:
                continue
            for learns in (True, False) if world.share < 1 else (True,):
                ran = partial(compare, world, setting=replace(setting, learns=learns))
                told = "" if learns else ", not learned"
                print(row(world.name + told, list(workers.map(ran, args.seed))), flush=True)


def row(name: str, found: Sequence[Compared]) -> str:
    means, lates = [one.mean for one in found], [one.late for one in found]
    cells = (
        name,
        f"{100 * (_mean(means) - 1):+.0f} %",
        ", ".join(f"{100 * (one - 1):+.0f}" for one in means),
        f"{_mean(lates):.2f}",
        ", ".join(f"{one:.2f}" for one in lates),
        f"{max(one.longest_h for one in found):.1f} h",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
