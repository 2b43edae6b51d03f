"""What `[retention]` says is forgotten, and nothing else: a row of either age in each table that grows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, LargeBinary, String, Table, func, select

from monitor.model.alert import Delivery
from monitor.model.settings import RetentionSettings, Settings
from monitor.pipeline.housekeeping import keep_house
from monitor.store.keeping import KEPT
from monitor.store.sealed_types import LookedUpBytes, LookedUpText, SealedBytes, SealedText
from monitor.store.store import SqlStore
from monitor.store.tables import OutsideText, UtcTime, alerts, metadata
from monitor.store.upgrade_copies import COPIES, copies_in
from tests.store.store_values import CASE, NOW, opened, settings

GROWS = sorted(name for name, kept in KEPT.items() if kept.days)
DAYS = 300
"""Asked for of every kind here."""
TEXTS = {
    "sightings": "[]",
    "errors": "[]",
    "limits": "[]",
    "delivery": Delivery.SENT.value,
    "truth": "page",
    "state": "ended",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = opened(tmp_path)
    yield made
    made.close()


def asked(folder: Path) -> Settings:
    every = RetentionSettings(**{field.name: DAYS for field in fields(RetentionSettings)})
    return replace(settings(folder), retention=every)


def add(store: SqlStore, table: Table, number: int, at: datetime, **other: Any) -> None:
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "case":
            values[column.name] = CASE
        elif isinstance(column.type, UtcTime):
            values[column.name] = at
        elif isinstance(column.type, String | OutsideText | SealedText | LookedUpText):
            values[column.name] = TEXTS.get(column.name, f"{column.name} {number}")
        elif isinstance(column.type, Boolean):
            values[column.name] = False
        else:
            values[column.name] = (
                b"%d" % number if isinstance(column.type, LargeBinary | SealedBytes | LookedUpBytes) else number
            )
    store._db.run(table.insert(), values | other)


def count(store: SqlStore, table: Table) -> int:
    return int(store._db.run(select(func.count()).select_from(table)).scalar_one())


def test_what_is_older_than_asked_goes_and_the_rest_stays(store: SqlStore, tmp_path: Path) -> None:
    for name in sorted(GROWS, key=lambda name: name == "alert_parts"):
        table = metadata.tables[name]
        for number, days in ((1, DAYS + 1), (2, DAYS - 1)):
            other = {"alert": f"id {number}"} if name == "alert_parts" else {}
            add(store, table, number, NOW - timedelta(days=days), **other)
    assert {name: count(store, metadata.tables[name]) for name in GROWS} == dict.fromkeys(GROWS, 2)
    keep_house(store, asked(tmp_path), NOW)
    left = {name: count(store, metadata.tables[name]) for name in GROWS}
    assert left == dict.fromkeys(GROWS, 1)


@pytest.mark.parametrize("delivery", [one for one in Delivery if one not in (Delivery.SENT, Delivery.FOLDED)])
def test_what_nobody_has_is_never_forgotten(store: SqlStore, tmp_path: Path, delivery: Delivery) -> None:
    add(store, alerts, 1, NOW - timedelta(days=9 * 365), delivery=delivery.value, sightings=json.dumps(["s"]))
    add(store, alerts, 2, NOW)
    keep_house(store, asked(tmp_path), NOW)
    assert count(store, alerts) == 2


def test_a_number_of_a_message_is_given_once(store: SqlStore, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        add(store, alerts, number, NOW - timedelta(days=9 * 365))
    keep_house(store, asked(tmp_path), NOW)
    assert [row.number for row in store._db.run(select(alerts))] == [3]


def test_old_copies_from_before_an_upgrade_go(store: SqlStore, tmp_path: Path) -> None:
    folder = tmp_path / "data" / COPIES
    folder.mkdir()
    for days in (DAYS + 1, DAYS - 1):
        at = NOW - timedelta(days=days)
        (folder / f"store-r0030-{at:%Y%m%dT%H%M%S}Z.db").write_bytes(b"a store")
    keep_house(store, asked(tmp_path), NOW)
    (copy,) = copies_in(tmp_path / "data")
    assert NOW - copy.at == timedelta(days=DAYS - 1)
