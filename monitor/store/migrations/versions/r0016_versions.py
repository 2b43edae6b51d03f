"""Of an enrolled picture: its other versions. What an older version enrolled has one each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enrolled") as batch:
        batch.add_column(sa.Column("name", sa.String()))
        batch.add_column(sa.Column("kind", sa.String()))
        batch.add_column(sa.Column("session", sa.String()))
    op.create_table(
        "versions",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("onto_best", sa.LargeBinary()),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_versions_case")),
        sa.PrimaryKeyConstraint("reference", "number", name=op.f("pk_versions")),
    )
    op.create_index(op.f("ix_versions_case"), "versions", ["case"])
