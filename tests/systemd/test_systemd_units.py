"""The units: systemd's own check, and what the daemon and the units must agree on."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.daemon import ending, service
from tests.patience import WITHIN_S

UNITS = Path(__file__).parents[2] / "systemd"
SYSTEM, USER = UNITS / "reupload-monitor.service", UNITS / "user" / "reupload-monitor.service"


def read(unit: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit.read_text())
    return parser["Service"]


@pytest.mark.parametrize(
    ("unit", "words"), [pytest.param(SYSTEM, [], id="system"), pytest.param(USER, ["--user"], id="user")]
)
def test_systemd_finds_no_fault(unit: Path, words: list[str], tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here, so the units were not verified")
    # `verify` wants the command to be there; where it lies is each machine's own matter.
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()))
    done = subprocess.run(
        [analyze, *words, "--man=no", "verify", str(copy)],
        env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line]
    assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])
def test_what_daemon_and_unit_agree_on(unit: Path) -> None:
    found = read(unit)
    assert found["Type"] == "notify" and found["Restart"] == "on-failure"
    assert found["ExecStart"].endswith("run") and "reupload-monitor" in found["ExecStart"]
    assert found["ExecReload"] == "/bin/kill -HUP $MAINPID"
    stops = service.STOP_WITHIN_S + 2 * service.CANCEL_WITHIN_S + service.LAST_ALERTS_WITHIN_S
    assert stops < ending.TAKEN_WITHIN_S + ending.ENDED_WITHIN_S < int(found["TimeoutStopSec"].removesuffix("s"))
    assert "STATE_DIRECTORY=" in found.get("Environment", "") or "StateDirectory" in found


@pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])
def test_a_disk_that_comes_late_is_waited_for(unit: Path) -> None:
    text = unit.read_text()
    assert "StartLimitIntervalSec=0\n" in text and "StartLimitBurst" not in text
    # A configuration on it is missing (2), a key on it locks the store (3).
    assert "RestartPreventExitStatus" not in read(unit) and read(unit)["Restart"] == "on-failure"
    assert int(read(unit)["RestartSec"].removesuffix("s")) >= 30  # for as long as it takes: at small cost


def test_what_chromium_and_the_reader_need_is_not_forbidden() -> None:
    found = read(SYSTEM)
    assert "MemoryDenyWriteExecute" not in found
    assert "user" in found["RestrictNamespaces"].split()
    assert {"chroot", "seccomp", "landlock_restrict_self"} <= set(found["SystemCallFilter"].split())
