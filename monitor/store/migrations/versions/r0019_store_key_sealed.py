"""What the store's sealed key was sealed to, and how many wrong passphrases were tried.

Of an older store the first is not known: its key is sealed anew at the next start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NEW = ("key_sealed_to", "key_digest", "wrong_passphrases")


def upgrade() -> None:
    with op.batch_alter_table("machine") as batch:
        batch.add_column(sa.Column("key_sealed_to", sa.String(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("key_digest", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("wrong_passphrases", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("machine") as batch:
        for name in NEW:
            batch.alter_column(name, nullable=False, server_default=None)
