"""A sighting keeps every address that it is seen at, not the first alone.

What is there has one: its place, which stays the present one. Where a list showed it is not known until the next look.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sightings") as batch:
        batch.add_column(sa.Column("permalink", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("seen_in", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("said_from", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("there_since", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("addresses_seen", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("sightings") as batch:
        batch.alter_column("permalink", existing_type=sa.Text(), nullable=False, server_default=None)
        batch.alter_column("seen_in", existing_type=sa.Text(), nullable=False, server_default=None)
        batch.alter_column("said_from", existing_type=sa.Text(), nullable=False, server_default=None)
        batch.alter_column("addresses_seen", existing_type=sa.Integer(), nullable=False, server_default=None)
    op.execute("UPDATE sightings SET said_from = claimed_url")
    op.create_index("ix_sightings_case_seen_in", "sightings", ["case", "seen_in"])
    op.create_table(
        "sighting_addresses",
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_sighting_addresses_sighting"),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_sighting_addresses_case"),
        sa.PrimaryKeyConstraint("sighting", "number", name="pk_sighting_addresses"),
    )
    op.create_index("ix_sighting_addresses_case_image_url", "sighting_addresses", ["case", "image_url"])
