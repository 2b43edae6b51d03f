"""An older store is brought up to date, whole or not at all. The third revision here is the tests' own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from monitor.errors import NewerStore, StoreError
from monitor.model.custody import CustodyHead
from monitor.model.ids import CaseId
from monitor.store import opening, tables, upgrade
from monitor.store.sqlite import SqliteDatabase, Way, connect
from monitor.store.store import SqlStore, open_store
from monitor.tracking.changes import absences_of
from tests.patience import WITHIN_S
from tests.store.store_values import CASE, KEY, NOW, a_case, a_report, a_run, a_sighting, an_item, opened, settings

OLD_HEAD = tables.HEAD  # a fixture moves it

THIRD = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as batch:  # rebuilds the table that all others hang on
        batch.add_column(sa.Column("language", sa.Text(), nullable=False, server_default="en"))
        batch.alter_column("name", existing_type=sa.Text(), nullable=True)
    {then}
"""


SAME = {"VARCHAR": "TEXT"}  # to SQLite one


def old_store(folder: Path, *, rows: bool, revision: str = "0001") -> None:
    """As an older version left it: made by its revision, not by today's tables."""
    path = folder / "data" / opening.FILE
    opening._make_room(path)
    database = SqliteDatabase(path, KEY)
    upgrade.upgrade(database, to=revision)
    database.close()
    if rows:
        store = opened(folder)
        fill(store)
        store.close()


def fill(store: SqlStore) -> None:
    sighting = a_sighting(1)
    with store.transaction():
        store.cases.save(a_case("second"))
        store.sightings.save(sighting)
        store.reports.save(a_report(sighting.id))
        store.evidence.save(an_item(sighting.id))
        store.runs.save(a_run())


