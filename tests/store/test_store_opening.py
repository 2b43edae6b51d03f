"""Opening: what is made, what is refused and why, and that nothing of it lies on the disk in clear."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlcipher3 import dbapi2

from monitor.errors import Locked, MonitorError, NeedsUser, StoreError
from monitor.model.observation import Observation
from monitor.model.settings import Secret
from monitor.model.sighting import Place
from monitor.store import opening, sqlite
from monitor.store.keys import generate_key
from monitor.store.sqlite import Way, connect
from monitor.store.store import open_store
from tests.patience import WITHIN_S
from tests.store.store_values import (
    CASE,
    KEY,
    NOW,
    a_candidate,
    a_case,
    a_reference,
    a_report,
    a_run,
    a_seen_url,
    a_sighting,
    an_alert,
    an_item,
    opened,
    settings,
)


def database(folder: Path) -> Path:
    return folder / "data" / "store.db"


def filled(folder: Path) -> Path:
    """A closed store of some pages; its file."""
    store = opened(folder)
    with store.transaction():
        for number in range(200):
            store.sightings.save(a_sighting(number))
    store.close()
    return database(folder)


def test_folder_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = opened(tmp_path)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == {"open.lock": 0o600, "store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_permissions_that_were_widened_are_mended(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.chmod(0o644)
    opened(tmp_path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("power_fails")
def test_pragmas(tmp_path: Path) -> None:
    store = opened(tmp_path)
    names = ("foreign_keys", "journal_mode", "synchronous", "temp_store", "secure_delete")
    found = {name: store._db.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}
    store.close()
    assert found == {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "synchronous": 2,
        "temp_store": 2,
        "secure_delete": 1,
    }


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    filled(tmp_path)
    store = opened(tmp_path)
    assert len(store.sightings.all(CASE)) == 200
    store.close()
    store.close()  # twice does no harm


def test_an_up_to_date_store_does_not_load_alembic(tmp_path: Path) -> None:
    """Neither making nor opening one: the idle daemon is to stay small."""
    told = (
        "import sys; from tests.store.store_values import opened; from pathlib import Path\n"
        "for _ in range(2): opened(Path(sys.argv[1])).close()\n"
        "print(sorted({'alembic', 'mako', 'cv2', 'keyring', 'scipy', 'PIL'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", told, tmp_path],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "[]\n"


def wrong_key(path: Path) -> None:
    """Nothing is changed: the caller's key is another."""


def damage_first_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"\xff" * 8)


def damage_salt(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * 8)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def not_encrypted(path: Path) -> None:
    path.unlink()
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE a (b)")
    plain.close()


