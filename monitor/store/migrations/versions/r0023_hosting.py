"""Who hosts what, and which cases want to know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hostings",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ask_again_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hostings")),
    )
    op.create_table(
        "hosting_wants",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_hosting_wants_case")),
        sa.PrimaryKeyConstraint("case", "host", name=op.f("pk_hosting_wants")),
    )
    op.create_index(op.f("ix_hosting_wants_host"), "hosting_wants", ["host"])
    op.create_table(
        "registry_copies",
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("first", sa.LargeBinary()),
        sa.Column("last", sa.LargeBinary()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("question", name=op.f("pk_registry_copies")),
    )
    op.create_index(op.f("ix_registry_copies_first"), "registry_copies", ["first"])
