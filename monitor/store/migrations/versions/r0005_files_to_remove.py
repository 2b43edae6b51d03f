"""Where drafts lie, and files that are to go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_files",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_draft_files_case"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_draft_files_sighting"),
        sa.PrimaryKeyConstraint("path", name="pk_draft_files"),
    )
    op.create_index("ix_draft_files_sighting", "draft_files", ["sighting"])
    op.create_table(
        "removals",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_removals_case"),
        sa.PrimaryKeyConstraint("kind", "path", name="pk_removals"),
    )
