"""What happened when: the timeline of a packet, without its files, so that no key is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import __version__
from monitor.errors import no_such
from monitor.evidence.packet import PacketFacts
from monitor.evidence.timeline import Happening, happenings
from monitor.model.ids import CaseId
from monitor.model.sighting import Decision, Sighting
from monitor.ports import Store
from monitor.services.packet_parts import OpenedFile, Parts, capture_parts, find_parts, own_parts

NOT_OPENED = OpenedFile("not opened here")


@dataclass(frozen=True, slots=True)
class Timeline:
    """finds: as the happenings number them, from 1."""

    happenings: tuple[Happening, ...]
    finds: tuple[Sighting, ...]


def timeline_of(names: Sequence[str], *, case: CaseId, store: Store, now: datetime) -> Timeline:
    """Of these sightings (ids or their beginnings), else of all that are hers, with what she added. Raises
    UsageError."""
    named = {one.id: one for one in (_known(name, case, store) for name in names)}
    finds = [one for one in (named.values() if names else store.sightings.all(case)) if _is_told(one)]
    parts = Parts.of(finds, case=case, store=store, with_own=True)
    looked = dict.fromkeys(parts.items, NOT_OPENED)
    facts = PacketFacts(
        made_at=now,
        program=f"reupload-monitor {__version__}",
        with_images=False,
        finds=find_parts(parts, store),
        captures=capture_parts(parts, looked),
        own=own_parts(parts, looked),
    )
    return Timeline(happenings(facts), tuple(finds))


def _is_told(sighting: Sighting) -> bool:
    return not sighting.under_18 and sighting.decision is not Decision.NOT_MINE


def _known(name: str, case: CaseId, store: Store) -> Sighting:
    sighting = store.sightings.get(case, name)
    if sighting is None:
        raise no_such("sighting", name, case, "sightings list")
    return sighting
