"""The tables of what the person adds herself (`monitor.model.own_evidence`, `monitor.model.tick`)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table

from monitor.store.tables import OutsideText, UtcTime
from monitor.store.tables import metadata as metadata

own_entries = Table(
    "own_entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", String, ForeignKey("cases.id"), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("sighting", String, ForeignKey("sightings.id")),
    Column("record", String, nullable=False),
    Column("words", OutsideText, nullable=False),  # JSON, as `OwnWords`
    Column("files", OutsideText, nullable=False),  # JSON, as `OwnFile`, in their order
    Index(None, "case", "id"),
    Index(None, "sighting"),
)

ticks = Table(
    "ticks",
    metadata,
    Column("case", String, ForeignKey("cases.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("said", OutsideText, nullable=False),  # the time as typed; '' where nothing was said
    Column("at", UtcTime),
    Column("is_exact", Boolean, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("note", OutsideText, nullable=False),
)
