"""What the person has added herself, taken away again."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model.own_evidence import OwnEntry
from monitor.pipeline.removing import forget_rows
from monitor.ports import Store


def forget_own(entries: Iterable[OwnEntry], *, store: Store) -> None:
    """Words, rows and sealed files, in the caller's transaction."""
    gone = list(entries)
    items = {item for entry in gone for item in entry.items}
    cases = {entry.case for entry in gone}
    forget_rows((item for case in cases for item in store.evidence.all(case) if item.id in items), store=store)
    for entry in gone:
        store.own.remove(entry.case, entry.id)
