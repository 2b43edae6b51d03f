"""An incident is of a site, no more of a photo on a site; and alerts are numbered, in the order in which they were
made."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.domains import registrable_domain
from monitor.model.alert import number_of
from monitor.store.incident_id import incident_id

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _number_alerts()
    _join_incidents()
    _join_waiting()


def _number_alerts() -> None:
    with op.batch_alter_table("alerts") as batch:
        batch.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE alerts SET number = counted.number FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS "
        "number FROM alerts) AS counted WHERE counted.id = alerts.id"
    )
    with op.batch_alter_table("alerts") as batch:
        batch.alter_column("number", existing_type=sa.Integer(), nullable=False)
    op.create_index("ix_alerts_number", "alerts", ["number"], unique=True)


def _join_incidents() -> None:
    """What waits is told of by its new incident, so that what is found next joins it."""
    bind = op.get_bind()
    salt = bind.execute(sa.text("SELECT salt FROM machine")).scalar()
    if salt is None:  # a store that nobody opened yet
        return
    known = bind.execute(sa.text('SELECT DISTINCT "case", host, incident FROM sightings')).all()
    found = sa.text('UPDATE sightings SET incident = :now WHERE "case" = :of AND incident = :was AND host = :host')
    told = sa.text(
        "UPDATE alerts SET subject = :now WHERE \"case\" = :of AND subject = :was AND kind IN ('new', 'reappeared')"
    )
    for case, host, was in known:
        now = incident_id(bytes.fromhex(salt), case, registrable_domain(host))
        bind.execute(found, {"now": now, "of": case, "was": was, "host": host})
        bind.execute(told, {"now": now, "of": case, "was": was})


_NOBODY_HAS = """
SELECT * FROM alerts WHERE delivery = 'waiting' AND kind IN ('new', 'reappeared') AND NOT EXISTS (
    SELECT 1 FROM alert_parts WHERE alert = alerts.id AND (handed > 0 OR answer = 'taken')
) ORDER BY created_at, id
"""


def _join_waiting() -> None:
    """Before, each photo had its own: what nobody has of one site, nor may have, is told in the first of them. The
    others keep their number, and say where they are told."""
    groups: dict[tuple[str, str], list[sa.RowMapping]] = {}
    for row in op.get_bind().execute(sa.text(_NOBODY_HAS)).mappings().all():
        groups.setdefault((row["case"], row["subject"]), []).append(row)
    for group in groups.values():
        if len(group) > 1:
            _tell_in_first(group)


def _tell_in_first(group: Sequence[sa.RowMapping]) -> None:
    first, *others = group
    listed = [json.loads(row["sightings"]) for row in group]
    names = list(dict.fromkeys(name for each in listed for name in each))
    twice = sum(map(len, listed)) - len(names)
    joined: dict[str, Any] = {
        "id": first["id"],
        "kind": first["kind"] if len({row["kind"] for row in group}) == 1 else "new",
        "message_id": f"<{secrets.token_hex(16)}@localhost>",  # it says more than what was tried before
        "not_before": min(row["not_before"] for row in group),
        "urgent": any(row["urgent"] for row in group),
        "count": sum(row["count"] for row in group) - twice,
        "sightings": json.dumps(names),
        "attempts": max(row["attempts"] for row in group),
    }
    changed = ", ".join(f'"{name}" = :{name}' for name in joined if name != "id")
    op.get_bind().execute(sa.text(f"UPDATE alerts SET {changed} WHERE id = :id"), joined)  # noqa: S608 - our own names
    told_in = sa.text("UPDATE alerts SET delivery = 'folded', last_error = :said WHERE id = :id")
    for row in others:
        op.get_bind().execute(told_in, {"id": row["id"], "said": f"told in {number_of(first['number'])}"})
