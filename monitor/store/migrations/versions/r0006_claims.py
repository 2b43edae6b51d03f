"""What a listing only says of a find's origin, beside where it was seen; sealed files that several finds share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sightings") as batch:
        batch.add_column(sa.Column("claimed_url", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("claimed_account", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("sightings") as batch:
        batch.alter_column("claimed_url", existing_type=sa.Text(), nullable=False, server_default=None)
        batch.alter_column("claimed_account", existing_type=sa.Text(), nullable=False, server_default=None)
    op.create_index("ix_evidence_path", "evidence", ["path"])
