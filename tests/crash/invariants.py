"""What must be true of any data_dir that is open, whatever ended the process before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from monitor.app import App
from monitor.model.ids import CaseId
from monitor.model.match import Tier
from monitor.services.evidence_check import EvidenceCheckService
from monitor.store.store import SqlStore
from tests.stores import every_alert

CASE = CaseId("default")


def store_faults(store: SqlStore) -> Iterator[str]:
    """The database is whole: its pages, what belongs to what, and each page's own seal."""
    run = store._db.connection.exec_driver_sql
    yield from (f"integrity_check: {row[0]}" for row in run("PRAGMA integrity_check") if row[0] != "ok")
    yield from (f"cipher_integrity_check: {row[0]}" for row in run("PRAGMA cipher_integrity_check"))
    yield from (f"foreign_key_check: {tuple(row)}" for row in run("PRAGMA foreign_key_check"))


def evidence_faults(app: App, *, is_settled: bool = False) -> Iterator[str]:
    """Rows and vault agree: each row's file is whole, and `evidence verify` finds no fault. is_settled: nothing lies in
    the vault that no row names, and no half file."""
    vault, named = app.settings.vault_dir, set[str]()
    for item in app.store.evidence.all():
        if item.is_withheld:
            continue
        named.add(item.file.path)
        file = vault / item.file.path
        if not file.exists():
            yield f"a row of kind {item.kind.value} names a file that is not there"
        elif hashlib.sha256(file.read_bytes()).hexdigest() != item.file.sealed_digest:
            yield f"the sealed file of a row of kind {item.kind.value} is not whole"
        if item.capture and app.store.captures.get(item.case, item.capture) is None:
            yield f"a row of kind {item.kind.value} is of no capture"
    verified = EvidenceCheckService(app.store, app.settings, app.clock).check(CASE, None)
    for fault in verified.faults:
        if is_settled or "no row names" not in str(fault):
            yield f"evidence verify: {fault}"
    if not is_settled or not vault.is_dir():
        return
    for path in vault.iterdir():
        if path.name.startswith(".part-"):
            yield "a half file is left in the vault"
        elif path.suffix == ".age" and path.name != "store-key.age" and path.name not in named:
            yield "a sealed file lies in the vault that no row names"


def told_faults(app: App) -> Iterator[str]:
    """Every find that is a match stands in one alert."""
    told = [name for alert in every_alert(app.store, CASE) for name in alert.sightings]
    for sighting in app.store.sightings.all(CASE):
        if sighting.match.tier is Tier.MATCH and not sighting.is_by_hand and told.count(sighting.id) != 1:
            yield f"a find is told in {told.count(sighting.id)} alerts"
