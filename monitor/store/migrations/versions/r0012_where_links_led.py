"""What links of each shape led to, of watches whose links the program chooses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.tables import OutsideText, UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_shapes",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("watch", OutsideText(), nullable=False),
        sa.Column("shapes", OutsideText(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("case", "watch", name=op.f("pk_link_shapes")),
    )