@pytest.fixture
def third_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The program as if it knew a third revision; gives the file, to be changed by a test."""
    scripts = tmp_path / "migrations"
    shutil.copytree(upgrade.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    revision = scripts / "versions" / "rnext_of_the_tests.py"
    revision.write_text(THIRD.format(then="", head=OLD_HEAD))
    monkeypatch.setattr(upgrade, "MIGRATIONS", scripts)
    monkeypatch.setattr(tables, "OLDER", tables.OLDER | {tables.HEAD})
    monkeypatch.setattr(tables, "HEAD", "next")
    yield revision


def shape(path: Path) -> dict[str, Any]:
    """Everything that makes a schema: columns, keys, indexes, foreign keys, of every table."""
    database = SqliteDatabase(path, KEY)
    seen = inspect(database.connection)
    found = {
        table: (
            [
                (c["name"], SAME.get(str(c["type"]), str(c["type"])), c["nullable"], c["default"], c["primary_key"])
                for c in seen.get_columns(table)
            ],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], i["column_names"], i["unique"]) for i in seen.get_indexes(table)),
            sorted((u["name"], u["column_names"]) for u in seen.get_unique_constraints(table)),
            sorted((f["name"], f["constrained_columns"], f["referred_table"]) for f in seen.get_foreign_keys(table)),
        )
        for table in seen.get_table_names()
    }
    database.close()
    return found


def test_tables_and_revisions_agree(tmp_path: Path) -> None:
    opened(tmp_path / "new").close()
    old_store(tmp_path / "migrated", rows=False, revision=tables.HEAD)
    new = shape(tmp_path / "new" / "data" / opening.FILE)
    assert len(new) > 10
    assert shape(tmp_path / "migrated" / "data" / opening.FILE) == new


def test_head_and_older_are_the_shipped_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(upgrade.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [tables.HEAD]
    assert {script.revision for script in scripts.walk_revisions()} == {tables.HEAD, *tables.OLDER}


@pytest.mark.parametrize("rows", [False, True], ids=["empty", "filled"])
def test_an_older_store_is_upgraded(tmp_path: Path, request: pytest.FixtureRequest, rows: bool) -> None:
    old_store(tmp_path, rows=rows, revision=OLD_HEAD)
    before = contents(tmp_path)
    request.getfixturevalue("third_revision")
    open_store(settings(tmp_path)).close()
    after = contents(tmp_path)
    del before["machine"], after["machine"]  # where a store that was never opened gets its salt
    expected = before | {"alembic_version": [("next",)], "cases": [(*row, "en") for row in before["cases"]]}
    assert after == expected
    assert [len(after[name]) for name in ("cases", "sightings", "reports", "evidence", "runs")] == (
        [2, 1, 1, 1, 1] if rows else [0, 0, 0, 0, 0]
    )
    assert foreign_keys_still_hold(tmp_path)


@pytest.mark.parametrize(
    ("status", "seen"), [("ok", (3, 20)), ("partial", (3, 20)), ("failed", (0, 0))], ids=["ok", "partial", "failed"]
)
def test_older_runs_are_given_what_they_saw(tmp_path: Path, status: str, seen: tuple[int, int]) -> None:
    old_store(tmp_path, rows=False)
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    writer.execute("INSERT INTO cases (id, name) VALUES ('default', '')")
    writer.execute(
        "INSERT INTO runs VALUES (1, 'default', 'forum', ?, 0, 0, 3, 20, 7, 13, 2, 1, 5000, '[]', '[]')", (status,)
    )
    writer.close()
    store = open_store(settings(tmp_path))
    last = store.runs.last(CASE, "forum")
    store.close()
    assert last is not None and (last.pages_seen, last.images_seen, last.pages) == (*seen, 3)


def test_what_an_older_version_gave_up_on_waits_again(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False, revision="0002")
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    writer.execute("INSERT INTO cases (id, name) VALUES ('default', '')")
    for name in ("failed", "sent"):
        writer.execute(
            "INSERT INTO alerts VALUES (?, 'default', 'new', 'i', ?, 0, 0, 0, 1, '[\"s1\"]', 24, ?, NULL, '', 0)",
            (name, f"<{name}>", name),
        )
    writer.close()
    store = open_store(settings(tmp_path))
    assert [alert.id for alert in store.alerts.open(CASE)] == ["failed"]
    assert store.alerts.outstanding(CASE).finds == {"s1"}
    store.close()


def test_what_older_stores_were_handed_out_goes_to_nobody(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False, revision="0002")
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    writer.execute("INSERT INTO cases (id, name) VALUES ('default', '')")
    writer.execute("INSERT INTO seen_urls VALUES (1, x'01', 'default', '\"tag\"', 'Sun', x'ab', 5, 'ok', x'')")
    writer.close()
    open_store(settings(tmp_path)).close()
    (row,) = contents(tmp_path)["seen_urls"]
    assert row == (1, b"\x01", "default", None, None, b"\xab", 5, "ok", b"", "", None, None)


def test_what_waits_of_one_site_is_told_in_one(tmp_path: Path) -> None:
    """Before, an incident was of a photo on a site. What somebody has, or may have, stays as it was told."""
    old_store(tmp_path, rows=False, revision="0030")
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    writer.execute("INSERT INTO cases (id, name) VALUES ('default', ''), ('second', '')")
    add_row(writer, "machine", id=1, salt="ab" * 32)
    rows: dict[str, dict[str, object]] = {
        "1 tried": {"attempts": 3, "last_error": "no answer"},
        "2 untried": {"urgent": 1},
        "3 back": {"kind": "reappeared"},
        "4 elsewhere": {"host": "b.example"},
        "5 sent": {"delivery": "sent"},
        "6 handed over": {"attempts": 1, "handed": 1, "answer": "unsure"},
        "7 of another case": {"case": "second"},
        "8 of another kind": {"kind": "blind"},
        "9 refused": {"attempts": 1, "handed": 0, "answer": "refused"},
    }
    for at, (name, row) in enumerate(rows.items()):
        case, kind = row.get("case", "default"), row.get("kind", "new")
        host = row.pop("host", "www.example.com" if at % 2 else "example.com")
        part = {key: row.pop(key) for key in ("handed", "answer") if key in row}
        seen = {"id": f"s{at}", "case": case, "number": at, "spot": bytes([at]), "host": host, "incident": name}
        add_row(writer, "sightings", **seen)
        told = {"message_id": f"<{at}>", "count": 2, "sightings": f'["s{at}", "s1"]', "delivery": "waiting"}
        made = {"id": name, "case": case, "kind": kind, "subject": name, "created_at": at, "not_before": 20 - at}
        add_row(writer, "alerts", **(made | told | row))
        if part:
            add_row(writer, "alert_parts", alert=name, target="t", **part)
    writer.close()
    store = open_store(settings(tmp_path))
    with contextlib.closing(store):
        every = {one.id: one for case in ("default", "second") for one in store.alerts.recent(CaseId(case), 20)}
        whole = every.pop("1 tried")
        assert [one.id for one in store.alerts.open(CaseId("default")) if one.subject == whole.subject] == [
            whole.id,
            "6 handed over",
        ]
        assert store.alerts.by_number(CaseId("default"), every["2 untried"].number) == every["2 untried"]
    assert whole.sightings == ("s0", "s1", "s2", "s8") and whole.count == 4
    assert (whole.kind, whole.urgent, whole.attempts, whole.last_error) == ("new", True, 3, "no answer")
    assert whole.message_id != "<0>" and whole.not_before.microsecond == 12
    folded = {name for name, one in every.items() if one.delivery == "folded"}
    assert folded == {"2 untried", "3 back", "9 refused"}
    for name in folded:
        # it was written when numbers had no letters of their case before them
        assert every[name].last_error == f"told in {whole.number[-4:]}" and len(every[name].sightings) > 0
    assert all(one.count == 2 and one.message_id == f"<{int(one.id[0]) - 1}>" for one in every.values())


def contents(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    reader = connect(folder / "data" / opening.FILE, KEY, Way.READ)
    names = [name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    found = {name: reader.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in names}
    reader.close()
    return found


def foreign_keys_still_hold(folder: Path) -> bool:
    store = open_store(settings(folder))
    try:
        store.runs.save(a_run(case="unknown"))
    except StoreError:
        return True
    finally:
        store.close()
    return False


@pytest.mark.parametrize(
    ("then", "says"),
    [
        pytest.param("raise RuntimeError('killed in the middle')", "killed in the middle", id="it fails"),
        pytest.param(
            "op.execute(\"DELETE FROM cases WHERE id = 'default'\")",
            "without what they belong to",
            id="it orphans rows",
        ),
    ],
)
def test_an_upgrade_that_fails_changes_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, then: str, says: str
) -> None:
    old_store(tmp_path, rows=True)
    before = contents(tmp_path)
    revision: Path = request.getfixturevalue("third_revision")
    revision.write_text(THIRD.format(then=then, head=OLD_HEAD))
    with pytest.raises((RuntimeError, StoreError), match=says):
        open_store(settings(tmp_path))
    assert contents(tmp_path) == before
    revision.write_text(THIRD.format(then="", head=OLD_HEAD))  # mended: the same store can still be upgraded
    store = open_store(settings(tmp_path))
    assert len(store.sightings.all(CASE)) == 1
    store.close()


HOLD = (
    "import sys; from pathlib import Path; from monitor.store.lock import DaemonLock\n"
    "with DaemonLock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.readline()"
)
OPEN = (
    "import sys; from pathlib import Path; from tests.store.store_values import settings\n"
    "from monitor.store.store import open_store\n"
    "open_store(settings(Path(sys.argv[1]))).close()"
)


def in_another_process(code: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, folder],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_not_upgraded_under_a_running_daemon(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False)
    path = tmp_path / "data" / opening.FILE
    before = path.read_bytes()
    daemon = in_another_process(HOLD, tmp_path / "data")
    assert daemon.stdout is not None and daemon.stdout.readline() == "held\n"
    with pytest.raises(StoreError, match=rf"upgrade .* \(process {daemon.pid}\).*nothing was changed") as caught:
        open_store(settings(tmp_path))
    assert "then start the daemon" in caught.value.remedy
    assert path.read_bytes() == before
    daemon.communicate("\n", timeout=WITHIN_S)
    open_store(settings(tmp_path)).close()
    assert contents(tmp_path)["alembic_version"] == [(tables.HEAD,)]


def test_an_up_to_date_store_is_opened_under_a_running_daemon(tmp_path: Path) -> None:
    opened(tmp_path).close()
    daemon = in_another_process(HOLD, tmp_path / "data")
    assert daemon.stdout is not None and daemon.stdout.readline() == "held\n"
    open_store(settings(tmp_path)).close()
    daemon.communicate("\n", timeout=WITHIN_S)


def test_two_commands_upgrade_at_once(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False)
    both = [in_another_process(OPEN, tmp_path) for _ in range(2)]
    assert [process.communicate(timeout=WITHIN_S) and process.returncode for process in both] == [0, 0]
    assert contents(tmp_path)["alembic_version"] == [(tables.HEAD,)]


def upgraded_by_a_newer_version(folder: Path) -> None:
    newer = connect(folder / "data" / opening.FILE, KEY)
    newer.execute("BEGIN IMMEDIATE")
    newer.execute("ALTER TABLE sightings ADD COLUMN of_tomorrow TEXT")
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.execute("COMMIT")
    newer.close()


WRITES: list[Any] = [
    pytest.param(lambda store: store.robots_copies.save("a", "b", NOW), id="one statement"),
    pytest.param(lambda store: store.sightings.save(a_sighting(3)), id="a find"),
    pytest.param(lambda store: store.runs.save(a_run()), id="a run"),
    pytest.param(lambda store: store.alerts.claim(CASE, "a", 0, NOW), id="an alert claimed"),
    pytest.param(lambda store: store.transaction().__enter__(), id="a transaction"),
    pytest.param(lambda store: store.evidence.remove(CASE, "x"), id="a removal"),
]


@pytest.mark.parametrize("write", WRITES)
def test_an_old_process_writes_nothing_into_a_newer_store(tmp_path: Path, write: Callable[[SqlStore], object]) -> None:
    store = opened(tmp_path)
    upgraded_by_a_newer_version(tmp_path)
    before = contents(tmp_path)
    for _ in range(2):  # not only the first time
        with pytest.raises(NewerStore, match=r"newer version .* while this one was running") as caught:
            write(store)
        assert "restart" in caught.value.remedy
    store.close()
    assert contents(tmp_path) == before


def test_an_old_process_says_why_it_cannot_read(tmp_path: Path) -> None:
    store = opened(tmp_path)
    upgraded_by_a_newer_version(tmp_path)
    newer = connect(tmp_path / "data" / opening.FILE, KEY)
    newer.execute("ALTER TABLE runs RENAME TO visits")
    newer.close()
    with pytest.raises(NewerStore):
        store.runs.last(CASE, "forum")
    store.close()


def test_a_schema_that_moved_without_a_new_revision_is_no_harm(tmp_path: Path) -> None:
    store = opened(tmp_path)
    other = connect(tmp_path / "data" / opening.FILE, KEY)
    other.execute("CREATE INDEX by_hand ON robots_copies (rules)")
    other.close()
    store.robots_copies.save("a", "b", NOW)
    assert store.robots_copies.get("a") == "b"
    store.close()


def add_row(writer: Any, table: str, **values: object) -> None:
    """By hand, as an older version has the table: whatever is not given is empty."""
    empty = {"BLOB": b"", "INTEGER": 0, "BIGINT": 0, "BOOLEAN": 0, "FLOAT": 0.0}
    for _, name, kind, is_wanted, _, _ in writer.execute(f"PRAGMA table_info({table})").fetchall():
        if is_wanted and name not in values:
            values[name] = empty.get(kind, "")
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
    writer.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def test_an_older_log_s_end_is_noted_and_a_closed_picture_s_digest_goes(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False, revision="0020")
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    case = "default"
    add_row(writer, "cases", id=case)
    add_row(
        writer,
        "sightings",
        id="s1",
        case=case,
        spot=b"1",
        page_url="https://a.example/",
        image_url=f"data:sha256,{'ab' * 32}",
        tier="none",
        status="dismissed",
        under_18=1,
    )
    for number in (1, 2):
        writer.execute(
            "INSERT INTO custody VALUES (?, ?, 0, 'view', '{}', '', '', '', ?, '')", (case, number, f"digest {number}")
        )
    writer.close()
    store = open_store(settings(tmp_path))
    assert store.custody.noted_head(CaseId(case)) == CustodyHead(2, "digest 2")
    assert store.sightings.all(CaseId(case))[0].place.image_url == "data:"
    store.close()


def test_when_older_finds_were_gone_becomes_what_is_told_of_them(tmp_path: Path) -> None:
    """The last time of each, and that it was back by the time when it was seen, or asked about, last."""
    old_store(tmp_path, rows=False, revision="0021")
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    add_row(writer, "cases", id="default")
    rows: dict[str, tuple[str, str | None, int | None, int, int | None, list[int]]] = {
        # status, before it was dismissed, removed at, last seen, request sent at; when it was gone
        "never gone": ("confirmed", None, None, 9, None, []),
        "gone": ("removed", None, 5, 4, 3, [5]),
        "gone and dismissed": ("dismissed", "removed", 5, 9, None, [5]),
        "back": ("reappeared", None, 5, 9, 3, [5, 9]),
        "back and dismissed": ("dismissed", "reappeared", 5, 9, None, [5, 9]),
        "back and reported again": ("reported", None, 5, 9, 7, [5, 7]),
        "back and reported since it was seen": ("reported", None, 5, 9, 11, [5, 9]),
        "back by a clock set back": ("confirmed", None, 5, 2, None, [5, 5]),
        "closed": ("dismissed", None, 5, 9, None, []),
    }
    for number, (name, (status, before, removed_at, last_seen, sent_at, _)) in enumerate(rows.items()):
        add_row(
            writer,
            "sightings",
            id=name,
            case="default",
            spot=bytes([number]),
            status=status,
            before_dismissal=before,
            removed_at=removed_at,
            last_seen=last_seen,
            under_18=name == "closed",
        )
        if sent_at is not None:
            add_row(
                writer, "reports", id=name, case="default", sighting=name, state="sent", created_at=1, sent_at=sent_at
            )
    writer.close()
    store = open_store(settings(tmp_path))
    spans = absences_of(store.changes.of(CaseId("default"), rows))
    store.close()
    start = datetime(1970, 1, 1, tzinfo=UTC)
    told = {
        name: [(at - start).microseconds for one in of_find for at in (one.gone_at, one.back_at) if at is not None]
        for name, of_find in spans.items()
    }
    assert told == {name: gone for name, (*_, gone) in rows.items() if gone}


def test_wrong_passphrases_of_before_count_for_whichever_is_tried_next(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False, revision="0037")
    older = connect(tmp_path / "data" / opening.FILE, KEY)
    older.execute(
        "INSERT INTO machine (id, salt, good_watches, standing_keys, way_id, way_mark, vault_had_key, clock_set_by, "
        "key_sealed_to, key_digest, daemon_read, wrong_passphrases) "
        "VALUES (1, 'ab', '', '[]', '', '', 0, 0, '[]', '', '', 7)"
    )
    older.close()
    store = open_store(settings(tmp_path))
    assert store.machine.wrong_passphrases("of a key") == 7
    store.machine.note_wrong_passphrases("of a key", 0, None)
    assert (store.machine.wrong_passphrases("of a key"), store.machine.wrong_passphrases("another")) == (0, 7)
    store.close()
