"""What each run met that nothing was known of before, what it cost, and at what it looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Without a default, so that a table of many runs is not made anew: of those nothing is known."""
    for name in ("appeared", "appeared_hers", "requests"):
        op.add_column("runs", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("runs", sa.Column("sight", sa.Text(), nullable=True))
