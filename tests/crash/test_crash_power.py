"""Each act, ended by a power loss: of its files only what was synced is there, of its folders the synced names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.crash.test_crash_points import ROOT, needs_strace

ACTS = ("find", "find and screenshot", "capture", "draft", "dismissal", "under 18")


def replayed(*names: str, points: int = 0) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.powerless", str(points), *names],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4_000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


@needs_strace
@pytest.mark.long
@pytest.mark.parametrize("name", ACTS)
def test_the_power_fails_after_each_sync(name: str) -> None:
    (done,) = replayed(name)
    assert not done["faults"], "\n".join(done["faults"][:20])
    assert done["tried"] > done["points"] > 0
