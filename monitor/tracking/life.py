"""How a sighting changes: found, seen again, gone, back, decided on by the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import UsageError
from monitor.model.match import Match
from monitor.model.page import OutcomeKind
from monitor.model.sighting import Place, Sighting, Status

# Two gone outcomes closer together than this count as one: sites fail for hours and come back.
REMOVAL_SPACING = timedelta(hours=20)


def first_seen(
    match: Match,
    place: Place,
    *,
    sighting_id: str,
    incident: str,
    case: str,
    watch: str,
    digest: str,
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
    return replace(earlier, last_seen=max(now, earlier.last_seen), status=status, gone_since=None)


def is_news(earlier: Sighting | None, sighting: Sighting) -> bool:
    """Whether the person is to be told: the place is new, or what was removed is back."""
    if earlier is None:
        return sighting.status is not Status.DISMISSED
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
    return replace(sighting, status=Status.REMOVED, removed_at=now)


def confirm(sighting: Sighting) -> Sighting:
    _refuse_closed(sighting, "confirmed")
    if sighting.status in (Status.REPORTED, Status.REMOVED):
        return sighting
    return replace(sighting, status=Status.CONFIRMED)


def dismiss(sighting: Sighting) -> Sighting:
    """Its media is forgotten by the caller; it stays quiet at new addresses too, until `undo`."""
    _refuse_closed(sighting, "dismissed")
    if sighting.status is Status.DISMISSED:
        return sighting
    return replace(sighting, status=Status.DISMISSED, before_dismissal=sighting.status)


def undo(sighting: Sighting) -> Sighting:
    """Takes back a dismissal or a confirmation."""
    _refuse_closed(sighting, "changed")
    if sighting.status is Status.DISMISSED:
        return replace(sighting, status=sighting.before_dismissal or Status.NEW, before_dismissal=None)
    if sighting.status is Status.CONFIRMED:
        return replace(sighting, status=Status.NEW)
    raise UsageError(
        f"sighting {sighting.id} is {sighting.status}: there is nothing to take back",
        remedy="Only a confirmation or a dismissal can be undone.",
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
