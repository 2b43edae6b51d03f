"""When each watch is visited next is a row that visits rest on, and no longer a note of what a daemon had in mind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# Planned by nothing that is known (`rhythm`), each is planned anew by who looks next: from its last look, or from when
# it was first known.
_CARRIED = """
INSERT INTO due_visits ("case", watch, "at", why, beat, rhythm, held_by)
SELECT "case", watch, coalesce(next_visit, known_since), 'schedule', coalesce(known_since, next_visit), '', ''
FROM watch_facts WHERE next_visit IS NOT NULL OR known_since IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "due_visits",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("rhythm", sa.String(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("case", "watch", name=op.f("pk_due_visits")),
    )
    op.create_index("ix_due_visits_at", "due_visits", ["at"])
    op.execute(_CARRIED)
    op.execute("DELETE FROM watch_facts WHERE blindness_told_at IS NULL")
    with op.batch_alter_table("watch_facts") as batch:
        batch.drop_column("known_since")
        batch.drop_column("next_visit")
