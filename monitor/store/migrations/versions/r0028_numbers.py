"""Finds have short numbers, in the order in which they were found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sightings", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE sightings SET number = counted.number FROM "
        '(SELECT id, row_number() OVER (PARTITION BY "case" ORDER BY id) AS number FROM sightings) AS counted '
        "WHERE counted.id = sightings.id"
    )
    with op.batch_alter_table("sightings") as batch:
        batch.alter_column("number", server_default=None)
    op.create_index("ix_sightings_case_number", "sightings", ["case", "number"], unique=True)
