"""A copy turned up: seal what is in hand, then write sighting, evidence rows and alert in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.alerts.outbox import alert_for
from monitor.documents.find_record import record_of
from monitor.domains import domain_of
from monitor.model.evidence import EvidenceItem
from monitor.model.ids import new_id
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched
from monitor.model.sighting import Place, Sighting
from monitor.model.watch import Watch
from monitor.pipeline import flood
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.sealing import Content, Sealing
from monitor.ports import Store
from monitor.tracking import life
from monitor.tracking.dismissed import is_covered

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """A picture that matched, with what is in hand of it. turns: the picture's own PDQ in its eight turns, for lasting
    dismissals.
    image, page: None when only known by what was kept of an earlier look."""

    match: Match
    place: Place
    digest: str
    turns: tuple[bytes, ...] = ()
    image: Fetched | None = None
    page: Fetched | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    sighting: Sighting
    is_new: bool


def record(find: Find, watch: Watch, parts: Dependencies, sealing: Sealing | None = None) -> Recorded | None:
    """None when the person has said that this picture is not to be spoken of again, or put it there herself. sealing:
    the run's own, so that what several finds have in common is sealed once."""
    reference = find.match.reference
    if reference is None or find.match.tier is Tier.NONE or watch.is_planted(find.match):
        return None
    now, store, case, surer = parts.clock(), parts.store, watch.case, False
    earlier = store.sightings.at(case, reference, find.place.page_url, find.place.image_url)
    if earlier is not None and earlier.under_18:
        return None
    if earlier is None and _is_dismissed(find, reference, case, store):
        return None
    if earlier is None:
        incident = store.incident_id(case, reference, domain_of(find.place.page_url))
        sighting = life.first_seen(
            find.match,
            find.place,
            sighting_id=new_id(now),
            incident=incident,
            case=case,
            watch=watch.name,
            digest=find.digest,
            now=now,
        )
    else:
        sighting = life.seen_again(earlier, now=now)
        surer = life.is_surer(earlier, find.match)
        if surer:
            sighting = replace(sighting, match=find.match, image_digest=find.digest)
    news = life.is_news(earlier, sighting)
    with store.transaction():
        # What is already sealed is not sealed again; a picture that came back is a new fact.
        evidence = _seal(find, sighting, parts, sealing or Sealing(parts), now) if news or surer else ()
        sighting = replace(sighting, evidence=sighting.evidence + tuple(item.id for item in evidence))
        store.sightings.save(sighting)
        for item in evidence:
            store.evidence.save(item)
        if news and sighting.match.tier is Tier.MATCH:
            _tell(sighting, watch, parts, now)
    return Recorded(sighting, is_new=earlier is None)


def _is_dismissed(find: Find, reference: str, case: str, store: Store) -> bool:
    known = store.dismissals.of(case, reference)
    if not known:
        return False
    photo = store.references.get(case, reference)
    return is_covered(
        known,
        digest=find.digest,
        tier=find.match.tier,
        turns=find.turns,
        photo=photo.fingerprint.pdq.bits if photo else None,
    )


def see_again(sighting: Sighting, watch: Watch, parts: Dependencies) -> None:
    """A known picture still stands at its known place: nothing was fetched, only the time moves on, or it is back."""
    now = parts.clock()
    again = life.seen_again(sighting, now=now)
    with parts.store.transaction():
        parts.store.sightings.save(again)
        if life.is_news(sighting, again) and again.match.tier is Tier.MATCH:
            _tell(again, watch, parts, now)


def _seal(
    find: Find, sighting: Sighting, parts: Dependencies, sealing: Sealing, now: datetime
) -> tuple[EvidenceItem, ...]:
    """What is only `possible` keeps text and digests; its picture is kept once the person confirms it."""
    if parts.vault is None:
        return ()
    told = record_of(sighting, find.match, find.place, find.image, find.page, now)
    contents = [(Content("record", "application/json", told), "")]
    if find.page is not None and find.page.body:
        page = find.page
        contents.append((Content("page", page.header("content-type") or "text/html", page.body), page.digest))
    keeps_image = find.match.tier is Tier.MATCH and parts.settings.evidence.keep_images
    if find.image is not None and keeps_image:
        image = find.image
        contents.append((Content("image", image.header("content-type") or "image/*", image.body), image.digest))
    return sealing.items(contents, case=sighting.case, sighting=sighting.id)


def _tell(sighting: Sighting, watch: Watch, parts: Dependencies, now: datetime) -> None:
    """In the transaction that records it. A photo that turns up everywhere is told of once an hour."""
    if flood.is_folded(sighting, parts, now):
        flood.tell(sighting, parts, now)
        return
    waiting = parts.store.alerts.waiting(sighting.case, sighting.incident)
    alert = alert_for(sighting, waiting, now=now, urgent=watch.urgent, settings=parts.settings.alerts)
    parts.store.alerts.save(alert)
