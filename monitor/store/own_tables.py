"""The tables of what the person adds herself (`monitor.model.own_evidence`, `monitor.model.tick`,
`monitor.model.wish`, `monitor.model.deciding`)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

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

wishes = Table(
    "wishes",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", String, ForeignKey("cases.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("about", OutsideText, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("held_until", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("ended_at", UtcTime),
    Column("end", String),
    Column("said", OutsideText, nullable=False),  # JSON: lines
    Column("pages", Integer, nullable=False),
    Column("pictures", Integer, nullable=False),
    Column("finds", Integer, nullable=False),
    Index(None, "case", "asked_at"),
    Index(None, "case", "state"),
)

made_decisions = Table(
    "made_decisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("case", String, ForeignKey("cases.id"), nullable=False),
    Column("sighting", String, ForeignKey("sightings.id"), nullable=False),
    Column("act", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("via", String, nullable=False),
    Column("batch", String, nullable=False),
    Column("until", UtcTime),
    Column("text", OutsideText, nullable=False),
    Column("undone_at", UtcTime),
    Column("was_status", String, nullable=False),  # how the find stood before
    Column("was_before", String),
    Column("was_decision", String),
    Column("was_decided_at", UtcTime),
    Column("was_later_until", UtcTime),
    Index(None, "case", "sighting"),
    Index(None, "case", "batch"),
    Index(None, "case", "at"),
)
