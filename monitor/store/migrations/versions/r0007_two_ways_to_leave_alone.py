"""Of what is dismissed, whether it is not theirs or only left alone there, since when, and what it was taken for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sightings") as batch:
        batch.add_column(sa.Column("decision", sa.String(), nullable=True))
        batch.add_column(sa.Column("decided_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("dismissals") as batch:
        batch.add_column(sa.Column("tier", sa.String(), nullable=True))
    # Until now there was one way only, and the media went at once. What those pictures were taken for said nothing:
    # hashes had the last word.
    op.execute("UPDATE sightings SET decision = 'dismiss' WHERE status = 'dismissed' AND under_18 = 0")
