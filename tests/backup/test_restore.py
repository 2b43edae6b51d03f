"""Restored, what is there is what was there; refused, nothing has changed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest

from monitor.errors import Locked, MonitorError, NeedsUser, NewerStore, NoWriting, WorkFailed
from monitor.model.backup import BackupBegun, BackupExtent, BackupWhy
from monitor.model.check import FAULT, WARNING
from monitor.model.removal import Left
from monitor.model.settings import DatabaseSettings, EvidenceSettings, Secret, Settings
from monitor.model.sighting import Decision
from monitor.model.standstill import LastAlive, StoodBecause
from monitor.ports import Store
from monitor.services import backup as backing_up
from monitor.services import backup_place, restoring
from monitor.services.backup import write_backup
from monitor.services.backup_file import BackupBroken, BackupFile, PlannedMember, write_archive
from monitor.services.backups import BackupService
from monitor.services.closed_marks import MARKS_FILE
from monitor.services.closing import close_all
from monitor.services.decisions import DecisionService
from monitor.services.restore_checks import Restored, RestoreWish
from monitor.services.restoring import bring_back, line_back, try_restore
from monitor.services.vault_checks import evidence_checks
from monitor.store import swapping
from monitor.store.lock import DaemonLock
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.store.store import open_store
from monitor.tracking.standing import stood_at_start
from monitor.vault.folder import VaultFolder
from monitor.vault.identity import identity_file, new_identity
from tests.evidence.kept_evidence import CASE, KEY, KeptEvidence
from tests.patience import WITHIN_S
from tests.store.store_values import a_sighting

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=5)
OTHER = Secret("e1" * 32)


def rows(path: Path, key: Secret = KEY) -> dict[str, list[object]]:
    """But for the note of the backup itself, which the restored state has and the one that was copied had not."""
    with contextlib.closing(connect(path, key, Way.READ)) as reader:
        names = [
            name
            for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'backups'")
        ]
        return {name: sorted(map(repr, reader.execute(f'SELECT * FROM "{name}"'))) for name in names}


def files(folder: Path) -> dict[str, bytes]:
    """Locks aside, and what SQLite leaves of having read."""
    passing = (".lock", "-shm", "-wal")
    found = (one for one in folder.rglob("*") if one.is_file() and not one.name.endswith(passing))
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


@pytest.fixture
def made(kept: KeptEvidence, stick: Path) -> Path:
    """A backup, after which the store is closed."""
    done = write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT)
    kept.store.close()
    return Path(done.path)


def restored(kept: KeptEvidence, file: Path, **wish: object) -> Restored:
    return bring_back(RestoreWish(file, **wish), kept.settings, LATER)  # type: ignore[arg-type]


def elsewhere(folder: Path, key: Secret | None = None) -> Settings:
    """Another machine."""
    database = DatabaseSettings(key=key)
    return Settings(path=None, data_dir=folder / "new", watchlist_dir=folder / "lists", database=database)


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyring.get_password", lambda *_: None)


def test_what_is_there_is_what_was_there(kept: KeptEvidence, made: Path) -> None:
    before, sealed = rows(kept.folder / FILE), files(kept.vault)
    store = open_store(kept.settings)
    store.sightings.save(a_sighting(77))
    store.close()
    (kept.vault / "since.age").write_bytes(b"sealed since")
    after = rows(kept.folder / FILE)
    done = restored(kept, made)
    assert (done.made_at, done.extent, done.closed, done.missing) == (AT, BackupExtent.ALL, 0, ())
    assert rows(kept.folder / FILE) == before != after
    assert files(kept.vault).items() >= sealed.items()
    assert done.aside == kept.folder / "before-restore-20261129T080000Z"
    assert rows(done.aside / FILE) == after and (done.aside / "vault" / "since.age").read_bytes() == b"sealed since"
    assert sorted(one for one in os.listdir(kept.folder) if one.startswith("restore")) == []
    assert {one.stat().st_mode & 0o777 for one in kept.vault.iterdir()} == {0o400}
    open_store(kept.settings).close()


def test_on_another_machine_by_the_identity(kept: KeptEvidence, made: Path, tmp_path: Path) -> None:
    there = elsewhere(tmp_path)
    done = bring_back(RestoreWish(made, identity=kept.identity), there, LATER)
    assert done.key == KEY and done.aside is None
    assert (
        rows(there.data_dir / FILE) == rows(kept.folder / FILE)
        and files(kept.vault).items() <= files(there.vault_dir).items()
    )
    assert files(there.vault_dir).keys() - files(kept.vault).keys() == {"store-key.age"}
    assert done.settings.files["watchlists/forum.toml"].startswith(b"[[watch]]")


def test_of_the_store_alone_the_vault_stays(kept: KeptEvidence, stick: Path) -> None:
    done = write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT, extent=BackupExtent.STORE)
    kept.store.close()
    (kept.folder / FILE).write_bytes(b"")
    sealed = files(kept.vault)
    assert restored(kept, Path(done.path)).extent is BackupExtent.STORE
    assert files(kept.vault) == sealed
    assert (kept.folder / "before-restore-20261129T080000Z" / FILE).read_bytes() == b""
    open_store(kept.settings).close()


NEW_SET_UP, NOT_MOUNTED, NO_FOLDER = "new set-up", "not mounted", "no folder"


@pytest.mark.parametrize("there_is", [NO_FOLDER, NEW_SET_UP, NOT_MOUNTED])
def test_of_the_store_alone_on_a_new_machine_the_vault_has_its_key(
    kept: KeptEvidence, stick: Path, tmp_path: Path, there_is: str
) -> None:
    """Without it nothing new would be sealed: a vault without the key that it had is one that is not mounted."""
    done = write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT, extent=BackupExtent.STORE)
    there = elsewhere(tmp_path, OTHER)
    if there_is == NEW_SET_UP:
        open_store(there, new=True).close()
    if there_is != NO_FOLDER:
        there.vault_dir.mkdir(parents=True)
    if there_is == NEW_SET_UP:
        (there.vault_dir / "store-key.age").write_bytes(b"age-encryption.org/v1 of the new set-up's")
    back = bring_back(RestoreWish(Path(done.path), identity=kept.identity), there, LATER)
    if there_is == NOT_MOUNTED:
        assert list(there.vault_dir.iterdir()) == []
        return
    with BackupFile(Path(done.path)) as file:
        assert (there.vault_dir / "store-key.age").read_bytes() == file.content("store-key.age")
    if there_is == NEW_SET_UP:
        assert back.aside is not None and b"new set-up" in (back.aside / "vault" / "store-key.age").read_bytes()
    with contextlib.closing(open_store(replace(there, database=DatabaseSettings(key=KEY)))) as store:
        assert VaultFolder(there.vault_dir).why_not_there(had_key=store.machine.vault_had_key()) == ""
        count = len(store.evidence.files())
        ((state, said),) = evidence_told(there, store)
        assert count and state == WARNING and said.startswith(f"{count} sealed files that the store names are not in")


def evidence_told(settings: Settings, store: Store) -> list[tuple[str, str]]:
    """By `doctor`, but for to whom it is sealed."""
    opened = contextlib.nullcontext(mock.Mock(store=store))
    told = [*evidence_checks(replace(settings, evidence=EvidenceSettings()), lambda: opened)]
    return [(one.state, one.message) for one in told if one.message != "none is kept"]


def test_doctor_says_what_is_not_in_the_vault(kept: KeptEvidence, stick: Path) -> None:
    assert evidence_told(kept.settings, kept.store) == []
    next(kept.vault.glob("[0-9a-f]*.age")).unlink()
    ((state, said),) = evidence_told(kept.settings, kept.store)
    assert state == WARNING and said.startswith("1 sealed file that the store names is not in")
    kept.vault.rename(stick / "vault")
    ((state, said),) = evidence_told(kept.settings, kept.store)
    assert state == FAULT and said == "the vault is not there"


def test_on_the_same_machine_a_vault_that_is_away_is_not_made_anew(kept: KeptEvidence, stick: Path) -> None:
    done = write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT, extent=BackupExtent.STORE)
    kept.store.close()
    kept.vault.rename(stick / "vault")
    restored(kept, Path(done.path))
    assert not kept.vault.exists()


def test_a_trial_leaves_nothing_and_disturbs_nobody(kept: KeptEvidence, made: Path) -> None:
    before = files(kept.folder)
    killed = kept.folder / ".trial.part"
    killed.mkdir()
    for name in ("store", "store-key", "settings", "settings-journal"):
        (killed / name).write_bytes(b"half")
    with DaemonLock(kept.folder):
        assert try_restore(RestoreWish(made), kept.settings).made_at == AT
    assert files(kept.folder) == before
    there = elsewhere(kept.folder.parent)
    assert try_restore(RestoreWish(made, identity=kept.identity), there).key == KEY
    assert not there.data_dir.exists()


@pytest.mark.parametrize("what", ["link", "dangling", "file"])
def test_something_else_where_it_is_unpacked(kept: KeptEvidence, made: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "hers").mkdir()
    (tmp_path / "hers" / "letter").write_bytes(b"a letter")
    part = kept.folder / swapping.RESTORED
    if what == "file":
        part.write_bytes(b"a letter")
    else:
        part.symlink_to(tmp_path / ("hers" if what == "link" else "nowhere"))
    with pytest.raises(WorkFailed, match=f"{part} is a"):
        restored(kept, made)
    assert os.path.lexists(part) and (tmp_path / "hers" / "letter").read_bytes() == b"a letter"
    part.unlink()
    assert restored(kept, made).made_at == AT


# -- refused, and nothing has changed


def unchanged(kept: KeptEvidence, made: Path, kind: type[MonitorError], says: str, **wish: object) -> None:
    before = files(kept.folder)
    for act in (lambda: restored(kept, made, **wish), lambda: try_restore(RestoreWish(made, **wish), kept.settings)):  # type: ignore[arg-type]
        with pytest.raises(kind, match=says):
            act()
        assert files(kept.folder) == before
        assert not [one for one in os.listdir(kept.folder) if one.startswith(("restore", ".", "before"))]


@pytest.mark.parametrize("place", [0.02, 0.3, 0.6, 0.99])
def test_one_byte_that_is_another(kept: KeptEvidence, made: Path, place: float) -> None:
    content = bytearray(made.read_bytes())
    content[int(len(content) * place)] ^= 4
    made.write_bytes(content)
    unchanged(kept, made, BackupBroken, "not as it was written|was not written there")


def test_another_store_s(kept: KeptEvidence, made: Path) -> None:
    """Another case's, or another set-up's."""
    other = replace(kept.settings, data_dir=kept.folder.parent / "other", database=DatabaseSettings(key=OTHER))
    open_store(other, new=True).close()
    theirs = write_backup(other, made.parent / "two.tar", key=OTHER, at=AT)
    unchanged(kept, Path(theirs.path), WorkFailed, "is a backup of another store")
    unchanged(kept, Path(theirs.path), WorkFailed, "is a backup of another store", identity=kept.identity)


def test_changed_by_somebody_without_the_key(kept: KeptEvidence, made: Path, tmp_path: Path) -> None:
    """Every digest holds: he put the list right. On another machine only the identity is there to tell."""
    from monitor.services import backup_file

    with backup_file.BackupFile(made) as file:
        contents = {one.name: b"".join(file.pieces(one)) for one in file.members}
    planned = [
        backup_file.PlannedMember(name, len(content), lambda content=content: [content])
        for name, content in contents.items()
    ]
    with made.open("wb") as target:
        backup_file.write_archive(target, planned, OTHER, int(AT.timestamp()))
    with pytest.raises(BackupBroken, match="somebody changed it"):
        bring_back(RestoreWish(made, identity=kept.identity), elsewhere(tmp_path), LATER)


@pytest.mark.parametrize(
    ("wish", "kind", "says"),
    [
        pytest.param({}, NeedsUser, "there is none at hand", id="no key at all"),
        pytest.param({"identity": "other"}, Locked, "does not open", id="another identity"),
        pytest.param({"key": OTHER}, NeedsUser, "another", id="another key"),
    ],
)
def test_on_another_machine_without_what_opens_it(
    made: Path, tmp_path: Path, wish: dict[str, object], kind: type[MonitorError], says: str
) -> None:
    if "identity" in wish:
        (tmp_path / "other.txt").write_bytes(identity_file(new_identity()[0]))
        wish = {"identity": tmp_path / "other.txt"}
    there = elsewhere(tmp_path)
    with pytest.raises(kind, match=says):
        bring_back(RestoreWish(made, **wish), there, LATER)  # type: ignore[arg-type]
    assert files(there.data_dir) == {}


def test_of_a_newer_version(kept: KeptEvidence, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.tables.HEAD", "0001")
    monkeypatch.setattr("monitor.store.tables.OLDER", frozenset())
    unchanged(kept, made, NewerStore, "newer version")


def test_while_the_daemon_works(kept: KeptEvidence, made: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from monitor.store.lock import DaemonLock\n"
        "with DaemonLock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, kept.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as daemon:
        assert daemon.stdout is not None and daemon.stdout.readline() == b"held\n"
        with pytest.raises(WorkFailed, match=f"process {daemon.pid}") as caught:
            restored(kept, made)
        assert "systemctl stop" in caught.value.remedy
        daemon.communicate(timeout=WITHIN_S)


def test_while_another_command_has_the_store_open(kept: KeptEvidence, made: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from monitor.store.sqlite import connect\n"
        "from monitor.model.settings import Secret\n"
        "one = connect(Path(sys.argv[1]), Secret('0f' * 32)); one.execute('SELECT * FROM cases').fetchall()\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, kept.folder / FILE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(WorkFailed, match="another command has the store"):
            restored(kept, made)
        other.communicate(timeout=WITHIN_S)
    assert restored(kept, made).aside


def test_no_room(kept: KeptEvidence, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "free_bytes", lambda _: 1_000_000)
    before = files(kept.folder)
    with pytest.raises(NoWriting, match="1 MB are free"):
        restored(kept, made)
    assert files(kept.folder) == before


def test_a_vault_on_a_disk_of_its_own(kept: KeptEvidence, made: Path, tmp_path: Path) -> None:
    kept.vault.rename(tmp_path / "disk")
    kept.vault.symlink_to(tmp_path / "disk")
    before = files(tmp_path / "disk")
    with pytest.raises(WorkFailed, match="disk of its own"):
        restored(kept, made)
    assert files(tmp_path / "disk") == before


# -- killed in the midst of it


class Killed(BaseException):
    pass


def killed_at(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """At the number-th of the steps by which the new state takes its place."""
    left = [number]

    def stopping(act):  # type: ignore[no-untyped-def]
        def stopped(*words, **more):  # type: ignore[no-untyped-def]
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return act(*words, **more)

        return stopped

    for name in ("rename", "unlink"):
        monkeypatch.setattr(swapping.os, name, stopping(getattr(os, name)))
    monkeypatch.setattr(swapping, "sync_file", stopping(swapping.sync_file))
    return left


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 7, 9])
def test_killed_at_each_step_it_is_the_old_or_the_new(
    kept: KeptEvidence, made: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, sealed = rows(kept.folder / FILE), files(kept.vault)
    store = open_store(kept.settings)
    store.sightings.save(a_sighting(77))
    store.close()
    old = rows(kept.folder / FILE)
    with monkeypatch.context() as patch:
        killed_at(patch, number)
        with contextlib.suppress(Killed):
            restored(kept, made)
    open_store(kept.settings).close()
    found = rows(kept.folder / FILE)
    assert found in (old, new) and files(kept.vault).items() >= sealed.items()
    assert (found == new) is (number >= 2), "once it is noted, it is carried through"
    again = restored(kept, made)
    assert again.aside is not None and rows(kept.folder / FILE) == new
    assert not [one for one in os.listdir(kept.folder) if one.startswith("restore.")]


def test_a_note_that_somebody_else_wrote(kept: KeptEvidence, made: Path) -> None:
    (kept.folder / swapping.RESTORED).mkdir()
    (kept.folder / swapping.RESTORED / FILE).write_bytes(b"x")
    (kept.folder / "restore.note").write_text(json.dumps({"aside": "../../elsewhere", "old": ["store.db"]}))
    with pytest.raises(MonitorError, match="cannot be carried through"):
        open_store(kept.settings)


# -- what must not come back


def test_what_was_closed_as_under_18_since_does_not_come_back(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT).path)
    find = kept.store.sightings.all(CASE)[0]
    sealed = {item.file.path for item in kept.store.evidence.all(CASE, find.id)}
    close_all([find], None, CASE, store=kept.store, settings=kept.settings, now=LATER)
    kept.store.close()
    shutil.copy(kept.folder / MARKS_FILE, tmp_path / "marks")
    (kept.folder / FILE).write_bytes(b"damaged" * 1000)  # no row of it is left to tell
    assert restored(kept, made).closed == 1
    store = open_store(kept.settings)
    again = next(one for one in store.sightings.all(CASE) if one.id == find.id)
    assert again.under_18 and not again.image_digest and store.evidence.all(CASE, find.id) == []
    assert sealed and not sealed & {one.name for one in kept.vault.iterdir()}
    assert len([one for one in store.sightings.all(CASE) if not one.under_18]) == 2
    store.close()
    assert not (kept.folder / swapping.RESTORED).exists() and (kept.folder / MARKS_FILE).read_bytes()
    # On another machine, with what the schedule put beside the backups.
    shutil.copy(tmp_path / "marks", stick / MARKS_FILE)
    there = elsewhere(tmp_path, KEY)
    assert bring_back(RestoreWish(made), there, LATER).closed == 1
    assert (there.data_dir / MARKS_FILE).exists()


def test_marks_tell_nobody_anything(kept: KeptEvidence) -> None:
    find = kept.store.sightings.all(CASE)[0]
    DecisionService(kept.store, kept.settings, lambda: LATER).close_under_18(find.id, case=CASE)
    content = (kept.folder / MARKS_FILE).read_text()
    assert find.id not in content and all(len(line) in (0, 64) for line in content.split("\n"))


def test_a_mark_that_a_power_cut_left_half_spoils_no_other(kept: KeptEvidence, stick: Path) -> None:
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT).path)
    (kept.folder / MARKS_FILE).write_bytes(b"\nab12")
    close_all(kept.store.sightings.all(CASE)[:1], None, CASE, store=kept.store, settings=kept.settings, now=LATER)
    kept.store.close()
    assert restored(kept, made).closed == 1


def test_closing_takes_the_copies_along(kept: KeptEvidence, stick: Path) -> None:
    """Backups by schedule, and what a restore put aside, hold it too; what the person made is named."""
    from monitor.services.backups import BackupService

    service = BackupService(kept.store, kept.settings, lambda: AT)
    assert service.make_by_schedule() is not None
    asked = service.make(stick / "hers.tar")
    kept.store.close()
    done = restored(kept, stick / "hers.tar")
    kept.store = open_store(kept.settings)
    kept.store.backups.note(asked)
    find = kept.store.sightings.all(CASE)[0]
    left = close_all([find], None, CASE, store=kept.store, settings=kept.settings, now=LATER).files.left
    assert [one.path for one in left] == [asked.path] and "remove it yourself" in left[0].why
    assert done.aside is not None and not done.aside.exists()
    assert os.listdir(kept.folder / "backups") == [MARKS_FILE] or os.listdir(kept.folder / "backups") == []


def test_closing_takes_along_what_a_killed_restore_and_trial_had_unpacked(kept: KeptEvidence) -> None:
    vault = kept.folder / swapping.RESTORED / "vault"
    trial = kept.folder / ".trial.part"
    vault.mkdir(parents=True)
    trial.mkdir()
    (vault / "0a1b.age").write_bytes(b"of what is closed")
    (vault.parent / FILE).write_bytes(b"and its store")
    (trial / "store").write_bytes(b"likewise")
    close_all(kept.store.sightings.all(CASE)[:1], None, CASE, store=kept.store, settings=kept.settings, now=LATER)
    assert not vault.parent.exists() and not trial.exists()


# -- what a killed backup left, wherever it was made


def begun(kept: KeptEvidence, target: Path, *, killed_after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kill leaves it: nothing in the process is run any more."""

    class Killed(BaseException): ...

    with monkeypatch.context() as patch:
        if killed_after == "whole":
            patch.setattr(kept.store.backups, "note", mock.Mock(side_effect=Killed))
        else:
            patch.setattr(backing_up, "write_archive", mock.Mock(side_effect=Killed))
        patch.setattr(backup_place, "_clear", lambda _: None)
        with pytest.raises(Killed):
            BackupService(kept.store, kept.settings, lambda: AT).make(target)


