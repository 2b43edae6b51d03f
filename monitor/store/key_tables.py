"""The keys that what is sealed was sealed by, each wrapped by the store's key."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table

from monitor.store.columns import UtcTime
from monitor.store.columns import metadata as metadata
from monitor.store.dialect import insert
from monitor.store.sealed_types import OfCase

case_keys = Table(
    "case_keys",  # empty where the file is encrypted as a whole
    metadata,
    Column("id", LargeBinary, primary_key=True),  # random
    Column("case", OfCase, nullable=False),  # '' = the installation's; others may be of a case that is yet to be set up
    Column("number", Integer, nullable=False),  # the newest seals
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Index(None, "case", "number", unique=True),
)

key_changes = Table(
    "key_changes",  # one row, or none: who has keys in memory reads them anew once its number is another
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
)

KEYS_CHANGED = (
    insert(key_changes)
    .values(id=1, number=1)
    .on_conflict_do_update(index_elements=["id"], set_={"number": key_changes.c.number + 1})
)
