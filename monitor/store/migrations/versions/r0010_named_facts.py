"""Notes become facts with names: what is of a case knows it, and each can be swept.

What cannot be read as what it should be is left behind, as it was ignored where it was read; so is what is of a case or
a sighting that is not there any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.clock import exact_now

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_tables()
    connection = op.get_bind()
    notes: dict[str, str] = dict(connection.execute(sa.text("SELECT key, value FROM notes")).all())
    cases = set(connection.execute(sa.text("SELECT id FROM cases")).scalars())
    now = _micro(exact_now())
    _machine(connection, notes)
    for table, rows in (
        ("claimed_pages", _claims(notes, cases)),
        ("floods", _floods(notes, cases)),
        ("rechecks", _rechecks(notes, connection)),
        ("watch_facts", _watch_facts(notes, cases)),
        ("digests", _digests(notes, cases)),
        ("foreign_lists", _foreign_lists(notes, cases)),
        ("rendering", _rendering(notes, now)),
        ("logins", _logins(notes, cases)),
        ("robots_copies", _robots_copies(notes, now)),
        ("refused_accounts", _refused_accounts(notes)),
    ):
        for row in rows:
            _insert(connection, table, row)
    op.drop_table("notes")


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    given: list[sa.ColumnClause[Any]] = [sa.column(name) for name in row]
    connection.execute(sa.insert(sa.table(table, *given)).prefix_with("OR IGNORE"), row)


def _make_tables() -> None:
    def case() -> sa.Column[str]:
        return sa.Column("case", sa.String(), sa.ForeignKey("cases.id"), primary_key=True, nullable=False)

    def time(name: str, *, nullable: bool = True) -> sa.Column[int]:
        return sa.Column(name, sa.BigInteger(), nullable=nullable)

    def text(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text(), nullable=False)

    def string(name: str, *, key: bool = False) -> sa.Column[str]:
        return sa.Column(name, sa.String(), primary_key=key, nullable=False)

    def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
        return sa.Column(name, sa.Integer(), nullable=nullable)

    op.create_table(
        "claimed_pages", case(), string("mark", key=True), number("tries", nullable=True), time("at", nullable=False)
    )
    op.create_index("ix_claimed_pages_case_at", "claimed_pages", ["case", "at"])
    op.create_table("floods", case(), string("reference", key=True), time("lifted_at"), time("summary_at"))
    op.create_table("rechecks", case(), string("sighting", key=True), time("due_at", nullable=False))
    op.create_table(
        "watch_facts",
        string("case", key=True),  # a watch may name one that is yet to be set up
        sa.Column("watch", sa.Text(), primary_key=True, nullable=False),
        time("known_since"),
        time("blindness_told_at"),
    )
    op.create_table(
        "digests", string("case", key=True), time("last_at", nullable=False), text("watches"), number("wrong")
    )
    op.create_table(
        "foreign_lists", case(), string("id", key=True), time("at", nullable=False), number("count"), text("reason")
    )
    op.create_table(
        "rendering",
        string("page", key=True),
        sa.Column("needs_browser", sa.Boolean(), nullable=False),
        time("at", nullable=False),
    )
    op.create_table(
        "machine",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        string("salt"),
        time("last_round"),
        text("good_watches"),
        time("standing_told_at"),
        text("standing_keys"),
        string("way_id"),
        string("way_mark"),
        sa.Column("vault_had_key", sa.Boolean(), nullable=False),
        time("clock_set_at"),
        number("clock_set_by"),
    )
    op.create_table("logins", case(), sa.Column("watch", sa.Text(), primary_key=True, nullable=False), text("state"))
    op.create_table(
        "robots_copies",
        sa.Column("address", sa.Text(), primary_key=True, nullable=False),
        text("rules"),
        time("at", nullable=False),
    )
    op.create_table(
        "refused_accounts", string("account", key=True), time("until", nullable=False), string("salt"), string("mark")
    )


def _machine(connection: sa.Connection, notes: dict[str, str]) -> None:
    salt = notes.get("store:salt")
    if salt is None:
        return  # an empty store: made at its first opening
    standing, way, clock = (_object(notes.get(key)) for key in ("standing:told", "way_out", "clock:set"))
    keys = standing.get("keys") if isinstance(standing.get("keys"), list) else []
    way_id, way_mark = way.get("id"), way.get("of")
    is_way = isinstance(way_id, str) and isinstance(way_mark, str)
    by = clock.get("by_s")
    values = {
        "id": 1,
        "salt": salt,
        "last_round": _time(notes.get("housekeeping:last")),
        "good_watches": notes.get("watchlists:good") or "",
        "standing_told_at": _time(standing.get("at")),
        "standing_keys": json.dumps(keys),
        "way_id": way_id if is_way else "",
        "way_mark": way_mark if is_way else "",
        "vault_had_key": "vault:keyed" in notes,
        "clock_set_at": _time(clock.get("at")),
        "clock_set_by": by if isinstance(by, int) else 0,
    }
    _insert(connection, "machine", values)


def _claims(notes: dict[str, str], cases: set[str]) -> Iterator[dict[str, Any]]:
    for case in cases:
        for mark, one in _object(notes.get(f"claims:{case}")).items():
            with suppress(ValueError, TypeError, OverflowError, OSError):
                tries, at = one
                yield {"case": case, "mark": mark, "tries": tries, "at": _micro(datetime.fromtimestamp(at, UTC))}


def _floods(notes: dict[str, str], cases: set[str]) -> Iterator[dict[str, Any]]:
    lifted = _by_case(notes, "flood_lifted:", cases)
    told = _by_case(notes, "flood_told:", cases)
    for case, reference in lifted.keys() | told.keys():
        key = (case, reference)
        yield {
            "case": case,
            "reference": reference,
            "lifted_at": _time(lifted.get(key)),
            "summary_at": _time(told.get(key)),
        }


def _rechecks(notes: dict[str, str], connection: sa.Connection) -> Iterator[dict[str, Any]]:
    for sighting, case in connection.execute(sa.text('SELECT id, "case" FROM sightings')):
        due = _time(notes.get(f"recheck:{sighting}"))
        if due is not None:
            yield {"case": case, "sighting": sighting, "due_at": due}


def _watch_facts(notes: dict[str, str], cases: set[str]) -> Iterator[dict[str, Any]]:
    since = _by_case(notes, "known-since:", cases, also_others=True)
    blind = _by_case(notes, "blind:", cases, also_others=True)
    for case, watch in since.keys() | blind.keys():
        key = (case, watch)
        yield {
            "case": case,
            "watch": watch,
            "known_since": _time(since.get(key)),
            "blindness_told_at": _time(blind.get(key)),
        }


def _digests(notes: dict[str, str], cases: set[str]) -> Iterator[dict[str, Any]]:
    for case in cases:
        last = _time(notes.get(f"digest:last:{case}"))
        if last is None:
            continue
        known = _json(notes.get(f"digest:watches:{case}"))
        if isinstance(known, list):  # as an earlier version noted it
            known = {"watches": known}
        known = known if isinstance(known, dict) else {}
        wrong = known.get("wrong")
        yield {
            "case": case,
            "last_at": last,
            "watches": json.dumps(known.get("watches") or []),
            "wrong": wrong if isinstance(wrong, int) else 0,
        }


def _foreign_lists(notes: dict[str, str], cases: set[str]) -> Iterator[dict[str, Any]]:
    for (case, list_id), text in _by_case(notes, "foreign-list:", cases).items():
        entry = _object(text)
        at, count = _time(entry.get("at")), entry.get("count")
        if at is not None:
            reason = str(entry.get("reason") or "")
            count = count if isinstance(count, int) else 0
            yield {"case": case, "id": list_id, "at": at, "count": count, "reason": reason}


def _rendering(notes: dict[str, str], now: int) -> Iterator[dict[str, Any]]:
    """Noted without a time: as of today."""
    for key, value in notes.items():
        if key.startswith("browser:"):
            yield {"page": key.removeprefix("browser:"), "needs_browser": value == "1", "at": now}


def _logins(notes: dict[str, str], cases: set[str]) -> Iterator[dict[str, Any]]:
    for (case, watch), state in _by_case(notes, "login:", cases).items():
        yield {"case": case, "watch": watch, "state": state}


def _robots_copies(notes: dict[str, str], now: int) -> Iterator[dict[str, Any]]:
    for key, rules in notes.items():
        if key.startswith("robots:"):
            yield {"address": key.removeprefix("robots:"), "rules": rules, "at": now}


def _refused_accounts(notes: dict[str, str]) -> Iterator[dict[str, Any]]:
    for key, text in notes.items():
        if key.startswith("sign-in:"):
            note = _object(text)
            until, salt, mark = _time(note.get("until")), note.get("salt"), note.get("of")
            if until is not None and isinstance(salt, str) and isinstance(mark, str):
                yield {"account": key.removeprefix("sign-in:"), "until": until, "salt": salt, "mark": mark}


def _by_case(
    notes: dict[str, str], prefix: str, cases: set[str], *, also_others: bool = False
) -> dict[tuple[str, str], str]:
    """By case and what follows it; of cases with one beginning the longest that fits. also_others: of a case that is
    yet to be set up too, whose name ends at the first colon."""
    found = {}
    for key, value in notes.items():
        if key.startswith(prefix) and value:
            rest = key.removeprefix(prefix)
            fitting = [case for case in cases if rest.startswith(f"{case}:")]
            if fitting:
                case = max(fitting, key=len)
                found[case, rest.removeprefix(f"{case}:")] = value
            elif also_others and ":" in rest:
                case, _, of = rest.partition(":")
                found[case, of] = value
    return found


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return None


def _object(text: str | None) -> dict[str, Any]:
    found = _json(text)
    return found if isinstance(found, dict) else {}


def _time(text: object) -> int | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return _micro(at) if at is not None and at.tzinfo is not None else None


def _micro(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
