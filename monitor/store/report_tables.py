"""Tables of the reports (`monitor.model.report`): each request, which sightings it is about, and its steps."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from monitor.store.columns import OutsideText, UtcTime, looked_up_index, of_same_case
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpText, OfCase, SealedText

reports = Table(
    "reports",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("channel", SealedText(), nullable=False),
    Column("route", SealedText(), nullable=False),
    Column("state", OutsideText, nullable=False),  # as the steps give it, for questions; likewise `look_at`
    Column("file", LookedUpText(), nullable=False),
    Column("lane", String, nullable=False),
    Column("frozen", SealedText(), nullable=False),  # JSON
    Column("follows", String, nullable=False),
    Column("look_at", UtcTime),
    Index(None, "case", "id", unique=True),
    Index(None, "case", "state", "look_at"),
    *looked_up_index("file", "case", of="reports"),
    Index(None, "case", "follows"),
)

report_sightings = Table(
    "report_sightings",
    metadata,
    Column("report", String, primary_key=True),
    Column("sighting", String, primary_key=True),
    Column("place", Integer, nullable=False),  # in the draft's order, from 0
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Index(None, "sighting"),
    of_same_case("report", "reports"),
    of_same_case("sighting", "sightings"),
)

report_events = Table(
    "report_events",
    metadata,
    Column("report", String, primary_key=True),
    Column("step", Integer, primary_key=True),  # in the order in which they were noted, from 0
    Column("at", UtcTime, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("text", SealedText(), nullable=False),
    Column("number", SealedText(), nullable=False),
    Column("due_at", UtcTime),
    Column("undone_at", UtcTime),  # of a step that was taken back; those stand behind the others
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    of_same_case("report", "reports"),
)

dead_addresses = Table(
    "dead_addresses",  # of desks: nothing of a case is in it, so it is known to all
    metadata,
    Column("address", OutsideText, primary_key=True),
    Column("at", UtcTime, nullable=False),
)
