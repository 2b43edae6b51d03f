"""Which finds are known already, at another address perhaps: `reconcile` is asked about what the store has of their
places.

In the transaction that records them, so that two readings of one page at once come to one outcome: the second finds
what the first has written.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.crawl.urls import canonical_url
from monitor.model.ids import NO_DIGEST, CaseId, ContentDigest, ReferenceId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.sighting import CopySpot, Decision, Place, Sighting, Status
from monitor.ports import Matcher, Store
from monitor.tracking.reconcile import Found, KnownCopy, Reconciled, SharedSign, reconcile

MOST_NEAR = 500  # sightings of one place that are compared; those that were seen last


@dataclass(frozen=True, slots=True, eq=False)
class Here:
    """What a look knows of its place at this moment. met: sightings that the pass has seen, each with the copies
    (`Found.copy`) that are tied to it. named: media addresses that the page names: who stands at one is not missing."""

    met: Mapping[SightingId, frozenset[Hashable]] = field(default_factory=dict)
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """earlier: the sighting that it is, None where it is new. is_unsure: for it may be found elsewhere in its list, and
    this a further copy. is_closed: as under 18, at this address. copy: the same for finds that are one copy. seen_as:
    `Found.copy` of this one. places: of all that are one copy, this one's among them."""

    earlier: Sighting | None
    is_unsure: bool
    is_closed: bool
    copy: Hashable
    seen_as: Hashable
    places: tuple[Place, ...]


def found_of(
    match: Match, place: Place, digest: str, *, named: Iterable[str] = (), post: int = 0, turns: Sequence[bytes] = ()
) -> Found:
    return Found(
        reference=match.reference or "",
        page=canonical_url(place.page_url),
        address=place.image_url,
        named=frozenset(named),
        permalink=place.permalink,
        post=post,
        digest=digest,
        hash=turns[0] if turns else b"",
        said_from=place.said_from,
    )


def told_as(match: Match, place: Place, digest: ContentDigest, case: CaseId, store: Store, matcher: Matcher) -> Match:
    """One copy in one place is one find: bytes that are known there as a sure copy of one photo are told as that one's,
    where what was found now is its near copy that an earlier release enrolled apart, or no more than a suspicion."""
    found = match.reference
    standing = [
        one
        for one in store.sightings.of_digests(case, [digest])
        if place.image_url in one.media_urls
        and place.page_url in (one.place.page_url, one.place.stands_at, one.place.seen_in)
    ]
    if found is None or any(one.match.reference == found for one in standing):
        return match
    for one in standing:
        known = one.match.reference
        if known is None or one.match.tier is not Tier.MATCH or one.under_18 or one.status is Status.DISMISSED:
            continue
        is_sibling = match.tier is Tier.POSSIBLE or matcher.same_picture(known, found)
        if is_sibling and store.references.get(case, known) is not None:
            return replace(match, reference=known, label=one.match.label)
    return match


def assign(case: CaseId, finds: Sequence[tuple[Found, Place]], here: Here | None, store: Store) -> tuple[Assigned, ...]:
    """here: None for what is known by what was kept of earlier looks: that moves nothing."""
    if not finds:
        return ()
    standing = store.sightings.at(case, {_spot(found, place) for found, place in finds})
    known = {sighting.id: sighting for sighting in standing if not sighting.under_18}
    if here is not None and _are_elsewhere(finds, standing):
        known |= {sighting.id: sighting for sighting in _near(case, finds, here, store)}
    values = [_known(sighting, here or Here()) for sighting in known.values()]
    if not known.keys() <= {one.id for one in standing}:
        values = _with_hashes(case, values, known, store)
    done = reconcile(values, [found for found, _ in finds])
    return _assigned(finds, done, known, shut={url for one in standing if one.under_18 for url in one.media_urls})


def _are_elsewhere(finds: Sequence[tuple[Found, Place]], standing: Sequence[Sighting]) -> bool:
    """Not each of them stands where it did."""
    spots = {one.spot for one in standing}
    return any(spots.isdisjoint((spot := _spot(*find), spot._replace(digest=NO_DIGEST))) for find in finds)


