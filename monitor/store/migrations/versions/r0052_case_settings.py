"""What a case has set for itself, what counts against its quota, and whose a channel is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_settings",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_case_settings_case")),
        sa.PrimaryKeyConstraint("case", "name", name=op.f("pk_case_settings")),
    )
    op.create_table(
        "case_use",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_case_use_case")),
        sa.PrimaryKeyConstraint("case", "kind", name=op.f("pk_case_use")),
    )
    with op.batch_alter_table("channel_health") as batch:
        batch.add_column(sa.Column("case", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("channel_health") as batch:
        batch.alter_column("case", existing_type=sa.String(), server_default=None)
