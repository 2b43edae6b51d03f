"""`backup` and `restore`, as they are typed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.cli_program import Program, page
from tests.cli.test_cli_recover import sealed, sealed_home  # noqa: F401  (a home with an identity)


def test_it_says_where_and_what_opens_it(enrolled: Program, tmp_path: Path) -> None:
    done = enrolled("backup", tmp_path / "one.tar")
    assert done.code == 0, done.err
    assert re.fullmatch(r"backup   .*/one\.tar\nsize     \d+ MB\nSHA-256  [0-9a-f]{64}\n", done.out)
    assert "Passwords and alert addresses are not in it" in done.err
    again = enrolled("backup", tmp_path / "one.tar")
    assert again.code == 2 and "--replace" in again.err
    assert enrolled("backup", tmp_path / "one.tar", "--replace").code == 0
    assert enrolled("backup", tmp_path).code == 0
    assert len(list(tmp_path.glob("backup-*Z-kept.tar"))) == 1


def links(program: Program) -> list[str]:
    done = program("sightings", "list", "--json")
    assert done.code == 0, done.err
    return [one["page_url"] for one in done.json["sightings"]]


def test_back_to_what_was_there(enrolled: Program, tmp_path: Path) -> None:
    assert enrolled("sightings", "add", "https://forum.example/t/1").code == 0
    assert enrolled("backup", tmp_path / "one.tar").code == 0
    assert enrolled("sightings", "add", "https://forum.example/t/2").code == 0
    tried = enrolled("restore", tmp_path / "one.tar", "--check")
    assert tried.code == 0 and "can be restored" in tried.out, tried.err
    assert len(links(enrolled)) == 2
    done = enrolled("restore", tmp_path / "one.tar")
    assert done.code == 0, done.err
    assert "before    " in done.out and "start the daemon" in done.err
    assert links(enrolled) == ["https://forum.example/t/1"]


def test_on_a_new_machine(sealed: Program, tmp_path: Path) -> None:  # noqa: F811
    """With the backup and the identity alone."""
    sealed.watchlist(page("forum", "https://forum.example/"))
    config = sealed.home / "config.toml"
    text = config.read_text().replace("[alerts]", '[alerts]\nurls = ["mailto://me:hunter2@mail.example"]')
    config.write_text(f'{text}\n[monitoring]\nping_url = "https://hc-ping.com/hunter2"\n')
    assert sealed("sightings", "add", "https://forum.example/t/1").code == 0
    assert sealed("backup", tmp_path / "one.tar").code == 0
    shutil.copy(sealed.home / "mine.txt", tmp_path / "mine.txt")
    shutil.rmtree(sealed.home)
    sealed.home.mkdir()
    asked = sealed("restore", tmp_path / "one.tar")
    assert asked.code == 3 and "--identity FILE" in asked.err, asked.err
    done = sealed("restore", tmp_path / "one.tar", "--identity", tmp_path / "mine.txt")
    assert done.code == 0, done.err
    assert "alert channel" in done.err and "reupload-monitor alerts add" in done.err and "ping_url" in done.err
    assert links(sealed) == ["https://forum.example/t/1"]
    assert "forum" in sealed("watch", "list").out
    checked, stands = sealed("doctor"), sealed("status")
    assert "left out" in checked.out and 'ping_url = "https://..."' in checked.out
    for said in (checked.out, stands.out + stands.err):
        assert "given again" in said and "reupload-monitor alerts add" in said
    assert sealed("recover-key", "--identity", tmp_path / "mine.txt").code == 0, "and the vault has its copy again"


def test_where_a_configuration_would_be_written_over(sealed: Program, tmp_path: Path) -> None:  # noqa: F811
    assert sealed("backup", tmp_path / "one.tar").code == 0
    (tmp_path / "new" / "watchlists").mkdir(parents=True)
    (tmp_path / "new" / "watchlists" / "hers.toml").write_text("")
    new = ["restore", tmp_path / "one.tar", "--identity", sealed.home / "mine.txt", "--data-dir", tmp_path / "data"]
    sealed.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    done = sealed(*new, "--config", tmp_path / "new" / "config.toml")
    assert done.code == 2 and not (tmp_path / "data").exists(), done.err


@pytest.mark.parametrize(
    ("to", "says"),
    [
        pytest.param("new/config.toml", "place of the configuration", id="the configuration's"),
        pytest.param("new/../new/config.toml", "place of the configuration", id="the same by another way"),
        pytest.param("new/watchlists/forum.toml", "place of the configuration", id="a watchlist's"),
        pytest.param("new/channels.d/key.toml", "place of the configuration", id="a desk's"),
        pytest.param("data/store.key", "inside data_dir", id="the data's"),
        pytest.param("one.tar", "something else than a key", id="the backup's"),
        pytest.param("mine.txt", "something else than a key", id="the identity's"),
        pytest.param("stick", "is a folder", id="a folder's"),
    ],
)
def test_the_key_takes_the_place_of_nothing_else(sealed: Program, tmp_path: Path, to: str, says: str) -> None:  # noqa: F811
    assert sealed("backup", tmp_path / "one.tar").code == 0
    shutil.copy(sealed.home / "mine.txt", tmp_path / "mine.txt")
    for folder in ("new", "stick"):
        (tmp_path / folder).mkdir()
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    new = ["--data-dir", tmp_path / "data", "--to", tmp_path / to, "--config", tmp_path / "new" / "config.toml"]
    sealed.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    done = sealed("restore", tmp_path / "one.tar", "--identity", tmp_path / "mine.txt", *new)
    assert (done.code, says in done.err) == (2, True), done.err
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_the_settings_to_look_at(enrolled: Program, tmp_path: Path) -> None:
    assert enrolled("backup", tmp_path / "one.tar").code == 0
    done = enrolled("restore", tmp_path / "one.tar", "--check", "--settings-to", tmp_path / "settings")
    assert done.code == 0, done.err
    assert (tmp_path / "settings" / "config.toml").read_text() == (enrolled.home / "config.toml").read_text()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(["nothing.tar"], 1, "cannot be read", id="no such file"),
        pytest.param(["letter.tar"], 1, "is no backup that can be used", id="something else"),
        pytest.param(["one.tar", "--data-dir", "there"], 2, "Leave --data-dir out", id="a place that is said already"),
        pytest.param(["one.tar", "--store-key", "letter.tar"], 2, "holds no key", id="no key"),
    ],
)
def test_refused(enrolled: Program, tmp_path: Path, words: list[str], code: int, says: str) -> None:
    (tmp_path / "letter.tar").write_bytes(b"a letter")
    done = enrolled("restore", *words)
    assert done.code == code and says in done.err, done.err


def test_closed_as_under_18_while_a_backup_of_hers_holds_it(enrolled: Program, tmp_path: Path) -> None:
    assert enrolled("sightings", "add", "https://forum.example/t/1").code == 0
    assert enrolled("backup", tmp_path / "one.tar").code == 0
    done = enrolled("sightings", "under-18", "1", "--yes")
    assert done.code == 1 and "1 backup that you made holds it still" in done.err, done.err
    assert "one.tar" in done.err and "every command" not in done.err
