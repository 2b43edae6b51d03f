"""What is told of a find afterwards: that it was removed, is back, or is shown by a search no more; and from that, when
it was gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model.course import Absence
from monitor.model.ids import SightingId
from monitor.model.presence import Change, ChangeKind, Standing
from monitor.model.sighting import Sighting, Status
from monitor.tracking.presence import deciding


def changes_between(before: Sighting, after: Sighting, now: datetime) -> tuple[Change, ...]:
    """By one look at it; what the person decides is none."""
    told = list[Change]()
    if after.status is Status.REMOVED and before.status is not Status.REMOVED:
        why = after.presence.of(deciding(after.place)).why
        told.append(Change(after.id, after.removed_at or now, ChangeKind.REMOVED, why))
    if after.status is Status.REAPPEARED and before.status is Status.REMOVED:
        told.append(Change(after.id, now, ChangeKind.BACK))
    was, listed = before.presence.search.standing, after.presence.search.standing
    if listed is Standing.GONE and was is not Standing.GONE:
        told.append(Change(after.id, now, ChangeKind.DELISTED))
    if listed is Standing.THERE and was is Standing.GONE:
        told.append(Change(after.id, now, ChangeKind.LISTED))
    return tuple(told)


def change_of_new(found: Sighting, beside: Iterable[Sighting], now: datetime) -> Change | None:
    """found: a find that is new. beside: what else is known of this photo on this site: a copy that was removed there
    is back in another place."""
    removed = [one.removed_at for one in beside if one.id != found.id and one.status is Status.REMOVED]
    last = max((at for at in removed if at is not None), default=None)
    if last is None:
        return None
    return Change(found.id, now, ChangeKind.ELSEWHERE, f"a copy of it was removed from this site on {last:%Y-%m-%d}")


def absences_of(changes: Iterable[Change]) -> Mapping[SightingId, Sequence[Absence]]:
    """When each find was gone, the oldest first; none of those that never were. changes: of any finds, in the order in
    which they were noted. That a copy stands elsewhere, or that a search shows it, ends no absence. Where a clock was
    set back, none ends before it began."""
    gone = dict[SightingId, list[Absence]]()
    for change in changes:
        of_find = gone.get(change.sighting, [])
        is_gone = bool(of_find) and of_find[-1].back_at is None
        if change.kind is ChangeKind.REMOVED and not is_gone:
            gone[change.sighting] = [*of_find, Absence(change.sighting, change.at)]
        elif change.kind is ChangeKind.BACK and is_gone:
            of_find[-1] = replace(of_find[-1], back_at=max(change.at, of_find[-1].gone_at))
    return gone
