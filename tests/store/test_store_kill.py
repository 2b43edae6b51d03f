"""kill -9 while finds are written: what was said to be saved is there, and nothing is there by half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("rounds", [30, pytest.param(3_000, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])])
def test_killed_at_random_moments(tmp_path: Path, rounds: int) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.store.kill_store", tmp_path, str(rounds), "7"],
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(result.stdout)
    assert found["saved"] >= rounds / 2, "most kills came while finds were written"
    assert found == {"rounds": rounds, "saved": found["saved"], "torn": 0, "lost": 0, "alone": 0}
