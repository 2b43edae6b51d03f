"""A store of today as an earlier revision left it, with what stands in it: for tests of what an upgrade makes of it."""

from __future__ import annotations

import re
from typing import Any

from monitor.store.migrations.versions import r0051_case_keys

REPORTS_0021 = """
CREATE TABLE reports_0021 (
    id VARCHAR NOT NULL, "case" VARCHAR NOT NULL, sighting VARCHAR NOT NULL, channel TEXT NOT NULL, route TEXT NOT NULL,
    created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, state TEXT NOT NULL, file TEXT NOT NULL, sent_at BIGINT,
    due_at BIGINT, number TEXT NOT NULL, response TEXT NOT NULL, CONSTRAINT pk_reports PRIMARY KEY (id),
    CONSTRAINT fk_reports_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_reports_sighting FOREIGN KEY(sighting) REFERENCES sightings (id)
)
"""
STEP = "(SELECT {what} FROM report_events AS e WHERE e.report = r.id ORDER BY e.step {order} LIMIT 1)"
ROWS_0021 = f"""
INSERT INTO reports_0021 SELECT r.id, r."case", (SELECT s.sighting FROM report_sightings AS s WHERE s.report = r.id
    ORDER BY s.place LIMIT 1), r.channel, r.route, {STEP.format(what="e.at", order="ASC")},
    {STEP.format(what="e.at", order="DESC")}, r.state, r.file,
    (SELECT max(e.at) FROM report_events AS e WHERE e.report = r.id AND e.state = 'sent'),
    {STEP.format(what="e.due_at", order="DESC")},
    coalesce((SELECT max(e.number) FROM report_events AS e WHERE e.report = r.id), ''),
    coalesce((SELECT max(e.text) FROM report_events AS e WHERE e.report = r.id), '') FROM reports AS r
"""
DRAFT_FILES_0021 = """
CREATE TABLE draft_files_0021 (
    path TEXT NOT NULL, "case" VARCHAR NOT NULL, sighting VARCHAR NOT NULL,
    CONSTRAINT pk_draft_files PRIMARY KEY (path),
    CONSTRAINT fk_draft_files_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_draft_files_sighting FOREIGN KEY(sighting) REFERENCES sightings (id)
)
"""
INDEXES_0021 = (
    'CREATE INDEX ix_reports_case_id ON reports ("case", id)',
    'CREATE INDEX ix_reports_case_state_due_at ON reports ("case", state, due_at)',
    'CREATE INDEX ix_reports_case_file ON reports ("case", file)',
    "CREATE INDEX ix_reports_sighting ON reports (sighting)",
    "CREATE INDEX ix_draft_files_sighting ON draft_files (sighting)",
)


def to_0053(writer: Any) -> None:
    """writer: a bare connection of today's store."""
    writer.execute("UPDATE alembic_version SET version_num = '0053'")


def to_0052(writer: Any) -> None:
    """As above."""
    to_0053(writer)
    writer.execute("DROP TABLE key_changes")
    writer.execute("UPDATE alembic_version SET version_num = '0052'")


def to_0051(writer: Any) -> None:
    """As above."""
    to_0052(writer)
    for name in ("case_settings", "case_use"):
        writer.execute(f"DROP TABLE {name}")
    writer.execute('ALTER TABLE channel_health DROP COLUMN "case"')
    writer.execute("UPDATE alembic_version SET version_num = '0051'")


def to_0050(writer: Any) -> None:
    """As above."""
    to_0051(writer)
    writer.execute("DROP TABLE case_keys")
    writer.execute("ALTER TABLE runs DROP COLUMN met_offline")
    for table in r0051_case_keys.BELONGING:
        (made,) = writer.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        indexes = writer.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
        ).fetchall()
        made = re.sub(
            r'CONSTRAINT (\w+)_case_(\w+) FOREIGN KEY\("case", \w+\) REFERENCES (\w+) \("case", id\)',
            r"CONSTRAINT \1_\2 FOREIGN KEY(\2) REFERENCES \3 (id)",
            made,
        )
        if table in r0051_case_keys.WITHOUT_CASE:
            made = re.sub(
                r'\s"case" VARCHAR NOT NULL,|,\s*CONSTRAINT \w+ FOREIGN KEY\("case"\)[^,)]*\([^)]*\)', "", made
            )
        writer.execute(re.sub(r"CREATE TABLE \S+", "CREATE TABLE before_0051", made, count=1))
        names = ", ".join(f'"{name}"' for _, name, *_ in writer.execute("PRAGMA table_info(before_0051)").fetchall())
        writer.execute(f"INSERT INTO before_0051 SELECT {names} FROM {table}")
        writer.execute(f"DROP TABLE {table}")
        writer.execute(f"ALTER TABLE before_0051 RENAME TO {table}")
        for (index,) in indexes:
            if "ix_alert_parts_case" not in index:
                writer.execute(index)
    for table in r0051_case_keys.PARENTS:
        writer.execute(f"DROP INDEX ix_{table}_case_id")
        if table != "alerts":
            writer.execute(f'CREATE INDEX ix_{table}_case_id ON {table} ("case", id)')
    writer.execute("DROP INDEX ix_alerts_case_number")
    writer.execute("CREATE UNIQUE INDEX ix_alerts_number ON alerts (number)")
    writer.execute("CREATE INDEX ix_registry_copies_first ON registry_copies (first)")
    writer.execute("UPDATE alembic_version SET version_num = '0050'")


