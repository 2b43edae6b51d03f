"""Tables of the captures (`monitor.model.capture`): a look at a page, and which sightings are on it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from monitor.store.columns import UtcTime, looked_up_index, of_same_case
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpText, OfCase, SealedText

captures = Table(
    "captures",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("page_url", LookedUpText(), nullable=False),
    Column("state", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("taken_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("retry_at", UtcTime),
    Column("why", SealedText(), nullable=False),
    Column("missing", SealedText(), nullable=False),  # JSON: [kind, why], in their order
    Index(None, "case", "id", unique=True),
    *looked_up_index("page_url", "case", of="captures"),
    Index(None, "state", "retry_at"),
)

capture_sightings = Table(
    "capture_sightings",
    metadata,
    Column("capture", String, primary_key=True),
    Column("sighting", String, primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Index(None, "sighting"),
    of_same_case("capture", "captures"),
    of_same_case("sighting", "sightings"),
)
