"""One place knows which database it is."""

from __future__ import annotations

from pathlib import Path

STORE = Path(__file__).parents[2] / "monitor" / "store"


def test_what_a_dialect_brings_comes_from_one_place() -> None:
    places = {path.name for path in STORE.rglob("*.py") if "sqlalchemy.dialects" in path.read_text("utf-8")}
    assert places == {"dialect.py"}