def closed_one(kept: KeptEvidence) -> list[Left]:
    find = next(one for one in kept.store.sightings.all(CASE) if not one.under_18)
    return list(close_all([find], None, CASE, store=kept.store, settings=kept.settings, now=LATER).files.left)


@pytest.mark.parametrize("place", ["stick/one.tar", "data/backups/mine.backup"])
def test_closing_takes_along_what_a_killed_backup_left(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    target = stick.parent / place
    target.parent.mkdir(exist_ok=True)
    (target.parent / "letter").write_bytes(b"hers")
    begun(kept, target, killed_after="copy", monkeypatch=monkeypatch)
    assert any((target.parent / f".{target.name}.part").iterdir()) and kept.store.backups.newest() is None
    assert closed_one(kept) == [] == kept.store.backups.begun()
    assert os.listdir(target.parent) == ["letter"]


def test_its_folder_is_empty_then_and_is_there_all_the_same(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stick.parent / "data" / "backups"
    folder.mkdir(exist_ok=True)
    begun(kept, folder / "backup-20261129T030000Z-kept.tar", killed_after="copy", monkeypatch=monkeypatch)
    assert closed_one(kept) == [] == kept.store.backups.begun()
    assert not any(folder.iterdir())


def test_one_that_was_whole_and_never_noted_is_named(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(kept, stick / "one.tar", killed_after="whole", monkeypatch=monkeypatch)
    for _ in range(2):
        assert [(one.path, one.is_hers) for one in closed_one(kept)] == [(str(stick / "one.tar"), True)]
    assert os.listdir(stick) == ["one.tar"]
    (stick / "one.tar").unlink()
    (stick / "letter").write_bytes(b"hers")
    assert closed_one(kept) == []


def test_one_on_a_stick_that_is_away_is_named_until_it_comes_back(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(kept, stick / "one.tar", killed_after="copy", monkeypatch=monkeypatch)
    stick.rename(away := stick.with_name("away"))
    for folder_is_there in (False, True):
        if folder_is_there:
            stick.mkdir()
        assert [(one.path, one.is_hers) for one in closed_one(kept)] == [(str(stick / ".one.tar.part"), True)]
    stick.rmdir()
    away.rename(stick)
    BackupService(kept.store, kept.settings, lambda: AT).make(stick / "two.tar")
    assert os.listdir(stick) == ["two.tar"] and kept.store.backups.begun() == []


def test_one_that_is_made_right_now_is_left_alone(kept: KeptEvidence, stick: Path) -> None:
    kept.store.backups.begin(
        BackupBegun(str(backup_place.work_of(stick / "one.tar")), AT, BackupWhy.ASKED, BackupExtent.ALL)
    )
    with backup_place.work_beside(stick / "one.tar") as work:
        (work / "store").write_bytes(b"half")
        assert closed_one(kept) == [] and (work / "store").exists()
    assert len(kept.store.backups.begun()) == 1


def test_what_ended_well_or_was_refused_is_not_begun(
    kept: KeptEvidence, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = BackupService(kept.store, kept.settings, lambda: AT)
    done = service.make(stick / "one.tar")
    with pytest.raises(MonitorError):
        service.make(stick / "one.tar")
    monkeypatch.setattr(backing_up, "free_bytes", lambda _: 1_000_000)
    with pytest.raises(NoWriting):
        service.make(stick / "two.tar")
    assert kept.store.backups.begun() == [] and [one.path for one in kept.store.backups.all()] == [done.path]
    there = elsewhere(tmp_path, KEY)
    bring_back(RestoreWish(Path(done.path)), there, LATER)
    with contextlib.closing(open_store(there)) as store:
        assert store.backups.begun() == [] and len(store.backups.all()) == 1


def test_what_was_dismissed_since_is_dismissed_again(kept: KeptEvidence, stick: Path) -> None:
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT).path)
    first, second, _ = kept.store.sightings.all(CASE)
    decisions = DecisionService(kept.store, kept.settings, lambda: LATER)
    decisions.dismiss(first.id, case=CASE)
    decisions.dismiss(second.id, case=CASE)
    decisions.undo(second.id, case=CASE)
    kept.store.close()
    assert restored(kept, made).dismissed == 1
    with contextlib.closing(open_store(kept.settings)) as store:
        said = {one.id: one.decision for one in store.sightings.all(CASE)}
    assert said.pop(first.id) is Decision.NOT_MINE and set(said.values()) == {None}


def test_a_new_set_up_that_nobody_used_gives_way(kept: KeptEvidence, made: Path, tmp_path: Path) -> None:
    """As on a new machine, where the service was installed first."""
    there = elsewhere(tmp_path, OTHER)
    open_store(there, new=True).close()
    with pytest.raises(NeedsUser, match="the key at hand is another"):
        bring_back(RestoreWish(made), there, LATER)
    done = bring_back(RestoreWish(made, identity=kept.identity), there, LATER)
    assert done.key == KEY and done.aside is not None
    assert rows(there.data_dir / FILE) == rows(kept.folder / FILE)


# -- what it says of the daemon beside which it was made


def noted(kept: KeptEvidence, at: datetime, ended: str = "") -> LastAlive:
    """By a daemon that works."""
    alive = LastAlive(at, "boot", 100.0, "0.1", ended)
    store = open_store(kept.settings)
    store.machine.note_alive(alive)
    store.machine.note_daemon(AT)
    store.close()
    return alive


def test_what_the_daemon_noted_since_is_known_and_no_end_is_missed(kept: KeptEvidence, stick: Path) -> None:
    noted(kept, AT)
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT).path)
    kept.store.close()
    since = noted(kept, AT + timedelta(hours=4), StoodBecause.STOPPED)
    restored(kept, made)
    with contextlib.closing(open_store(kept.settings)) as store:
        assert store.machine.daemon_began() is None and store.machine.alive() == since


def test_where_nothing_is_known_of_the_time_since(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    then = noted(kept, AT)
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT).path)
    bring_back(RestoreWish(made, identity=kept.identity), elsewhere(tmp_path), LATER)
    with contextlib.closing(open_store(elsewhere(tmp_path, KEY))) as store:
        last = store.machine.alive()
        assert last == replace(then, ended=StoodBecause.RESTORED)
        stood = stood_at_start(last, LastAlive(LATER, "another", 5.0, "0.1"), None)
        assert stood is not None and stood.because is StoodBecause.RESTORED


