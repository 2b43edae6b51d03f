"""A damaged store is refused, copied as it is, and the newest backup that holds is offered by name."""

from __future__ import annotations

import os
import shlex
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import open_app
from monitor.clock import utc_now
from monitor.errors import DamagedStore, DiskFailing
from monitor.model.settings import BackupSettings, DatabaseSettings, Secret
from monitor.services.backups import BackupService
from monitor.services.damage import newest_that_holds
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.store.store import open_store
from tests.backup.conftest import kept, kept_once, stick  # noqa: F401  (a case with sealed files)
from tests.cli.cli_program import Program
from tests.evidence.kept_evidence import KEY, KeptEvidence

AT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
PAGE = 4096


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    match how:
        case "0 bytes":
            path.write_bytes(b"")
        case "cut off within its first page":
            path.write_bytes(content[:2000])
        case "its first page overwritten":
            path.write_bytes(os.urandom(PAGE) + content[PAGE:])
        case "a page of what is read at the start":
            with closing(connect(path, KEY, Way.READ)) as reader:
                (root,) = reader.execute("SELECT rootpage FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            at = (root - 1) * PAGE + 80
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


HOW = ["0 bytes", "cut off within its first page", "its first page overwritten", "a page of what is read at the start"]


@pytest.mark.parametrize("how", HOW)
def test_the_newest_that_holds_is_offered(kept: KeptEvidence, stick: Path, how: str) -> None:  # noqa: F811
    settings = replace(kept.settings, backup=BackupSettings(folder=str(stick)))
    for day in range(3):
        service = BackupService(kept.store, settings, lambda day=day: AT + timedelta(days=day - 10))
        assert service.make_by_schedule() is not None
    kept.store.close()
    _, good, newest = sorted(stick.glob("backup-*.tar"))
    newest.write_bytes(newest.read_bytes()[:-3000])  # its disk was full of something else
    damage(kept.folder / FILE, how)
    found = (kept.folder / FILE).read_bytes()
    for _ in range(2):  # however often a command is typed
        with pytest.raises(DamagedStore) as caught:
            open_app(settings)
    remedy = caught.value.remedy
    assert (
        f"restore {shlex.quote(str(good))}" in remedy
        and f"{AT - timedelta(days=9):%Y-%m-%d}" in remedy
        and "Stop the daemon" in remedy
    )
    assert (kept.folder / FILE).read_bytes() == found, "left as it is"
    asides = list(kept.folder.glob("damaged-*"))
    assert [(one / FILE).read_bytes() for one in asides] == ([] if how == "0 bytes" else [found])


def test_a_backup_of_a_time_that_is_to_come_is_not_the_newest(kept: KeptEvidence, stick: Path) -> None:  # noqa: F811
    """Made while the clock was ahead: before the other, or after it, nobody knows; it must not cost a year of finds."""
    settings = replace(kept.settings, backup=BackupSettings(folder=str(stick)))
    for at in (utc_now() + timedelta(days=400), utc_now() - timedelta(days=9)):
        BackupService(kept.store, settings, lambda at=at: at).make(stick)
    kept.store.close()
    ahead, right = sorted(stick.glob("backup-*.tar"), reverse=True)
    for offered in (right, ahead):
        found = newest_that_holds(settings, KEY)
        assert found is not None and found[0] == offered
        offered.unlink()


def test_the_page_is_named(kept: KeptEvidence) -> None:  # noqa: F811
    kept.store.close()
    damage(kept.folder / FILE, HOW[3])
    with pytest.raises(DamagedStore, match=r"part \d+ of it is not as it was written"):
        open_app(kept.settings)


def middle_overwritten(path: Path) -> None:
    """All but its first pages and its last."""
    content = path.read_bytes()
    path.write_bytes(content[: 10 * PAGE] + bytes(len(content) - 12 * PAGE) + content[-2 * PAGE :])


@pytest.mark.parametrize("words", [["status"], ["sightings", "list"], ["backup", "two.tar"], ["vacuum"], ["run"]])
def test_what_is_met_in_the_midst_is_told_as_well(enrolled: Program, words: list[str]) -> None:
    from monitor.config import load

    settings = load(enrolled.home / "config.toml", {})
    with open_app(settings) as app:
        assert app.back_up(lambda: False) is not None
    middle_overwritten(settings.data_dir / FILE)
    told = enrolled(*words)
    assert told.code == 1 and "are not as they were written" in told.err, told.err
    assert " restore " in told.err.partition("Stop the daemon, then: ")[2] and "damaged-" in told.err


def test_what_shows_only_after_the_opening(kept: KeptEvidence, stick: Path) -> None:  # noqa: F811
    settings = replace(kept.settings, backup=BackupSettings(folder=str(stick)))
    assert BackupService(kept.store, settings, lambda: AT).make_by_schedule() is not None
    kept.store.close()
    with pytest.raises(DamagedStore) as caught, open_app(settings) as app:
        middle_overwritten(kept.folder / FILE)
        for case in app.store.cases.all():
            app.store.sightings.all(case.id)
            app.store.references.all(case.id)
        list(app.store.evidence.all())
    assert "restore " in caught.value.remedy and len(list(kept.folder.glob("damaged-*"))) == 1


def test_a_disk_with_another_trouble_is_not_called_damage(kept: KeptEvidence) -> None:  # noqa: F811
    with pytest.raises(DiskFailing), open_app(kept.settings):
        raise DiskFailing("the store cannot be used (disk I/O error)")
    assert list(kept.folder.glob("damaged-*")) == []


def test_doctor_says_so(enrolled: Program) -> None:
    from monitor.config import load

    settings = load(enrolled.home / "config.toml", {})
    with open_app(settings) as app:
        assert app.back_up(lambda: False) is not None
    path = settings.data_dir / FILE
    content = path.read_bytes()
    path.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])  # of a page that nothing reads
    told = enrolled("doctor", "--json")
    (store,) = [one for one in told.json["checks"] if one["name"] == "store"]
    assert store["state"] == "fault" and "restore " in store["remedy"]
    path.write_bytes(path.read_bytes() + bytes(4096))  # what was still written to it meanwhile
    enrolled("doctor")
    assert len(list(settings.data_dir.glob("damaged-*"))) == 1
    restored = path.with_name("as restored")
    restored.write_bytes(path.read_bytes())
    restored.replace(path)
    enrolled("doctor")
    assert len(list(settings.data_dir.glob("damaged-*"))) == 2, "what befalls a restored store is another damage"