def other_program(path: Path) -> None:
    path.write_bytes(b"")
    with_key = connect(path, KEY)
    with_key.execute("CREATE TABLE a (b)")
    with_key.close()


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("change", "key", "error", "says"),
    [
        pytest.param(wrong_key, Secret("11" * 32), Locked, "key does not open", id="another key"),
        pytest.param(wrong_key, Secret("11"), Locked, "64 hexadecimal digits", id="no key at all"),
        pytest.param(wrong_key, Secret("x'; DROP" * 8), Locked, "64 hexadecimal digits", id="a hostile key"),
        pytest.param(damage_first_page, KEY, StoreError, "damaged", id="first page damaged, key right"),
        pytest.param(damage_salt, KEY, Locked, "key does not open", id="salt damaged: cannot be told from a key"),
        pytest.param(cut_short, KEY, StoreError, "only 100 bytes", id="cut short"),
        pytest.param(not_encrypted, KEY, StoreError, "not encrypted", id="plain SQLite"),
        pytest.param(other_program, KEY, StoreError, "not a store of this program", id="another program's"),
    ],
)
def test_refused_with_cause_and_remedy(
    tmp_path: Path, change: object, key: Secret, error: type[MonitorError], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = filled(tmp_path)
    assert callable(change)
    change(path)
    before = path.read_bytes()
    capfd.readouterr()
    with pytest.raises(error, match=says) as caught:
        open_store(settings(tmp_path, key))
    assert capfd.readouterr().err == "", "SQLCipher's own log stays off the person's terminal"
    assert caught.value.remedy
    assert key.value not in f"{caught.value}{caught.value.remedy}"
    assert path.read_bytes() == before


def test_a_damaged_page_further_in_is_said_when_it_is_read(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with path.open("r+b") as file:
        for page in range(1, 11):
            file.seek(-page * 4096 + 500, os.SEEK_END)
            file.write(b"\xff" * 8)
    store = opened(tmp_path)
    with pytest.raises(StoreError, match="cannot be read") as caught:
        store.sightings.all()
    assert "restore" in caught.value.remedy
    store.close()


@pytest.mark.parametrize("left_behind", [False, True], ids=["closed", "its writer was killed"])
def test_a_newer_store_is_left_untouched(tmp_path: Path, left_behind: bool) -> None:
    path = filled(tmp_path)
    newer = connect(path, KEY)
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.execute("CREATE TABLE of_tomorrow (a)")
    if left_behind:  # as kill -9 leaves it: the change stands in the journal only
        folder = tmp_path / "killed" / "data"
        folder.mkdir(parents=True)
        for file in path.parent.iterdir():
            shutil.copy(file, folder)
        path = folder / "store.db"
        assert path.with_name("store.db-wal").stat().st_size > 0
    newer.close()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}
    with pytest.raises(StoreError, match="newer version") as caught:
        open_store(settings(path.parent.parent))
    assert "Upgrade" in caught.value.remedy
    after = {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}
    assert {name: after[name] for name in before} == before
    assert all(not after[name] for name in after.keys() - before.keys()), "at most an empty journal is added"


def test_a_data_dir_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    with pytest.raises(StoreError, match="cannot be made") as caught:
        open_store(settings(tmp_path))
    assert "data_dir" in caught.value.remedy


@pytest.mark.long
def test_two_processes_may_make_it_at_once(tmp_path: Path) -> None:
    told = (
        "import sys; from tests.store.store_values import *\n"
        "s = opened(Path(sys.argv[1])); print(s.incident_id('a', 'b'))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", told, tmp_path],
            cwd=Path(__file__).parent,
            env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=WITHIN_S)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(set(said)) == 1, "one salt, so one incident id"


def test_nothing_lies_on_the_disk_in_clear(tmp_path: Path) -> None:
    """Thirty words planted wherever a word can stand, searched for in every byte of every file, open and closed."""
    words = [f"planted{number:02d}word" for number in range(30)]
    give = iter(words)
    key = generate_key()
    store = open_store(settings(tmp_path, key), new=True)
    store.cases.save(replace(a_case(), name=next(give)))
    store.cases.save(a_case(next(give)))
    for number in range(100):  # enough that the journal is written back to the file
        sighting = a_sighting(
            number,
            watch=words[2],
            incident=words[3],
            place=Place(f"https://{words[4]}.example/{number}", words[5], words[6], words[7], words[8], words[9]),
        )
        sighting = replace(sighting, match=replace(sighting.match, label=words[10], reason=words[11]))
        store.sightings.save(sighting)
    store.references.add(a_reference(words[12], label=words[13]))
    store.candidates.save(a_candidate(1, page_url=words[14], image_url=words[15], watch=words[16]))
    store.seen.save(CASE, a_seen_url(words[17], etag=words[18], remembered=words[19].encode()))
    store.alerts.save(an_alert(words[20], subject=words[21], last_error=words[22]))
    store.runs.save(a_run(words[23], errors=(Observation(words[24], "k", "m", "r"),)))
    store.reports.save(replace(a_report(sighting.id), file=words[25], channel=words[26]))
    store.evidence.save(an_item(sighting.id, words[27]))
    store.hosts.back_off(words[28], timedelta(0), 1, NOW)
    store.robots_copies.save("note", words[29], NOW)

    planted = [word.encode() for word in words] + [bytes.fromhex(key.value), key.value.encode(), b"SQLite format"]
    planted += [a_reference().fingerprint.pdq.bits, b"sightings", b"CREATE TABLE"]
    for state in ("open", "closed"):
        found = [
            (state, path.name, word)
            for path in (tmp_path / "data").rglob("*")
            for word in planted
            if path.is_file() and word in path.read_bytes()
        ]
        assert found == []
        store.close()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def emptied_beside_its_journal(path: Path) -> None:
    path.with_name("store.db-wal").write_bytes(path.read_bytes())
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def gone_but_for_its_journal(path: Path) -> None:
    path.rename(path.with_name("store.db-wal"))


