"""What the daemon that runs has read of the configuration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("machine") as batch:
        batch.add_column(sa.Column("daemon_read", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("machine") as batch:
        batch.alter_column("daemon_read", existing_type=sa.Text(), server_default=None)
