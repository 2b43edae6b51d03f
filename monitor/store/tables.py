"""The tables. Every one knows its case but `hosts` (pacing is of the machine); small facts: `fact_tables`;
reports: `report_tables`.

A change here needs a revision under `migrations/versions/`, and HEAD moved to it: a test compares the two.
Times are microseconds since 1970 in UTC; digests and hashes are raw bytes where there are many of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from monitor.model.presence import Truth

HEAD = "0050"
"""The revision that this program writes and reads."""

OLDER: frozenset[str] = frozenset(f"{number:04}" for number in range(1, int(HEAD)))
"""Revisions that it can upgrade from. Anything else is from a newer version."""

TRACE_TIMES = ("seen_at", "gone_since", "gone_at", "unknown_since")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as an integer: compares and sorts alike on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value} has no time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class OutsideText(TypeDecorator[str]):
    """Text that may come from a site. Half a surrogate pair (JSON can carry one) is replaced: it is not UTF-8, and a
    find must not be lost for it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and "\0" in value and dialect.name == "postgresql":
            value = value.replace("\0", "\ufffd")  # what its texts cannot hold
        if value is None or value.isascii():
            return value
        return value.encode("utf-8", "replace").decode("utf-8")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _case(*, primary_key: bool = False) -> Column[str]:
    return Column("case", String, ForeignKey("cases.id"), nullable=False, primary_key=primary_key)


def _text(name: str) -> Column[str]:
    return Column(name, OutsideText, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable)


def _trace(truth: Truth) -> tuple[Column[Any], ...]:
    """Of one of the three truths of a sighting, as `model.presence.Trace` has it."""
    times = (_time(f"{truth.value}_{name}", nullable=True) for name in TRACE_TIMES)
    return (*times, _text(f"{truth.value}_why"))


schema_version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))

cases = Table(
    "cases",
    metadata,
    Column("id", String, primary_key=True),
    _text("name"),
    Column("authority", String),
    _time("attested_at", nullable=True),
    _time("created_at", nullable=True),
)

references = Table(
    "enrolled",  # REFERENCES is a word of SQL
    metadata,
    Column("id", String, primary_key=True),
    _case(),
    _text("label"),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of `fingerprint`: what the set's revision is made of
    _time("enrolled_at"),
    _text("origin"),
    _time("paused_at", nullable=True),
    Column("name", String),  # of the best version's file; none: as the label
    Column("kind", String),
    Column("session", String),  # the first picture of those that were taken with it
    Column("lot", Integer),  # of `photo_hashes`
    Index(None, "case"),
)

