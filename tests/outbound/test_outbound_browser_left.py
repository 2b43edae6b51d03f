"""What a browser's process that was killed left in memory: whose it is goes by the whole of its name."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.daemon.logs import JournalFormatter
from monitor.outbound.browser import profile
from monitor.parts.confine.layers import lacking_layers
from tests.parts.test_parts_parent import is_gone

RUNS = str(os.getpid())
ENDED = "4194305"  # more than a kernel ever gives


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        pytest.param(f"rm-part-{ENDED}-abcd_123", True, id="of one that ended"),
        pytest.param(f"rm-part-{RUNS}-abcd_123", False, id="of one that runs"),
        pytest.param("rm-part-", False, id="the beginning of every name"),
        pytest.param(f"rm-part-{ENDED}-abcd", False, id="the beginning of one"),
        pytest.param("rm-part-x-abcd_123", False, id="no number"),
        pytest.param(f"rm-part-{ENDED}-abcd_123-more", False, id="more behind it"),
    ],
)
def test_what_goes(name: str, goes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "memory_folder", lambda: tmp_path)
    (tmp_path / name).mkdir()
    sleeping = "import signal; signal.pause()"
    with subprocess.Popen([sys.executable, "-c", sleeping, f"--user-data-dir={tmp_path / name}/b-1"]) as browser:
        command = Path(f"/proc/{browser.pid}/cmdline")
        while name.encode() not in command.read_bytes():  # the kernel has not written its new one down yet
            pass
        made = profile.part_folder()
        assert made.is_dir() and (tmp_path / name).exists() is not goes
        if goes:
            browser.wait()
        assert is_gone(browser.pid) is goes
        browser.kill()


def test_where_its_files_lie_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its layer goes into the greeting: the journal and `doctor` tell it."""
    for is_so in (True, False):
        monkeypatch.setattr(profile, "_is_in_memory", lambda path, is_so=is_so: is_so)
        name, active, why = profile.kept_in_memory(tmp_path / "rm-part-1-abcd_123")
        assert active is is_so and (str(tmp_path) in why) is not is_so
    record = logging.makeLogRecord({"name": "monitor.x", "msg": "-", "missing": lacking_layers([(name, False, "")])})
    assert "files-in-memory" in JournalFormatter(priorities=False).format(record)


def test_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "memory_folder", lambda: tmp_path / "shm")
    for folder in ("shm", "mine"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shm" / f"rm-part-{ENDED}-abcd_123").symlink_to(tmp_path / "mine")
    profile.part_folder()
    assert (tmp_path / "mine").is_dir()
