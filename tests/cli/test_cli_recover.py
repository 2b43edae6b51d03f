"""The store's key is lost: it is told with the way back at that very place, and that way leads back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import keyring
import pytest

from monitor.config import load
from monitor.store.keys import load_key
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import Program

PASSPHRASE = "correct-pony-drum-vase-ninety-lamp"
WAY = "reupload-monitor recover-key --identity FILE"


@pytest.fixture(scope="module")
def sealed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Set up with an identity, by which the key is sealed in the vault."""
    from monitor.cli.main import run

    folder = tmp_path_factory.mktemp("sealed")
    home = folder / "home"
    home.mkdir()
    private, public = new_identity()
    (home / "mine.txt").write_bytes(identity_file(private))
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home / "share"))
        patch.setenv("REUPLOAD_MONITOR_CONFIG", str(home / "config.toml"))
        assert run([*words.split(), "--recipient", public, "--store-key-file", str(home / "store.key")]) == 0
    return home


@pytest.fixture
def sealed(program: Program, sealed_home: Path) -> Program:
    shutil.copytree(sealed_home, program.home, dirs_exist_ok=True)
    config = program.home / "config.toml"
    config.write_text(config.read_text().replace(str(sealed_home), str(program.home)))
    return program


def key_of(program: Program) -> str:
    return load_key(load(program.home / "config.toml", {})).value


def lose(program: Program, how: str) -> None:
    key, config = program.home / "store.key", program.home / "config.toml"
    match how:
        case "gone":
            key.unlink()
        case "empty":
            key.write_text("")
        case "half":
            key.write_text(key.read_text()[:30])
        case "another":
            key.write_text("ab" * 32 + "\n")
        case "not named":
            config.write_text(config.read_text().replace("key_file", "# key_file"))
            key.unlink()


LOST = ["gone", "empty", "half", "another", "not named"]


@pytest.mark.parametrize("how", LOST)
def test_it_is_told_with_the_way_back_which_leads_back(sealed: Program, how: str) -> None:
    before = key_of(sealed)
    lose(sealed, how)
    told = sealed("sightings", "list")
    assert told.code in (2, 3) and WAY in told.err, told.err
    to = ["--to", sealed.home / "new.key"] if how == "not named" else []
    done = sealed("recover-key", "--identity", sealed.home / "mine.txt", *to)
    assert done.code == 0, done.err
    assert key_of(sealed) == before
    assert sealed("sightings", "list").code == 0
    kept = [path.read_text() for path in sealed.home.glob("store.key.old-*")]
    assert len(kept) == (1 if how in ("empty", "half", "another") else 0)  # nothing is overwritten


def test_where_nothing_is_lost_nothing_is_changed(sealed: Program) -> None:
    before = {path: path.read_bytes() for path in sealed.home.glob("*") if path.is_file()}
    done = sealed("recover-key", "--identity", sealed.home / "mine.txt")
    assert done.code == 0 and "Nothing is lost" in done.err
    assert before == {path: path.read_bytes() for path in sealed.home.glob("*") if path.is_file()}


def test_into_a_keyring_where_there_is_one(sealed: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.store.test_store_keys import MemoryKeyring

    before = key_of(sealed)
    lose(sealed, "not named")
    kept = MemoryKeyring()
    keyring.set_keyring(kept)
    monkeypatch.setattr("keyring.get_password", kept.get_password)
    done = sealed("recover-key", "--identity", sealed.home / "mine.txt")
    assert done.code == 0 and "the keyring" in done.out, done.err
    assert key_of(sealed) == before
    assert not any(line.startswith("key_file") for line in (sealed.home / "config.toml").read_text().splitlines())


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        pytest.param("other identity", 3, "does not open", id="another identity"),
        pytest.param("no identity", 2, "which identity", id="no identity named"),
        pytest.param("no file", 1, "nothing.txt", id="no such file"),
        pytest.param("no copy", 1, "no sealed copy", id="no copy in the vault"),
        pytest.param("cut off", 1, "store-key.age", id="the copy is cut off"),
        pytest.param("no place", 2, "--to FILE", id="nowhere to put it"),
        pytest.param("inside", 2, "inside data_dir", id="a place inside the data"),
        pytest.param("settings", 2, "place of the configuration", id="the configuration's place"),
        pytest.param("identity", 2, "something else than a key", id="the identity's place"),
        pytest.param("folder", 2, "is a folder", id="a folder"),
    ],
)
def test_what_cannot_bring_it_back_changes_nothing(sealed: Program, spoil: str, code: int, says: str) -> None:
    lose(sealed, "not named" if spoil in ("no place", "inside", "settings", "identity", "folder") else "gone")
    data = sealed.home / "share" / "reupload-monitor"
    copy, words = data / "vault" / "store-key.age", ["--identity", str(sealed.home / "mine.txt")]
    match spoil:
        case "other identity":
            words[1] = str(sealed.home / "other.txt")
            Path(words[1]).write_bytes(identity_file(new_identity()[0]))
        case "no identity":
            words = []
        case "no file":
            words[1] = str(sealed.home / "nothing.txt")
        case "no copy":
            copy.unlink()
        case "cut off":
            copy.write_bytes(copy.read_bytes()[:-20])
        case "inside":
            words += ["--to", str(data / "store.key")]
        case "settings":
            words += ["--to", str(sealed.home / "config.toml")]
        case "identity":
            words += ["--to", words[1]]
        case "folder":
            words += ["--to", str(sealed.home)]
    before = sorted(path for path in sealed.home.rglob("*"))
    done = sealed("recover-key", *words)
    assert (done.code, says in done.err) == (code, True), done.err
    assert sorted(path for path in sealed.home.rglob("*")) == before


def test_a_copy_of_another_store_is_no_key_of_this_one(sealed: Program, tmp_path: Path) -> None:
    """Put together from two backups."""
    private, public = new_identity()
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_bytes(identity_file(private))
    words = "init --yes --adult --authorised self --name Ann --email ann@mail.example --jurisdiction US".split()
    sealed.monkeypatch.setenv("REUPLOAD_MONITOR_DATA_DIR", str(other / "data"))
    made = sealed("--config", other / "config.toml", *words, "--recipient", public, "--store-key-file", other / "key")
    assert made.code == 0, made.err
    sealed.monkeypatch.delenv("REUPLOAD_MONITOR_DATA_DIR")
    copy = sealed.home / "share" / "reupload-monitor" / "vault" / "store-key.age"
    shutil.copyfile(other / "data" / "vault" / "store-key.age", copy)
    lose(sealed, "gone")
    done = sealed("recover-key", "--identity", other / "mine.txt")
    assert done.code == 1 and "is not that of the store" in done.err
    assert not (sealed.home / "store.key").exists()


@pytest.mark.skipif(shutil.which("age") is None, reason="the stock age is not installed")
def test_the_stock_tool_gives_the_same(sealed: Program) -> None:
    copy = sealed.home / "share" / "reupload-monitor" / "vault" / "store-key.age"
    found = subprocess.run(["age", "-d", "-i", sealed.home / "mine.txt", copy], capture_output=True, check=True)
    assert found.stdout.decode().strip() == key_of(sealed)