def gone_but_for_the_vault(path: Path) -> None:
    path.unlink()
    (path.parent / "vault").mkdir()
    (path.parent / "vault" / "evidence1.age").write_bytes(b"sealed")


def folder_gone(path: Path) -> None:
    shutil.rmtree(path.parent)


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent.parent / "not-mounted" / "store.db")


def link_to_an_empty_file(path: Path) -> None:
    path.unlink()
    (path.parent.parent / "elsewhere").write_bytes(b"")
    path.symlink_to(path.parent.parent / "elsewhere")


def link_in_a_circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def link_to_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


def named_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def one_page_left(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def half_left(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 4096 // 2 * 4096])


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def never_filled(path: Path) -> None:
    """What a process leaves that was killed between making the file and its tables."""
    path.write_bytes(b"")
    begun = connect(path, KEY)
    begun.execute("CREATE TABLE a (b)")
    begun.execute("DROP TABLE a")
    begun.close()


def little(free: int, files: int = 1000) -> object:
    return SimpleNamespace(f_bavail=free // 4096, f_frsize=4096, f_flag=0, f_files=1000, f_favail=files)


REFUSED = [
    pytest.param("disk I/O error", little(0), "disk is full", "free some space", id="I/O error, disk full"),
    pytest.param("disk I/O error", little(20_000), "disk is full", "free some space", id="I/O error, 20 kB left"),
    pytest.param("disk I/O error", little(10**9), "cannot be used", "another disk", id="I/O error, room enough"),
    pytest.param("unable to open database file", little(0), "disk is full", "free some space", id="no journal, full"),
    pytest.param(
        "unable to open database file", little(10**9, 0), "disk is full", "free", id="no place for a file more"
    ),
    pytest.param(
        "unable to open database file", little(10**9), "cannot be used", "another disk", id="not to be opened"
    ),
    pytest.param("database or disk is full", little(10**9), "disk is full", "free some space", id="full"),
    pytest.param("database is locked", little(0), "stayed busy", "Wait", id="locked"),
    pytest.param("attempt to write a readonly database", little(0), "cannot be used", "another disk", id="read-only"),
    pytest.param("out of memory", little(10**9), "no memory left", "End what else takes memory", id="no memory"),
    pytest.param("constraint of another day", little(10**9), "cannot be used", "Try again", id="anything else"),
    pytest.param("database disk image is malformed", little(0), "cannot be read", "restore", id="damaged"),
]


@pytest.mark.rows(10)
@pytest.mark.parametrize("at", ["connect", "Database", "read"])
@pytest.mark.parametrize(("said", "disk", "says", "remedy"), REFUSED)
def test_a_backup_is_offered_only_where_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, disk: object, says: str, remedy: str, at: str
) -> None:
    filled(tmp_path)
    error = dbapi2.OperationalError(said)

    def fails(*_: object, **__: object) -> None:
        raise error

    if at == "connect":
        monkeypatch.setattr(opening, "connect", fails)
    elif at == "Database":
        monkeypatch.setattr(sqlite, "connect", fails)
    else:
        monkeypatch.setattr(opening, "connect", lambda *_, **__: SimpleNamespace(execute=fails, close=lambda: None))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    with pytest.raises(StoreError, match=says) as caught:
        open_store(settings(tmp_path))
    assert remedy in caught.value.remedy
    assert ("restore FILE" in caught.value.remedy) == (says == "cannot be read")


ABSENT = [
    pytest.param(emptied, StoreError, "empty file", id="0 bytes"),
    pytest.param(emptied_beside_its_journal, StoreError, "empty file", id="0 bytes, the journal left"),
    pytest.param(gone, NeedsUser, "there is no store", id="missing"),
    pytest.param(gone_but_for_its_journal, NeedsUser, "there is no store", id="missing, the journal left"),
    pytest.param(gone_but_for_the_vault, NeedsUser, "there is no store", id="missing, the vault left"),
    pytest.param(folder_gone, NeedsUser, "there is no store", id="data_dir missing"),
    pytest.param(folder_instead, StoreError, "is not a file", id="a folder"),
    pytest.param(dangling_link, StoreError, "is a link to .*not-mounted", id="a link that leads nowhere"),
    pytest.param(link_to_an_empty_file, StoreError, "empty file", id="a link to 0 bytes"),
    pytest.param(link_in_a_circle, StoreError, "cannot be made or written", id="a link to itself"),
    pytest.param(link_to_a_device, StoreError, "is not a file", id="a link to /dev/null"),
    pytest.param(named_pipe, StoreError, "is not a file", id="a named pipe"),
    pytest.param(one_page_left, StoreError, "cannot be read", id="cut to its first page"),
    pytest.param(half_left, StoreError, "cannot be read", id="cut in half"),
    pytest.param(zeros, MonitorError, "does not open", id="all zeros"),
    pytest.param(never_filled, StoreError, "never filled", id="made, never filled"),
]


def everything_below(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): (
            os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else path.is_dir()
        )
        for path in folder.rglob("*")
    }


@pytest.mark.rows(5)
@pytest.mark.parametrize(("harm", "error", "says"), ABSENT)
def test_a_store_that_was_there_is_never_made_anew(
    tmp_path: Path, harm: object, error: type[MonitorError], says: str
) -> None:
    path = filled(tmp_path)
    assert callable(harm)
    harm(path)
    before = everything_below(tmp_path)
    with pytest.raises(error, match=says) as caught:
        open_store(settings(tmp_path))
    assert caught.value.remedy
    assert caught.value.exit_code in (1, 3)
    after = everything_below(tmp_path)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() <= {"data/store.db-wal", "data/store.db-shm"}
    assert not after.get("data/store.db-wal") or "data/store.db-wal" in before, "at most an empty journal is added"


def test_a_link_to_a_store_elsewhere_is_followed(tmp_path: Path) -> None:
    path = filled(tmp_path)
    moved = path.rename(tmp_path / "other-disk.db")
    path.symlink_to(moved)
    store = open_store(settings(tmp_path))
    assert len(store.sightings.all(CASE)) == 200
    store.close()


def test_a_copy_that_was_cut_off_while_it_was_changed_first_opens(tmp_path: Path) -> None:
    """A store that was copied has no write-ahead journal yet: what is begun in it before it has one is taken back."""
    store = opened(tmp_path)
    store.close()
    path = tmp_path / "data" / opening.FILE
    writer = connect(path, KEY, Way.WRITE)
    writer.execute("PRAGMA journal_mode = DELETE")
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("CREATE TABLE filler (text)")
    writer.executemany("INSERT INTO filler VALUES (?)", [("x" * 3_000,)] * 200)
    other = tmp_path / "cut-off" / "data"
    other.mkdir(parents=True, mode=0o700)
    for name in (path.name, f"{path.name}-journal"):
        shutil.copy(path.with_name(name), other / name)
    writer.close()
    store = opened(tmp_path / "cut-off")
    tables = store._db.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    assert "filler" not in tables and "sightings" in tables
    store.close()
