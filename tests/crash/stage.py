"""Runs acts, killed at their points, and looks at what is left. Run by test_crash_points.

python -m tests.crash.stage POINTS ACT...: of each act so many points, evenly spaced; 0 = all. Prints a line of JSON for
each act: {"act", "points": how many it has, "killed": at how many it was killed, "hidden": that another thread hides,
"faults": ["at which point: what is wrong", ...], "cpu_s"}.

This process imports everything once and is forked for each run, and for each look.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from monitor.clock import exact_now
from monitor.vault.identity import new_identity
from tests.crash.acts import ACTS
from tests.crash.strace import Point, killed_at, points_of, ran
from tests.crash.world import Act, Outside, World


def main(most: int, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="crash-") as made, outside(Path(made)) as served:
        for name in names:
            print(json.dumps(played(ACTS[name], most, Path(made), served)), flush=True)


@contextlib.contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    took = folder / "outside"
    took.mkdir()
    command = [sys.executable, "-m", "tests.crash.outside", str(took)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None and serving.stdin is not None
        web, mail = serving.stdout.readline().split()
        url = f"mailto://127.0.0.1:{mail}/?mode=insecure&from=watch@mail.test&to=person@mail.test"
        yield Outside(f"http://127.0.0.1:{web}", url, took)
        serving.stdin.close()


def played(act: Act, most: int, at: Path, served: Outside) -> dict[str, object]:
    began = time.process_time() + sum(os.times()[2:4])
    secret, recipient = new_identity()
    folder, kept, log = at / act.name, at / f"{act.name}-kept", at / "strace"
    world = World(folder, exact_now().replace(microsecond=0), served, recipient, secret)
    folder.mkdir(mode=0o700)
    apart(lambda: act.prepare(world))
    folder.rename(kept)

    def anew() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(kept, folder, symlinks=True)
        served.forget()

    anew()
    act.do(world)  # here too, so that all is imported and read that each run needs
    faults = [f"where nothing ended it: {fault}" for fault in act.faults(world)]
    anew()
    points = points_of(lambda: act.do(world), folder, log)
    chosen, killed = spaced([one for one in points if one.is_reached], most), 0
    for point in chosen:
        anew()
        try:
            killed += killed_at(point, lambda: act.do(world), log)
            served.settle()
            found = looked_at(act, world)
        except AssertionError as error:
            found = [str(error)]
        faults += [f"at {point.call} {point.nth} ({point.label}): {fault}" for fault in found]
    return {
        "act": act.name,
        "points": len(points),
        "tried": len(chosen),
        "killed": killed,
        "hidden": [one.label for one in points if not one.is_reached],
        "faults": faults,
        "cpu_s": round(time.process_time() + sum(os.times()[2:4]) - began, 1),
    }


def looked_at(act: Act, world: World) -> list[str]:
    """In a process of its own: what is wrong."""
    with tempfile.TemporaryFile("w+") as said:

        def look() -> None:
            json.dump(list(act.faults(world)), said)
            said.flush()

        apart(look)
        said.seek(0)
        found: list[str] = json.load(said)
    return found


def apart(what: Callable[[], None]) -> None:
    """In a process of its own. Raises AssertionError where that fails."""
    child = os.fork()
    if child == 0:
        ran(what)
    _, ended = os.waitpid(child, 0)
    assert ended == 0, "it failed when it was opened again: see what it wrote on stderr"


def spaced(points: list[Point], most: int) -> list[Point]:
    """The first and the last among them."""
    if not most or len(points) <= most:
        return points
    return [points[round(at * (len(points) - 1) / max(1, most - 1))] for at in range(most)]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or list(ACTS))
