"""The ZIP itself: whole or not there, never over another file, and what unzip and sha256sum say of it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import UsageError, WorkFailed
from monitor.services import packet_file
from monitor.services.packet_file import new_packet, refuse_out

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def write(path: Path) -> str:
    with new_packet(path, AT) as packet:
        packet.add("captures/0001/page.txt", [b"a page, ", b"in pieces"])
        packet.add("own/0001/file.png", [os.urandom(100_000)])
    return packet.digest


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_stock_tools_take_it(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    digest = write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert subprocess.run(["sha256sum", path], capture_output=True, text=True).stdout.split()[0] == digest
    assert subprocess.run(["unzip", "-tqq", path]).returncode == 0
    subprocess.run(["unzip", "-qq", path, "-d", tmp_path / "packet"], check=True)
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "packet", capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stdout.count("OK") == 2
    (tmp_path / "packet" / "captures" / "0001" / "page.txt").write_text("a page, in piecez")
    again = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "packet", capture_output=True, text=True)
    assert again.returncode == 1 and "captures/0001/page.txt: FAILED" in again.stdout


@pytest.mark.parametrize("without_names", [True, False])
def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_names: bool) -> None:
    if not without_names:
        _as_on_a_stick(monkeypatch)

    class Stop(Exception):
        pass

    with pytest.raises(Stop), new_packet(tmp_path / "case.zip", AT) as packet:
        packet.add("page.txt", [b"a page"])
        raise Stop
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("without_names", [True, False])
def test_what_came_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_names: bool
) -> None:
    if not without_names:
        _as_on_a_stick(monkeypatch)
    path = tmp_path / "case.zip"
    with pytest.raises(UsageError, match="exists"), new_packet(path, AT) as packet:
        packet.add("page.txt", [b"a page"])
        path.write_text("another's")
    assert path.read_text() == "another's" and os.listdir(tmp_path) == ["case.zip"]


def test_on_a_disk_that_knows_no_nameless_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_on_a_stick(monkeypatch)
    write(tmp_path / "case.zip")
    assert os.listdir(tmp_path) == ["case.zip"] and zipfile.ZipFile(tmp_path / "case.zip").testzip() is None


def test_a_full_disk_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(packet_file.os, "fsync", full)
    with pytest.raises(WorkFailed, match="No space left on device"):
        write(tmp_path / "case.zip")
    assert os.listdir(tmp_path) == []


def test_no_name_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"), new_packet(tmp_path / "case.zip", AT) as packet:
        packet.add("page.txt", [b"1"])
        packet.add("page.txt", [b"2"])


def test_where_no_packet_is_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "there.zip").touch()
    (tmp_path / "link.zip").symlink_to("nowhere")
    (tmp_path / "to-data").symlink_to(data)
    for name, why in (
        ("there.zip", "exists"),
        ("link.zip", "exists"),
        ("no/case.zip", "not a folder"),
        ("case", "does not end in .zip"),
        ("data/case.zip", "own folder"),
        ("to-data/case.zip", "own folder"),
        ("/proc/self/case.zip", "nothing can be written"),  # nor by root
    ):
        with pytest.raises(UsageError, match=why) as caught:
            refuse_out(tmp_path / name, data)
        assert "--out" in caught.value.remedy
    before = sorted(os.listdir(tmp_path))
    assert refuse_out(tmp_path / "case.zip", data) == tmp_path / "case.zip"
    assert sorted(os.listdir(tmp_path)) == before


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.services.packet_file import new_packet
with new_packet(Path(sys.argv[1]), datetime(2026, 11, 22, tzinfo=UTC)) as packet:
    packet.add("page.txt", [b"a planted word" * 100_000])
    os.kill(os.getpid(), 9)
"""


def test_killed_in_the_middle_it_leaves_nothing(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, tmp_path / "case.zip"]).returncode == -9
    assert os.listdir(tmp_path) == []


def _as_on_a_stick(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refusing(path: str, flags: int, *more: int, **named: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return real(path, flags, *more, **named)

    monkeypatch.setattr(packet_file.os, "open", refusing)
