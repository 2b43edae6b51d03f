"""Page, media and search of a find are looked at each at its own time; what became of it is kept each time; and how its
watch looked, for when that is gone.

A find that an older version looked at goes on at the time that was set. What was removed then was removed once, the
last time. When it came back was not kept: by when it was last seen at the latest, and where it is 'reported', by the
last request, for it is so only by one that was sent since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BACK_BY = "seen there by then; when it came back was not kept"


def upgrade() -> None:
    op.rename_table("rechecks", "rechecks_before")
    op.create_table(
        "rechecks",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("truth", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_rechecks_case")),
        sa.PrimaryKeyConstraint("case", "sighting", "truth", name=op.f("pk_rechecks")),
    )
    # The others of the three have theirs from the first look on. What has none was never looked at: it is due at once.
    op.execute(
        "INSERT INTO rechecks SELECT \"case\", id, 'media', coalesce((SELECT due_at FROM rechecks_before AS before "
        "WHERE before.\"case\" = sightings.\"case\" AND before.sighting = sightings.id), last_seen), '', '', '' "
        "FROM sightings"
    )
    op.drop_table("rechecks_before")
    op.create_index(op.f("ix_rechecks_case_due_at"), "rechecks", ["case", "due_at"])
    op.create_table(
        "changes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_changes_case")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_case_at"), "changes", ["case", "at"])
    op.create_index(op.f("ix_changes_case_sighting"), "changes", ["case", "sighting"])
    was_removed = "FROM sightings AS s WHERE removed_at IS NOT NULL AND NOT under_18"
    stands = "(s.status, coalesce(s.before_dismissal, ''))"
    asked = f"FROM reports AS r WHERE r.sighting = s.id AND 'reported' IN {stands}"
    back_by = f"coalesce(min(last_seen, (SELECT max(r.sent_at) {asked})), last_seen)"
    op.execute(
        'INSERT INTO changes ("case", sighting, at, kind, why) '
        f"SELECT \"case\", id, removed_at AS at, 'removed' AS kind, '' AS why {was_removed} "
        f"UNION ALL SELECT \"case\", id, max(removed_at, {back_by}), 'back', '{BACK_BY}' {was_removed} "
        f"AND 'removed' NOT IN {stands} ORDER BY at, kind DESC"
    )
    op.create_table(
        "kept_watches",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_kept_watches_case")),
        sa.PrimaryKeyConstraint("case", "watch", name=op.f("pk_kept_watches")),
    )