def test_zeros_at_its_beginning_are_no_other_key(kept: KeptEvidence) -> None:  # noqa: F811
    """As a power cut leaves them."""
    kept.store.close()
    path = kept.folder / FILE
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(DamagedStore):
        open_app(kept.settings)
    assert len(list(kept.folder.glob("damaged-*"))) == 1


def test_another_s_backup_is_not_offered(kept: KeptEvidence, stick: Path) -> None:  # noqa: F811
    other = replace(
        kept.settings,
        data_dir=stick.parent / "other",
        database=DatabaseSettings(key=Secret("e1" * 32)),
        backup=BackupSettings(folder=str(stick)),
    )
    store = open_store(other, new=True)
    assert BackupService(store, other, lambda: AT).make_by_schedule() is not None
    store.close()
    kept.store.close()
    damage(kept.folder / FILE, HOW[3])
    with pytest.raises(DamagedStore) as caught:
        open_app(replace(kept.settings, backup=BackupSettings(folder=str(stick)), database=DatabaseSettings(key=KEY)))
    assert str(stick) not in caught.value.remedy and "restore FILE" in caught.value.remedy


def test_as_it_is_told_it_helps(enrolled: Program) -> None:
    from monitor.app import open_app as opened
    from monitor.config import load

    settings = load(enrolled.home / "config.toml", {})
    with opened(settings) as app:
        assert app.back_up(lambda: False) is not None
    data = settings.data_dir
    (data / FILE).write_bytes(b"")
    told = enrolled("status")
    assert told.code == 1 and "is an empty file" in told.err
    command = told.err.partition("then: reupload-monitor ")[2].strip()
    done = enrolled(*shlex.split(command))
    assert done.code == 0, done.err
    assert len(enrolled("references", "list", "--json").json["references"]) == 1


def test_erase_takes_the_copies_too(enrolled: Program, tmp_path: Path) -> None:
    from monitor.app import open_app as opened
    from monitor.config import load

    settings = load(enrolled.home / "config.toml", {})
    with opened(settings) as app:
        assert app.back_up(lambda: False) is not None
    assert enrolled("backup", tmp_path / "hers.tar").code == 0
    assert enrolled("restore", tmp_path / "hers.tar").code == 0
    damage(settings.data_dir / FILE, HOW[2])
    assert enrolled("status").code != 0
    assert len(list(settings.data_dir.glob("damaged-*"))) == 1
    assert len(list(settings.data_dir.glob("before-restore-*"))) == 1
    done = enrolled("erase", "--confirm", "erase everything")
    assert not settings.data_dir.exists() or list(settings.data_dir.rglob("*")) == [], done.err
    assert (tmp_path / "hers.tar").exists()


def test_doctor_says_what_a_backup_lacks(kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from monitor.services import daemon_checks

    def told() -> list[tuple[str, str]]:
        checks = daemon_checks.backup_checks(kept.settings, lambda: nullcontext(kept), AT)
        return [(one.state, one.message) for one in checks]

    assert BackupService(kept.store, kept.settings, lambda: AT).make_by_schedule() is not None
    (state, newest), (lacks, evidence), _ = told()
    assert state == "ok" and "without the sealed evidence" in newest
    assert lacks == "warning" and evidence == "the sealed evidence is in no backup"
    BackupService(kept.store, kept.settings, lambda: AT).make(stick / "one.tar")
    assert ("warning", "all lie on the disk of the data: it takes them along") in told()
    monkeypatch.setattr(daemon_checks, "_is_beside", lambda *_: False)
    assert [state for state, _ in told()] == ["ok", "ok"]


@pytest.mark.parametrize("place", ["vault", ".", "nowhere"])
def test_doctor_says_that_the_folder_for_backups_cannot_be(kept: KeptEvidence, place: str) -> None:  # noqa: F811
    from monitor.services import daemon_checks

    settings = replace(kept.settings, backup=BackupSettings(folder=str(kept.folder / place)))
    found = list(daemon_checks.backup_checks(settings, lambda: nullcontext(kept), AT))
    assert "[backup] dir" in found[0].message and found[0].remedy
