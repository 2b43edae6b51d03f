"""What is told of a find afterwards: that it was removed, is back, or is shown by a search no more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.model.presence import Change, ChangeKind, Standing
from monitor.model.sighting import Sighting, Status
from monitor.tracking.presence import deciding


def changes_between(before: Sighting, after: Sighting, now: datetime) -> tuple[Change, ...]:
    """By one look at it; what the person decides is none."""
    kinds = list[tuple[ChangeKind, str]]()
    if after.status is Status.REMOVED and before.status is not Status.REMOVED:
        kinds.append((ChangeKind.REMOVED, after.presence.of(deciding(after.place)).why))
    if after.status is Status.REAPPEARED and before.status is Status.REMOVED:
        kinds.append((ChangeKind.BACK, ""))
    was, listed = before.presence.search.standing, after.presence.search.standing
    if listed is Standing.GONE and was is not Standing.GONE:
        kinds.append((ChangeKind.DELISTED, ""))
    if listed is Standing.THERE and was is Standing.GONE:
        kinds.append((ChangeKind.LISTED, ""))
    return tuple(Change(after.id, now, kind, why) for kind, why in kinds)


def change_of_new(found: Sighting, of_incident: Iterable[Sighting], now: datetime) -> Change | None:
    """found: a find that is new. of_incident: what else is known of its incident, which is this photo on this site: a
    copy that was removed there is back in another place."""
    removed = [one.removed_at for one in of_incident if one.id != found.id and one.status is Status.REMOVED]
    last = max((at for at in removed if at is not None), default=None)
    if last is None:
        return None
    return Change(found.id, now, ChangeKind.ELSEWHERE, f"a copy of it was removed from this site on {last:%Y-%m-%d}")