def to_0049(writer: Any) -> None:
    """As above."""
    to_0050(writer)
    writer.execute("DROP TABLE closed_for_all")
    writer.execute("UPDATE alembic_version SET version_num = '0049'")


def to_0048(writer: Any) -> None:
    """As above."""
    to_0049(writer)
    writer.execute("ALTER TABLE alerts DROP COLUMN run")
    writer.execute("UPDATE alembic_version SET version_num = '0048'")


def to_0047(writer: Any) -> None:
    """As above."""
    to_0048(writer)
    writer.execute("DROP TABLE photo_hashes")
    writer.execute("ALTER TABLE enrolled DROP COLUMN lot")
    writer.execute("UPDATE alembic_version SET version_num = '0047'")


def to_0046(writer: Any) -> None:
    """As above."""
    to_0047(writer)
    for name in ("staff", "audit", "audit_heads"):
        writer.execute(f"DROP TABLE {name}")
    writer.execute("UPDATE alembic_version SET version_num = '0046'")


def to_0045(writer: Any) -> None:
    """As above."""
    to_0046(writer)
    for name in ("holder", "held_until"):
        writer.execute(f"ALTER TABLE hosts DROP COLUMN {name}")
    writer.execute("UPDATE alembic_version SET version_num = '0045'")


def to_0043(writer: Any) -> None:
    """As above."""
    to_0045(writer)
    writer.execute("DROP TABLE standstills")
    for name in ("alive", "heartbeat_at"):
        writer.execute(f"ALTER TABLE machine DROP COLUMN {name}")
    writer.execute("UPDATE alembic_version SET version_num = '0043'")


def to_0042(writer: Any) -> None:
    """As above."""
    to_0043(writer)
    for name in ("taught_places", "visit_budget"):
        writer.execute(f"DROP TABLE {name}")
    writer.execute("UPDATE alembic_version SET version_num = '0042'")


def to_0041(writer: Any) -> None:
    """As above."""
    to_0042(writer)
    for name in ("appeared", "appeared_hers", "requests", "sight"):
        writer.execute(f"ALTER TABLE runs DROP COLUMN {name}")
    writer.execute("UPDATE alembic_version SET version_num = '0041'")


def to_0040(writer: Any) -> None:
    """As above."""
    to_0041(writer)
    writer.execute("DROP TABLE intents")
    for name in ("recovery", "daemon_began"):
        writer.execute(f"ALTER TABLE machine DROP COLUMN {name}")
    writer.execute("UPDATE alembic_version SET version_num = '0040'")


def to_0039(writer: Any) -> None:
    """As above."""
    to_0040(writer)
    writer.execute("DROP TABLE due_visits")
    for name in ("known_since", "next_visit"):
        writer.execute(f"ALTER TABLE watch_facts ADD COLUMN {name} BIGINT")
    writer.execute("UPDATE alembic_version SET version_num = '0039'")


def to_0021(writer: Any) -> None:
    """As above."""
    to_0039(writer)
    writer.execute(REPORTS_0021)
    writer.execute(ROWS_0021)
    writer.execute(DRAFT_FILES_0021)
    writer.execute('INSERT INTO draft_files_0021 SELECT path, "case", sighting FROM draft_files')
    for name in ("report_events", "report_sightings", "reports", "draft_files", "dead_addresses"):
        writer.execute(f"DROP TABLE {name}")
    for name in ("reports", "draft_files"):
        writer.execute(f"ALTER TABLE {name}_0021 RENAME TO {name}")
    writer.execute("DROP INDEX ix_sightings_case_number")
    writer.execute("DROP INDEX ix_sightings_inbox")
    writer.execute('CREATE INDEX ix_sightings_case_incident ON sightings ("case", incident)')
    for name in ("made_decisions", "channel_health", "wishes", "backups", "backup_trouble"):
        writer.execute(f"DROP TABLE IF EXISTS {name}")
    for name in ("number", "before_report", "later_until"):
        writer.execute(f"ALTER TABLE sightings DROP COLUMN {name}")
    for name in ("ix_alerts_number", "ix_alerts_case_created_at"):
        writer.execute(f"DROP INDEX {name}")
    for table, name in (
        ("alerts", "number"),
        ("machine", "daemon_read"),
        ("machine", "next_try_at"),
        ("machine", "wrong_by"),
        ("watch_facts", "next_visit"),
    ):
        writer.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    writer.execute("ALTER TABLE machine ADD COLUMN wrong_passphrases INTEGER DEFAULT 3 NOT NULL")
    for index in INDEXES_0021:
        writer.execute(index)
    writer.execute("UPDATE alembic_version SET version_num = '0021'")
