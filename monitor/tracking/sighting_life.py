"""How a sighting changes: found, seen again, gone, back, decided on by the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import UsageError
from monitor.model.ids import CaseId, ContentDigest, SightingId
from monitor.model.match import Match, Tier
from monitor.model.page import OutcomeKind
from monitor.model.sighting import Decision, Place, Sighting, Status

# Two gone outcomes closer together than this count as one: sites fail for hours and come back.
REMOVAL_SPACING = timedelta(hours=20)


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
) -> Sighting:
    return Sighting(
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


def seen_again(earlier: Sighting, *, now: datetime) -> Sighting:
    """The same picture at the same place. Only what was `removed` changes its status: it is back."""
    status = Status.REAPPEARED if earlier.status is Status.REMOVED else earlier.status
    # A clock that was set back must not make a find look older.
    last_seen = max(now, earlier.last_seen)
    return replace(earlier, last_seen=last_seen, status=status, gone_since=None, only_said=False)


def is_surer(earlier: Sighting, match: Match) -> bool:
    """What was only possible turns out to be a match: a closer look was taken, or a better variant found."""
    possible = earlier.match.tier is Tier.POSSIBLE and earlier.status is not Status.DISMISSED
    return possible and match.tier is Tier.MATCH


def is_news(earlier: Sighting | None, sighting: Sighting) -> bool:
    """Whether the person is to be told: the place is new, or what was removed is back, or what was only possible is
    sure now."""
    if earlier is None:
        return sighting.status is not Status.DISMISSED
    if is_surer(earlier, sighting.match) and sighting.status is Status.NEW:
        return True
    return sighting.status is Status.REAPPEARED and earlier.status is not Status.REAPPEARED


def after_check(sighting: Sighting, page: OutcomeKind, media: OutcomeKind, *, now: datetime) -> Sighting:
    """Two spaced looks at which page or media was gone make `removed`. Blocked, walled, failing: nothing is learnt.

    A page that is gone takes its media's place with it only where the media is gone too: a file that is still served
    can be linked from anywhere.
    """
    if sighting.status in (Status.DISMISSED, Status.REMOVED) or sighting.under_18:
        return sighting
    if media is not OutcomeKind.GONE:
        still_there = media in (OutcomeKind.OK, OutcomeKind.NOT_MODIFIED)
        return replace(sighting, gone_since=None) if still_there else sighting
    if page not in (OutcomeKind.GONE, OutcomeKind.OK, OutcomeKind.NOT_MODIFIED):
        return sighting  # the page could not be seen: the picture may have moved to another file on it
    if sighting.gone_since is None or sighting.gone_since > now:  # the latter by a clock that was ahead
        return replace(sighting, gone_since=now)
    if now - sighting.gone_since < REMOVAL_SPACING:
        return sighting
    # What the person had confirmed stays seen, though its status says so no longer.
    return replace(sighting, status=Status.REMOVED, removed_at=now, only_said=False)


def confirm(sighting: Sighting) -> Sighting:
    _refuse_closed(sighting, "confirmed")
    if sighting.status in (Status.REPORTED, Status.REMOVED):
        return sighting
    return replace(sighting, status=Status.CONFIRMED, before_dismissal=None, decision=None, decided_at=None)


def dismiss(sighting: Sighting, decision: Decision, *, now: datetime) -> Sighting:
    """Not theirs: quiet at new addresses too, and its media goes. Or theirs, but left alone at this place. The later
    word counts."""
    _refuse_closed(sighting, "dismissed")
    if sighting.decision is decision:
        return sighting
    before = sighting.before_dismissal if sighting.status is Status.DISMISSED else sighting.status
    return replace(sighting, status=Status.DISMISSED, before_dismissal=before, decision=decision, decided_at=now)


def undo(sighting: Sighting) -> Sighting:
    """Takes back a dismissal or a confirmation."""
    _refuse_closed(sighting, "changed")
    if sighting.status is Status.DISMISSED:
        before = sighting.before_dismissal or Status.NEW
        return replace(sighting, status=before, before_dismissal=None, decision=None, decided_at=None)
    if sighting.status is Status.CONFIRMED:
        return replace(sighting, status=Status.NEW)
    raise UsageError(
        f"sighting {sighting.id} is {sighting.status}: there is nothing to take back",
        remedy="Only what was confirmed, dismissed or left alone can be taken back.",
    )


def reported(sighting: Sighting) -> Sighting:
    if sighting.status in (Status.NEW, Status.CONFIRMED, Status.REAPPEARED):
        return replace(sighting, status=Status.REPORTED)
    return sighting


def _refuse_closed(sighting: Sighting, verb: str) -> None:
    if sighting.under_18:
        raise UsageError(
            f"sighting {sighting.id} was closed as under 18 and cannot be {verb}",
            remedy="Use the services shown by: reupload-monitor guide under-18",
        )
