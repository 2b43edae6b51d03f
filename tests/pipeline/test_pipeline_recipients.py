"""A recipient that is no key, or none left: no evidence is kept, that is told, and nothing is written in clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.app import App
from monitor.model.alert import AlertKind
from monitor.model.settings import EvidenceSettings
from monitor.pipeline.hindrances import hindered_by_recipients, tell_hindrances
from monitor.vault.identity import new_identity
from tests.pipeline.pipeline_bench import Bench
from tests.stores import every_alert

RECIPIENT = new_identity()[1]
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
