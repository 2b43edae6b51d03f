"""Tables of the reports (`monitor.model.report`): each request, which sightings it is about, and its steps."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from monitor.store.tables import OutsideText, UtcTime
from monitor.store.tables import metadata as metadata

reports = Table(
    "reports",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", String, ForeignKey("cases.id"), nullable=False),
    Column("channel", OutsideText, nullable=False),
    Column("route", OutsideText, nullable=False),
    Column("state", OutsideText, nullable=False),  # as the steps give it, for questions; likewise `look_at`
    Column("file", OutsideText, nullable=False),
    Column("lane", String, nullable=False),
    Column("frozen", OutsideText, nullable=False),  # JSON
    Column("follows", String, nullable=False),
    Column("look_at", UtcTime),
    Index(None, "case", "id"),
    Index(None, "case", "state", "look_at"),
    Index(None, "case", "file"),
    Index(None, "case", "follows"),
)

report_sightings = Table(
    "report_sightings",
    metadata,
    Column("report", String, ForeignKey("reports.id"), primary_key=True),
    Column("sighting", String, ForeignKey("sightings.id"), primary_key=True),
    Column("place", Integer, nullable=False),  # in the draft's order, from 0
    Index(None, "sighting"),
)

report_events = Table(
    "report_events",
    metadata,
    Column("report", String, ForeignKey("reports.id"), primary_key=True),
    Column("step", Integer, primary_key=True),  # in the order in which they were noted, from 0
    Column("at", UtcTime, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("text", OutsideText, nullable=False),
    Column("number", OutsideText, nullable=False),
    Column("due_at", UtcTime),
    Column("undone_at", UtcTime),  # of a step that was taken back; those stand behind the others
)

dead_addresses = Table(
    "dead_addresses",  # of desks: nothing of a case is in it, so it is known to all
    metadata,
    Column("address", OutsideText, primary_key=True),
    Column("at", UtcTime, nullable=False),
)
