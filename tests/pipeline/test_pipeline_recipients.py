"""A recipient that is no key, or none left: no evidence is kept, that is told, and nothing is written in clear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.app import App
from monitor.errors import Locked
from monitor.model.alert import AlertKind
from monitor.model.case import Attestation, Authority, Case
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.ids import CaseId
from monitor.model.settings import EvidenceSettings
from monitor.pipeline.hindrances import hindered_by_recipients, tell_hindrances
from monitor.pipeline.resealing import files_named
from monitor.vault.age import open_sealed
from monitor.vault.folder import STORE_KEY
from monitor.vault.identity import new_identity
from tests.alerts.alert_helpers import sighting
from tests.pipeline.pipeline_bench import Bench
from tests.stores import every_alert

RECIPIENT = new_identity()[1]
ANNA = CaseId("anna")
MISTYPED = RECIPIENT[:-1] + ("q" if RECIPIENT[-1] != "q" else "p")


@pytest.mark.parametrize(
    ("recipients", "had_key", "says"),
    [
        pytest.param((RECIPIENT,), True, "", id="right"),
        pytest.param((RECIPIENT, MISTYPED), True, "entry 2", id="mistyped"),
        pytest.param((MISTYPED,), False, "entry 1", id="mistyped from the beginning"),
        pytest.param((), True, "no age public key is left", id="none left"),
        pytest.param((), False, "", id="never one"),
    ],
)
async def test_what_is_told_and_what_is_kept(
    bench: Bench, recipients: tuple[str, ...], had_key: bool, says: str
) -> None:
    settings = replace(bench.settings, evidence=EvidenceSettings(recipients=recipients))
    if had_key:
        bench.store.machine.note_vault_key()
    found = hindered_by_recipients(settings, bench.store)
    assert [says in one.message and bool(one.remedy) for one in found] == [True] * bool(says)
    vault = App(settings, bench.store, bench.clock).vault
    assert (vault is None) == (recipients != (RECIPIENT,)), "never to some of them"
    for _ in range(2):
        tell_hindrances(found, bench.store, settings, bench.clock())
    assert [alert.kind for alert in every_alert(bench.store)] == [AlertKind.STOPPED] * bool(says)


async def test_a_case_may_have_keys_of_its_own(bench: Bench, tmp_path: Path) -> None:
    """They open what is sealed for it, and nothing else: not the store's key, which opens every case."""
    store, hers = bench.store, new_identity()
    store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, bench.clock()), bench.clock()))
    store.case_settings.save(ANNA, "evidence.recipients", [hers[1]], bench.clock())
    app = App(bench.settings, store, bench.clock)
    common, own = app.vault, app.vault_of(ANNA)
    assert common is not None and own is not None and app.vault_of(CaseId("default")) is common
    assert (await app.dependencies(ANNA)).vault is own
    folder = bench.settings.vault_dir
    assert open_sealed(folder / own.seal("of-hers", b"hers").path, hers[0]) == b"hers"
    for secret in (bench.identity, new_identity()[0]):
        with pytest.raises(Locked):
            open_sealed(folder / "of-hers.age", secret)
    with pytest.raises(Locked):
        open_sealed(folder / STORE_KEY, hers[0])
    store.case_settings.save(ANNA, "evidence.recipients", [], bench.clock())
    assert app.vault_of(ANNA) is None, "none at all, and not everybody's"


async def test_whom_the_configuration_names_is_not_let_into_it_by_sealing_anew(bench: Bench) -> None:
    now, store = bench.clock(), bench.store
    store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, now), now))
    store.case_settings.save(ANNA, "evidence.recipients", [RECIPIENT], now)
    for case in ("default", ANNA):
        find = replace(sighting(1), id=f"{case}-find", case=case)
        store.sightings.save(find)
        file = SealedFile(f"{case}.age", "aa" * 32, "bb" * 32, 10)
        store.evidence.save(EvidenceItem(f"{case}-item", CaseId(case), find.id, EvidenceKind.PAGE, now, "", file))
    assert files_named(store) == ("default.age",)
    store.case_settings.drop(ANNA, "evidence.recipients")
    assert set(files_named(store)) == {"default.age", "anna.age"}
