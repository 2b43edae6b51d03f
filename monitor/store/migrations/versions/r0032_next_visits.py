"""When each watch is visited next, as the daemon has planned it; and alerts are found by when they were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("watch_facts") as batch:
        batch.add_column(sa.Column("next_visit", sa.BigInteger(), nullable=True))
    op.create_index("ix_alerts_case_created_at", "alerts", ["case", "created_at"])
