"""A disk that is full, and one that takes no writing: lists stay readable, and what cannot be saved is told as that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import failures
from tests.cli.cli_program import ON_LOOPBACK, Program

LISTS = (
    "sightings list",
    "status",
    "watch list",
    "watch check",
    "references list",
    "reports list",
    "reports next",
    "reports timeline",
    "alerts list",
    "evidence list",
    "evidence log",
    "digest",
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk is mounted for this, which takes root and the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def on_small_disk(small_disk: Path, found: tuple[Program, str]) -> tuple[Program, Path]:
    """The data of a program with one find lie on it."""
    program, _ = found
    data = program.home / "share" / "reupload-monitor"
    there = small_disk / "data"
    data.rename(program.home / "moved")
    subprocess.run(["cp", "-a", program.home / "moved", there], check=True)
    program.monkeypatch.setenv("REUPLOAD_MONITOR_DATA_DIR", str(there))
    return program, small_disk


def fill(disk: Path) -> Path:
    last = disk / "filling"
    with last.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                return last


def test_on_a_full_disk_all_lists_can_be_read(on_small_disk: tuple[Program, Path]) -> None:
    program, disk = on_small_disk
    for name, value in ON_LOOPBACK.items():  # its watch looks at this machine
        program.monkeypatch.setenv(name, value)
    before = {command: program(*command.split(), "--json").json for command in LISTS if command != "status"}
    filling = fill(disk)
    for command in LISTS:
        done = program(*command.split(), "--json")
        assert done.code == 0, (command, done.err)
        assert "Nothing can be saved now: the disk is full" in done.err
        if command in ("sightings list", "references list", "reports list", "alerts list"):
            assert done.json == before[command]
    refused = program("sightings", "add", "https://forum.example/1")
    assert refused.code == 1 and "the disk is full" in refused.err and "free some space" in refused.err
    assert "Traceback" not in refused.err
    filling.unlink()
    assert program("sightings", "add", "https://forum.example/1").code == 0
    assert len(program("sightings", "list", "--json").json["sightings"]) == 2


def test_a_disk_for_reading_only_is_read(on_small_disk: tuple[Program, Path]) -> None:
    program, disk = on_small_disk
    before = program("sightings", "list", "--json").json
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = program("sightings", "list", "--json")
    assert done.code == 0 and done.json == before
    assert "mounted for reading only" in done.err
    refused = program("sightings", "confirm", before["sightings"][0]["id"])
    assert refused.code == 1 and "mounted for reading only" in refused.err


def test_whose_folder_it_is_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.db"
    path.touch(0o600)
    tmp_path.chmod(0o700)
    assert failures.why_not_writable(path) == ""
    monkeypatch.setattr(failures.os, "access", lambda *_: False)
    told = failures.why_not_writable(path)
    assert f"the folder {tmp_path} belongs to " in told and "(mode 0700)" in told and "this command runs as" in told
    error = failures.error_of_words("attempt to write a readonly database", path)
    assert told in str(error) and "chown" in error.remedy


def test_a_path_that_is_too_long_for_a_store_is_told_as_that() -> None:
    folder = Path("/", *["a" * 200] * 3)
    error = failures.error_of_words("unable to open database file", folder / "store.db")
    assert "too long (603 letters)" in str(error) and "disk" not in str(error)
    assert "data_dir" in error.remedy


@pytest.mark.parametrize("said", ["disk I/O error", "unable to open database file"])
def test_what_is_neither_room_nor_rights_is_not_called_so(said: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    error = failures.error_of_words(said, path)
    assert "neither a full disk nor missing rights" in str(error) and said in str(error)
    assert "move store.db away" not in error.remedy