def _assigned(
    finds: Sequence[tuple[Found, Place]],
    done: Reconciled,
    known: Mapping[SightingId, Sighting],
    *,
    shut: Collection[str],
) -> tuple[Assigned, ...]:
    """In the order of `finds`. shut: media addresses at which something was closed."""
    tied = {found: one for one in done.stays + done.moved for found in one.found}
    new = {found: copy[0].copy for copy in done.new for found in copy}
    copies: list[Hashable] = [tied[found].known.id if found in tied else new[found] for found, _ in finds]
    places: dict[Hashable, list[Place]] = {}
    for copy, (_, place) in zip(copies, finds, strict=True):
        places.setdefault(copy, []).append(place)
    return tuple(
        Assigned(
            earlier=known[SightingId(tied[found].known.id)] if found in tied else None,
            is_unsure=found in tied and tied[found].by > SharedSign.PERMALINK,
            is_closed=place.image_url in shut,
            copy=copy,
            seen_as=found.copy,
            places=tuple(places[copy]),
        )
        for copy, (found, place) in zip(copies, finds, strict=True)
    )


def _spot(found: Found, place: Place) -> CopySpot:
    return CopySpot(ReferenceId(found.reference), place.stands_at, place.image_url, ContentDigest(found.digest))


def _near(case: CaseId, finds: Sequence[tuple[Found, Place]], here: Here, store: Store) -> Iterable[Sighting]:
    """What is known of the same photos in these posts, on these pages, or in these lists; by an older version perhaps,
    which called a page by an address with a visitor's session in it. Who stands at an address that the page names is
    not looked for at another."""
    pages = {found.page for found, _ in finds} | {place.page_url for _, place in finds}
    lists = {place.seen_in for _, place in finds} - {""}
    addresses = {url for found, _ in finds for url in (found.address, *found.named)}
    references = {found.reference for found, _ in finds}
    sightings = store.sightings
    near = {one.id: one for one in sightings.near(case, _ids(references), pages | lists, lists, limit=MOST_NEAR)}
    others = (
        *sightings.of_images(case, addresses),
        *sightings.of_digests(case, {ContentDigest(found.digest) for found, _ in finds}),
    )
    for one in others:
        seen_in = canonical_url(one.place.seen_in or one.place.page_url)
        if one.match.reference in references and (canonical_url(one.place.page_url) in pages or seen_in in lists):
            near[one.id] = one
    elsewhere = here.named - addresses
    return [
        one
        for one in near.values()
        if not one.under_18 and (one.id in here.met or one.place.image_url not in elsewhere)
    ]


def _ids(references: Collection[str]) -> list[ReferenceId]:
    return [ReferenceId(one) for one in references]


def _known(sighting: Sighting, here: Here) -> KnownCopy:
    place = sighting.place
    return KnownCopy(
        id=sighting.id,
        reference=sighting.match.reference or "",
        page=canonical_url(place.page_url),
        present=place.image_url,
        addresses=sighting.media_urls,
        permalink=place.permalink,
        digest=sighting.image_digest,
        copies=here.met.get(sighting.id, frozenset()),
        said_from=place.said_from,
        is_settled=sighting.status is Status.DISMISSED,
        is_fixed=sighting.decision is Decision.NOT_MINE,  # these bytes are quiet everywhere; other ones are to be told
    )


def _with_hashes(
    case: CaseId, values: Sequence[KnownCopy], known: Mapping[SightingId, Sighting], store: Store
) -> list[KnownCopy]:
    """From what is remembered of the pictures; who was met already needs none."""
    loose = {ContentDigest(value.digest) for value in values if value.digest and not value.copies}
    kept = store.candidates.get(case, loose)
    hashed = []
    for value in values:
        candidate = kept.get(ContentDigest(value.digest)) if not value.copies else None
        frame = known[SightingId(value.id)].match.frame
        turns = candidate.frames[frame].pdq_turns if candidate and frame < len(candidate.frames) else ()
        hashed.append(replace(value, hash=turns[0]) if turns else value)
    return hashed