photo_hashes = Table(
    "photo_hashes",  # of what is enrolled: the hashes alone, in lots of `model.hash_lot`
    metadata,
    _case(primary_key=True),
    Column("lot", Integer, primary_key=True),
    Column("bucket", Integer, nullable=False),  # of 256, by case and lot: what changed is looked for in one of them
    Column("revision", BigInteger, nullable=False),  # drawn anew with each change, 40 bits
    Column("photos", Integer, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    Index("ix_photo_hashes_bucket", "bucket", "case", "lot", "revision"),  # whole in itself: the rows are not read
)

versions = Table(
    "versions",  # of an enrolled picture, all but the best
    metadata,
    Column("reference", String, primary_key=True),
    Column("number", Integer, primary_key=True),  # in the order in which they came
    _case(),
    _text("name"),
    _text("kind"),
    _time("enrolled_at"),
    Column("onto_best", LargeBinary),
    Column("fingerprint", LargeBinary, nullable=False),
    Index(None, "case"),
)

candidates = Table(
    "candidates",
    metadata,
    _case(primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    _time("first_seen"),
    _time("last_seen"),
    _text("page_url"),
    _text("image_url"),
    _text("watch"),
    Column("frames", LargeBinary, nullable=False),
    _text("detail"),
    _text("matched_against"),
    _text("unreadable"),
    _text("planted"),
    Index(None, "case", "matched_against", "last_seen"),
)

seen_urls = Table(
    "seen_urls",
    metadata,
    # 64 bits of a keyed hash of case and URL; SQLite's own row id, so that a look-up is one descent.
    Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("proof", LargeBinary, nullable=False),  # 64 further bits: two URLs with one key are told apart
    _case(),
    Column("etag", OutsideText),
    Column("last_modified", OutsideText),
    Column("digest", LargeBinary, nullable=False),
    _time("checked_at"),
    _text("outcome"),
    Column("remembered", LargeBinary, nullable=False),
    _text("way"),
    _time("ask_again_at", nullable=True),
    _time("same_since", nullable=True),
)

sightings = Table(
    "sightings",
    metadata,
    Column("id", String, primary_key=True),
    Column("spot", LargeBinary, nullable=False, unique=True),  # hash of case, reference, present page and media URL
    _text("incident"),
    _case(),
    _text("watch"),
    _text("page_url"),
    _text("image_url"),
    _text("host"),  # of page_url
    _text("account"),
    _text("title"),
    _text("posted_at"),
    _text("result_url"),
    _text("tier"),
    Column("score", Float, nullable=False),
    _text("reason"),
    Column("reference", String),
    Column("label", OutsideText),
    Column("method", String),
    Column("distance", Integer),
    _text("variant"),
    Column("region", Text),  # JSON: corners
    Column("frame", Integer, nullable=False),
    _text("status"),
    _time("first_seen"),
    _time("last_seen"),
    _text("image_digest"),
    _time("removed_at", nullable=True),
    Column("before_dismissal", String),
    Column("under_18", Boolean, nullable=False),
    _text("claimed_url"),
    _text("claimed_account"),
    Column("decision", String),
    _time("decided_at", nullable=True),
    Column("only_said", Boolean, nullable=False),
    *(column for truth in Truth for column in _trace(truth)),
    _text("permalink"),
    _text("seen_in"),
    _text("said_from"),
    _time("there_since", nullable=True),
    Column("addresses_seen", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("before_report", String),
    _time("later_until", nullable=True),
    Index(None, "case", "number", unique=True),
    Index(None, "case", "id"),
    Index(None, "case", "status", "id"),
    Index(  # all that the inbox asks of a find: its question is answered from here alone
        "ix_sightings_inbox",
        *("case", "incident", "status", "tier", "under_18", "only_said", "later_until", "first_seen", "account"),
    ),
    Index(None, "case", "page_url"),
    Index(None, "case", "watch", "claimed_url"),
    Index(None, "case", "under_18"),
    Index(None, "case", "image_url"),
    Index(None, "case", "image_digest"),
    Index(None, "case", "reference", "first_seen"),
    Index(None, "case", "seen_in"),
)

sighting_addresses = Table(
    "sighting_addresses",  # beside the present one, which stands in `sightings`
    metadata,
    Column("sighting", String, ForeignKey("sightings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # in the order in which they were first seen
    _case(),
    _text("page_url"),
    _text("image_url"),
    _time("first_seen"),
    _time("last_seen"),
    Index(None, "case", "image_url"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    _case(),
    _text("kind"),
    _text("subject"),
    Column("message_id", String, nullable=False, unique=True),
    _time("created_at"),
    _time("not_before"),
    Column("urgent", Boolean, nullable=False),
    Column("count", Integer, nullable=False),
    _text("sightings"),  # JSON: ids
    Column("attempts", Integer, nullable=False),
    _text("delivery"),
    _time("sent_at", nullable=True),
    _text("last_error"),
    _time("retry_at", nullable=True),  # set by a claim: not offered to anybody before
    Column("number", Integer, nullable=False),  # counted up over the whole store; rows are never removed
    Column("run", String, nullable=False, server_default=""),  # which it came of, as the journal names it
    Index(None, "number", unique=True),
    Index(None, "delivery", "not_before"),
    Index(None, "case", "subject"),
    Index(None, "case", "created_at"),
)

alert_parts = Table(
    "alert_parts",
    metadata,
    Column("alert", String, ForeignKey("alerts.id"), primary_key=True),
    Column("target", String, primary_key=True),  # a digest of the address
    _text("name"),
    _text("answer"),
    Column("tries", Integer, nullable=False),
    Column("handed", Integer, nullable=False),  # without an answer
    _time("changed_at"),
    _time("retry_at", nullable=True),
    _text("said"),
    Index(None, "target", "changed_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    _case(),
    _text("watch"),
    _text("status"),
    _time("started_at"),
    _time("finished_at"),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("pages", "images", "new_images", "not_modified", "matches", "new_sightings", "bytes")
    ),
    _text("errors"),  # JSON
    _text("limits"),  # JSON
    *(Column(name, BigInteger, nullable=False) for name in ("pages_seen", "images_seen")),
    *(Column(name, BigInteger) for name in ("appeared", "appeared_hers", "requests")),  # NULL: of earlier versions
    Column("sight", OutsideText),
    Index(None, "case", "watch", "number"),
    Index(None, "case", "finished_at"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String, primary_key=True),
    _case(),
    Column("sighting", String, ForeignKey("sightings.id")),  # NULL: the capture's as a whole, or about no one sighting
    _text("kind"),
    _time("captured_at"),
    _text("media_type"),
    _text("path"),
    _text("plain_digest"),
    _text("sealed_digest"),
    Column("size", BigInteger, nullable=False),
    Column("capture", String, ForeignKey("captures.id")),  # NULL: the person's own
    Index(None, "case"),
    Index(None, "capture"),
    Index(None, "sighting"),
    Index(None, "path"),
)

dismissals = Table(
    "dismissals",
    metadata,
    _case(primary_key=True),
    Column("reference", String, primary_key=True),
    Column("image_digest", String, primary_key=True),
    Column("pdq", LargeBinary),
    Column("tier", String),
)

draft_files = Table(
    "draft_files",  # readable text, so each place is known, earlier versions of a draft too
    metadata,
    Column("path", OutsideText, primary_key=True),
    Column("sighting", String, ForeignKey("sightings.id"), primary_key=True),  # whom it names
    _case(),
    Index(None, "sighting"),
)

removals = Table(
    "removals",  # files that are to go
    metadata,
    Column("kind", String, primary_key=True),
    Column("path", OutsideText, primary_key=True),
    _case(),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String, primary_key=True),
    _time("free_at"),
    Column("failures", Integer, nullable=False),
    Column("holder", String),  # whose turn it is; None: nobody's, and always on SQLite
    _time("held_until", nullable=True),
)
