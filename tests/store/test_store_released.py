"""The store of every revision that somebody may have: brought up to date, with all that was in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model.ids import CaseId
from monitor.store import opening, tables
from monitor.store.copying import wrong_in_store
from monitor.store.opening import FILE
from monitor.store.sqlite import SqliteDatabase, Way, connect
from monitor.store.store import SqlStore, open_store
from monitor.store.upgrade import upgrade
from monitor.store.upgrade_copies import copies_in
from tests.store.released_stores import KEY_OF_RELEASED, RELEASED, sealed_again
from tests.store.store_values import settings
from tests.stores import every_alert

KEPT = sorted(RELEASED.glob("store_*.sql.gz"))
CASE = CaseId("default")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

Row = dict[str, Any]
Rows = dict[str, list[Row]]

MOVED = {
    "notes": "to tables of their own (0010): tests/store/test_store_earlier.py says where each went",
    "alembic_version": "the revision itself",
}
"""Table -> where its rows are since."""

CHANGED = {
    ("sightings", "incident"): "of a photo on a site before 0031, of the site since",
    ("alerts", "subject"): "likewise: the incident",
    ("seen_urls", "etag"): "by which way out it came was not known before 0004, so it goes out no more",
    ("seen_urls", "last_modified"): "likewise",
    (
        "candidates",
        "page_url",
    ): "a page that was never read is none since 0008; here the row is missing that says it was",
}
"""Column -> why it may say something else."""


@dataclass(frozen=True)
class Opened:
    revision: str
    before: Rows
    after: Rows
    store: SqlStore
    folder: Path


@pytest.fixture(scope="module", params=KEPT, ids=lambda path: path.name.split(".")[0])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("released")
    path = folder / "data" / FILE
    path.parent.mkdir(mode=0o700)
    sealed_again(request.param, path)
    before = every_row(path)
    store = open_store(settings(folder, KEY_OF_RELEASED))
    yield Opened(request.param.name.split("_")[1], before, every_row(path), store, folder)
    store.close()


def every_row(path: Path) -> Rows:
    with closing(connect(path, KEY_OF_RELEASED, Way.READ)) as reader:
        names = [name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: rows_of(reader, name) for name in names}


def rows_of(reader: Any, table: str) -> list[Row]:
    cursor = reader.execute(f'SELECT * FROM "{table}"')
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def test_there_is_one_of_each() -> None:
    assert [path.name.split("_")[1] for path in KEPT] == [
        "0001",
        "0002",
        "0011",
        "0016",
        "0020",
        "0027",
        "0032",
        "0038",
    ]
    assert sum(path.stat().st_size for path in KEPT) < 150_000


def test_it_is_of_this_version_and_whole(opened: Opened) -> None:
    path = opened.folder / "data" / FILE
    assert opened.before["alembic_version"] == [{"version_num": opened.revision}]
    assert opened.after["alembic_version"] == [{"version_num": tables.HEAD}]
    assert wrong_in_store(path, KEY_OF_RELEASED) == ""
    with closing(connect(path, KEY_OF_RELEASED, Way.READ)) as reader:
        assert reader.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_stood_there_is_kept_beside_it(opened: Opened) -> None:
    if opened.revision != tables.HEAD:
        (copy,) = copies_in(opened.folder / "data")
        assert copy.revision == opened.revision


def test_every_row_is_there_with_what_stood_in_it(opened: Opened) -> None:
    lost = []
    for table, before in opened.before.items():
        if table in MOVED or not before:
            continue
        after = opened.after[table]
        columns = [name for name in before[0] if after and name in after[0] and (table, name) not in CHANGED]
        assert columns, table
        there = [as_text(row, columns) for row in after]
        lost += [(table, row) for row in before if as_text(row, columns) not in there]
    assert lost == []


def as_text(row: Mapping[str, Any], columns: list[str]) -> str:
    return repr([row[name] for name in columns])


READ: dict[str, Callable[[SqlStore], Any]] = {
    "cases": lambda store: store.cases.all(),
    "enrolled": lambda store: store.references.all(CASE),
    "sightings": lambda store: store.sightings.all(CASE),
    "alerts": lambda store: every_alert(store),
    "reports": lambda store: store.reports.all(CASE),
    "evidence": lambda store: store.evidence.all(CASE),
    "runs": lambda store: store.runs.since(CASE, LONG_AGO),
    "custody": lambda store: store.custody.all(CASE),
    "draft_files": lambda store: store.draft_files.all(CASE),
}


@pytest.mark.parametrize("table", READ)
def test_it_is_read_as_many_as_there_were(opened: Opened, table: str) -> None:
    assert len(list(READ[table](opened.store))) == len(opened.before.get(table, []))


def test_what_a_person_decided_is_as_it_was(opened: Opened) -> None:
    was = {row["id"]: row["status"] for row in opened.before["sightings"]}
    assert {one.id: one.status.value for one in opened.store.sightings.all(CASE)} == was
    assert "dismissed" in was.values() and len(set(was.values())) > 1


def test_photos_can_be_compared_with(opened: Opened) -> None:
    for one in opened.store.references.all(CASE):
        assert len(one.fingerprint.pdq.bits) == 32 and json.dumps(one.label)


def test_the_photos_hashes_stand_by_themselves(opened: Opened) -> None:
    hashes = opened.store.references.hashes
    photos = [version for one in opened.store.references.all(CASE) for version in one.versions]
    lots = hashes.lots(key for known in hashes.revisions(hashes.stamps()).values() for key in known)
    assert b"".join(lot.rows for lot in lots) == b"".join(one.fingerprint.pdq.bits for one in photos)
    assert b"".join(lot.qualities for lot in lots) == bytes(one.fingerprint.pdq_quality for one in photos)
    for one in opened.store.references.all(CASE):
        assert opened.store.references.remove(CASE, one.id)
    assert hashes.stamps() == {}


# --- and of every revision in between, with rows of every kind that it had

ROWS = {
    ("alerts", "sightings"): '["s1"]',
    ("runs", "errors"): "[]",
    ("runs", "limits"): "[]",
    ("machine", "salt"): "00" * 32,
    ("machine", "standing_keys"): "[]",
    ("machine", "key_sealed_to"): "[]",
    ("machine", "wrong_by"): "{}",
    ("notes", "value"): "00" * 32,
    ("notes", "key"): "store:salt",
}
"""What a migration reads, as the program wrote it; everything else may be anything."""


def filled(path: Path, revision: str) -> None:
    """A row or two in every table of that revision, each belonging to what it has to belong to."""
    with closing(connect(path, KEY_OF_RELEASED)) as writer:
        writer.execute("PRAGMA foreign_keys = OFF")
        names = [name for (name,) in writer.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(names) - {"alembic_version"}):
            belongs = {row[3] for row in writer.execute(f'PRAGMA foreign_key_list("{table}")')}
            columns = writer.execute(f'PRAGMA table_info("{table}")').fetchall()
            for number in (1,) if table in ("machine", "notes", "cases") else (1, 2):
                values = {
                    name: ROWS.get((table, name), value_of(table, name, kind, number, name in belongs))
                    for _, name, kind, _, _, _ in columns
                }
                named, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
                writer.execute(f'INSERT OR IGNORE INTO "{table}" ({named}) VALUES ({marks})', tuple(values.values()))
        assert writer.execute("PRAGMA foreign_key_check").fetchall() == []


def value_of(table: str, column: str, kind: str, number: int, belongs: bool) -> object:
    if column == "case" or (table, column) == ("cases", "id"):
        return "default"
    if belongs or column in ("id", "sighting", "capture", "report", "alert"):
        return f"row{number}" if kind in ("VARCHAR", "TEXT") else number
    if kind in ("BLOB",):
        return bytes([number]) * 8
    return number if kind in ("INTEGER", "BIGINT", "BOOLEAN", "FLOAT") else f"{column} {number}"


@pytest.mark.rows(5)
@pytest.mark.parametrize("revision", sorted(tables.OLDER))
def test_every_revision_is_brought_up_to_date_with_rows_in_it(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "data" / FILE
    opening._make_room(path)
    with closing(SqliteDatabase(path, KEY_OF_RELEASED)) as database:
        upgrade(database, to=revision)
    filled(path, revision)
    before = every_row(path)
    open_store(settings(tmp_path, KEY_OF_RELEASED)).close()
    after = every_row(path)
    assert wrong_in_store(path, KEY_OF_RELEASED) == "" and copies_in(tmp_path / "data")[0].revision == revision
    fewer = {table for table, rows in before.items() if table != "notes" and len(after.get(table, [])) < len(rows)}
    assert fewer == set()
