"""Compares readings with the enrolled photos. Immutable: a changed set is a new Matcher, built aside and
swapped in.

    fast(reading)            hashes only, for every candidate
    wants_features(...)      is a second, dearer look worth it?
    full(reading)            local features too, on a reading that has them

Same photos, same reading, same answer: nothing here draws lots. Photos that are paused (flood quarantine)
take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor.matching.decide import HashEvidence, Named, decide
from monitor.matching.descriptors import VERSION
from monitor.matching.detector import Detector, without_points
from monitor.matching.index import build_hash_index
from monitor.model.fingerprint import Fingerprint, FrameReading, ImageReading, Reference
from monitor.model.match import Match, Tier
from monitor.model.settings import MatchSettings

SMALLEST_SIDE = 32  # pixels; smaller pictures (icons, spacers) have too few places to tell anything by


class Matcher:
    def __init__(self, references: Sequence[Reference], settings: MatchSettings | None = None) -> None:
        self._settings = settings or MatchSettings()
        active = tuple(item for item in references if item.paused_at is None)
        prints = [item.fingerprint for item in active]
        self._hashes = _as_rows([item.pdq.bits for item in prints], 32)
        self._index = build_hash_index(self._hashes)
        self._qualities = np.array([item.pdq_quality for item in prints], dtype=np.int64)
        self._with_phash = np.array([i for i, item in enumerate(prints) if item.phash], dtype=np.int64)
        self._phashes = _as_rows([item.phash.bits for item in prints if item.phash], 8)

        self._with_features = [i for i, item in enumerate(prints) if _current(item)] if self._settings.features else []
        self._detector = Detector([prints[i] for i in self._with_features])
        # The points are in the detector's index now: held twice, 10,000 photos would take half a gigabyte more.
        self._references = tuple(replace(item, fingerprint=without_points(item.fingerprint)) for item in active)

    def fast(self, reading: ImageReading) -> Match:
        """By hashes alone. Always the best guess, with tier `none` where it is below the tiers."""
        best = decide(None, None, None, self._settings)
        if not self._references:
            return best
        for number, frame in enumerate(reading.frames):
            for position, evidence in self._hash_evidence(frame, number):
                answer = decide(self._named(position), evidence, None, self._settings)
                if answer.score > best.score:
                    best = answer
        return best

    def wants_features(self, reading: ImageReading, fast: Match) -> bool:
        return (
            bool(self._with_features)
            and fast.tier is not Tier.MATCH
            and min(reading.width, reading.height) >= SMALLEST_SIDE
        )

    def full(self, reading: ImageReading) -> Match:
        """By hashes and local features. The best guess, as in `fast`; the hashes' on a tie."""
        best = self.fast(reading)
        for number, frame in enumerate(reading.frames):
            if best.tier is Tier.MATCH:
                break
            found = self._detector.look(frame, number)
            if found is not None:
                named = self._named(self._with_features[found[0]])
                answer = decide(named, None, found[1], self._settings)
                if answer.score > best.score:
                    best = answer
        return best

    def _hash_evidence(self, frame: FrameReading, number: int) -> list[tuple[int, HashEvidence]]:
        """At most two: the nearest by PDQ (those not too flat first), and by pHash if that is another and
        near."""
        turns = _as_rows(frame.pdq_turns, 32)
        found = dict[int, HashEvidence]()
        hits = self._index.search(turns, self._settings.pdq_possible)
        if not len(hits.entries):
            hits = self._index.nearest(turns)
        quality = np.maximum(self._qualities[hits.entries], frame.pdq_quality)
        order = np.lexsort((hits.queries, hits.entries, hits.distances, quality < self._settings.min_quality))
        for row in order[:1].tolist():
            entry, turn = int(hits.entries[row]), int(hits.queries[row])
            found[entry] = self._evidence(frame, number, entry, turn)
        if frame.phash is not None and len(self._phashes):
            wanted = np.frombuffer(frame.phash, dtype=np.uint64)
            distances = np.bitwise_count(wanted ^ self._phashes.view(np.uint64)[:, 0])
            nearest = int(np.argmin(distances))
            if distances[nearest] <= self._settings.phash_possible:
                entry = int(self._with_phash[nearest])
                found.setdefault(entry, self._evidence(frame, number, entry, 0))
        return sorted(found.items())

    def _evidence(self, frame: FrameReading, number: int, entry: int, turn: int) -> HashEvidence:
        fingerprint = self._references[entry].fingerprint
        phash_distance = None
        if turn == 0 and frame.phash is not None and fingerprint.phash is not None:
            phash_distance = (int.from_bytes(frame.phash) ^ int.from_bytes(fingerprint.phash.bits)).bit_count()
        return HashEvidence(
            distance=(int.from_bytes(frame.pdq_turns[turn]) ^ int.from_bytes(fingerprint.pdq.bits)).bit_count(),
            turn=turn,
            quality=max(frame.pdq_quality, fingerprint.pdq_quality),
            phash_distance=phash_distance,
            frame=number,
        )

    def _named(self, position: int) -> Named:
        reference = self._references[position]
        return Named(reference.id, reference.label)


def _current(fingerprint: Fingerprint) -> bool:
    return fingerprint.features is not None and fingerprint.features.version == VERSION


def _as_rows(items: Sequence[bytes], size: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(items), dtype=np.uint8).reshape(len(items), size)
