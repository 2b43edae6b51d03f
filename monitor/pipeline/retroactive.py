"""A newly enrolled photo is looked for among the pictures seen in the last months, by their kept hashes, without one
request. What only the detector could tell is put back in the queue: the next pass fetches and looks again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from monitor.errors import READER_FELL
from monitor.model.candidate import Candidate
from monitor.model.fingerprint import Detail, ImageReading
from monitor.model.match import Tier
from monitor.model.sighting import Place
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.manifests import complete
from monitor.pipeline.recording import Find, record
from monitor.pipeline.sealing import Sealing

LOT = 500  # candidates of one transaction


async def compare_kept(watch: Watch, deps: Dependencies) -> int:
    """Compares every kept candidate of the case that was last compared with another reference set. Returns how many
    new sightings that gave. `watch` lends its case and urgency; the finds name the watch that saw the picture."""
    new, sealing = 0, Sealing(deps)
    while lot := deps.store.candidates.stale(watch.case, deps.compared_with, LOT):
        found = [find for candidate in lot if (find := _compare(candidate, watch, deps)) is not None]
        recorded = await record(found, deps, sealing, beside=partial(_queue_again, lot, deps))
        new += sum(one is not None and one.is_new for one in recorded)
        await complete(sealing)
    return new


def _queue_again(lot: Sequence[Candidate], deps: Dependencies) -> None:
    """Back in the detector's queue, unless there is no detector: then hashes are all there is to know. What was
    forgotten meanwhile stays so."""
    store, case = deps.store, lot[0].case
    there = store.candidates.get(case, [candidate.digest for candidate in lot])
    for candidate in lot:
        if candidate.unreadable in READER_FELL:  # no verdict for ever: a busy machine may have been the reason
            store.candidates.forget(case, candidate.digest)  # asked for anew when it is met again
        elif candidate.digest in there:
            store.candidates.save(replace(candidate, matched_against=deps.compared_with, detail=Detail.HASHES))


def _compare(candidate: Candidate, watch: Watch, deps: Dependencies) -> Find | None:
    if candidate.unreadable or not candidate.frames:
        return None
    match = deps.matcher.fast(reading_of(candidate))
    if match.tier is Tier.NONE or candidate.planted == match.reference:
        return None
    place = Place(candidate.page_url, candidate.image_url)
    saw_it = watch if candidate.watch == watch.name else replace(watch, name=candidate.watch, planted="")
    return Find(saw_it, match, place, candidate.digest, turns=turns_of(candidate, match.frame))


def turns_of(candidate: Candidate, frame: int) -> tuple[bytes, ...]:
    """The eight turns of a frame's PDQ; none where the candidate has no such frame."""
    frames = candidate.frames
    return frames[frame].pdq_turns if frame < len(frames) else ()


def reading_of(candidate: Candidate) -> ImageReading:
    return ImageReading(format="", width=0, height=0, frames=candidate.frames)
