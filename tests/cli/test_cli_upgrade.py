"""A command that opens an older store: what is said of it, once."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from monitor.model.settings import Secret
from monitor.store.opening import FILE
from monitor.store.sqlite import SqliteDatabase, connect
from monitor.store.upgrade import upgrade
from monitor.store.upgrade_copies import COPIES
from tests.cli.cli_program import Program


@pytest.fixture
def older(ready: Program) -> Program:
    path = ready.home / "share" / "reupload-monitor" / FILE
    key = Secret((ready.home / "store.key").read_text().strip())
    path.unlink()
    path.touch(mode=0o600)
    with closing(SqliteDatabase(path, key)) as database:
        upgrade(database, to="0030")
    with closing(connect(path, key)) as writer:
        writer.execute("INSERT INTO cases (id, name, authority, attested_at) VALUES ('default', 'Jane', 'self', 0)")
    return ready


def copies(program: Program) -> list[Path]:
    return list((program.home / "share" / "reupload-monitor" / COPIES).glob("*"))


def test_it_says_that_it_upgraded_the_store_and_how_to_go_back(older: Program) -> None:
    said = older("sightings", "list").err
    (copy,) = copies(older)
    assert f"kept in {copy}" in said and "To go back: stop the daemon" in said and f"cp -p {copy}" in said
    assert "brought up to date" not in older("sightings", "list").err, "once"
    told = {check["name"]: check["message"] for check in older("doctor", "--json").json["checks"]}
    assert f"cp -p {copy}" in told["copy before upgrade"]


def test_the_journal_has_no_path(older: Program) -> None:
    older.monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    said = older("sightings", "list").err
    assert "The store was brought up to date" in said and str(older.home) not in said


def test_what_is_closed_as_under_18_stays_in_no_copy(enrolled: Program) -> None:
    folder = enrolled.home / "share" / "reupload-monitor" / COPIES
    (folder / "left").mkdir(parents=True)
    for name in ("store-r0030-20261101T120000Z.db", "store-r0031-20261101T120000Z.db.part", "left/store.db-wal"):
        (folder / name).write_bytes(b"older")
    done = enrolled("references", "under-18", "--yes", "owl")
    assert done.code == 0, done.err
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_systemd_is_told_that_the_start_takes_longer(older: Program, tmp_path: Path) -> None:
    """It would end a start after two minutes, and the next one would begin anew."""
    older.monkeypatch.setattr("monitor.daemon.service.run_daemon", lambda *_, **__: 0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        older.monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert older("run").code == 0
        assert systemd.recv(1_000) == b"EXTEND_TIMEOUT_USEC=3600000000\nSTATUS=Bringing the store up to date"
        assert older("run").code == 0
        with pytest.raises(BlockingIOError):
            systemd.recv(1_000)
