"""`erase`: keys first, then everything that the program wrote, and nothing of anybody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.erase import TYPED
from monitor.errors import StoreError
from monitor.model.settings import Secret
from monitor.services import erasing
from monitor.services.erasing_marks import is_identity
from monitor.store import keys
from monitor.store.lock import DaemonLock
from monitor.vault.identity import identity_file, new_identity, protect_identity
from monitor.watchlist_edit import PLACES_HEAD
from tests.cli.cli_program import PHOTOS, Program

NO_KEYRING = "keyring.backends.fail.Keyring"
KILLED = """
import os, signal, sys
left, sync = [int(sys.argv[1])], os.fsync
def killed(number):
    sync(number)
    left[0] -= sys.modules.get("monitor.services.erasing") is not None and "erase_all" in frames()
    if left[0] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
def frames():
    frame = sys._getframe(1)
    while frame:
        yield frame.f_code.co_name
        frame = frame.f_back
os.fsync = killed
from monitor.cli.main import run
sys.exit(run(sys.argv[2:]))
"""
ID = "0" * 15
SEALED = b"age-encryption.org/v1\n"
IDENTITY = SEALED + b"-> scrypt %s 18\n%s\n--- %s\n" % (b"a" * 22, b"b" * 43, b"c" * 43) + b" a key! " * 23
"""As `init` makes one, byte for byte as long."""


@pytest.fixture
def used(found: tuple[Program, str], tmp_path: Path) -> Program:
    """With a find, drafts in two folders, an identity, sealed files, and things that are not the program's."""
    program, sighting = found
    assert program("reports", "draft", sighting).code == 0
    assert program("reports", "draft", sighting, "--out", tmp_path / "mine").code == 0
    (program.home / "identity.age").write_bytes(IDENTITY)
    by_hand = program.home / "watchlists" / "test.toml"
    by_hand.with_name("places.toml").write_text(PLACES_HEAD + by_hand.read_text())
    by_hand.unlink()
    vault = program.home / "share" / "reupload-monitor" / "vault"
    (vault / "stray").mkdir(parents=True)
    for name in ("store-key.age", f"{ID}1.age", f".part-{ID}2.age", f"stray/{ID}3.2.age"):
        (vault / name).write_bytes(SEALED)
    copies = vault.with_name("upgrade-copies")
    (copies / "left").mkdir(parents=True)
    for name in ("store-r0030-20261101T120000Z.db", "left/store.db", "left/store.db-wal"):
        (copies / name).write_bytes(b"the store as it stood")
    return program


