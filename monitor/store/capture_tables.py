"""Tables of the captures (`monitor.model.capture`): a look at a page, and which sightings are on it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from monitor.store.tables import OutsideText, UtcTime
from monitor.store.tables import metadata as metadata

captures = Table(
    "captures",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", String, ForeignKey("cases.id"), nullable=False),
    Column("page_url", OutsideText, nullable=False),
    Column("state", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("taken_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("retry_at", UtcTime),
    Column("why", OutsideText, nullable=False),
    Column("missing", OutsideText, nullable=False),  # JSON: [kind, why], in their order
    Index(None, "case", "id"),
    Index(None, "case", "page_url"),
    Index(None, "state", "retry_at"),
)

capture_sightings = Table(
    "capture_sightings",
    metadata,
    Column("capture", String, ForeignKey("captures.id"), primary_key=True),
    Column("sighting", String, ForeignKey("sightings.id"), primary_key=True),
    Index(None, "sighting"),
)
