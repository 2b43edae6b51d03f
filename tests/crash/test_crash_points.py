"""Each act of the program, as a real process, killed before each system call by which it writes; then everything is
opened again as the program does. Nothing is lost, half written or doubled but an alert in SMTP's one window.

One process plays all acts: what costs is to start an interpreter, not to be killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash.strace import why_not

ROOT = Path(__file__).parents[2]
NAMES = (
    "find",
    "find and screenshot",
    "capture",
    "alert",
    "draft",
    "dismissal",
    "under 18",
    "find, then under 18",
    "upgrade",
    "backup",
    "restore",
    "vacuum",
    "config migrate",
)
"""As `tests.crash.acts.ACTS` has them: to load that here would cost what the stage is there to save."""

AT_MOST = 40  # points in `make test`, over all acts

needs_strace = pytest.mark.skipif(bool(why_not()), reason=why_not())


def played(points: int, *names: str) -> list[dict[str, Any]]:
    """points: of each; 0 = all. What each came to, in the order of the names."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.stage", str(points), *names],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4_000:]
    done = [json.loads(line) for line in ran.stdout.splitlines()]
    for one in done:
        print(f"{one['act']}: killed at {one['killed']} of {one['points']} points, {one['cpu_s']} s of a core")
    faults = [f"{one['act']}, {fault}" for one in done for fault in one["faults"]]
    assert not faults, "\n".join([*faults[:20], ran.stderr[-4_000:]])
    return done


@needs_strace
def test_killed_at_some_points_of_every_act() -> None:
    done = played(AT_MOST // len(NAMES), *NAMES)
    assert [one["act"] for one in done] == list(NAMES)
    for one in done:
        assert one["killed"] == one["tried"] > 0, f"{one['act']} was not killed where it should have been"


@needs_strace
@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_killed_at_every_point(name: str) -> None:
    (done,) = played(0, name)
    assert done["killed"] >= done["tried"] * 0.95, "a run or two may take another course"


@needs_strace
@pytest.mark.long
def test_every_act_is_named() -> None:
    code = "from tests.crash.acts import ACTS; print(*ACTS, sep='\\n')"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == sorted(NAMES, key=said.splitlines().index)