def files(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_nothing_of_the_program_is_left(used: Program, tmp_path: Path) -> None:
    (used.home / "notes.txt").write_text("of the person")
    photos = files(PHOTOS)
    assert files(tmp_path / "mine")
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert files(used.home, tmp_path / "mine") == {used.home / "notes.txt"} and files(PHOTOS) == photos
    assert not (used.home / "share" / "reupload-monitor").exists() and not (used.home / "watchlists").exists()
    for words in ("backups", "SSD", "packets", "journal", "recovery sheet", "Your own photos are not touched"):
        assert words in done.err, words
    assert used("status").code == 2, "there is no configuration any more"


def test_whatever_may_hold_a_key_or_a_password_goes(used: Program) -> None:
    """A sheet with the key on it, a key that was put aside, a channel's password."""
    sheet, old, secret = (used.home / name for name in ("recovery-sheet.txt", "store.key.old-1", "secrets/mail.url"))
    secret.parent.mkdir(mode=0o700)
    sheet.write_text("RECOVERY SHEET\nMade on 2026-01-02. Print it, then remove the file.\n\n    AGE-SECRET-KEY-1\n")
    old.write_text("0f" * 32 + "\n")
    secret.write_text("mailtos://user:password@mail.example\n")
    config = used.home / "config.toml"
    config.write_text(config.read_text().replace("[alerts]", '[alerts]\nurls = [{ url_file = "secrets/mail.url" }]'))
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert [path for path in (sheet, old, secret) if path.exists()] == [] and not secret.parent.exists()
    assert f"key        {sheet}" in done.out and f"key        {old}" in done.out


def test_what_is_called_like_the_programs_and_is_not_stays_and_is_named(used: Program) -> None:
    data = used.home / "share" / "reupload-monitor"
    hers = {
        used.home / "secrets" / "bank.kdbx": "mine",
        used.home / "secrets" / "bank.url": "https://bank.example/\n",
        used.home / "recovery-sheet-of-bank.txt": "mine",
        used.home / "recovery-sheet.txt": "mine",
        used.home / "identity.txt": "# created: 2026-01-02\n# public key: age1mine\nAGE-SECRET-KEY-1MINE\n",
        used.home / "store.key.old-1": "mine",
        used.home / "alerts.urls": "mailtos://user:password@mail.example\n",
        used.home / "watchlists" / "pyproject.toml": "",
        used.home / "watchlists" / "example.toml": "",
        used.home / "channels.d" / "own-checks.toml": "",
        data / "vault" / "bank.age": "age-encryption.org/v1\n",
        data / "vault" / f"{ID}7.age": "mine",
        data / "drafts" / "letter.txt": "mine",
    }
    for path, content in hers.items():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(content)
    (used.home / "identity.age").write_bytes(IDENTITY + b" and a line more")
    config = used.home / "config.toml"
    config.write_text(config.read_text().replace("[alerts]", '[alerts]\nurls_file = "alerts.urls"'))
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert files(used.home) == {*hers, used.home / "identity.age"}
    assert {path: path.read_text() for path in hers} == hers
    named = [line for line in done.err.splitlines() if line.startswith("Stays, ")]
    assert len(named) == len(hers) + 1 and done.err.count("it stays (") == len(named), done.err


@pytest.mark.parametrize(
    "place", ["secrets", "watchlists", "channels.d", "share/reupload-monitor/drafts", "share/reupload-monitor/vault"]
)
def test_nothing_goes_through_a_link_to_a_folder(used: Program, tmp_path: Path, place: str) -> None:
    hers, link = tmp_path / "hers", used.home / place
    if link.exists():
        link.rename(hers)
    hers.mkdir(exist_ok=True)
    (hers / "tax.pdf").write_text("mine")
    before = files(hers)
    link.symlink_to(hers)
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert files(hers) == before and link.is_symlink()
    assert f"Stays, a link, and what it leads to may be yours: {link}" in done.err


@pytest.mark.parametrize("name", ["identity.age", "identity.txt", "store.key.old-1", "watchlists/places.toml"])
def test_nothing_is_overwritten_through_a_link_to_a_file(used: Program, tmp_path: Path, name: str) -> None:
    link, hers = used.home / name, tmp_path / "hers"
    hers.write_bytes(IDENTITY)
    link.unlink(missing_ok=True)
    link.symlink_to(hers)
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0 and hers.read_bytes() == IDENTITY and link.is_symlink() and str(link) in done.err


def test_a_second_name_of_a_key_keeps_it(used: Program, tmp_path: Path) -> None:
    (tmp_path / "copy").hardlink_to(used.home / "identity.age")
    assert used("erase", "--confirm", TYPED).code == 0
    assert (tmp_path / "copy").read_bytes() == IDENTITY and not (used.home / "identity.age").exists()


def test_the_folders_that_the_person_named_may_be_reached_through_links(used: Program, tmp_path: Path) -> None:
    real = tmp_path / "disk"
    data = used.home / "share" / "reupload-monitor"
    data.rename(real)
    data.symlink_to(real)
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert files(real, used.home) == set()


def test_an_identity_that_the_program_makes_is_known(tmp_path: Path) -> None:
    identity, _ = new_identity()
    (tmp_path / "identity.age").write_bytes(protect_identity(identity, Secret("four random words here")))
    (tmp_path / "identity.txt").write_bytes(identity_file(identity))
    assert all(is_identity(tmp_path / name) for name in ("identity.age", "identity.txt"))


@pytest.mark.rows(2)
@pytest.mark.parametrize("at", ["1", "2", "4", "6", "9", "12"])
def test_killed_in_the_middle_the_next_one_finishes(used: Program, tmp_path: Path, at: str) -> None:
    """kill -9 at that sync: after the list of drafts, within a key, among the rest."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    words = [sys.executable, str(script), at, "erase", "--confirm", TYPED]
    assert subprocess.run(words, env={**os.environ, "PYTHON_KEYRING_BACKEND": NO_KEYRING}).returncode == -signal.SIGKILL
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert files(used.home, tmp_path / "mine") == set(), "drafts elsewhere too"


@pytest.mark.parametrize(
    ("words", "answers"), [(["--confirm", "yes"], None), ([], None), ([], ["yes"]), ([], [""])], ids=str
)
def test_without_the_words_nothing_goes(used: Program, words: list[str], answers: list[str] | None) -> None:
    before = files(used.home)
    if answers is not None:
        used.answering(*answers)
    done = used("erase", *words)
    assert done.code == 3 and "nothing was removed" in done.err
    assert before <= files(used.home)


def test_typed_at_a_terminal(used: Program) -> None:
    used.answering("Erase everything")
    assert used("erase").code == 0 and files(used.home) == set()


def test_what_is_not_the_programs_stays(used: Program) -> None:
    data = used.home / "share" / "reupload-monitor"
    kept = [data / "letter.odt", data / "vault" / "notes.txt", used.home / "watchlists" / "readme.md"]
    for path in kept:
        path.write_text("of the person")
    assert used("erase", "--confirm", TYPED).code == 0
    assert files(used.home) == set(kept)


def test_a_running_daemon_is_stopped_first(used: Program) -> None:
    before = files(used.home)
    with DaemonLock(used.home / "share" / "reupload-monitor"):
        done = used("erase", "--confirm", TYPED)
    assert done.code == 1 and "daemon runs" in done.err and before <= files(used.home)


def test_one_case_alone_is_refused(used: Program) -> None:
    assert used("erase", "--case", "default", "--confirm", TYPED).code == 2


@pytest.mark.rows(2)
@pytest.mark.parametrize("after", range(0, 14, 2))
def test_cut_off_anywhere_the_keys_are_gone_and_it_can_be_done_again(
    used: Program, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Killed before the first removal, the third, and so on."""
    key = (used.home / "store.key").read_text()
    left = [after]
    unlink = Path.unlink

    def killed(path: Path, missing_ok: bool = False) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        assert used("erase", "--confirm", TYPED).code in (0, 130)
    for path in files(used.home):
        content = path.read_bytes()
        assert key.encode().strip() not in content and b"a key" not in content, path
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0 or "there is no configuration" in done.err
    assert files(used.home) <= set(files(used.home / "mine"))


def test_what_cannot_be_removed_is_named(used: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"{ID}1.age":
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        done = used("erase", "--confirm", TYPED)
    assert done.code == 1 and f"{ID}1.age: Operation not permitted" in done.err
    assert {path.name for path in files(used.home)} == {f"{ID}1.age"}


def test_the_key_in_the_keyring_goes(used: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("keyring.get_password", lambda *_: "ab" * 32)
    monkeypatch.setattr("keyring.delete_password", lambda service, entry: asked.append(service))
    assert used("erase", "--confirm", TYPED).code == 0
    assert asked == [keys.SERVICE]


def test_a_keyring_that_keeps_it_is_named_and_the_rest_goes(used: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(data_dir: Path) -> None:
        raise StoreError("the keyring did not let go of the store's key: locked", remedy="Unlock it.")

    monkeypatch.setattr(keys, "forget_in_keyring", locked)
    done = used("erase", "--confirm", TYPED)
    assert done.code == 1 and "in the keyring" in done.err and files(used.home) == set()


def test_files_that_the_configuration_names_anywhere_are_known(tmp_path: Path) -> None:
    found = erasing._files_in("credentials", {"x": {"token_file": "~/elsewhere"}, "y": [{"url_file": "a"}]}, tmp_path)
    assert [path for _, path in found] == [Path("~/elsewhere").expanduser(), tmp_path / "a"]


def test_without_the_store_it_goes_all_the_same(used: Program, tmp_path: Path) -> None:
    (used.home / "share" / "reupload-monitor" / "store.db").write_bytes(b"damaged")
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0 and "not known without the store" in done.err
    assert files(used.home) == set() and files(tmp_path / "mine")
