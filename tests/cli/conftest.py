"""A program that is not set up, one that is, one that knows a photo; a site of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from monitor.cli.main import run
from monitor.vault import passphrase
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, LocalSite, Program, fill_gallery, page, serve

STRENGTH = passphrase.WORK_FACTOR


@pytest.fixture
def full_strength(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases protect as they do in use: half a second of computing for each."""
    monkeypatch.setattr("monitor.vault.passphrase.WORK_FACTOR", STRENGTH)


@pytest.fixture
def program(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Nothing is set up yet."""
    for name in [name for name in os.environ if name.startswith(("REUPLOAD_MONITOR_", "XDG_"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    monkeypatch.setenv("REUPLOAD_MONITOR_CONFIG", str(home / "config.toml"))
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    monkeypatch.setattr("monitor.vault.passphrase.WORK_FACTOR", 4)
    monkeypatch.chdir(tmp_path)
    old = os.umask(0o077)
    yield Program(home, capsys, monkeypatch)
    os.umask(old)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A home that is set up, and one in which a photo is enrolled too: made once, copied for each test."""
    ready = tmp_path_factory.mktemp("ready") / "home"
    ready.mkdir()
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US --no-vault"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(ready / "share"))
        patch.delenv("REUPLOAD_MONITOR_DATA_DIR", raising=False)
        config = ["--config", str(ready / "config.toml")]
        assert run([*config, *words.split(), "--store-key-file", str(ready / "store.key")]) == 0
        # The detector has tests of its own; without it a photo takes milliseconds.
        path = ready / "config.toml"
        path.write_text(path.read_text() + "\n[match]\nfeatures = false\n")
        enrolled = tmp_path_factory.mktemp("enrolled") / "home"
        _copy(ready, enrolled)
        assert run(["--config", str(enrolled / "config.toml"), "enroll", str(PHOTOS / "enrolled" / "owl.jpg")]) == 0
    return {"ready": ready, "enrolled": enrolled}


def _copy(template: Path, home: Path) -> None:
    shutil.copytree(template, home, dirs_exist_ok=True)
    config = home / "config.toml"
    config.write_text(config.read_text().replace(str(template), str(home)))


@pytest.fixture
def ready(program: Program, templates: dict[str, Path]) -> Program:
    """Set up, with the attestation, without a vault."""
    _copy(templates["ready"], program.home)
    return program


@pytest.fixture
def enrolled(program: Program, templates: dict[str, Path]) -> Program:
    """One photo is enrolled: owl."""
    _copy(templates["enrolled"], program.home)
    return program


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSite]:
    with serve() as site:
        for name, value in ON_LOOPBACK.items():
            monkeypatch.setenv(name, value)
        yield site


@pytest.fixture
def gallery(site: LocalSite) -> LocalSite:
    """/gallery shows the owl and a dog."""
    fill_gallery(site)
    return site


@pytest.fixture(scope="session")
def home_with_find(templates: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The watch `birds` has seen a gallery with the owl in it; the site is gone since."""
    home = tmp_path_factory.mktemp("found") / "home"
    _copy(templates["enrolled"], home)
    with serve() as site, pytest.MonkeyPatch.context() as patch:
        fill_gallery(site)
        for name, value in ON_LOOPBACK.items():
            patch.setenv(name, value)
        (home / "watchlists" / "test.toml").write_text(page("birds", f"{site.url}/gallery"))
        assert run(["--config", str(home / "config.toml"), "watch", "run"]) == 0
    return home


@pytest.fixture
def found(program: Program, home_with_find: Path) -> tuple[Program, str]:
    """The program after a find, and the sighting's id."""
    _copy(home_with_find, program.home)
    return program, program("sightings", "list", "--json").json["sightings"][0]["id"]


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """As on a server. Also on a desktop: a test never asks for, nor writes into, somebody's own keyring."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)
