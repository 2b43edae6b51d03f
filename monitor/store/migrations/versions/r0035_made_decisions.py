"""Each word of the person about a find is a row; a find can be put aside until a time; and what waits for her word is
found by an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ASKED = ("case", "incident", "status", "tier", "under_18", "only_said", "later_until", "first_seen", "account")


def upgrade() -> None:
    op.create_table(
        "made_decisions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("was_status", sa.String(), nullable=False),
        sa.Column("was_before", sa.String(), nullable=True),
        sa.Column("was_decision", sa.String(), nullable=True),
        sa.Column("was_decided_at", sa.BigInteger(), nullable=True),
        sa.Column("was_later_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_made_decisions_case")),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name=op.f("fk_made_decisions_sighting")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_made_decisions")),
    )
    for index, column in (("case_sighting", "sighting"), ("case_batch", "batch"), ("case_at", "at")):
        op.create_index(f"ix_made_decisions_{index}", "made_decisions", ["case", column])
    op.add_column("sightings", sa.Column("later_until", sa.BigInteger(), nullable=True))
    op.drop_index("ix_sightings_case_incident", "sightings")
    op.create_index("ix_sightings_inbox", "sightings", list(_ASKED))
