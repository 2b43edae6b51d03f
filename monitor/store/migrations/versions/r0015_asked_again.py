"""Of each address: when it is asked again, and since when it is as it is.

What an older version kept says neither: it is asked again as that version would have, after thirty days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("seen_urls") as batch:
        batch.add_column(sa.Column("ask_again_at", sa.BigInteger()))
        batch.add_column(sa.Column("same_since", sa.BigInteger()))
    op.create_table(
        "pair_tracks",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("stand_ins", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_pair_tracks")),
    )
