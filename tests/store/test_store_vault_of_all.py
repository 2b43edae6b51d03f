"""The vault is one folder for all cases: what lies in it is named by a row of some case, whoever asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.acting import acting_for, acting_for_all
from monitor.pipeline.vault_keeping import Swept, sweep_vault, unnamed_files
from monitor.services.evidence_check import EvidenceCheckService
from monitor.services.own_command import own_command
from monitor.store.store import SqlStore
from monitor.vault.folder import VaultFolder
from tests.store.one_of_each import OneOfEach, kept
from tests.store.store_values import NOW
from tests.store.test_store_new_keys import settings_of
from tests.stores import a_postgres_store

ANNA, BERTA = OneOfEach("anna", "a1"), OneOfEach("berta", "b7")
WHOEVER = [
    pytest.param(lambda: acting_for("anna"), id="for one case"),
    pytest.param(acting_for_all, id="for all"),
    pytest.param(nullcontext, id="for nobody"),
]


@pytest.fixture
def store() -> Iterator[SqlStore]:
    made = a_postgres_store()
    for one in (ANNA, BERTA):
        with acting_for(one.case):
            kept(made, one)
    yield made


def a_vault(folder: Path) -> VaultFolder:
    """With a file of each case, and one of nobody's; hours old."""
    folder.mkdir(parents=True)
    for name in (ANNA.item.file.path, BERTA.item.file.path, "lost.age"):
        (folder / name).write_bytes(b"sealed")
        old = (NOW - timedelta(hours=3)).timestamp()
        os.utime(folder / name, (old, old))
    return VaultFolder(folder)


@pytest.mark.parametrize("whoever", WHOEVER)
def test_no_file_of_another_case_is_stray(
    store: SqlStore, tmp_path: Path, whoever: type[AbstractContextManager[None]]
) -> None:
    vault = a_vault(tmp_path / "vault")
    with whoever():
        assert unnamed_files(store=store, vault=vault) == {"lost.age"}
        assert sweep_vault(store=store, vault=vault, now=NOW) == Swept(moved=1)
    assert set(vault.names()) == {ANNA.item.file.path, BERTA.item.file.path}


def test_a_command_that_is_typed_later_names_its_case(store: SqlStore) -> None:
    """Though for one case no other is to be seen."""
    with acting_for("anna"):
        assert own_command(settings_of(store), store, ANNA.case).endswith(" --case anna")


def test_the_check_of_one_case_says_nothing_of_the_files_of_others(store: SqlStore) -> None:
    settings = settings_of(store)
    a_vault(settings.vault_dir)
    with acting_for("anna"):
        done = EvidenceCheckService(store, settings, lambda: NOW).check(ANNA.case, None)
    told = " ".join(f"{fault}" for fault in done.faults)
    assert "lost.age" in told and BERTA.item.file.path not in told
