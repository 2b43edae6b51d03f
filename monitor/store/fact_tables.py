"""Tables of the small facts (`monitor.ports.facts`)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from monitor.store.columns import OutsideText, UtcTime
from monitor.store.columns import metadata as metadata
from monitor.store.sealed_types import LookedUpText, OfCase, SealedText


def _case() -> Column[str]:
    return Column("case", OfCase, ForeignKey("cases.id"), primary_key=True)


def _any_case() -> Column[str]:
    """A watch may name one that is yet to be set up."""
    return Column("case", OfCase, primary_key=True)


claimed_pages = Table(
    "claimed_pages",
    metadata,
    _case(),
    Column("mark", LookedUpText(), primary_key=True),
    Column("tries", Integer),
    Column("at", UtcTime, nullable=False),
    Index(None, "case", "at"),
)

floods = Table(
    "floods",
    metadata,
    _case(),
    Column("reference", String, primary_key=True),
    Column("lifted_at", UtcTime),
    Column("summary_at", UtcTime),
)

rechecks = Table(
    "rechecks",
    metadata,
    _case(),
    Column("sighting", String, primary_key=True),
    Column("truth", String, primary_key=True),
    Column("due_at", UtcTime, nullable=False),
    Column("etag", SealedText(), nullable=False),
    Column("last_modified", SealedText(), nullable=False),
    Column("way", String, nullable=False),
    Index(None, "case", "due_at"),
)

changes = Table(
    "changes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("sighting", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("why", SealedText(), nullable=False),
    Index(None, "case", "at"),
    Index(None, "case", "sighting"),
)

kept_watches = Table(
    "kept_watches",
    metadata,
    _case(),
    Column("watch", LookedUpText(), primary_key=True),
    Column("settings", SealedText(), nullable=False),  # JSON
    Column("at", UtcTime, nullable=False),
)

case_settings = Table(
    "case_settings",
    metadata,
    _case(),
    Column("name", String, primary_key=True),  # of a key, as `config_cases.CASE_KEYS` has it
    Column("value", SealedText(), nullable=False),  # JSON
    Column("at", UtcTime, nullable=False),
)

case_use = Table(
    "case_use",  # of what its quota counts by the day
    metadata,
    _case(),
    Column("kind", String, primary_key=True),
    Column("began", UtcTime, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("told_at", UtcTime),  # the case, that it is held to its quota
)

desk_looks = Table(
    "desk_looks",
    metadata,
    _case(),
    Column("address", LookedUpText(), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("answer", String, nullable=False),
    Column("said", SealedText(), nullable=False),
)

watch_facts = Table(
    "watch_facts",
    metadata,
    _any_case(),
    Column("watch", LookedUpText(), primary_key=True),
    Column("blindness_told_at", UtcTime),
)

due_visits = Table(
    "due_visits",
    metadata,
    _any_case(),
    Column("watch", LookedUpText(), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("why", String, nullable=False),
    Column("beat", UtcTime, nullable=False),
    Column("rhythm", String, nullable=False),
    Column("held_by", String, nullable=False),
    Column("held_until", UtcTime),
    Column("grp", String, nullable=False, server_default=""),
    Column("deaths", Integer, nullable=False, server_default="0"),
    Column("set_aside_at", UtcTime),
    Index(None, "at"),
    Index(None, "grp"),
)

taught_places = Table(
    "taught_places",
    metadata,
    _any_case(),
    Column("watch", LookedUpText(), primary_key=True),
    Column("memory", SealedText(), nullable=False),  # JSON
    Column("domains", SealedText(), nullable=False),  # JSON
    Column("at", UtcTime, nullable=False),
)

visit_budget = Table(
    "visit_budget",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
)

link_shapes = Table(
    "link_shapes",
    metadata,
    _any_case(),
    Column("watch", LookedUpText(), primary_key=True),
    Column("shapes", SealedText(), nullable=False),  # JSON: shape -> [visited, showed]
    Column("at", UtcTime, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    _any_case(),
    Column("last_at", UtcTime, nullable=False),
    Column("watches", SealedText(), nullable=False),  # JSON: names
    Column("wrong", Integer, nullable=False),
    Column("stopped", Boolean, nullable=False),
)

foreign_lists = Table(
    "foreign_lists",
    metadata,
    _case(),
    Column("id", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("count", Integer, nullable=False),
    Column("reason", SealedText(), nullable=False),
)

rendering = Table(
    "rendering",
    metadata,
    Column("page", LookedUpText(of_all=True), primary_key=True),  # a hash of its address
    Column("needs_browser", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)

pair_tracks = Table(
    "pair_tracks",
    metadata,
    Column("kind", LookedUpText(of_all=True), primary_key=True),  # a hash of what the pairs have in common
    Column("same", Integer, nullable=False),
    Column("other", Integer, nullable=False),
    Column("stand_ins", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)

machine = Table(
    "machine",  # one row
    metadata,
    Column("id", Integer, primary_key=True),
    Column("salt", SealedText(of_all=True), nullable=False),
    Column("last_round", UtcTime),
    Column("good_watches", SealedText(of_all=True), nullable=False),  # JSON
    Column("standing_told_at", UtcTime),
    Column("standing_keys", SealedText(of_all=True), nullable=False),  # JSON
    Column("way_id", String, nullable=False),
    Column("way_mark", SealedText(of_all=True), nullable=False),
    Column("vault_had_key", Boolean, nullable=False),
    Column("clock_set_at", UtcTime),
    Column("clock_set_by", Integer, nullable=False),  # seconds
    Column("key_sealed_to", SealedText(of_all=True), nullable=False),  # JSON
    Column("key_digest", String, nullable=False),
    Column("daemon_read", SealedText(of_all=True), nullable=False),  # JSON; '' = never
    Column("next_try_at", UtcTime),
    Column("wrong_by", String, nullable=False),  # JSON: how many passphrases, by mark of the identity
    Column("recovery", String, nullable=False),  # JSON, as `Recovery`; '' = nothing was ever left over
    Column("daemon_began", UtcTime),  # NULL: none runs, or the last one ended in order
    Column("alive", String, nullable=False),  # JSON: what the daemon noted of itself last; '' = never
    Column("heartbeat_at", UtcTime),
)

intents = Table(
    "intents",
    metadata,
    Column("kind", String, primary_key=True),
    Column("path", LookedUpText(of_all=True), primary_key=True),
    Column("case", OfCase, ForeignKey("cases.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("is_closed", Boolean, nullable=False),
)

standstills = Table(
    "standstills",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("because", String, nullable=False),
    Column("loop", String, nullable=False),  # '' = none of them
    Index(None, "until"),
)

logins = Table(
    "logins",
    metadata,
    _case(),
    Column("watch", LookedUpText(), primary_key=True),
    Column("state", SealedText(), nullable=False),  # JSON: cookies and local storage
)

closed_for_all = Table(
    "closed_for_all",  # as under 18, by any case: which one, and when, is not kept
    metadata,
    Column("key", LargeBinary, primary_key=True),  # of the address, by this store's salt
    Column("address", SealedText(of_all=True), nullable=False),
    Column("is_page", Boolean, nullable=False),
    Index(None, "is_page", "key"),  # all pictures' keys are asked for before each request
)

robots_copies = Table(
    "robots_copies",
    metadata,
    Column("address", LookedUpText(of_all=True), primary_key=True),  # behind a mark of who asked it
    Column("rules", SealedText(of_all=True), nullable=False),  # JSON, as its reader gave them
    Column("at", UtcTime, nullable=False),
)

refused_accounts = Table(
    "refused_accounts",
    metadata,
    Column("account", LookedUpText(of_all=True), primary_key=True),  # a hash of its name and place
    Column("until", UtcTime, nullable=False),
    Column("salt", SealedText(of_all=True), nullable=False),
    Column("mark", SealedText(of_all=True), nullable=False),  # of the account data, salted
)

channel_health = Table(
    "channel_health",
    metadata,
    Column("target", LookedUpText(of_all=True), primary_key=True),
    Column("name", OutsideText, nullable=False),
    Column("tried_at", UtcTime, nullable=False),
    Column("taken_at", UtcTime),
    Column("failing_since", UtcTime),
    Column("said", SealedText(of_all=True), nullable=False),
    Column("let_in", Boolean, nullable=False),
    Column("told_at", UtcTime),
    Column("case", OfCase, nullable=False),  # whose own channel it is; '' = the machine's, which every other case has
)

backups = Table(
    "backups",  # of the machine, in whatever place
    metadata,
    Column("path", LookedUpText(of_all=True), primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String, nullable=False),
    Column("why", String, nullable=False),
    Column("extent", String, nullable=False),
    Column("checked_at", UtcTime, nullable=False),
    Column("tried_at", UtcTime),
    Column("missing", Integer, nullable=False),
)

backup_trouble = Table(
    "backup_trouble",  # one row, or none
    metadata,
    Column("id", Integer, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("why", SealedText(of_all=True), nullable=False),
    Column("told_at", UtcTime),
)
