"""The running parts, asked to try what they must not be able to do, as `doctor` asks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.messages.trying import Tried, TryThese
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.starting import ProgramPart
from tests.patience import WITHIN_S


async def test_the_fetcher_sees_nothing_of_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, home = tmp_path / "store.db", tmp_path / "home"
    store.write_bytes(b"SQLite")
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    parts = LaunchedParts()
    link = Link(parts, ProgramPart.FETCHER, FetcherSetup)
    try:
        layers = await link.layers()
        paths = (str(store), str(tmp_path), str(home))
        said = await link.ask(TryThese(paths), answer=Tried, within_s=WITHIN_S)
    finally:
        await link.aclose()
        await parts.aclose()
    lacking = {name for name, active, _ in layers if not active}
    assert lacking <= {"other user"}, "where root started it and nobody else can read this checkout, it stays root"
    assert [proof for proof in said.message.proofs if not proof[1]] == []
    assert len(said.message.proofs) == 4
