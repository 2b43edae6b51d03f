"""A digest tells apart what is wrong in the watchlists and what cannot run for it.

What waits in the outbox was written when both were taken for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("digests") as batch:
        batch.add_column(sa.Column("stopped", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("digests") as batch:
        batch.alter_column("stopped", existing_type=sa.Boolean(), nullable=False, server_default=None)
    op.execute("UPDATE digests SET stopped = wrong > 0")
