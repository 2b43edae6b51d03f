"""What the person adds herself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("sighting", sa.String()),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_own_entries_case")),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name=op.f("fk_own_entries_sighting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_entries")),
    )
    op.create_index(op.f("ix_own_entries_case_id"), "own_entries", ["case", "id"])
    op.create_index(op.f("ix_own_entries_sighting"), "own_entries", ["sighting"])