def test_the_backup_is_known_to_hold(kept: KeptEvidence, made: Path) -> None:
    done = restored(kept, made)
    with contextlib.closing(open_store(kept.settings)) as store:
        newest = store.backups.newest()
    assert newest is not None and (newest.path, newest.digest) == (str(made), done.digest)
    assert (newest.made_at, newest.tried_at) == (AT, LATER)


@pytest.mark.parametrize("extent", list(BackupExtent))
def test_back_to_what_was_there_before(kept: KeptEvidence, stick: Path, extent: BackupExtent) -> None:
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT, extent=extent).path)
    kept.store.sightings.save(a_sighting(77))
    kept.store.close()
    before, sealed = rows(kept.folder / FILE), files(kept.vault)
    done = restored(kept, made)
    assert done.aside is not None and rows(kept.folder / FILE) != before
    subprocess.run(["sh", "-c", line_back(kept.settings, done.aside)], check=True)
    assert rows(kept.folder / FILE) == before and files(kept.vault) == sealed
    assert [one.name for one in swapping.states_before(kept.folder)] == ["before-restore-20261129T080000Z-0"]


def test_a_trial_sees_that_no_identity_would_open_it(kept: KeptEvidence, stick: Path) -> None:
    path = stick / "one.tar"
    with BackupFile(Path(write_backup(kept.settings, path, key=KEY, at=AT).path)) as whole:
        contents = {one.name: b"".join(whole.pieces(one)) for one in whole.members} | {"store-key.age": b"junk"}
    planned = [PlannedMember(name, len(held), lambda held=held: [held]) for name, held in contents.items()]
    with path.open("wb") as file:
        write_archive(file, planned, KEY, int(AT.timestamp()))
    with pytest.raises(BackupBroken, match="store-key"):
        try_restore(RestoreWish(path), kept.settings)


