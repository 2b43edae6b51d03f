"""What the vault promises of the files in it, whether it can seal or not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.ports import SealedFiles
from monitor.vault.age import AgeVault
from monitor.vault.folder import STORE_KEY, VaultFolder
from monitor.vault.identity import new_identity


@pytest.fixture(params=["folder", "age"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> SealedFiles:
    folder = tmp_path / "vault"
    return VaultFolder(folder) if request.param == "folder" else AgeVault(folder, [new_identity()[1]])


def put(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())


def test_without_a_folder_nothing_is_there_and_nothing_fails(vault: SealedFiles) -> None:
    assert not vault.names() and not vault.aside()
    assert vault.put_aside([]) == vault.take_back(["a.age"]) == 0
    assert vault.remove("a.age")["a.age"].gone == 0
    assert vault.why_not_there(had_key=False) == "the vault is not there"


def test_names_are_of_sealed_files_alone(vault: SealedFiles, tmp_path: Path) -> None:
    put(tmp_path / "vault", "a.age", "b.age", STORE_KEY, "notes.txt", ".part-c.age")
    assert set(vault.names()) == {"a.age", "b.age"}
    assert all(abs(datetime.now(UTC) - at).total_seconds() < 3_600 for at in vault.names().values())


def test_what_is_put_aside_keeps_its_name_comes_back_and_goes(vault: SealedFiles, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    put(folder, "a.age", "b.age")
    assert vault.put_aside(["a.age"]) == 1
    assert set(vault.names()) == {"b.age"} and [one.size for one in vault.aside()["a.age"]] == [5]
    assert vault.take_back(["a.age", "c.age"]) == 1 and set(vault.names()) == {"a.age", "b.age"}
    vault.put_aside(["a.age"])
    put(folder, "a.age")
    assert vault.take_back(["a.age"]) == 0, "never over another"
    vault.put_aside(["a.age"])
    assert len(vault.aside()["a.age"]) == 2
    put(folder, "a.age")
    taken = vault.remove("a.age", "nothing.age")
    assert (taken["a.age"].gone, taken["a.age"].why) == (3, "")
    assert (taken["nothing.age"].gone, taken["nothing.age"].why) == (0, "")
    assert set(vault.names()) == {"b.age"} and not vault.aside()


def test_what_went_meanwhile_keeps_none_of_the_others_from_being_put_aside(vault: SealedFiles, tmp_path: Path) -> None:
    put(tmp_path / "vault", "b.age")
    assert vault.put_aside(["a.age", "b.age"]) == 1
    assert not vault.names() and set(vault.aside()) == {"b.age"}


def test_what_cannot_be_removed_is_said_and_the_rest_goes(
    vault: SealedFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "vault", "a.age", "b.age")
    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.name == "a.age":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    taken = vault.remove("a.age", "b.age")
    assert (taken["a.age"].why, taken["b.age"].gone) == ("Permission denied", 1)
    assert set(vault.names()) == {"a.age"}


@pytest.mark.parametrize(
    ("files", "had_key", "is_there"),
    [
        pytest.param([], False, False, id="empty"),
        pytest.param(["a.age"], False, True, id="never had a key"),
        pytest.param(["a.age"], True, False, id="had a key, and has none"),
        pytest.param([STORE_KEY], True, True, id="has its key"),
    ],
)
def test_an_empty_folder_is_no_vault(
    vault: SealedFiles, tmp_path: Path, files: list[str], had_key: bool, is_there: bool
) -> None:
    put(tmp_path / "vault", *files)
    assert (vault.why_not_there(had_key=had_key) == "") == is_there
    assert vault.has_key() == (STORE_KEY in files)
