"""An upgrade changes the only store there is: a copy of it first, checked, and the way back to it."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import MonitorError, NewerStore, NoWriting, StoreError
from monitor.store import copying, upgrade_copies
from monitor.store.copying import copy_store, wrong_in_store
from monitor.store.opening import FILE
from monitor.store.sqlite import connect
from monitor.store.store import open_store
from monitor.store.upgrade_copies import (
    COPIES,
    copies_in,
    files_of_copies,
    forget_copies,
    keep_before_upgrade,
    left_folders,
    way_back,
)
from tests.store.store_values import KEY, NOW, a_run, opened, settings
from tests.store.test_store_migrations import contents, old_store, upgraded_by_a_newer_version

OLDER = "0030"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The folder of a store as an earlier version left it, with a row in it."""
    old_store(tmp_path, rows=False, revision=OLDER)
    with closing(connect(tmp_path / "data" / FILE, KEY)) as writer:
        writer.execute("INSERT INTO cases (id, name) VALUES ('default', 'A Person')")
    return tmp_path


def as_if(folder: Path, file: Path) -> Path:
    """A folder of which `contents` reads that file."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / FILE).write_bytes(file.read_bytes())
    return folder


def test_what_stood_there_is_kept_with_its_revision_and_date(older: Path, tmp_path: Path) -> None:
    before = contents(older)
    open_store(settings(older)).close()
    (copy,) = copies_in(older / "data")
    assert copy.revision == OLDER and copy.path.name.startswith(f"store-r{OLDER}-{copy.at:%Y%m%d}")
    assert copy.path.stat().st_mode & 0o777 == 0o600 and copy.path.parent.stat().st_mode & 0o777 == 0o700
    assert not copy.path.read_bytes().startswith(b"SQLite"), "encrypted, as the store is"
    assert contents(as_if(tmp_path / "other", copy.path)) == before
    assert sorted(path.name for path in copy.path.parent.iterdir()) == [copy.path.name], "nothing half made"


def test_the_line_that_is_told_goes_back(older: Path) -> None:
    before = contents(older)
    store = open_store(settings(older))
    store.runs.save(a_run())
    store.close()
    after = contents(older)
    (copy,) = copies_in(older / "data")
    line = way_back(copy, older / "data" / FILE)
    subprocess.run(["sh", "-c", line], check=True)
    assert contents(older) == before
    (aside,) = (older / "data" / COPIES / "left").glob("store.db")
    assert contents(as_if(older / "aside", aside)) == after, "what was found since is kept"
    again = subprocess.run(["sh", "-c", line], capture_output=True, check=False)
    assert again.returncode != 0 and contents(older) == before, "typed twice it puts nothing over what it put aside"


def test_whoever_goes_back_a_second_time_loses_neither(older: Path) -> None:
    before, after = contents(older), []
    for number in range(2):
        store = open_store(settings(older))
        store.runs.save(a_run(f"forum-{number}"))
        store.close()
        after.append(contents(older))
        subprocess.run(["sh", "-c", way_back(copies_in(older / "data")[0], older / "data" / FILE)], check=True)
        assert contents(older) == before
    folders = left_folders(older / "data")
    assert [one.name for one in folders] == ["left", "left-2"]
    assert [contents(as_if(older / one.name, one / FILE)) for one in folders] == after
    forget_copies(older / "data")
    assert [*files_of_copies(older / "data")] == []


def test_nothing_is_changed_where_there_is_no_room_for_the_copy(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(older)
    monkeypatch.setattr(upgrade_copies, "free_bytes", lambda _: 3_000_000)
    with pytest.raises(NoWriting, match=r"has 3 MB free, and \d+ MB are needed; nothing was changed") as caught:
        open_store(settings(older))
    assert caught.value.is_full and "Make room" in caught.value.remedy
    assert contents(older) == before and not (older / "data" / COPIES).exists()
    with pytest.raises(NoWriting, match="nothing was changed"):
        open_store(settings(older), to_read=True)


def fails(error: Exception) -> Callable[..., Any]:
    def failing(*_: object, **__: object) -> None:
        raise error

    return failing


@pytest.mark.parametrize(
    ("part", "error"),
    [
        pytest.param("_vacuum_into", StoreError("the disk fails"), id="while it is written"),
        pytest.param("_check", StoreError("a page was flipped"), id="while it is read through"),
        pytest.param("sync_file", OSError(errno.EIO, "Input/output error"), id="on its way to the disk"),
        pytest.param("sync_file", OSError(errno.ENOSPC, "No space left on device"), id="full"),
    ],
)
def test_without_a_whole_copy_there_is_no_upgrade(
    older: Path, monkeypatch: pytest.MonkeyPatch, part: str, error: Exception
) -> None:
    before = contents(older)
    with monkeypatch.context() as broken:
        broken.setattr(copying, part, fails(error))
        with pytest.raises(StoreError) as caught:
            open_store(settings(older))
    assert caught.value.remedy or isinstance(error, StoreError)
    assert contents(older) == before and list((older / "data" / COPIES).iterdir()) == []
    open_store(settings(older)).close()


def test_a_page_that_is_damaged_is_not_upgraded(older: Path) -> None:
    path = older / "data" / FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    damaged = path.read_bytes()
    assert wrong_in_store(path, KEY)
    with pytest.raises(MonitorError):
        open_store(settings(older))
    assert path.read_bytes() == damaged and list(copies_in(older / "data")) == []


def test_what_a_crash_left_half_made_is_cleared_away(older: Path) -> None:
    folder = older / "data" / COPIES
    folder.mkdir()
    to = folder / "store-r0030-20261101T120000Z.db"
    to.with_name(f"{to.name}.part").write_bytes(b"half")
    copy_store(older / "data" / FILE, KEY, to)
    assert [path.name for path in folder.iterdir()] == [to.name] and wrong_in_store(to, KEY) == ""
    to.with_name("store-r0030-20261102T120000Z.db.part").write_bytes(b"half")
    open_store(settings(older)).close()
    assert {path.suffix for path in folder.iterdir()} == {".db"} and len(copies_in(older / "data")) == 1


def test_a_copy_beside_a_writer_holds_what_was_saved(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.runs.save(a_run())
    whole = contents(tmp_path)
    with store.transaction():
        store.runs.save(a_run())
        copy_store(tmp_path / "data" / FILE, KEY, tmp_path / "copy.db")
    store.close()
    assert contents(as_if(tmp_path / "copied", tmp_path / "copy.db")) == whole


def test_an_upgrade_that_is_cut_off_again_and_again_pushes_out_no_other_copy(older: Path) -> None:
    path = older / "data" / FILE
    for day, revision in enumerate(["0027", "0028", "0029", OLDER, OLDER, OLDER, OLDER]):
        keep_before_upgrade(path, KEY, revision, NOW + timedelta(days=day))
    kept = [(copy.revision, (copy.at - NOW).days) for copy in copies_in(older / "data")]
    assert kept == [(OLDER, 6), ("0029", 2), ("0028", 1)]


def test_old_copies_are_forgotten_and_others_files_stay(older: Path) -> None:
    path = older / "data" / FILE
    for revision, at in (("0029", NOW), (OLDER, NOW + timedelta(days=9))):
        keep_before_upgrade(path, KEY, revision, at)
    hers = older / "data" / COPIES / "notes.txt"
    hers.write_text("mine")
    assert forget_copies(older / "data", NOW + timedelta(days=1)) == 1
    assert [copy.revision for copy in copies_in(older / "data")] == [OLDER]
    (older / "data" / COPIES / "left").mkdir()
    (older / "data" / COPIES / "left" / "store.db-wal").write_bytes(b"")
    assert len(files_of_copies(older / "data")) == 2
    assert forget_copies(older / "data") == 2
    assert hers.exists() and list(copies_in(older / "data")) == []


def test_a_newer_store_says_how_to_go_back_where_that_is_possible(tmp_path: Path) -> None:
    opened(tmp_path).close()
    upgraded_by_a_newer_version(tmp_path)
    with pytest.raises(NewerStore) as caught:
        open_store(settings(tmp_path))
    assert "cp -p" not in caught.value.remedy
    copies = tmp_path / "data" / COPIES
    copies.mkdir()
    (copies / f"store-r9998-{datetime(2027, 1, 2, tzinfo=UTC):%Y%m%dT%H%M%S}Z.db").write_bytes(b"of another version")
    (copies / f"store-r{OLDER}-20270101T000000Z.db").write_bytes(b"ours")
    with pytest.raises(NewerStore) as caught:
        open_store(settings(tmp_path))
    assert f"store-r{OLDER}-20270101T000000Z.db" in caught.value.remedy and "2027-01-01 00:00" in caught.value.remedy
