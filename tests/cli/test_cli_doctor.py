"""What `doctor` says of the vault and of what opens it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from monitor import config
from monitor.model.settings import Secret
from monitor.vault import passphrase as module
from monitor.vault.passphrase import open_with_passphrase, seal_with_passphrase, work_factor
from tests.age_terminal import on_a_terminal
from tests.cli.cli_program import Program


def checks(program: Program, name: str, *words: object) -> list[tuple[str, str, str]]:
    told = json.loads(program("doctor", "--json", *words).out)["checks"]
    return [(one["state"], one["message"], one["remedy"]) for one in told if one["name"] == name]


def weak_identity(folder: Path, monkeypatch: pytest.MonkeyPatch, factor: int = 11) -> Path:
    path = folder / "identity.age"
    with monkeypatch.context() as busy:
        busy.setattr(module, "WORK_FACTOR", factor)
        path.write_bytes(seal_with_passphrase(b"AGE-SECRET-KEY-1X", Secret("old words")))
    return path


@pytest.mark.long
def test_files_that_nothing_names(ready: Program) -> None:
    stray = config.load(ready.home / "config.toml").vault_dir / "stray"
    assert checks(ready, "vault") == []
    stray.mkdir(parents=True)
    for number in range(3):
        (stray / f"{number}.age").write_bytes(bytes(2000))
    ((state, message, remedy),) = checks(ready, "vault")
    assert state == "warning"
    assert "3 sealed files (6 kB)" in message and str(stray) in message
    assert re.search(r"since \d{4}-\d\d-\d\d", message)
    assert "put it back" in remedy and "age -d" in remedy


@pytest.mark.usefixtures("full_strength")
def test_an_identity_that_is_easily_guessed(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks(ready, "passphrase") == []
    path = weak_identity(ready.home, monkeypatch)
    (ready.home / "evidence.age").write_bytes(b"age-encryption.org/v1\n-> X25519 a\n")
    ((state, message, remedy),) = checks(ready, "passphrase")
    assert state == "warning"
    assert "128 times easier" in message and str(path) in message
    assert "age -p" in remedy and "replace them too" in remedy


def test_an_identity_that_this_machine_cannot_open(ready: Program) -> None:
    sealed = b"age-encryption.org/v1\n-> scrypt " + b"A" * 22 + b" 40\n" + b"A" * 43 + b"\n--- " + b"A" * 43 + b"\n"
    (ready.home / "identity.age").write_bytes(sealed)
    ((state, message, remedy),) = checks(ready, "passphrase")
    assert state == "warning" and "GiB to open" in message and "larger machine" in remedy


@pytest.mark.long
def test_an_identity_as_it_should_be(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    weak_identity(ready.home, monkeypatch, factor=18)
    ((state, _, _),) = checks(ready, "passphrase")
    assert state == "ok"


@pytest.mark.long
def test_the_line_that_renews_it_does(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ready.home / "with a space"
    folder.mkdir()
    (ready.home / "config.toml").rename(folder / "config.toml")
    path = weak_identity(folder, monkeypatch)
    ((_, _, remedy),) = checks(ready, "passphrase", "--config", folder / "config.toml")
    line = re.search(r"umask .*?; rm -r \$d", remedy)
    assert line is not None
    before = set(os.listdir("/dev/shm"))
    code = on_a_terminal("sh", "-c", line[0], answers=["old words", "new words", "new words"])
    assert code == 0
    assert work_factor(path.read_bytes()) == 18
    assert open_with_passphrase(path.read_bytes(), Secret("new words")) == b"AGE-SECRET-KEY-1X"
    assert not {name for name in set(os.listdir("/dev/shm")) - before if name.startswith("tmp.")}
    assert sorted(one.name for one in folder.iterdir() if "identity" in one.name) == ["identity.age"]


def test_each_thing_that_is_wrong_in_the_configuration(ready: Program) -> None:
    config = ready.home / "config.toml"
    config.write_text(config.read_text() + "\n[crawl]\nnight = 3\nweekend = 4\n")
    told = checks(ready, "configuration")
    assert [state for state, *_ in told] == ["fault", "fault"]
    assert "night" in told[0][1] and "weekend" in told[1][1] and "night = true" in told[0][2]
    assert "\\u{a}" not in ready("doctor").out


def test_a_secret_that_is_not_there_is_named_as_the_file_names_it(ready: Program) -> None:
    config = ready.home / "config.toml"
    config.write_text(config.read_text().replace("[alerts]", '[alerts]\nurls = [{ url_file = "gone.url" }]'))
    ((_, message, remedy),) = checks(ready, "configuration")
    assert "[alerts] url_file = " in message and "holds the url," in remedy


def test_no_backup_yet_and_one_is_due_by_itself(ready: Program) -> None:
    ((state, message, remedy),) = checks(ready, "backup")
    assert state == "warning" and "by itself" in message and "reupload-monitor backup FILE" in remedy
    config = ready.home / "config.toml"
    config.write_text(config.read_text() + '\n[backup]\nevery = ""\n')
    ((_, message, _),) = checks(ready, "backup")
    assert message == "there is none"
