"""Outlines of finds: the columns that they are made of, and no more."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, select

from monitor.model.figures import FindFacts
from monitor.model.match import Tier
from monitor.model.outline import FindOutline
from monitor.model.presence import Trace
from monitor.model.sighting import BY_HAND, Decision, Status
from monitor.store.tables import sightings

_COLUMNS = (
    "id status tier under_18 only_said reference watch decision page_url image_url account first_seen removed_at "
    "page_gone_since page_gone_at media_gone_since media_gone_at search_gone_since search_gone_at "
    "page_seen_at media_seen_at"
).split()
OUTLINES = (
    select(*(sightings.c[name] for name in _COLUMNS))
    .where(sightings.c.case == bindparam("of_case"))
    .order_by(sightings.c.id)
)
OUTLINES_OF = OUTLINES.where(sightings.c.id.in_(bindparam("ids", expanding=True)))


def outline_of(row: Row[Any]) -> FindOutline:
    is_compared = row.reference is not None or row.watch != BY_HAND
    return FindOutline(
        row.id,
        _facts(
            row.status, row.tier, bool(row.under_18), bool(row.only_said), is_compared, _is_unseen(row, is_compared)
        ),
        Decision(row.decision) if row.decision else None,
        row.page_url,
        row.image_url,
        row.account,
        row.first_seen,
        row.removed_at,
        _gone(row.page_gone_since, row.page_gone_at),
        _gone(row.media_gone_since, row.media_gone_at),
        _gone(row.search_gone_since, row.search_gone_at),
    )


@cache
def _facts(status: str, tier: str, under_18: bool, only_said: bool, is_compared: bool, is_unseen: bool) -> FindFacts:
    """There are few of them, each of very many finds."""
    return FindFacts(Status(status), Tier(tier), under_18, only_said, is_compared, is_unseen)


def _is_unseen(row: Row[Any], is_compared: bool) -> bool:
    if is_compared or row.page_seen_at or row.media_seen_at:
        return False
    return row.page_gone_at is None and row.media_gone_at is None


def _gone(since: datetime | None, last: datetime | None) -> datetime | None:
    return Trace(gone_since=since, gone_at=last).known_gone if since else None
