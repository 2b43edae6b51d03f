"""Tables of `monitor.ports.hosting`. What is wanted, and what the person checked, is of a case; what registries say is
of none."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from monitor.store.tables import OutsideText, UtcTime
from monitor.store.tables import metadata as metadata

hostings = Table(
    "hostings",
    metadata,
    Column("host", OutsideText, primary_key=True),
    Column("answer", OutsideText, nullable=False),  # JSON: `model.hosting.Hosting`
    Column("ask_again_at", UtcTime, nullable=False),
)

hosting_wants = Table(
    "hosting_wants",
    metadata,
    Column("case", String, ForeignKey("cases.id"), primary_key=True),
    Column("host", OutsideText, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Index(None, "host"),
)

contact_checks = Table(
    "contact_checks",
    metadata,
    Column("case", String, ForeignKey("cases.id"), primary_key=True),
    Column("address", String, primary_key=True),  # plain ASCII
    Column("at", UtcTime, nullable=False),
)

registry_copies = Table(
    "registry_copies",
    metadata,
    Column("question", OutsideText, primary_key=True),
    # Of a network: 17 bytes each, the kind of address (4 or 6) and 16 of its number, so that they compare as numbers.
    Column("first", LargeBinary),
    Column("last", LargeBinary),
    Column("answer", OutsideText, nullable=False),  # JSON, as its reader gave it
    Column("at", UtcTime, nullable=False),
    Index(None, "first"),
)
