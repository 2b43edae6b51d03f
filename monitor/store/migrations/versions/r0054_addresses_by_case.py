"""On a shared database addresses that were seen are walked through case by case."""

from __future__ import annotations

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_seen_urls_by_case", "seen_urls", ["case", "key"])
