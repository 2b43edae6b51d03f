"""What an older version took for a find's page because a list named it, without ever having been there.

Every page that was read has its row among the seen ones, by a hash of its address that the store's own salt keys; a
page that was only named has none. One whose row was forgotten meanwhile counts as only named: the next look that sees
the picture there, or the person's word, makes up for it.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from monitor.model.ids import CaseId

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SAID = """
    SELECT id, "case", page_url, image_url FROM sightings
    WHERE under_18 = 0 AND reference IS NOT NULL AND claimed_url = ''
    AND id NOT IN (SELECT sighting FROM reports WHERE sent_at IS NOT NULL)
"""


def upgrade() -> None:
    with op.batch_alter_table("sightings") as batch:
        batch.add_column(sa.Column("only_said", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sightings") as batch:
        batch.alter_column("only_said", existing_type=sa.Boolean(), nullable=False, server_default=None)
    connection = op.get_bind()
    salt = bytes.fromhex(connection.scalar(sa.text("SELECT value FROM notes WHERE key = 'store:salt'")) or "")
    rows = connection.execute(sa.text("SELECT key, proof FROM seen_urls WHERE length(remembered) > 0"))
    read = {(row.key, bytes(row.proof)) for row in rows}
    for row in connection.execute(sa.text(_SAID)).all():
        if row.page_url != row.image_url and not _was_read(row.case, row.page_url, salt, read):
            connection.execute(sa.text("UPDATE sightings SET only_said = 1 WHERE id = :id"), {"id": row.id})
    kept = connection.execute(sa.text('SELECT "case", digest, page_url, image_url FROM candidates')).all()
    for row in kept:  # a photo that is enrolled later is looked for among these
        if row.image_url.startswith("http") and not _was_read(row.case, row.page_url, salt, read):
            connection.execute(
                sa.text('UPDATE candidates SET page_url = image_url WHERE "case" = :case AND digest = :digest'),
                {"case": row.case, "digest": row.digest},
            )


def _was_read(case: CaseId, url: str, salt: bytes, read: set[tuple[int, bytes]]) -> bool:
    """As it was asked for, which a redirect may have changed a little."""
    rest = url.partition("://")[2]
    ends = {rest, f"{rest}/", rest.removesuffix("/")}
    asked = {url, *(f"{scheme}://{end}" for scheme in ("http", "https") for end in ends)}
    return any(_key(case, one, salt) in read for one in asked)


def _key(case: CaseId, url: str, salt: bytes) -> tuple[int, bytes]:
    told = f"{case}\0{url}".encode("utf-8", "surrogatepass")
    whole = hashlib.blake2b(told, key=salt, digest_size=16).digest()
    return int.from_bytes(whole[:8], signed=True), whole[8:]
