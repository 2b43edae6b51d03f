"""The tables. Every one knows its case but `hosts` (pacing is of the machine); small facts: `fact_tables`;
reports: `report_tables`.

A change here needs a revision under `migrations/versions/`, and HEAD moved to it: a test compares the two.
Times are microseconds since 1970 in UTC; digests and hashes are raw bytes where there are many of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from monitor.model.presence import Truth
from monitor.store.columns import OutsideText as OutsideText
from monitor.store.columns import UtcTime as UtcTime
from monitor.store.columns import case_column, looked_up_index, of_same_case
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpBytes, LookedUpText, OfCase, SealedBytes, SealedText

HEAD = "0054"
"""The revision that this program writes and reads."""

OLDER: frozenset[str] = frozenset(f"{number:04}" for number in range(1, int(HEAD)))
"""Revisions that it can upgrade from. Anything else is from a newer version."""

TRACE_TIMES = ("seen_at", "gone_since", "gone_at", "unknown_since")


def _text(name: str) -> Column[str]:
    return Column(name, OutsideText, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable)


def _trace(truth: Truth) -> tuple[Column[Any], ...]:
    """Of one of the three truths of a sighting, as `model.presence.Trace` has it."""
    times = (_time(f"{truth.value}_{name}", nullable=True) for name in TRACE_TIMES)
    return (*times, Column(f"{truth.value}_why", SealedText(), nullable=False))


schema_version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))

cases = Table(
    "cases",
    metadata,
    Column("id", OfCase, primary_key=True),
    Column("name", SealedText(), nullable=False),
    Column("authority", String),
    _time("attested_at", nullable=True),
    _time("created_at", nullable=True),
)

references = Table(
    "enrolled",  # REFERENCES is a word of SQL
    metadata,
    Column("id", String, primary_key=True),
    case_column(),
    Column("label", SealedText(), nullable=False),
    Column("fingerprint", SealedBytes(), nullable=False),
    Column("digest", SealedBytes(), nullable=False),  # of `fingerprint`: what the set's revision is made of
    _time("enrolled_at"),
    _text("origin"),
    _time("paused_at", nullable=True),
    Column("name", SealedText()),  # of the best version's file; none: as the label
    Column("kind", String),
    Column("session", String),  # the first picture of those that were taken with it
    Column("lot", Integer),  # of `photo_hashes`
    Index(None, "case"),
)

photo_hashes = Table(
    "photo_hashes",  # of what is enrolled: the hashes alone, in lots of `model.hash_lot`
    metadata,
    case_column(primary_key=True),
    Column("lot", Integer, primary_key=True),
    Column("bucket", Integer, nullable=False),  # of 256, by case and lot: what changed is looked for in one of them
    Column("revision", BigInteger, nullable=False),  # drawn anew with each change, 40 bits
    Column("photos", Integer, nullable=False),
    Column("hashes", SealedBytes(), nullable=False),
    Index("ix_photo_hashes_bucket", "bucket", "case", "lot", "revision"),  # whole in itself: the rows are not read
)

versions = Table(
    "versions",  # of an enrolled picture, all but the best
    metadata,
    Column("reference", String, primary_key=True),
    Column("number", Integer, primary_key=True),  # in the order in which they came
    case_column(),
    Column("name", SealedText(), nullable=False),
    _text("kind"),
    _time("enrolled_at"),
    Column("onto_best", SealedBytes()),
    Column("fingerprint", SealedBytes(), nullable=False),
    Index(None, "case"),
)

candidates = Table(
    "candidates",
    metadata,
    case_column(primary_key=True),
    Column("digest", LookedUpBytes(), primary_key=True),
    _time("first_seen"),
    _time("last_seen"),
    Column("page_url", SealedText(), nullable=False),
    Column("image_url", SealedText(), nullable=False),
    Column("watch", SealedText(), nullable=False),
    Column("frames", SealedBytes(), nullable=False),
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
    case_column(),
    Column("etag", SealedText()),
    Column("last_modified", SealedText()),
    Column("digest", SealedBytes(), nullable=False),
    _time("checked_at"),
    _text("outcome"),
    Column("remembered", SealedBytes(), nullable=False),
    _text("way"),
    _time("ask_again_at", nullable=True),
    _time("same_since", nullable=True),
    Index("ix_seen_urls_by_case", "case", "key").ddl_if(dialect="postgresql"),  # else each case walks through all
)

sightings = Table(
    "sightings",
    metadata,
    Column("id", String, primary_key=True),
    Column("spot", LookedUpBytes(), nullable=False, unique=True),  # hash of case, reference, present page and media URL
    _text("incident"),
    case_column(),
    Column("watch", LookedUpText(), nullable=False),
    Column("page_url", LookedUpText(), nullable=False),
    Column("image_url", LookedUpText(), nullable=False),
    Column("host", LookedUpText(), nullable=False),  # of page_url
    Column("account", LookedUpText(), nullable=False),
    Column("title", SealedText(), nullable=False),
    Column("posted_at", SealedText(), nullable=False),
    Column("result_url", SealedText(), nullable=False),
    _text("tier"),
    Column("score", Float, nullable=False),
    Column("reason", SealedText(), nullable=False),
    Column("reference", String),
    Column("label", SealedText()),
    Column("method", String),
    Column("distance", Integer),
    _text("variant"),
    Column("region", SealedText()),  # JSON: corners
    Column("frame", Integer, nullable=False),
    _text("status"),
    _time("first_seen"),
    _time("last_seen"),
    Column("image_digest", LookedUpText(), nullable=False),
    _time("removed_at", nullable=True),
    Column("before_dismissal", String),
    Column("under_18", Boolean, nullable=False),
    Column("claimed_url", SealedText(), nullable=False),
    Column("claimed_account", SealedText(), nullable=False),
    Column("decision", String),
    _time("decided_at", nullable=True),
    Column("only_said", Boolean, nullable=False),
    *(column for truth in Truth for column in _trace(truth)),
    Column("permalink", SealedText(), nullable=False),
    Column("seen_in", LookedUpText(), nullable=False),
    Column("said_from", SealedText(), nullable=False),
    _time("there_since", nullable=True),
    Column("addresses_seen", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("before_report", String),
    _time("later_until", nullable=True),
    Index(None, "case", "number", unique=True),
    Index(None, "case", "id", unique=True),
    Index(None, "case", "status", "id"),
    Index(  # all that the inbox asks of a find: its question is answered from here alone
        "ix_sightings_inbox",
        *("case", "incident", "status", "tier", "under_18", "only_said", "later_until", "first_seen", "account"),
    ).ddl_if(dialect="sqlite"),
    Index("ix_sightings_waiting", "case", "incident", "status").ddl_if(dialect="postgresql"),
    Index(None, "case", "watch", "claimed_url").ddl_if(dialect="sqlite"),
    Index("ix_sightings_by_watch", "case", "watch").ddl_if(dialect="postgresql"),
    Index(None, "case", "under_18"),
    Index(None, "case", "reference", "first_seen"),
    *looked_up_index("page_url", "case", of="sightings"),
    *looked_up_index("image_url", "case", of="sightings"),
    *looked_up_index("image_digest", "case", of="sightings"),
    *looked_up_index("seen_in", "case", of="sightings"),
)

sighting_addresses = Table(
    "sighting_addresses",  # beside the present one, which stands in `sightings`
    metadata,
    Column("sighting", String, primary_key=True),
    Column("number", Integer, primary_key=True),  # in the order in which they were first seen
    case_column(),
    Column("page_url", SealedText(), nullable=False),
    Column("image_url", LookedUpText(), nullable=False),
    _time("first_seen"),
    _time("last_seen"),
    *looked_up_index("image_url", "case", of="sighting_addresses"),
    of_same_case("sighting", "sightings"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    case_column(),
    _text("kind"),
    Column("subject", LookedUpText(), nullable=False),
    Column("message_id", String, nullable=False, unique=True),
    _time("created_at"),
    _time("not_before"),
    Column("urgent", Boolean, nullable=False),
    Column("count", Integer, nullable=False),
    _text("sightings"),  # JSON: ids
    Column("attempts", Integer, nullable=False),
    _text("delivery"),
    _time("sent_at", nullable=True),
    Column("last_error", SealedText(), nullable=False),
    _time("retry_at", nullable=True),  # set by a claim: not offered to anybody before
    Column("number", Integer, nullable=False),  # counted up in its case; the newest row is never removed
    Column("run", String, nullable=False, server_default=""),  # which it came of, as the journal names it
    Index(None, "case", "number", unique=True),
    Index(None, "case", "id", unique=True),
    Index(None, "delivery", "not_before"),
    *looked_up_index("subject", "case", of="alerts"),
    Index(None, "case", "created_at"),
)

alert_parts = Table(
    "alert_parts",
    metadata,
    Column("alert", String, primary_key=True),
    Column("target", LookedUpText(), primary_key=True),  # a digest of the address
    _text("name"),
    _text("answer"),
    Column("tries", Integer, nullable=False),
    Column("handed", Integer, nullable=False),  # without an answer
    _time("changed_at"),
    _time("retry_at", nullable=True),
    Column("said", SealedText(), nullable=False),
    case_column(),
    Index(None, "target", "changed_at"),
    Index(None, "case"),
    of_same_case("alert", "alerts"),
)

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    case_column(),
    Column("watch", LookedUpText(), nullable=False),
    _text("status"),
    _time("started_at"),
    _time("finished_at"),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("pages", "images", "new_images", "not_modified", "matches", "new_sightings", "bytes")
    ),
    Column("errors", SealedText(), nullable=False),  # JSON
    Column("limits", SealedText(), nullable=False),  # JSON
    *(Column(name, BigInteger, nullable=False) for name in ("pages_seen", "images_seen")),
    *(Column(name, BigInteger) for name in ("appeared", "appeared_hers", "requests")),  # NULL: of earlier versions
    Column("sight", OutsideText),
    Column("met_offline", Boolean),  # `lost_network`
    Index(None, "case", "watch", "number"),
    Index(None, "case", "finished_at"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String, primary_key=True),
    case_column(),
    Column("sighting", String),  # NULL: the capture's as a whole, or about no one sighting
    _text("kind"),
    _time("captured_at"),
    _text("media_type"),
    _text("path"),
    Column("plain_digest", SealedText(), nullable=False),
    _text("sealed_digest"),
    Column("size", BigInteger, nullable=False),
    Column("capture", String),  # NULL: the person's own
    Index(None, "case"),
    Index(None, "capture"),
    Index(None, "sighting"),
    Index(None, "path"),
    of_same_case("sighting", "sightings"),
    of_same_case("capture", "captures"),
)

dismissals = Table(
    "dismissals",
    metadata,
    case_column(primary_key=True),
    Column("reference", String, primary_key=True),
    Column("image_digest", LookedUpText(), primary_key=True),
    Column("pdq", SealedBytes()),
    Column("tier", String),
)

draft_files = Table(
    "draft_files",  # readable text, so each place is known, earlier versions of a draft too
    metadata,
    Column("path", LookedUpText(), primary_key=True),
    Column("sighting", String, primary_key=True),  # whom it names
    case_column(),
    Index(None, "sighting"),
    of_same_case("sighting", "sightings"),
)

removals = Table(
    "removals",  # files that are to go
    metadata,
    Column("kind", String, primary_key=True),
    Column("path", LookedUpText(of_all=True), primary_key=True),
    case_column(),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", LookedUpText(of_all=True), primary_key=True),
    _time("free_at"),
    Column("failures", Integer, nullable=False),
    Column("holder", String),  # whose turn it is; None: nobody's, and always on SQLite
    _time("held_until", nullable=True),
)
