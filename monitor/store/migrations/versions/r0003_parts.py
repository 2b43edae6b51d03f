"""Of each alert, how far it came with each recipient; what was given up on waits again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_parts",
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("handed", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_alert_parts_alert"),
        sa.PrimaryKeyConstraint("alert", "target", name="pk_alert_parts"),
    )
    op.create_index("ix_alert_parts_target_changed_at", "alert_parts", ["target", "changed_at"], unique=False)
    # Older versions gave up after a week, and told nobody what of.
    op.execute("UPDATE alerts SET delivery = 'waiting', retry_at = NULL WHERE delivery = 'failed'")
