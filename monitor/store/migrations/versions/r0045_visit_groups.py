"""What is looked at together, and what workers have died of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """With defaults of the server: the version before goes on planning visits without these columns."""
    op.add_column("due_visits", sa.Column("grp", sa.String(), nullable=False, server_default=""))
    op.add_column("due_visits", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("due_visits", sa.Column("set_aside_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_due_visits_grp", "due_visits", ["grp"])
