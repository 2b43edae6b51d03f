"""The store's key beside the evidence: sealed to the recipients as they are, its digest on record."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from monitor.errors import SealError
from monitor.model.settings import Secret
from monitor.pipeline.store_key import in_order, keep_store_key, try_to_keep_store_key
from monitor.vault.age import AgeVault, open_sealed
from monitor.vault.folder import STORE_KEY
from monitor.vault.identity import new_identity
from tests.stores import a_store

KEY = Secret("ab" * 32)
ONE, OTHER = new_identity(), new_identity()


def kept(vault: AgeVault, store: object, *recipients: str) -> bool:
    changed = keep_store_key(store, vault, recipients, lambda: KEY)  # type: ignore[arg-type]
    found = store.machine.store_key_sealed()  # type: ignore[attr-defined]
    path = vault.folder / STORE_KEY
    assert found is not None and found.recipients == in_order(recipients)
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    return changed


def test_it_is_written_whenever_the_recipients_differ(tmp_path: Path) -> None:
    store, alone = a_store(), AgeVault(tmp_path, [ONE[1]])
    assert kept(alone, store, ONE[1]) and not kept(alone, store, ONE[1])
    both = AgeVault(tmp_path, [ONE[1], OTHER[1]])
    assert kept(both, store, ONE[1], OTHER[1]) and not kept(both, store, OTHER[1], f" {ONE[1]}")
    for identity, _ in (ONE, OTHER):
        assert open_sealed(tmp_path / STORE_KEY, identity) == KEY.value.encode() + b"\n"
    assert kept(AgeVault(tmp_path, [OTHER[1]]), store, OTHER[1])
    assert store.machine.vault_had_key()


def test_one_that_is_gone_is_written_again_but_not_into_an_empty_folder(tmp_path: Path) -> None:
    store, vault = a_store(), AgeVault(tmp_path, [ONE[1]])
    kept(vault, store, ONE[1])
    (tmp_path / STORE_KEY).unlink()
    assert not keep_store_key(store, vault, [ONE[1]], lambda: KEY), "as where its disk is not mounted"
    vault.seal("id1", b"evidence")
    assert kept(vault, store, ONE[1])


@pytest.mark.parametrize("step", ["before", "after"])
def test_killed_on_the_way_it_is_written_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store, vault = a_store(), AgeVault(tmp_path, [ONE[1]])
    kept(vault, store, ONE[1])
    both = AgeVault(tmp_path, [ONE[1], OTHER[1]])
    seal = both.seal_store_key

    def killed(key: Secret) -> None:
        if step == "after":
            seal(key)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(both, "seal_store_key", killed)
        with pytest.raises(KeyboardInterrupt):
            keep_store_key(store, both, [ONE[1], OTHER[1]], lambda: KEY)
    assert kept(vault, store, ONE[1]), "the recipients are back to what they were, and the file may not be"


def test_a_start_is_not_hindered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, vault = a_store(), AgeVault(tmp_path, [ONE[1]])

    def full(key: Secret) -> None:
        raise SealError("the disk is full", remedy="Free some space.")

    monkeypatch.setattr(vault, "seal_store_key", full)
    try_to_keep_store_key(store, vault, [ONE[1]], lambda: KEY)
    assert store.machine.store_key_sealed() is None
