"""When finds were gone, and when they were back: of an older store the last time only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=False),
        sa.Column("back_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_absences_case")),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name=op.f("fk_absences_sighting")),
        sa.PrimaryKeyConstraint("sighting", "gone_at", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_case"), "absences", ["case"])
    op.execute(
        'INSERT INTO absences ("case", sighting, gone_at, back_at) SELECT "case", id, removed_at, '
        "CASE WHEN 'removed' IN (status, coalesce(before_dismissal, '')) THEN NULL ELSE max(last_seen, removed_at) END "
        "FROM sightings WHERE removed_at IS NOT NULL AND NOT under_18"
    )
