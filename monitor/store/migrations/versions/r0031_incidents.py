"""An incident is of a site, no more of a photo on a site; and alerts are numbered, in the order in which they were
made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.domains import registrable_domain
from monitor.store.incident_id import incident_id

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _number_alerts()
    _join_incidents()


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
