"""The hashes of what is enrolled by themselves, in lots of 256 photos: read off each fingerprint as it was kept."""

from __future__ import annotations

import os
import struct
import zlib
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_PRINTS = (
    'SELECT "case", id, 0 AS number, substr(fingerprint, 1, 48) AS head FROM enrolled '
    'UNION ALL SELECT "case", reference, number, substr(fingerprint, 1, 48) FROM versions ORDER BY 1, 2, 3'
)
_INSERT = 'INSERT INTO photo_hashes ("case", lot, bucket, revision, photos, hashes) VALUES (:c, :l, :b, :r, :p, :h)'
_MAGIC, _QUALITY, _PDQ, _PHOTOS = b"RMF1", 5, slice(16, 48), 256


def upgrade() -> None:
    with op.batch_alter_table("enrolled") as batch:
        batch.add_column(sa.Column("lot", sa.Integer(), nullable=True))
    op.create_table(
        "photo_hashes",
        sa.Column("case", sa.String(), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("lot", sa.Integer(), primary_key=True),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_photo_hashes_bucket", "photo_hashes", ["bucket", "case", "lot", "revision"])
    photos = defaultdict[str, dict[str, list[bytes]]](lambda: defaultdict(list))
    for case, reference, _, head in op.get_bind().execute(sa.text(_PRINTS)):
        if head[: len(_MAGIC)] == _MAGIC and len(head) == _PDQ.stop:  # what is damaged is said when it is read
            photos[case][reference].append(head)
    for case, known in photos.items():
        names = list(known)
        for lot, start in enumerate(range(0, len(names), _PHOTOS)):
            _fill(case, lot, {name: known[name] for name in names[start : start + _PHOTOS]})


def _fill(case: str, lot: int, photos: dict[str, list[bytes]]) -> None:
    heads = [head for known in photos.values() for head in known]
    ends = (bytes([len(name)]) + name.encode("ascii") + bytes([len(known)]) for name, known in photos.items())
    parts = (bytes(head[_QUALITY] for head in heads), *(head[_PDQ] for head in heads), *ends)
    hashes = struct.pack("<4sHI", b"RMH1", len(photos), len(heads)) + b"".join(parts)
    values = {
        "c": case,
        "l": lot,
        "b": zlib.crc32(f"{case} {lot}".encode()) % 256,
        "r": int.from_bytes(os.urandom(5)),
        "p": len(photos),
        "h": hashes,
    }
    op.get_bind().execute(sa.text(_INSERT), values)
    for name in photos:
        op.get_bind().execute(sa.text("UPDATE enrolled SET lot = :l WHERE id = :i"), {"l": lot, "i": name})
