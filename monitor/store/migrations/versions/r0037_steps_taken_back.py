"""When a step of a report was taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_events", sa.Column("undone_at", sa.BigInteger(), nullable=True))
