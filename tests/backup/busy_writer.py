"""python -m tests.backup.busy_writer DATA RECIPIENT: writes finds as the program does, sealed files first, then each
with its evidence row in one transaction, until stdin closes. Prints how many it wrote at the end."""

from __future__ import annotations

import select
import sys
from dataclasses import replace
from pathlib import Path

from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import new_id
from monitor.model.settings import DatabaseSettings, EvidenceSettings, Settings
from monitor.model.sighting import Place
from monitor.store.store import open_store
from monitor.vault.age import AgeVault
from tests.evidence.kept_evidence import CASE, KEY, NOW
from tests.store.store_values import a_sighting


def main(data: Path, recipient: str, pause_s: float) -> None:
    settings = Settings(
        path=None,
        data_dir=data,
        watchlist_dir=data,
        database=DatabaseSettings(key=KEY),
        evidence=EvidenceSettings(recipients=(recipient,)),
    )
    store, vault, written = open_store(settings), AgeVault(settings.vault_dir, [recipient]), 0
    print("writing", flush=True)
    while not select.select([sys.stdin], [], [], pause_s)[0]:
        find = replace(a_sighting(1), id=new_id(NOW))
        place = Place(f"https://forum.example/t/{find.id}", f"https://forum.example/{find.id}.jpg")
        sealed = vault.seal(new_id(NOW), find.id.encode() * 500)
        with store.transaction():
            store.sightings.save(replace(find, place=place))
            store.evidence.save(EvidenceItem(new_id(NOW), CASE, find.id, EvidenceKind.PAGE, NOW, "text/html", sealed))
        written += 1
    store.close()
    print(written, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)
