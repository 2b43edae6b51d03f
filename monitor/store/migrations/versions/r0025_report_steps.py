"""A report is about several sightings, and each of its steps is a row. What stood in one row becomes up to three steps;
nothing was frozen with those drafts but what the words of the law say by themselves. A draft's file may name several
sightings."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TIDA = {
    "legal_basis": "us_tida",
    "deadline": "PT48H",
    "deadline_source": "TAKE IT DOWN Act (US), Pub. L. 119-12, sec. 3-4",
    "language": "en",
}
"""Of every draft whose words were those of that Act."""

WEEK = 7 * 24 * 3600 * 1_000_000


def upgrade() -> None:
    op.create_table(
        "report_sightings",
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report"], ["reports.id"], name="fk_report_sightings_report"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_report_sightings_sighting"),
        sa.PrimaryKeyConstraint("report", "sighting", name="pk_report_sightings"),
    )
    op.create_index("ix_report_sightings_sighting", "report_sightings", ["sighting"])
    op.create_table(
        "report_events",
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["report"], ["reports.id"], name="fk_report_events_report"),
        sa.PrimaryKeyConstraint("report", "step", name="pk_report_events"),
    )
    op.create_table(
        "dead_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_dead_addresses"),
    )
    op.execute("INSERT INTO report_sightings SELECT id, sighting, 0 FROM reports")
    op.execute("INSERT INTO report_events SELECT id, 0, created_at, created_at, 'draft', '', '', NULL FROM reports")
    op.execute(
        "INSERT INTO report_events SELECT id, 1, max(sent_at, created_at), max(sent_at, created_at), 'sent', '', "
        "number, due_at FROM reports WHERE sent_at IS NOT NULL"
    )
    op.execute(
        "INSERT INTO report_events SELECT id, 1 + (sent_at IS NOT NULL), max(changed_at, created_at, "
        "coalesce(sent_at, created_at)), max(changed_at, created_at, coalesce(sent_at, created_at)), state, response, "
        "'', due_at FROM reports WHERE state NOT IN ('draft', 'sent')"
    )
    with op.batch_alter_table("reports") as batch:
        batch.drop_index("ix_reports_sighting")
        batch.drop_index("ix_reports_case_state_due_at")
        batch.drop_constraint("fk_reports_sighting", type_="foreignkey")
        for name in ("sighting", "created_at", "sent_at", "number", "response"):
            batch.drop_column(name)
        batch.add_column(sa.Column("lane", sa.String(), nullable=False, server_default="platform"))
        batch.add_column(sa.Column("frozen", sa.Text(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("follows", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("look_at", sa.BigInteger(), nullable=True))
    op.execute(
        sa.text("UPDATE reports SET frozen = :frozen WHERE route = 'us_tida'").bindparams(frozen=json.dumps(TIDA))
    )
    op.execute(
        sa.text(
            "UPDATE reports SET look_at = coalesce(due_at, changed_at + :week) "
            "WHERE state IN ('sent', 'acknowledged', 'more-asked')"
        ).bindparams(week=WEEK)
    )
    with op.batch_alter_table("reports") as batch:
        for name in ("changed_at", "due_at"):
            batch.drop_column(name)
        for name in ("lane", "frozen", "follows"):
            batch.alter_column(name, server_default=None)
    op.create_index("ix_reports_case_state_look_at", "reports", ["case", "state", "look_at"])
    op.create_index("ix_reports_case_follows", "reports", ["case", "follows"])
    _draft_files()


def _draft_files() -> None:
    op.create_table(
        "draft_files_of_several",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_draft_files_case"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_draft_files_sighting"),
        sa.PrimaryKeyConstraint("path", "sighting", name="pk_draft_files"),
    )
    op.execute('INSERT INTO draft_files_of_several SELECT path, sighting, "case" FROM draft_files')
    op.drop_table("draft_files")
    op.rename_table("draft_files_of_several", "draft_files")
    op.create_index("ix_draft_files_sighting", "draft_files", ["sighting"])