def test_a_copy_of_the_key_that_the_disk_spoilt_is_made_anew(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    spoilt = kept.vault / "store-key.age"
    spoilt.unlink(missing_ok=True)
    spoilt.write_bytes(bytes(300))
    made = Path(write_backup(kept.settings, stick / "one.tar", key=KEY, at=AT).path)
    there = elsewhere(tmp_path)
    assert bring_back(RestoreWish(made, identity=kept.identity), there, LATER).key == KEY


@pytest.mark.parametrize("number", ["1e999", "NaN", "-1e999", "[]"])
def test_a_number_that_is_none(kept: KeptEvidence, stick: Path, number: str) -> None:
    path = stick / "one.tar"
    with BackupFile(Path(write_backup(kept.settings, path, key=KEY, at=AT).path)) as whole:
        contents = {one.name: b"".join(whole.pieces(one)) for one in whole.members}
    contents["manifest.json"] = contents["manifest.json"].replace(b'"format": 1', b'"format": ' + number.encode())
    planned = [PlannedMember(name, len(held), lambda held=held: [held]) for name, held in contents.items()]
    with path.open("wb") as file:
        write_archive(file, planned, KEY, int(AT.timestamp()))
    with pytest.raises(BackupBroken, match="manifest"):
        try_restore(RestoreWish(path), kept.settings)
