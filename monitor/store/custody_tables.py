"""Tables of the custody log and of the time stamps on it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from monitor.store.columns import OutsideText, UtcTime
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import OfCase, SealedBytes, SealedText


def _case() -> Column[str]:
    return Column("case", OfCase, ForeignKey("cases.id"), primary_key=True)


custody = Table(
    "custody",
    metadata,
    _case(),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("act", String, nullable=False),
    Column("details", SealedText(), nullable=False),  # JSON, ASCII
    Column("salt", SealedText(), nullable=False),
    Column("commitment", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("drops", Text, nullable=False),  # numbers with a space between
)

custody_heads = Table(
    "custody_heads",  # of the last entry of each log: rows cut off its end are missed
    metadata,
    _case(),
    Column("number", Integer, nullable=False),
    Column("digest", String, nullable=False),
)

time_stamps = Table(
    "time_stamps",
    metadata,
    _case(),
    Column("number", Integer, primary_key=True),  # of the entry in the custody log
    Column("authority", OutsideText, primary_key=True),  # its address
    Column("at", UtcTime, nullable=False),
    Column("told", UtcTime, nullable=False),  # the time in the token
    Column("data", SealedBytes(), nullable=False),  # what the imprint is of
    Column("query", SealedBytes(), nullable=False),
    Column("reply", SealedBytes(), nullable=False),
    Column("chain", SealedBytes(), nullable=False),  # PEM
)

stamp_tries = Table(
    "stamp_tries",  # since the last stamp
    metadata,
    _case(),
    Column("tries", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("retry_at", UtcTime, nullable=False),
    Column("why", SealedText(), nullable=False),
)
