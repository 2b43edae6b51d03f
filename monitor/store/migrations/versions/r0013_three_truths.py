"""That a page names a picture, that its address answers with it, and that a search shows it are three things.

Until now one time stood for all of them. It was moved on wherever a page named a known address, so it is the page's;
the picture itself was surely had when it was found. The first of two gone looks was always the media's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TRUTHS = ("page", "media", "search")
_TIMES = ("seen_at", "gone_since", "gone_at", "unknown_since")


def upgrade() -> None:
    with op.batch_alter_table("sightings") as batch:
        for truth in _TRUTHS:
            for name in _TIMES:
                batch.add_column(sa.Column(f"{truth}_{name}", sa.BigInteger()))
            batch.add_column(sa.Column(f"{truth}_why", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("sightings") as batch:
        for truth in _TRUTHS:
            batch.alter_column(f"{truth}_why", existing_type=sa.Text(), nullable=False, server_default=None)
    op.execute("UPDATE sightings SET page_seen_at = last_seen WHERE only_said = 0 AND under_18 = 0")
    op.execute("""
        UPDATE sightings
        SET media_seen_at = first_seen, media_gone_since = gone_since,
            media_gone_at = CASE WHEN status = 'removed' AND gone_since IS NOT NULL THEN removed_at ELSE gone_since END
        WHERE image_url NOT LIKE 'data:%' AND under_18 = 0
    """)
    op.execute("UPDATE sightings SET search_seen_at = first_seen WHERE result_url > '' AND under_18 = 0")
    with op.batch_alter_table("sightings") as batch:
        batch.drop_column("gone_since")
