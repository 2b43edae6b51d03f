"""What one case closed as under 18 is asked for by none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.closed_for_all import closed_key

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_CLOSED = """
SELECT page_url, seen_in, image_url FROM sightings WHERE under_18
UNION SELECT a.page_url, '', a.image_url FROM sighting_addresses AS a JOIN sightings AS s ON s.id = a.sighting
WHERE s.under_18
"""


def upgrade() -> None:
    table = op.create_table(
        "closed_for_all",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("is_page", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_closed_for_all"),
    )
    op.create_index("ix_closed_for_all_is_page_key", "closed_for_all", ["is_page", "key"])
    bind = op.get_bind()
    salt = bind.execute(sa.text("SELECT salt FROM machine")).scalar()
    if salt is None:  # a store that nobody opened yet
        return
    rows = {}
    for page, seen_in, image in bind.execute(sa.text(_CLOSED)):
        for url, is_page in ((page, True), (seen_in, True), (image, False)):
            if url and not url.startswith("data:"):
                key = closed_key(bytes.fromhex(salt), url, is_page=is_page)
                rows[key] = {"key": key, "address": url, "is_page": is_page}
    if rows:
        op.bulk_insert(table, list(rows.values()))
