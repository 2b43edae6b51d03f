from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model.settings import CaseSettings, DatabaseSettings, EvidenceSettings, MatchSettings, Secret, Settings
from monitor.pipeline import proof
from monitor.vault.identity import new_identity
from tests.fakes import FakeClock, FakeSite
from tests.pipeline.pipeline_bench import Bench
from tests.stores import a_store_for

KEY = Secret("ab" * 32)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A real store and vault in a folder of its own, an adult's attestation, a fake site and clock. Whatever
    is asked of the site is asked as somebody."""
    clock = FakeClock(datetime(2026, 11, 22, 20, tzinfo=UTC))
    secret, recipient = new_identity()
    settings = Settings(
        path=None,
        data_dir=tmp_path / "data",
        watchlist_dir=tmp_path / "watchlists",
        case=CaseSettings(name="Jane Doe", email="jane@example.org", jurisdiction="US"),
        database=DatabaseSettings(key=KEY),
        evidence=EvidenceSettings(recipients=(recipient,)),
        match=replace(MatchSettings(), features=False),
    )
    store = a_store_for(settings)
    site = FakeSite(clock)
    yield Bench(settings, store, site, clock, secret)
    store.close()
    assert all(request.visitor.case for request in site.asked), "a place was asked as nobody, beside other visitors"


@pytest.fixture
def nothing_to_prove(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known pictures are asked for only where something speaks for it."""
    monkeypatch.setattr(proof, "PROVEN_FOR", timedelta(days=400))
