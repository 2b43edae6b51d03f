"""A newly enrolled photo is looked for among the pictures seen in the last months, by their kept hashes, without one
request. What only the detector could tell is put back in the queue: the next pass fetches and looks again."""

from __future__ import annotations

from dataclasses import replace

from monitor.errors import READER_FELL
from monitor.model.candidate import Candidate
from monitor.model.fingerprint import FrameReading, ImageReading
from monitor.model.match import Tier
from monitor.model.sighting import Place
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.recording import Find, record

LOT = 500  # candidates of one transaction
PDQ_BYTES = 32


def compare_kept(watch: Watch, parts: Dependencies) -> int:
    """Compares every kept candidate of the case that was last compared with another reference set. Returns how many
    new sightings that gave. `watch` lends its case and urgency; the finds name the watch that saw the picture."""
    found = 0
    while lot := parts.store.candidates.stale(watch.case, parts.revision, LOT):
        with parts.store.transaction():
            for candidate in lot:
                found += _compare(candidate, watch, parts)
    return found


def _compare(candidate: Candidate, watch: Watch, parts: Dependencies) -> bool:
    if candidate.unreadable in READER_FELL:  # no verdict for ever: a busy machine may have been the reason
        parts.store.candidates.forget(candidate.case, candidate.digest)  # asked for anew when it is met again
        return False
    # Back in the detector's queue, unless there is no detector: then hashes are all there is to know.
    parts.store.candidates.save(replace(candidate, matched_against=parts.revision, detail="hashes"))
    if candidate.unreadable or not candidate.frames:
        return False
    match = parts.matcher.fast(reading_of(candidate))
    if match.tier is Tier.NONE or candidate.planted == match.reference:
        return False
    place = Place(candidate.page_url, candidate.image_url)
    find = Find(match, place, candidate.digest, turns=turns_of(candidate, match.frame))
    saw_it = watch if candidate.watch == watch.name else replace(watch, name=candidate.watch, planted="")
    recorded = record(find, saw_it, parts)
    return recorded is not None and recorded.is_new


def turns_of(candidate: Candidate, frame: int) -> tuple[bytes, ...]:
    """The eight turns of a frame's PDQ; none where the candidate has no such frame."""
    frames = reading_of(candidate).frames
    return frames[frame].pdq_turns if frame < len(frames) else ()


def reading_of(candidate: Candidate) -> ImageReading:
    frames = tuple(
        FrameReading(
            pdq_turns=tuple(frame.pdq_turns[at : at + PDQ_BYTES] for at in range(0, len(frame.pdq_turns), PDQ_BYTES)),
            pdq_quality=frame.pdq_quality,
            phash=frame.phash,
        )
        for frame in candidate.frames
    )
    return ImageReading(format="", width=0, height=0, frames=frames)
