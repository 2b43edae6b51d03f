"""Each act of the program, as a real process, while its disk is full or gives an error at one of its writes, once or
from there on. It bears that with an error of its own or none; once the disk is mended, everything is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.crash.test_crash_points import NAMES, ROOT, needs_strace

FEW = ("find", "alert", "dismissal")
AT_MOST = 15  # points in `make test`, over these
AT_LEAST = 200  # in `make test-long`, over all acts


def played(points: int, *names: str) -> list[dict[str, Any]]:
    """points: of each; 0 = all. What each came to, in the order of the names."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.failing", str(points), *names],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4_000:]
    done = [json.loads(line) for line in ran.stdout.splitlines()]
    for one in done:
        print(f"{one['act']}: the disk failed at {one['failed']} of {one['points']} points, {one['cpu_s']} s of a core")
    faults = [f"{one['act']}, {fault}" for one in done for fault in one["faults"]]
    assert not faults, "\n".join([*faults[:20], ran.stderr[-4_000:]])
    return done


@needs_strace
def test_a_disk_that_fails_at_some_points() -> None:
    done = played(AT_MOST // len(FEW), *FEW)
    assert [one["act"] for one in done] == list(FEW)
    assert sum(one["failed"] for one in done) >= AT_MOST - 3, "the error came"


@needs_strace
@pytest.mark.long
def test_a_disk_that_fails_at_two_hundred_points() -> None:
    done = played(-(-AT_LEAST // len(NAMES)) * 2, *NAMES)
    assert sum(one["failed"] for one in done) >= AT_LEAST
