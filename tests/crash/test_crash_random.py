"""A busy daemon and the commands beside it, killed at random moments, a thousand times."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CRASH_KILLS", "1000"))


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_killed_at_random_moments_of_a_busy_run() -> None:
    """`CRASH_KILLS=200 pytest -m long tests/crash/test_crash_random.py`: another count."""
    seed = random.randrange(10**6)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.busy", str(KILLS), str(seed)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4_000:]
    done = json.loads(ran.stdout)
    print(f"seed {seed}: {done}")
    assert not done["faults"], "\n".join([f"seed {seed}", *done["faults"][:20], ran.stderr[-4_000:]])
    assert done["kills"] == KILLS and done["mails"] and done["finds"]
