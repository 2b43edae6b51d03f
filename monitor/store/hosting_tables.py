"""Tables of `monitor.ports.hosting`. What is wanted, and what the person checked, is of a case; what registries say is
of none."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from monitor.store.columns import UtcTime
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpText, OfCase, SealedBytes, SealedText

hostings = Table(
    "hostings",
    metadata,
    Column("host", LookedUpText("hosts looked up", of_all=True), primary_key=True),
    Column("answer", SealedText(of_all=True), nullable=False),  # JSON: `model.hosting.Hosting`
    Column("ask_again_at", UtcTime, nullable=False),
)

hosting_wants = Table(
    "hosting_wants",
    metadata,
    Column("case", OfCase, ForeignKey("cases.id"), primary_key=True),
    Column("host", LookedUpText("hosts looked up", of_all=True), primary_key=True),
    Column("since", UtcTime, nullable=False),
    Index(None, "host"),
)

contact_checks = Table(
    "contact_checks",
    metadata,
    Column("case", OfCase, ForeignKey("cases.id"), primary_key=True),
    Column("address", LookedUpText(), primary_key=True),  # plain ASCII
    Column("at", UtcTime, nullable=False),
)

registry_copies = Table(
    "registry_copies",
    metadata,
    Column("question", LookedUpText(of_all=True), primary_key=True),
    # Of a network: 17 bytes each, the kind of address (4 or 6) and 16 of its number, so that they compare as numbers.
    Column("first", SealedBytes(of_all=True)),
    Column("last", SealedBytes(of_all=True)),
    Column("answer", SealedText(of_all=True), nullable=False),  # JSON, as its reader gave it
    Column("at", UtcTime, nullable=False),
)
