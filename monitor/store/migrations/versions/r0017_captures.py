"""Evidence is of a capture: one look at one page. What was sealed for one sighting at one time becomes one.

Its id is that of its first file: unique among captures, and told nowhere else as such.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NEVER_MADE = "Earlier versions of this program did not make it."
MISSING = json.dumps([[kind, NEVER_MADE] for kind in ("screenshot", "warc")])


def upgrade() -> None:
    op.create_table(
        "captures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_captures_case"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
    )
    op.create_index("ix_captures_case_id", "captures", ["case", "id"])
    op.create_index("ix_captures_case_page_url", "captures", ["case", "page_url"])
    op.create_index("ix_captures_state_retry_at", "captures", ["state", "retry_at"])
    op.create_table(
        "capture_sightings",
        sa.Column("capture", sa.String(), nullable=False),
        sa.Column("sighting", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["capture"], ["captures.id"], name="fk_capture_sightings_capture"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_capture_sightings_sighting"),
        sa.PrimaryKeyConstraint("capture", "sighting", name="pk_capture_sightings"),
    )
    op.create_index("ix_capture_sightings_sighting", "capture_sightings", ["sighting"])
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("capture", sa.String(), nullable=True))
        batch.create_foreign_key("fk_evidence_capture", "captures", ["capture"], ["id"])
    op.create_index("ix_evidence_capture", "evidence", ["capture"])
    op.execute(
        'UPDATE evidence SET capture = (SELECT min(other.id) FROM evidence AS other WHERE other."case" = '
        'evidence."case" AND other.sighting = evidence.sighting AND other.captured_at = evidence.captured_at)'
    )
    op.execute(
        sa.text(
            "INSERT INTO captures SELECT evidence.id, evidence.\"case\", sightings.page_url, 'partial', 'seen', "
            "evidence.captured_at, evidence.captured_at, 0, NULL, '', :missing FROM evidence JOIN sightings "
            "ON sightings.id = evidence.sighting WHERE evidence.capture = evidence.id"
        ).bindparams(missing=MISSING)
    )
    op.execute("INSERT INTO capture_sightings SELECT capture, sighting FROM evidence WHERE capture = id")
