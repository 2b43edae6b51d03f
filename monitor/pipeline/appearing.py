"""Which pictures of a pass appeared since the looks before: what was posted here, for whoever plans when to look next.

A picture appeared where neither its bytes nor any address of its was known. So a place whose addresses change at each
visit posts nothing by that, and neither does one that gives other bytes at the same address each time. A copy of hers
appeared where it is a new find: its bytes may be known from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model.ids import ContentDigest
from monitor.model.match import Tier
from monitor.pipeline.picture import Became
from monitor.pipeline.recording import Find, Recorded
from monitor.pipeline.state import Pass


def not_known_before(run: Pass, became: Sequence[Became]) -> set[ContentDigest]:
    """To be asked before anything of them is saved."""
    store, case = run.deps.store, run.watch.case
    decided = {one.candidate.digest: one for one in became if one.candidate is not None and not one.is_planted}
    known = store.candidates.get(case, set(decided)) if decided else {}
    fresh = {digest: one for digest, one in decided.items() if digest not in known and not one.is_unseen}
    seen = store.seen.looked_at(case, [url for one in fresh.values() for url in one.ref.variants]) if fresh else {}
    return {digest for digest, one in fresh.items() if seen.keys().isdisjoint(one.ref.variants)}


def note_appeared(run: Pass, fresh: set[ContentDigest], found: Iterable[tuple[Find, Recorded | None]]) -> None:
    """fresh: as `not_known_before` gave it. found: what became of the finds among them, and of others."""
    appeared, hers = set(fresh), set[ContentDigest]()
    for find, recorded in found:
        if recorded is None or not recorded.is_new:  # a known copy at another address, or in other bytes
            appeared.discard(find.digest)
            continue
        appeared.add(find.digest)
        if find.match.tier is Tier.MATCH:
            hers.add(find.digest)
    run.tally.appeared |= appeared
    run.tally.appeared_hers |= hers
