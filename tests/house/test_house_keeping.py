"""Every table is kept for ever with a reason, or has a retention that the person can set and read of."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import monitor
from monitor.config_changes import CONFIG_CHANGES, WATCHLIST_CHANGES
from monitor.model.settings import RetentionSettings
from monitor.store import opening  # with it every module of tables
from monitor.store.keeping import KEPT
from monitor.store.tables import metadata

ROOT = Path(monitor.__file__).parents[1]


def test_of_each_table_it_is_said_how_long_its_rows_stay() -> None:
    """A new table gets its line in monitor/store/keeping.py; and where it has a setting, housekeeping forgets it."""
    assert opening.FILE and set(metadata.tables) - set(KEPT) == set()
    assert set(KEPT) - set(metadata.tables) == set()
    assert [name for name, kept in KEPT.items() if len(kept.why) < 10] == []


def test_each_setting_is_of_some_table_or_file() -> None:
    settings = {field.name for field in fields(RetentionSettings)}
    assert {kept.days for kept in KEPT.values()} - {""} == settings - {"upgrade_copies_days"}


def test_the_document_names_each_setting_with_its_default() -> None:
    text = (ROOT / "docs" / "keeping-it-running.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+_days)` \| (\d+) \|", text, re.MULTILINE))
    assert told == {field.name: str(field.default) for field in fields(RetentionSettings)}


def test_the_document_names_each_change_of_a_key() -> None:
    text = (ROOT / "docs" / "keeping-it-running.md").read_text("utf-8")
    for change in (*CONFIG_CHANGES, *WATCHLIST_CHANGES):
        where = f"[{change.section}] {change.key}" if change.section else change.key
        assert re.search(rf"^\| {re.escape(change.since)} \|.*{re.escape(f'`{where}`')}", text, re.MULTILINE), where
