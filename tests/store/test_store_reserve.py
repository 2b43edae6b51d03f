"""A full disk: the reserve goes when the store needs its room, once, and comes again well beyond that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor.errors import NoWriting
from monitor.model.candidate import SeenUrl
from monitor.model.case import Case
from monitor.model.limits import CACHES_STOP_BELOW
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.store.reserve import GIVEN_BELOW, MADE_FROM, RESERVE_FILE, ReserveFile
from monitor.store.store import SqlStore, open_store
from tests.alerts.alert_helpers import NOW
from tests.stores import a_folder, a_store

MIB = 1024 * 1024
SIZE = 64 * 1024


class Disk(NamedTuple):
    f_bavail: int
    f_frsize: int = 1
    f_files: int = 0
    f_favail: int = 0


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the disk says of itself."""
    found = [MADE_FROM * SIZE]
    monkeypatch.setattr("monitor.store.reserve.os.statvfs", lambda _: Disk(found[0]))
    return found


def test_it_is_made_of_what_does_not_pack_and_given_away_once(free: list[int]) -> None:
    folder = a_folder()
    free[0] = MADE_FROM * SIZE - 1
    reserve = ReserveFile(folder, size=SIZE)
    assert not reserve.keep() and list(folder.iterdir()) == []
    free[0] += 1
    assert reserve.keep() and reserve.bytes_held() == SIZE
    there = (folder / RESERVE_FILE).read_bytes()
    assert len(set(there)) == 256 and (folder / RESERVE_FILE).stat().st_mode & 0o077 == 0
    assert reserve.keep() and (folder / RESERVE_FILE).read_bytes() == there, "it is not made twice"
    assert reserve.give_away() and reserve.bytes_held() == 0
    assert not reserve.give_away()


LARGER = 2 * MIB
MADE_AT = MADE_FROM * LARGER


@pytest.mark.parametrize(
    ("steps", "held"),
    [
        pytest.param([GIVEN_BELOW], [True], id="enough for a find"),
        pytest.param([GIVEN_BELOW - 1], [False], id="less"),
        pytest.param([GIVEN_BELOW - 1, GIVEN_BELOW + LARGER], [False, False], id="the room that it gave makes none"),
        pytest.param([0, MADE_AT - 1, MADE_AT], [False, False, True], id="made again well beyond"),
        pytest.param([GIVEN_BELOW, 0, 10**9, 0], [True, False, True, False], id="as often as it is needed"),
    ],
)
def test_what_comes_and_goes(steps: list[int], held: list[bool], free: list[int]) -> None:
    free[0] = 10**9
    reserve = ReserveFile(a_folder(), size=LARGER)
    reserve.keep()
    for step, wanted in zip(steps, held, strict=True):
        free[0] = step
        reserve.before_writing()
        reserve.keep()
        assert (reserve.bytes_held() > 0) is wanted, step


def test_what_a_crash_left_of_it_goes_with_it(free: list[int]) -> None:
    folder = a_folder()
    (folder / f"{RESERVE_FILE}.part").write_bytes(b"half")
    assert ReserveFile(folder, size=SIZE).keep() and [path.name for path in folder.iterdir()] == [RESERVE_FILE]
    (folder / f"{RESERVE_FILE}.part").write_bytes(b"half")
    assert ReserveFile(folder).give_away() and list(folder.iterdir()) == []


def test_a_disk_that_refuses_it_is_no_error(free: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_folder()
    reserve = ReserveFile(folder, size=SIZE)

    def refuses(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("monitor.store.reserve.os.fsync", refuses)
    assert not reserve.keep() and list(folder.iterdir()) == []


def test_a_store_gives_it_away_before_it_writes_and_caches_go_first(free: list[int]) -> None:
    free[0] = 10**9
    store = a_store()
    assert store.reserve.keep()
    free[0] = CACHES_STOP_BELOW - 1
    seen = SeenUrl("https://a.example/1", None, None, "0a" * 32, NOW, "ok")
    store.seen.save("default", seen)
    store.robots_copies.save("https://a.example/robots.txt", "{}", NOW)
    assert not store.seen.get("default", [seen.url]) and store.robots_copies.get("https://a.example/robots.txt") is None
    store.cases.save(Case("other"))
    assert store.reserve.bytes_held(), "what is no cache is written, and there is room for it yet"
    free[0] = GIVEN_BELOW - 1
    store.cases.save(Case("third"))
    assert not store.reserve.bytes_held() and {case.id for case in store.cases.all()} == {"default", "other", "third"}


# -- a real small disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk is mounted for this, which takes root and the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def opened(folder: Path, *, new: bool = False) -> SqlStore:
    key = DatabaseSettings(key=Secret("0f" * 32))
    return open_store(Settings(path=None, data_dir=folder, watchlist_dir=folder, database=key), new=new)


def fill(disk: Path, *, but: int = 0) -> Path:
    last = disk / "filling"
    with last.open("wb", buffering=0) as file:
        while True:
            try:
                if not file.write(bytes(4096)):
                    break
            except OSError:
                break
        file.truncate(max(file.tell() - but, 0))
    return last


@pytest.mark.parametrize("left", [0, 8192, 40_960, 1_000_000])
def test_on_a_full_disk_a_find_has_its_room_and_a_start_too(disk: Path, left: int) -> None:
    opened(disk, new=True).close()
    made = ReserveFile(disk, size=2 * MIB)
    assert made.keep()
    filling = fill(disk, but=left)
    store = opened(disk)
    with store.transaction():
        for number in range(20):
            store.cases.save(Case(f"case-{number}"))
    assert made.bytes_held() == 0 and len(store.cases.all()) == 20
    fill(disk)
    with pytest.raises(NoWriting) as refused:
        for number in range(2000):
            store.cases.save(Case(f"more-{number}", name="x" * 500))
    assert refused.value.is_full and not refused.value.made_room
    filling.unlink()
    store.cases.save(Case("after"))
    known = len(store.cases.all())
    assert made.keep()
    store.close()
    again = opened(disk)
    assert len(again.cases.all()) == known
    assert list(again._db.connection.exec_driver_sql("PRAGMA integrity_check").scalars()) == ["ok"]
    again.close()
