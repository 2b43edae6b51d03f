"""`init`, cut off by kill -9 anywhere, and given once more."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest

from monitor import config
from monitor.cli.main import run
from monitor.model.settings import Secret
from monitor.setup_unfinished import Unfinished
from monitor.vault import passphrase
from monitor.vault.passphrase import open_with_passphrase
from tests.cli.cli_program import Program
from tests.cli.test_cli_setup import PHRASE, WORDS, files

MAKES = frozenset({"open", "os.rename", "os.link", "os.mkdir", "os.remove"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 4)


def init_words(program: Program) -> list[str]:
    secret = program.home / "words.txt"
    secret.write_text(f"{PHRASE}\n")
    folder = program.home / "keys"
    given = ["--passphrase-file", secret, "--store-key-file", folder / "store.key"]
    return [*WORDS, *map(str, given), "--recovery-sheet", str(program.home / "sheet.txt"), "--sheet-has-key"]


def killed(home: Path, words: list[str], at: int) -> bool:
    """Before the step of that number that changes something below home. False: it ended by itself before."""
    child = os.fork()
    if child == 0:
        left = at

        def hook(event: str, given: tuple[Any, ...]) -> None:
            nonlocal left
            if event not in MAKES or not str(given[0]).startswith(str(home)):
                return
            if event == "open" and not (isinstance(given[2], int) and given[2] & WRITES):
                return
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            run(words)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def steps(program: Program, words: list[str], by: int = 1) -> Iterator[int]:
    at = by
    while True:
        for path in program.home.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        (program.home / "words.txt").write_text(f"{PHRASE}\n")
        if not killed(program.home, words, at):
            return
        yield at
        at += by


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("by", [3, pytest.param(1, marks=pytest.mark.long)])
def test_init_that_was_killed_at_any_step_is_given_again(program: Program, by: int) -> None:
    words, last = init_words(program), 0
    for last in steps(program, words, by):
        before = {path.read_bytes() for path in opening(program)}
        was_done = (program.home / "config.toml").exists()
        done = program(*words)
        if was_done:
            assert done.code == 2 and "Use it as it is" in done.err, last
        else:
            assert done.code == 0, (last, done.err)
        assert before <= {path.read_bytes() for path in files(program.home)}, last
        opens_everything(program)
        assert not [path for path in program.home.iterdir() if path.name.startswith(".")], last
    assert last >= 12
    assert program("status").code == 0


def opening(program: Program) -> list[Path]:
    """What could open something; half a file of the vault cannot."""
    kept = [path for path in files(program.home) if path.suffix in (".age", ".key", ".txt")]
    return [path for path in kept if not path.name.startswith(".part-")]


def opens_everything(program: Program) -> None:
    opened = open_with_passphrase((program.home / "identity.age").read_bytes(), Secret(PHRASE)).decode()
    identity = pyrage.x25519.Identity.from_str(opened.splitlines()[-1])
    settings = config.load(program.home / "config.toml")
    assert settings.evidence.recipients == (str(identity.to_public()),)
    sealed = (settings.vault_dir / "store-key.age").read_bytes()
    assert pyrage.decrypt(sealed, [identity]).decode() == (program.home / "keys" / "store.key").read_text()


@pytest.mark.usefixtures("quickly")
def test_what_was_put_aside_is_told(program: Program) -> None:
    words = init_words(program)
    cut = next(at for at in steps(program, words) if (program.home / "identity.age").exists())
    done = program(*words)
    assert done.code == 0 and cut
    aside = [path for path in files(program.home) if path.name.endswith(".cut-off")]
    assert {path.name for path in aside} >= {"identity.age.cut-off", "store.key.cut-off"}
    assert all(path.name in done.err for path in aside) and "was cut off" in done.err


@pytest.mark.usefixtures("quickly")
def test_what_came_later_is_not_put_aside(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with the name of one that was cut off, put there by somebody since."""
    words = init_words(program)
    next(at for at in steps(program, words) if (program.home / "identity.age").exists())
    left = program.home / ".config.toml.unfinished"
    os.utime(left, (0, 0))
    kept = (program.home / "identity.age").read_bytes()
    done = program(*words)
    assert done.code == 2 and "Put it away first" in done.err
    assert (program.home / "identity.age").read_bytes() == kept


def test_two_at_once(program: Program) -> None:
    first = Unfinished(program.home / "config.toml")
    first.begin()
    done = program(*WORDS, "--no-vault", "--store-key-file", program.home / "store.key")
    assert done.code == 2 and "another `init` is at work" in done.err
    first.end()
    assert program(*WORDS, "--no-vault", "--store-key-file", program.home / "store.key").code == 0


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("left", ["nothing", "an empty store"])
def test_a_configuration_without_its_store_has_a_way_that_ends(program: Program, left: str) -> None:
    """As older versions left it where they were cut off; and where the data folder is gone."""
    words = init_words(program)
    assert program(*words).code == 0
    data = config.load(program.home / "config.toml").data_dir
    shutil.rmtree(data)
    if left == "an empty store":
        data.mkdir()
        (data / "store.db").touch()
    before = {path.read_bytes() for path in files(program.home)}
    status = program("status")
    assert status.code != 0 and "reupload-monitor init" in status.err
    told = program(*words)
    assert told.code == 2 and "there is no store in" in told.err and "mount it" in told.err
    flat = " ".join(told.err.split())
    subprocess.run(["sh", "-c", flat[flat.index("mkdir ") :]], check=True)
    assert program(*words).code == 0
    assert program("status").code == 0
    assert before <= {path.read_bytes() for path in files(program.home)}
    opens_everything(program)


def test_a_key_that_is_in_the_keyring_stays(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may open a store on a disk that is away."""
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr("keyring.get_password", lambda *entry: kept.get(entry))
    monkeypatch.setattr("keyring.set_password", lambda service, entry, key: kept.update({(service, entry): key}))
    assert program(*WORDS, "--no-vault").code == 0
    first = dict(kept)
    shutil.move(program.home / "share", program.home / "away")
    shutil.move(program.home / "config.toml", program.home / "old.toml")
    assert program(*WORDS, "--no-vault").code == 0
    assert kept == first and len(first) == 1
    assert program("status").code == 0
