"""Of each run, the pages and images that could be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("pages_seen", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("images_seen", sa.BigInteger(), nullable=True))
    # Older runs counted what was asked for. Of those that were not blind, most of it was seen.
    op.execute(
        "UPDATE runs SET pages_seen = CASE status WHEN 'failed' THEN 0 ELSE pages END,"
        " images_seen = CASE status WHEN 'failed' THEN 0 ELSE images END"
    )
    with op.batch_alter_table("runs") as batch:
        batch.alter_column("pages_seen", existing_type=sa.BigInteger(), nullable=False)
        batch.alter_column("images_seen", existing_type=sa.BigInteger(), nullable=False)
