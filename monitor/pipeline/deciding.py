"""What the person decides about a find, and what that does to what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor.crawl.identity import canonical_url, registrable_domain
from monitor.errors import UsageError
from monitor.model.ids import new_id
from monitor.model.match import Match, Tier
from monitor.model.sighting import Place, Sighting, Status
from monitor.ports import Store
from monitor.tracking import life
from monitor.vault.age import STORE_KEY

ADDED_BY_HAND = "by hand"


def confirm(name: str, *, store: Store) -> Sighting:
    decided = life.confirm(_known(store, name))
    store.sightings.save(decided)
    return decided


def dismiss(name: str, *, store: Store, vault_dir: Path) -> Sighting:
    """Not one of theirs, or not to be pursued: its media is removed, and the same picture stays quiet elsewhere."""
    sighting = _known(store, name)
    decided = life.dismiss(sighting)
    reference = decided.match.reference
    with store.transaction():
        store.sightings.save(decided)
        if reference is not None:
            candidate = store.candidates.get(decided.case, decided.image_digest) if decided.image_digest else None
            pdq = candidate.frames[0].pdq_turns[:32] if candidate and candidate.frames else None
            store.dismissals.add(decided.case, reference, decided.image_digest, pdq)
        files = [item.file.path for item in store.evidence.all(decided.case, decided.id) if item.kind == "image"]
        for item in store.evidence.all(decided.case, decided.id):
            if item.kind == "image":
                store.evidence.remove(item.id)
    _unlink(vault_dir, files)
    return decided


def undo(name: str, *, store: Store) -> Sighting:
    sighting = _known(store, name)
    decided = life.undo(sighting)
    with store.transaction():
        store.sightings.save(decided)
        if sighting.status is Status.DISMISSED and sighting.match.reference is not None:
            store.dismissals.remove(sighting.case, sighting.match.reference, sighting.image_digest)
    return decided


def add(url: str, *, case: str, store: Store, now: datetime) -> Sighting:
    """A link that the person found: filed without looking at it, since they have."""
    address = canonical_url(url)
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no web address", remedy="Give the whole link, beginning with https://")
    place = Place(page_url=address, image_url="")
    match = Match(Tier.MATCH, 1.0, "added by you")
    domain = registrable_domain(address)
    for known in store.sightings.all(case):
        if known.place.page_url == address and known.match.reference is None:
            return known
    sighting = life.first_seen(
        match,
        place,
        sighting_id=new_id(now),
        incident=store.incident_id(case, "", domain),
        case=case,
        watch=ADDED_BY_HAND,
        digest="",
        now=now,
    )
    sighting = life.confirm(sighting)
    store.sightings.save(sighting)
    return sighting


def close_under_18(name: str, *, store: Store, vault_dir: Path) -> Sighting:
    """Removes media, fingerprints, digests and page text from store and vault; keeps address and time. Cannot be
    undone. The rows go first and name no file any more; files that a crash leaves behind are removed at the next
    start, since no row names them."""
    sighting = _known(store, name)
    scrubbed = replace(
        sighting,
        under_18=True,
        status=Status.DISMISSED,
        image_digest="",
        place=Place(sighting.place.page_url, sighting.place.image_url),
        match=Match(Tier.NONE, 0.0, "closed as under 18"),
        before_dismissal=None,
        evidence=(),
    )
    with store.transaction():
        items = store.evidence.all(sighting.case, sighting.id)
        for item in items:
            store.evidence.remove(item.id)
        if sighting.image_digest:
            store.candidates.forget(sighting.case, sighting.image_digest)
        if sighting.match.reference is not None:  # it may have been dismissed before: that keeps digest and hash
            store.dismissals.remove(sighting.case, sighting.match.reference, sighting.image_digest)
        store.seen.forget(sighting.case, [sighting.place.image_url, sighting.place.page_url])
        store.sightings.save(scrubbed)
    _unlink(vault_dir, [item.file.path for item in items])
    return scrubbed


def close_reference_under_18(reference: str, *, case: str, store: Store, vault_dir: Path) -> int:
    """The same for an enrolled photo: its fingerprint, and everything found by it. Returns how many sightings."""
    found = [s for s in store.sightings.all(case) if s.match.reference == reference and not s.under_18]
    for sighting in found:
        close_under_18(sighting.id, store=store, vault_dir=vault_dir)
    if not store.references.remove(case, reference):
        raise UsageError(f"there is no reference {reference!r}", remedy="See: reupload-monitor references list")
    return len(found)


def sweep_vault(*, store: Store, vault_dir: Path, now: datetime) -> int:
    """Removes sealed files that no row names: what a crash left between the two steps of a removal or of a find. Young
    ones are left: another process may be about to write their row."""
    if not vault_dir.is_dir():
        return 0
    named = {item.file.path for item in store.evidence.all()} | {STORE_KEY}
    oldest_in_work = (now - timedelta(hours=1)).timestamp()
    stray = [
        path
        for path in vault_dir.iterdir()
        if path.suffix == ".age" and path.name not in named and path.stat().st_mtime < oldest_in_work
    ]
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)


def _known(store: Store, name: str) -> Sighting:
    sighting = store.sightings.get(name)
    if sighting is None:
        raise UsageError(f"there is no sighting {name!r}", remedy="See: reupload-monitor sightings list")
    return sighting


def _unlink(vault_dir: Path, names: list[str]) -> None:
    for name in names:
        (vault_dir / name).unlink(missing_ok=True)
