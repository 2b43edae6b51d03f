"""When the next passphrase may be tried. A wrong one was only told late: who ended the process first had no wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("machine") as batch:
        batch.add_column(sa.Column("next_try_at", sa.BigInteger(), nullable=True))
