"""Where each custody log ends, beside it. And what was closed as under 18 by an older version loses the digest that
stood in the address of a picture which was written into its page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custody_heads",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_custody_heads_case")),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_custody_heads")),
    )
    op.execute(
        'INSERT INTO custody_heads ("case", number, digest) SELECT "case", number, digest FROM custody '
        'WHERE number = (SELECT max(other.number) FROM custody AS other WHERE other."case" = custody."case")'
    )
    op.execute(
        "UPDATE sightings SET image_url = 'data:', spot = randomblob(16) WHERE under_18 AND image_url LIKE 'data:%'"
    )
    op.execute(
        "UPDATE sighting_addresses SET image_url = 'data:' WHERE image_url LIKE 'data:%' "
        "AND sighting IN (SELECT id FROM sightings WHERE under_18)"
    )
