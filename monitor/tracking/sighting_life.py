"""How a sighting begins, when it is news, and how the person decides on it. What comes of it meanwhile: `presence`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import UsageError
from monitor.mending import Mending
from monitor.model.ids import CaseId, ContentDigest, SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import Glance
from monitor.model.sighting import Decision, Place, Sighting, Status
from monitor.tracking.presence import observed

MEDIA_STAYS = timedelta(days=1)  # after a dismissal, so that it can be taken back


def first_seen(
    match: Match,
    place: Place,
    *,
    sighting_id: SightingId,
    incident: str,
    case: CaseId,
    watch: str,
    digest: ContentDigest,
    now: datetime,
    glances: Sequence[Glance] = (),
) -> Sighting:
    """glances: what was seen of it with the find."""
    found = Sighting(
        id=sighting_id,
        incident=incident,
        case=case,
        watch=watch,
        place=place,
        match=match,
        status=Status.NEW,
        first_seen=now,
        last_seen=now,
        image_digest=digest,
    )
    return observed(found, glances, now=now)


def is_surer(earlier: Sighting, match: Match) -> bool:
    """What was only possible turns out to be a match: a closer look was taken, or a better variant found."""
    possible = earlier.match.tier is Tier.POSSIBLE and earlier.status is not Status.DISMISSED
    return possible and match.tier is Tier.MATCH


def is_encoded_anew(earlier: Sighting, match: Match) -> bool:
    """Bytes that are found where it stands are its own from now on, for the site serves no others. Not where they say
    less: another picture may have its place. What was dismissed is so for the bytes that it had."""
    is_weaker = earlier.match.tier is Tier.MATCH and match.tier is not Tier.MATCH
    return earlier.status is not Status.DISMISSED and not is_weaker


def is_news(earlier: Sighting | None, sighting: Sighting) -> bool:
    """Whether the person is to be told: the place is new, or what was removed is back, or what was only possible is
    sure now."""
    if earlier is None:
        return sighting.status is not Status.DISMISSED
    if is_surer(earlier, sighting.match) and sighting.status is Status.NEW:
        return True
    return sighting.status is Status.REAPPEARED and earlier.status is not Status.REAPPEARED


def confirm(sighting: Sighting) -> Sighting:
    _refuse_closed(sighting, "confirmed")
    if sighting.status in (Status.REPORTED, Status.REMOVED):
        return sighting
    said = replace(sighting, status=Status.CONFIRMED, before_dismissal=None, decision=None, decided_at=None)
    return replace(said, later_until=None)


def dismiss(sighting: Sighting, decision: Decision, *, now: datetime) -> Sighting:
    """Not theirs: quiet at new addresses too, and its media goes. Or theirs, but left alone at this place. The later
    word counts."""
    _refuse_closed(sighting, "dismissed")
    if sighting.decision is decision:
        return sighting
    before = sighting.before_dismissal if sighting.status is Status.DISMISSED else sighting.status
    said = replace(sighting, status=Status.DISMISSED, before_dismissal=before, decision=decision, decided_at=now)
    return replace(said, later_until=None)


def for_later(sighting: Sighting, until: datetime) -> Sighting:
    """She is not asked about it before then. For what waits for her word alone: the others stay as they are."""
    _refuse_closed(sighting, "put aside")
    if sighting.status not in (Status.NEW, Status.REAPPEARED):
        return sighting
    return replace(sighting, later_until=until)


def undo(sighting: Sighting) -> Sighting:
    """Takes back a dismissal or a confirmation."""
    _refuse_closed(sighting, "changed")
    if sighting.status is Status.DISMISSED:
        before = sighting.before_dismissal or Status.NEW
        return replace(sighting, status=before, before_dismissal=None, decision=None, decided_at=None)
    if sighting.status is Status.CONFIRMED:
        return replace(sighting, status=Status.NEW)
    raise UsageError(
        f"find {sighting.number} is {sighting.status}: there is nothing to take back",
        remedy="Only what was confirmed, dismissed or left alone can be taken back.",
    )


def reported(sighting: Sighting) -> Sighting:
    if sighting.status in (Status.NEW, Status.CONFIRMED, Status.REAPPEARED):
        return replace(sighting, status=Status.REPORTED, before_report=sighting.status)
    return sighting


def not_reported(sighting: Sighting) -> Sighting:
    """Nothing that was sent of it stands any more: as it was before, also where it was dismissed since. What an older
    version saw reported had been confirmed by that."""
    before = sighting.before_report or Status.CONFIRMED
    if sighting.status is Status.REPORTED:
        return replace(sighting, status=before, before_report=None)
    if sighting.before_dismissal is Status.REPORTED:
        return replace(sighting, before_dismissal=before, before_report=None)
    return sighting


def _refuse_closed(sighting: Sighting, verb: str) -> None:
    if sighting.under_18:
        raise UsageError(
            f"find {sighting.number} was closed as under 18 and cannot be {verb}",
            remedy="Use the services shown by: reupload-monitor guide under-18",
            way=Mending.UNDER_18,
        )
