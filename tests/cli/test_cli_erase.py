"""`erase`: keys first, then everything that the program wrote, and nothing of anybody else's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.cli.erase import TYPED
from monitor.errors import StoreError
from monitor.services import erasing
from monitor.store import keys
from monitor.store.lock import DaemonLock
from tests.cli.cli_program import PHOTOS, Program

PASSPHRASE = "four random words"


@pytest.fixture
def used(found: tuple[Program, str], tmp_path: Path) -> Program:
    """With a find, drafts in two folders, an identity, sealed files, and things that are not the program's."""
    program, sighting = found
    assert program("reports", "draft", sighting).code == 0
    assert program("reports", "draft", sighting, "--out", tmp_path / "mine").code == 0
    (program.home / "identity.age").write_bytes(b"age-encryption.org/v1 a key")
    vault = program.home / "share" / "reupload-monitor" / "vault"
    (vault / "stray").mkdir(parents=True)
    for name in ("store-key.age", "id1.age", ".part-id2.age", "stray/id3.age"):
        (vault / name).write_bytes(b"sealed")
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
    """A sheet with the key on it, a key that was put aside, a channel's password that is named no more."""
    kept = [used.home / name for name in ("recovery-sheet.txt", "store.key.old-1", "secrets/mail.url")]
    (used.home / "secrets").mkdir()
    for path in kept:
        path.write_text("AGE-SECRET-KEY-1 or a password")
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert [path for path in kept if path.exists()] == [] and not (used.home / "secrets").exists()
    assert f"key        {kept[0]}" in done.out and f"key        {kept[1]}" in done.out


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
        if path.name == "id1.age":
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        done = used("erase", "--confirm", TYPED)
    assert done.code == 1 and "id1.age: Operation not permitted" in done.err
    assert {path.name for path in files(used.home)} == {"id1.age"}


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


def test_files_that_the_configuration_names(used: Program, tmp_path: Path) -> None:
    config = used.home / "config.toml"
    beside, elsewhere = used.home / "alerts.urls", tmp_path / "elsewhere.urls"
    for path in (beside, elsewhere):
        path.write_text("mailtos://user:password@mail.example\n")
        path.chmod(0o600)
    text = config.read_text().replace("[alerts]", '[alerts]\nurls_file = "alerts.urls"')
    config.write_text(text)
    os.chmod(config, 0o600)
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0, done.err
    assert not beside.exists()
    plan = erasing._files_in("credentials", {"x": {"token_file": str(elsewhere)}}, used.home)
    assert [path for _, path in plan] == [elsewhere]


def test_without_the_store_it_goes_all_the_same(used: Program, tmp_path: Path) -> None:
    (used.home / "share" / "reupload-monitor" / "store.db").write_bytes(b"damaged")
    done = used("erase", "--confirm", TYPED)
    assert done.code == 0 and "not known without the store" in done.err
    assert files(used.home) == set() and files(tmp_path / "mine")
