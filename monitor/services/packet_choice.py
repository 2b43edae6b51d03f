"""Which finds are handed on in a packet."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import MonitorError, UnderAge, UsageError
from monitor.mending import Mending
from monitor.model.ids import CaseId
from monitor.model.match import Tier
from monitor.model.sighting import HER_WORD, Decision, Sighting, Status
from monitor.ports import Store
from monitor.services.named_find import find_named


def chosen_finds(names: Sequence[str], case: CaseId, store: Store) -> tuple[Sighting, ...]:
    """In the order given, each once. Raises UsageError, also where none is named, UnderAge for one that is not handed
    on."""
    if not names:
        raise UsageError("no find is named", remedy="Give the numbers of the finds that belong to it.")
    found: dict[str, Sighting] = {}
    for name in names:
        sighting = find_named(name, case=case, store=store)
        if refused := why_not_handed_on(sighting):
            raise refused
        found.setdefault(sighting.id, sighting)
    return tuple(found.values())


def why_not_handed_on(sighting: Sighting) -> MonitorError | None:
    if sighting.under_18:
        return UnderAge(
            f"find {sighting.number} was closed as under 18: nothing is kept of it",
            remedy="Use the services made for that: reupload-monitor guide under-18",
            way=Mending.UNDER_18,
        )
    if sighting.status is Status.DISMISSED and sighting.decision is not Decision.NOT_HERE:
        return UsageError(
            f"find {sighting.number} was dismissed as not yours",
            remedy=f"If it is one of yours after all: reupload-monitor sightings undo {sighting.id}",
            way=Mending.UNDO_WORD,
        )
    if sighting.is_hearsay or (sighting.match.tier is Tier.POSSIBLE and sighting.status not in HER_WORD):
        return UsageError(
            f"find {sighting.number} is only possibly one of yours, and nobody has said so",
            remedy=f"Look at it, then: reupload-monitor sightings confirm {sighting.id}",
            way=Mending.SAY_MINE,
        )
    return None
