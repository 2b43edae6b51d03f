"""Whether a find is still there: three truths, each moved by its own observation alone.

    page     the page names the picture
    media    its address answers with a picture that still matches
    search   the search shows it

A look says there, gone or unknown. Unknown (blocked, walled, offline, failing) moves nothing but its own mark: nothing
was learnt. Gone is first doubted; two looks that are spaced make it known. What follows for a find on a page:

    media               page                           the find
    there               whatever it is                 stands; is back, if it was removed
    gone once           whatever it is                 as it was
    gone                has answered since then        removed: what it names is dead, or it names it no more
    gone                has not answered since then    as it was: the picture may have moved on that page
    never answered      whatever it is                 as it was: a file can be linked from anywhere

A picture that is written into its page has the page alone, and so has a page that was filed by hand without its
picture; one that stands in a search's own list has no page: then the one that there is decides. The search itself
decides nothing: a result stays for weeks after its page is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model.presence import Glance, Presence, Saw, Standing, Trace, Truth
from monitor.model.sighting import Place, Sighting, Status


def truths_of(place: Place) -> frozenset[Truth]:
    """Those that there are of it."""
    if not _has_address(place):
        own = {Truth.PAGE}
    elif stands_in_search(place):
        own = {Truth.MEDIA}
    else:
        own = {Truth.PAGE, Truth.MEDIA}
    return frozenset(own | ({Truth.SEARCH} if place.result_url else set()))


def stands_in_search(place: Place) -> bool:
    """The list of results is its page: nobody has looked elsewhere."""
    return bool(place.result_url) and place.result_url == place.page_url


def deciding(place: Place) -> Truth:
    """That by which the picture itself is seen."""
    return Truth.MEDIA if _has_address(place) else Truth.PAGE


def _has_address(place: Place) -> bool:
    """False: it is written into its page, or the person filed the page alone, and which picture of it is meant was
    never told."""
    return bool(place.image_url) and not place.image_url.startswith("data:")


def of_a_find(place: Place, *, with_page: bool = True, with_media: bool = True) -> tuple[Glance, ...]:
    """What it says that a matching picture was found at this place. with_page, with_media: which of them came for it;
    the other is known by what was kept of an earlier look."""
    came = ({Truth.PAGE, Truth.SEARCH} if with_page else set[Truth]()) | ({Truth.MEDIA} if with_media else set[Truth]())
    there = truths_of(place)
    return tuple(Glance(truth, Saw.THERE) for truth in Truth if truth in came & there)


def observed(sighting: Sighting, glances: Sequence[Glance], *, now: datetime) -> Sighting:
    """What is closed as under 18 is not looked at; of what was dismissed is only noted that it stands."""
    if sighting.under_18:
        return sighting
    there_are, is_dismissed = truths_of(sighting.place), sighting.status is Status.DISMISSED
    counted = [one for one in glances if one.truth in there_are and (one.saw is Saw.THERE or not is_dismissed)]
    presence = sighting.presence
    for one in counted:
        presence = presence.moved(one.truth, traced(presence.of(one.truth), one, now=now))
    seen = {one.truth for one in counted if one.saw is Saw.THERE}
    again = replace(
        sighting,
        presence=presence,
        last_seen=last_seen(presence, sighting.place) or sighting.last_seen,
        only_said=sighting.only_said and Truth.PAGE not in seen,
    )
    if again.status is Status.REMOVED:
        is_back = deciding(again.place) in seen
        return replace(again, status=Status.REAPPEARED, later_until=None) if is_back else again
    if is_dismissed or not is_removed(presence, again.place):
        return again
    # What the person had confirmed stays seen, though its status says so no longer.
    return replace(again, status=Status.REMOVED, removed_at=now, only_said=False)


def traced(trace: Trace, one: Glance, *, now: datetime) -> Trace:
    """A clock that was set back makes nothing look older; what one that was ahead called gone starts over."""
    if one.saw is Saw.THERE:
        return Trace(seen_at=now if trace.seen_at is None else max(now, trace.seen_at))
    if one.saw is Saw.UNKNOWN:
        since = trace.unknown_since
        return replace(trace, unknown_since=now if since is None else min(since, now), why=one.why)
    is_known = trace.gone_since is not None and trace.gone_since <= now
    return Trace(trace.seen_at, trace.gone_since if is_known else now, now, None, one.why)


def is_removed(presence: Presence, place: Place) -> bool:
    decides = presence.of(deciding(place))
    if decides.standing is not Standing.GONE or decides.gone_since is None:
        return False
    if Truth.PAGE not in truths_of(place):
        return True
    answered = presence.page.answered_at
    return answered is not None and answered >= decides.gone_since


def last_seen(presence: Presence, place: Place) -> datetime | None:
    """When the picture was last there for all that is known: that a page names it counts as long as its file is not
    found gone. None: it was not observed yet."""
    decides = presence.of(deciding(place))
    if decides.gone_since is not None:
        return decides.seen_at
    named = presence.search if stands_in_search(place) else presence.page
    return max((at for at in (named.seen_at, decides.seen_at) if at is not None), default=None)
