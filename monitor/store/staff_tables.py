"""Tables of the staff and of the audit trail. Their case may be '', of the installation: it names no row of `cases`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from monitor.store.columns import UtcTime
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpText, OfCase, SealedText

staff = Table(
    "staff",
    metadata,
    Column("case", OfCase, primary_key=True),
    Column("person", LookedUpText(of_all=True), primary_key=True),
    Column("role", String, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("by", SealedText(of_all=True), nullable=False),
    Index("ix_staff_person", "person"),
)

audit = Table(
    "audit",
    metadata,
    Column("case", OfCase, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("act", String, nullable=False),
    Column("details", SealedText(), nullable=False),  # JSON, ASCII
    Column("salt", SealedText(), nullable=False),
    Column("commitment", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False),
)

audit_heads = Table(
    "audit_heads",  # of the last entry of each trail: rows cut off its end are missed
    metadata,
    Column("case", OfCase, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("digest", String, nullable=False),
)
