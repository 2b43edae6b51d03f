"""Wrong passphrases are counted for each identity: a right one of another set the only count back.

What was counted before holds for whichever is tried next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("machine") as batch:
        batch.add_column(sa.Column("wrong_by", sa.String(), nullable=False, server_default="{}"))
    op.execute("""UPDATE machine SET wrong_by = '{"": ' || wrong_passphrases || '}' WHERE wrong_passphrases > 0""")
    with op.batch_alter_table("machine") as batch:
        batch.alter_column("wrong_by", existing_type=sa.String(), server_default=None)
        batch.drop_column("wrong_passphrases")
