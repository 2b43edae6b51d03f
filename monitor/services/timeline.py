"""What happened when: the timeline of a packet, without its files, so that no key is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import __version__
from monitor.evidence.packet import PacketFacts
from monitor.evidence.timeline import Happening, happenings, mirrors_of_find
from monitor.model.ids import CaseId
from monitor.model.sighting import Decision, Sighting
from monitor.ports import Store
from monitor.services.named_find import find_named
from monitor.services.packet_parts import OpenedFile, Parts, capture_parts, done_parts, find_parts, own_parts

NOT_OPENED = OpenedFile("not opened here")


@dataclass(frozen=True, slots=True)
class Timeline:
    """finds: as the happenings number them, from 1."""

    happenings: tuple[Happening, ...]
    finds: tuple[Sighting, ...]


def timeline_of(names: Sequence[str], *, case: CaseId, store: Store, now: datetime) -> Timeline:
    """Of these sightings (as she names them), else of all that are hers, with what she added and the steps of the
    guide that she has ticked off. Raises UsageError."""
    facts = _facts(names, case, store, now, is_whole=True)
    return Timeline(happenings(facts), tuple(part.sighting for part in facts.finds))


def mirrors_of(names: Sequence[str], *, case: CaseId, store: Store, now: datetime) -> list[dict[str, object]]:
    """Every address at which each of these was seen, else all that are hers; as a packet has them, with the sighting's
    id. Raises UsageError."""
    facts = _facts(names, case, store, now, is_whole=False)
    return [{"sighting": part.sighting.id, **row} for part in facts.finds for row in mirrors_of_find(part)]


def _facts(names: Sequence[str], case: CaseId, store: Store, now: datetime, *, is_whole: bool) -> PacketFacts:
    named = {one.id: one for one in (find_named(name, case=case, store=store) for name in names)}
    finds = [one for one in (named.values() if names else store.sightings.all(case)) if _is_told(one)]
    parts = Parts.of(finds, case=case, store=store, with_own=is_whole)
    looked = dict.fromkeys(parts.items, NOT_OPENED)
    return PacketFacts(
        made_at=now,
        program=f"reupload-monitor {__version__}",
        with_images=False,
        finds=find_parts(parts, store),
        captures=capture_parts(parts, looked) if is_whole else (),
        own=own_parts(parts, looked),
        done=done_parts(case, store, with_private=True) if is_whole and not names else (),
    )


def _is_told(sighting: Sighting) -> bool:
    return not sighting.under_18 and sighting.decision is not Decision.NOT_MINE
