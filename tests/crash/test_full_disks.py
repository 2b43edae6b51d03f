"""Each act of the program on a disk that fills up under it, at one size after the other: with a reserve it is done all
the same, without one it gives up in words; once there is room everything is there. Takes root and the right to mount.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from tests.crash.test_crash_points import ROOT

FEW = ("find", "alert")
MORE = ("find", "alert", "dismissal", "draft")
AT_LEAST = 200  # sizes, in `make test-long`


@cache
def why_not_here() -> str:
    """Why no small disk can be mounted; '' where it can."""
    if os.geteuid() != 0:
        return "a small disk is mounted for this, which takes root"
    said = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return "" if said.returncode == 0 else f"nothing can be mounted here: {said.stderr.decode().strip()}"


small_disks = pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())


def played(sizes: int, *names: str) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.filling", str(sizes), *names],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4_000:]
    done = [json.loads(line) for line in ran.stdout.splitlines()]
    for one in done:
        print(f"{one['act']}: {one['runs']} disks, given up on {one['refused']}, {one['cpu_s']} s of a core")
    faults = [f"{one['act']}, {fault}" for one in done for fault in one["faults"]]
    assert not faults, "\n".join([*faults[:20], ran.stderr[-4_000:]])
    assert [one["lost"] for one in done] == [0] * len(done), "with a reserve there is room for a find and its message"
    return done


@small_disks
def test_some_full_disks() -> None:
    done = played(3, *FEW)
    assert sum(one["refused"] for one in done), "without a reserve the fullest of them is full"


@small_disks
@pytest.mark.long
def test_two_hundred_full_disks() -> None:
    done = played(-(-AT_LEAST // len(MORE)), *MORE)
    assert sum(one["runs"] for one in done) >= AT_LEAST
