"""What is written outside the store is noted before, and what was left over at the last start is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intents",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"]),
        sa.PrimaryKeyConstraint("kind", "path"),
    )
    with op.batch_alter_table("machine") as batch:
        batch.add_column(sa.Column("recovery", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("daemon_began", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("machine") as batch:
        batch.alter_column("recovery", existing_type=sa.String(), server_default=None)
