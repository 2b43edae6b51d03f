"""A core that gave up what it can still does its work: the tests of that work, run by a process as confined as it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts import under_core

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(
    "tests",
    [
        pytest.param(("tests/backup",), id="backups and restoring"),
        pytest.param(("tests/vault", "-k", "not stock_age"), id="sealing"),  # age asks at a terminal, which is away
        pytest.param(("tests/takedown", "tests/pipeline/test_pipeline_drafts.py"), id="drafts"),
        pytest.param(("tests/pipeline/test_pipeline_housekeeping.py", "tests/store/test_store_upgrade.py"), id="rows"),
        pytest.param(("tests/reader/test_reader_pool.py", "tests/reader/test_reader_shown.py"), id="readers"),
    ],
)
def test_what_the_core_does(tmp_path: Path, tests: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", under_core.__name__, str(tmp_path), *tests]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
