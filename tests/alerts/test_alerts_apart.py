"""What holds of alerts holds of those that another part of the program sends: the same tests once more, over a link."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_SENDING = ("sending", "proxy", "recipients", "all", "health", "ntfy", "services", "falls", "answers", "long_silence")
KNOWS_THE_POOL = "test_alerts_sending.py::test_a_sender_that_dies_is_an_error_and_the_next_alert_goes_out"


@pytest.mark.long
@pytest.mark.parametrize("about", OF_SENDING)
def test_the_same_over_a_link(about: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
            f"--basetemp={tmp_path / 'inner'}",
            f"tests/alerts/test_alerts_{about}.py",
            f"--deselect=tests/alerts/{KNOWS_THE_POOL}",
        ],
        cwd=ROOT,
        env=os.environ | {"ALERTS_APART": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
