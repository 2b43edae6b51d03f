"""Runs acts while the disk gives errors at one of their writes, and looks at what is left. Run by test_disk_errors.

python -m tests.crash.failing POINTS ACT...: of each act so many points, evenly spaced; 0 = all. At every other point
the disk is full, at the rest it gives an I/O error; at every third it goes on doing so until the act ends. Prints a
line of JSON for each act, as `tests.crash.stage` does; "failed": at how many points the error came.

The act may give up with an error of the program's own, and nothing else. Then the disk is mended, and what is looked
at is the same as after a kill: nothing lost, half written or doubled, and all of it there in the end.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from monitor.clock import exact_now
from monitor.errors import MonitorError
from monitor.vault.identity import new_identity
from tests.crash.acts import ACTS
from tests.crash.stage import apart, looked_at, outside, spaced
from tests.crash.strace import failed_at, points_of
from tests.crash.world import Act, Outside, World

STREAMS = ("write", "writev")  # what goes to a socket or a pipe too: there an error that stays is no disk's


def main(most: int, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="failing-") as made, outside(Path(made)) as served:
        for name in names:
            print(json.dumps(played(ACTS[name], most, Path(made), served)), flush=True)


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

    def borne() -> None:
        try:
            act.do(world)
        except MonitorError as error:
            print(f"gave up: {type(error).__name__}", file=sys.stderr)

    anew()
    act.do(world)  # here too, so that all is imported and read that each run needs
    list(act.faults(world))
    anew()
    points = points_of(lambda: act.do(world), folder, log)
    chosen, failed, faults = spaced([one for one in points if one.is_reached], most), 0, list[str]()
    for number, point in enumerate(chosen):
        anew()
        error = ("EIO", "ENOSPC")[number % 2]
        stays = number % 3 == 2 and point.call not in STREAMS
        try:
            failed += failed_at(point, borne, log, error=error, stays=stays)
            served.settle()
            found = looked_at(act, world)
        except AssertionError as fault:
            found = [str(fault)]
        said = f"{error}{' from' if stays else ' at'} {point.call} {point.nth} ({point.label})"
        faults += [f"{said}: {fault}" for fault in found]
    return {
        "act": act.name,
        "points": len(points),
        "tried": len(chosen),
        "failed": failed,
        "faults": faults,
        "cpu_s": round(time.process_time() + sum(os.times()[2:4]) - began, 1),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or list(ACTS))
