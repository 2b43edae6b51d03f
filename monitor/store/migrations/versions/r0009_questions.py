"""Sightings and reports are asked for by question: each has its index."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ADDED = {
    "sightings": (
        ("case", "id"),
        ("case", "status", "id"),
        ("case", "incident"),
        ("case", "page_url"),
        ("case", "watch", "claimed_url"),
        ("case", "under_18"),
    ),
    "reports": (("case", "id"), ("case", "state", "due_at"), ("case", "file")),
}


def upgrade() -> None:
    op.drop_index("ix_reports_case", "reports")
    for table, indexes in _ADDED.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
