"""What happened when: the timeline of a packet, without its files, so that no key is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import __version__
from monitor.evidence.packet import CapturePart, DonePart, OwnPart, PacketFacts
from monitor.evidence.timeline import Happening, happenings, mirrors_of_find
from monitor.model.ids import CaseId
from monitor.model.sighting import Decision, Sighting
from monitor.ports import Store
from monitor.services.named_find import find_named
from monitor.services.packet_parts import Parts, capture_parts, done_parts, find_parts, own_parts


@dataclass(frozen=True, slots=True)
class Timeline:
    """finds: as the happenings number them, from 1."""

    happenings: tuple[Happening, ...]
    finds: tuple[Sighting, ...]


def timeline_of(names: Sequence[str], *, case: CaseId, store: Store, now: datetime) -> Timeline:
    """Of these sightings (as she names them), else of all that are hers, with what she added and the steps of the
    guide that she has ticked off. Raises UsageError."""
    finds = _meant(names, case, store)
    return _timeline(finds, case, store, now, with_done=not names)


def timeline_of_finds(finds: Sequence[Sighting], *, case: CaseId, store: Store, now: datetime) -> Timeline:
    """The same of these alone, those that are not hers too: what she added about no one find is not theirs. finds: of
    the case."""
    return _timeline([one for one in finds if not one.under_18], case, store, now, is_of_these=True)


def _timeline(
    finds: Sequence[Sighting],
    case: CaseId,
    store: Store,
    now: datetime,
    *,
    with_done: bool = False,
    is_of_these: bool = False,
) -> Timeline:
    parts = Parts.of(finds, case=case, store=store, with_own=True, with_items=False)
    if is_of_these:
        parts = replace(parts, own=tuple(entry for entry in parts.own if entry.sighting))
    facts = _facts(
        parts,
        store,
        now,
        captures=capture_parts(parts, {}),
        own=own_parts(parts, {}),
        done=done_parts(case, store, with_private=True) if with_done else (),
    )
    return Timeline(happenings(facts), tuple(part.sighting for part in facts.finds))


def mirrors_of(names: Sequence[str], *, case: CaseId, store: Store, now: datetime) -> list[dict[str, object]]:
    """Every address at which each of these was seen, else all that are hers; as a packet has them, with the sighting's
    id. Raises UsageError."""
    parts = Parts.of(_meant(names, case, store), case=case, store=store, with_own=False, with_items=False)
    facts = _facts(parts, store, now)
    return [{"sighting": part.sighting.id, **row} for part in facts.finds for row in mirrors_of_find(part)]


def _meant(names: Sequence[str], case: CaseId, store: Store) -> list[Sighting]:
    named = {one.id: one for one in (find_named(name, case=case, store=store) for name in names)}
    return [one for one in (named.values() if names else store.sightings.all(case)) if _is_told(one)]


def _facts(
    parts: Parts,
    store: Store,
    now: datetime,
    *,
    captures: tuple[CapturePart, ...] = (),
    own: tuple[OwnPart, ...] = (),
    done: tuple[DonePart, ...] = (),
) -> PacketFacts:
    return PacketFacts(
        made_at=now,
        program=f"reupload-monitor {__version__}",
        with_images=False,
        finds=find_parts(parts, store, with_private=True),
        captures=captures,
        own=own,
        done=done,
    )


def _is_told(sighting: Sighting) -> bool:
    return not sighting.under_18 and sighting.decision is not Decision.NOT_MINE
