"""What belongs to a find, a report, an alert or a capture says its case too, and belongs to one of that case alone.
Alerts are counted up case by case: those that have a number keep it. A shared database has keys of each case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

PARENTS = ("sightings", "alerts", "captures", "reports")

BELONGING = {
    "sighting_addresses": {"sighting": "sightings"},
    "alert_parts": {"alert": "alerts"},
    "evidence": {"sighting": "sightings", "capture": "captures"},
    "draft_files": {"sighting": "sightings"},
    "capture_sightings": {"capture": "captures", "sighting": "sightings"},
    "report_sightings": {"report": "reports", "sighting": "sightings"},
    "report_events": {"report": "reports"},
    "own_entries": {"sighting": "sightings"},
    "made_decisions": {"sighting": "sightings"},
}

WITHOUT_CASE = {
    "alert_parts": ("alert", "alerts"),
    "capture_sightings": ("capture", "captures"),
    "report_sightings": ("report", "reports"),
    "report_events": ("report", "reports"),
}


def upgrade() -> None:
    op.create_table(
        "case_keys",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_keys"),
    )
    op.create_index("ix_case_keys_case_number", "case_keys", ["case", "number"], unique=True)
    op.drop_index("ix_alerts_number", "alerts")
    op.create_index("ix_alerts_case_number", "alerts", ["case", "number"], unique=True)
    for table in PARENTS:
        if table != "alerts":
            op.drop_index(f"ix_{table}_case_id", table)
        op.create_index(f"ix_{table}_case_id", table, ["case", "id"], unique=True)
    for table, (name, parent) in WITHOUT_CASE.items():
        op.add_column(table, sa.Column("case", sa.String(), nullable=False, server_default=""))
        op.execute(
            f'UPDATE {table} SET "case" = (SELECT "case" FROM {parent} WHERE {parent}.id = {table}.{name})'  # noqa: S608
        )
    for table, parents in BELONGING.items():
        with op.batch_alter_table(table) as batch:
            for name, parent in parents.items():
                batch.drop_constraint(f"fk_{table}_{name}", type_="foreignkey")
                batch.create_foreign_key(f"fk_{table}_case_{name}", parent, ["case", name], ["case", "id"])
            if table in WITHOUT_CASE:
                batch.alter_column("case", existing_type=sa.String(), server_default=None)
                batch.create_foreign_key(f"fk_{table}_case", "cases", ["case"], ["id"])
    op.create_index("ix_alert_parts_case", "alert_parts", ["case"])
    op.drop_index("ix_registry_copies_first", "registry_copies")
    op.add_column("runs", sa.Column("met_offline", sa.Boolean(), nullable=True))
    op.execute("""UPDATE runs SET met_offline = errors LIKE '%"kind": "offline"%'""")
