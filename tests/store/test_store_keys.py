"""Where the store's key comes from, and where it is never put."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked

from monitor.daemon.logs import of_error
from monitor.errors import CredentialMissing, Locked, StoreError, UsageError
from monitor.model.settings import Secret
from monitor.store.keys import SERVICE, generate_key, load_key, save_key_file, save_to_keyring
from monitor.store.store import open_store
from tests.store.store_values import KEY, settings


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps its promises for the length of a test."""

    priority = 0.1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class LockedKeyring(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("the collection is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("the collection is locked")


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    """No test touches the keyring of whoever runs it."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


def test_generated_keys_are_256_random_bits() -> None:
    keys = {generate_key().value for _ in range(20)}
    assert len(keys) == 20 and all(len(bytes.fromhex(key)) == 32 for key in keys)
    assert KEY.value not in repr(KEY)


@pytest.mark.parametrize(
    "given", ["ab" * 32, "AB" * 32 + "\n", "  " + "ab" * 32], ids=["plain", "capitals, newline", "spaces"]
)
def test_from_the_configuration(tmp_path: Path, given: str) -> None:
    assert load_key(settings(tmp_path, Secret(given))).value == "ab" * 32


@pytest.mark.parametrize("given", [None, Secret(""), Secret("\n")], ids=["not set", "empty", "blank"])
def test_none_anywhere_says_the_ways_out(tmp_path: Path, given: Secret | None) -> None:
    with pytest.raises(Locked, match="no key was found") as caught:
        open_store(settings(tmp_path, given), new=True)
    for way in ("key_file", "credential", "keyring", "recover-key"):
        assert way in caught.value.remedy
    assert not (tmp_path / "data").exists(), "nothing was made"


@pytest.mark.parametrize(
    ("config", "credential", "command"),
    [
        pytest.param(
            "/etc/reupload-monitor/config.toml",
            "/etc/credstore.encrypted/reupload-monitor.database.key",
            "sudo reupload-monitor recover-key --identity FILE",
            id="of the machine's service",
        ),
        pytest.param(
            "/etc/regular-checks/config.toml",
            "/etc/credstore.encrypted/regular-checks.database.key",
            "sudo reupload-monitor --config /etc/regular-checks/config.toml recover-key --identity FILE",
            id="of one with another name",
        ),
    ],
)
def test_a_unit_without_its_credential(tmp_path: Path, config: str, credential: str, command: str) -> None:
    with pytest.raises(CredentialMissing) as caught:
        load_key(replace(settings(tmp_path, None), path=Path(config)))
    assert caught.value.credential == "database.key" and credential in str(caught.value)
    assert command in caught.value.remedy and "service install --name" in caught.value.remedy
    assert of_error(caught.value) | {"error": "CredentialMissing", "missing": "database.key"} == of_error(caught.value)


def test_from_the_keyring(tmp_path: Path) -> None:
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    with pytest.raises(Locked, match="no key was found"):
        load_key(settings(tmp_path, None))
    save_to_keyring(KEY, tmp_path / "data")
    save_to_keyring(Secret("22" * 32), tmp_path / "other")
    assert load_key(settings(tmp_path, None)).value == KEY.value
    for service, entry in memory.kept:
        assert service == SERVICE
        for word in ("monitor", "reupload", tmp_path.name, "data"):
            assert word not in f"{service.removesuffix('database')} {entry}"


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        pytest.param(NoKeyring, "did not take", id="there is none"),
        pytest.param(NullKeyring, "kept nothing", id="one that forgets"),
        pytest.param(LockedKeyring, "locked", id="locked"),
    ],
)
def test_a_keyring_that_does_not_take_it(tmp_path: Path, backend: type[KeyringBackend], says: str) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(StoreError, match=says) as caught:
        save_to_keyring(KEY, tmp_path / "data")
    assert "--store-key-file" in caught.value.remedy


def test_a_locked_keyring_is_said(tmp_path: Path) -> None:
    keyring.set_keyring(LockedKeyring())
    with pytest.raises(Locked, match="collection is locked"):
        load_key(settings(tmp_path, None))


def test_a_key_file_is_new_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "key"
    save_key_file(KEY, path, data_dir=tmp_path / "data")
    assert path.read_text() == f"{KEY.value}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        save_key_file(Secret("22" * 32), path, data_dir=tmp_path / "data")
    assert path.read_text() == f"{KEY.value}\n"


@pytest.mark.parametrize("place", ["data/key", "data/deep/er/key", "other/../data/key", "link/key"])
def test_a_key_file_inside_data_dir_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with pytest.raises(UsageError, match="inside data_dir") as caught:
        save_key_file(KEY, tmp_path / place, data_dir=tmp_path / "data")
    assert "elsewhere" in caught.value.remedy
    assert list((tmp_path / "data").iterdir()) == []


def test_a_key_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        save_key_file(KEY, tmp_path / "file" / "key", data_dir=tmp_path / "data")
