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
from monitor.errors import UsageError
from monitor.services.service_units import (
    ServicePlaces,
    checked_name,
    lingers_for,
    system_places,
    unit_text,
    user_places,
)
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
    # `verify` wants the command to be there; where it lies is each machine's own matter.
    verify(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()), words, tmp_path)


def verify(text: str, words: list[str], folder: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here, so the units were not verified")
    copy = folder / "checked.service"
    copy.write_text(text)
    done = subprocess.run(
        [analyze, *words, "--man=no", "verify", str(copy)],
        env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if copy.name in line]
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


def places_of(kind: str, root: Path) -> ServicePlaces:
    if kind == "system":
        return system_places("regular-checks", root)
    found = user_places("regular-checks", {"XDG_CONFIG_HOME": str(root / "a b"), "XDG_DATA_HOME": str(root / "100%")})
    assert found.sealed_key is None and found.plain_key is None
    return found


@pytest.mark.parametrize("kind", ["system", "user"])
def test_what_is_written_for_a_machine_is_without_fault(kind: str, tmp_path: Path) -> None:
    places = places_of(kind, tmp_path)
    program = tmp_path / "a place" / "the $program"
    program.parent.mkdir()
    program.symlink_to("/bin/true")
    if places.sealed_key is not None:
        places.sealed_key.parent.mkdir(parents=True)
        places.sealed_key.write_bytes(b"sealed")
    text = unit_text(places, [str(program)])
    verify(text, [] if kind == "system" else ["--user"], tmp_path)
    bare = text.replace(str(tmp_path), "")
    assert "reupload" not in bare and "image" not in bare.lower()  # another name is another name throughout
    assert lingers_for(text) is False and lingers_for(unit_text(places, [str(program)], lingers=True)) is True


@pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])
def test_a_unit_of_somebody_s_own_is_known_as_that(unit: Path) -> None:
    assert lingers_for(unit.read_text()) is None
    assert lingers_for("no unit at all") is None


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        pytest.param("regular-checks", True, id="usual"),
        pytest.param("a" * 31, True, id="longest"),
        pytest.param("a" * 32, False, id="one too long"),
        pytest.param("Checks", False, id="capital"),
        pytest.param("../checks", False, id="a way"),
        pytest.param("checks@home", False, id="a template's sign"),
        pytest.param("-x", False, id="an option"),
        pytest.param("x-", False, id="hyphen last"),
        pytest.param("", False, id="nothing"),
        pytest.param("checks\nUser=root", False, id="two lines"),
    ],
)
def test_names(name: str, fine: bool) -> None:
    if fine:
        assert checked_name(name) == name
    else:
        with pytest.raises(UsageError):
            checked_name(name)
