"""What is forgotten with time, and what a crash left lying about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.settings import Settings
from monitor.pipeline.deciding import sweep_vault
from monitor.ports import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows and files went."""

    candidates: int
    runs: int
    stray_files: int


def keep_house(store: Store, settings: Settings, now: datetime) -> Kept:
    """`[retention]`: hashes of other people's pictures and reports of runs are not kept for ever."""
    candidates_before = now - timedelta(days=settings.retention.candidates_days)
    runs_before = now - timedelta(days=settings.retention.runs_days)
    cases = [case.id for case in store.cases.all()]
    return Kept(
        candidates=sum(store.candidates.forget_before(case, candidates_before) for case in cases),
        runs=sum(store.runs.forget_before(case, runs_before) for case in cases),
        stray_files=sweep_vault(store=store, vault_dir=settings.vault_dir, now=now),
    )
