"""Of each address the way out by which it was fetched, and of each picture whether the person put it there herself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("seen_urls") as batch:
        batch.add_column(sa.Column("way", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("candidates") as batch:
        batch.add_column(sa.Column("planted", sa.Text(), nullable=False, server_default=""))
    # By which way they came is not known, so none goes out again.
    op.execute("UPDATE seen_urls SET etag = NULL, last_modified = NULL")
    with op.batch_alter_table("seen_urls") as batch:
        batch.alter_column("way", existing_type=sa.Text(), server_default=None)
    with op.batch_alter_table("candidates") as batch:
        batch.alter_column("planted", existing_type=sa.Text(), server_default=None)
