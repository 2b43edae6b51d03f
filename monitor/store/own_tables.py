"""The tables of what the person adds herself (`monitor.model.own_evidence`, `monitor.model.tick`,
`monitor.model.wish`, `monitor.model.deciding`)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from monitor.store.columns import UtcTime, of_same_case
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpText, OfCase, SealedText

own_entries = Table(
    "own_entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("sighting", String),
    Column("record", String, nullable=False),
    Column("words", SealedText(), nullable=False),  # JSON, as `OwnWords`
    Column("files", SealedText(), nullable=False),  # JSON, as `OwnFile`, in their order
    Index(None, "case", "id"),
    Index(None, "sighting"),
    of_same_case("sighting", "sightings"),
)

ticks = Table(
    "ticks",
    metadata,
    Column("case", OfCase, ForeignKey("cases.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("said", SealedText(), nullable=False),  # the time as typed; '' where nothing was said
    Column("at", UtcTime),
    Column("is_exact", Boolean, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("note", SealedText(), nullable=False),
)

wishes = Table(
    "wishes",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("about", LookedUpText(), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("held_until", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("ended_at", UtcTime),
    Column("end", String),
    Column("said", SealedText(), nullable=False),  # JSON: lines
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
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("sighting", String, nullable=False),
    Column("act", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("via", String, nullable=False),
    Column("batch", String, nullable=False),
    Column("until", UtcTime),
    Column("text", SealedText(), nullable=False),
    Column("undone_at", UtcTime),
    Column("was_status", String, nullable=False),  # how the find stood before
    Column("was_before", String),
    Column("was_decision", String),
    Column("was_decided_at", UtcTime),
    Column("was_later_until", UtcTime),
    Index(None, "case", "sighting"),
    Index(None, "case", "batch"),
    Index(None, "case", "at"),
    of_same_case("sighting", "sightings"),
)
