"""What the daemon notes of itself, and when it stood still: nothing is known of the time before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("machine") as batch:
        batch.add_column(sa.Column("alive", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("heartbeat_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("machine") as batch:
        batch.alter_column("alive", existing_type=sa.String(), server_default=None)
    op.create_table(
        "standstills",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("loop", sa.String(), nullable=False),
    )
    op.create_index("ix_standstills_until", "standstills", ["until"])
