"""Compares readings with the enrolled photos. Immutable: a changed set is a new PhotoMatcher, built aside and
swapped in.

    fast(reading)            hashes only, for every candidate
    wants_features(...)      is a second, dearer look worth it?
    full(reading)            local features too, on a reading that has them
    wants_windows(...)       which parts of it are worth a look by themselves?
    closer(windows)          what these say

Same photos, same reading, same answer: nothing here draws lots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor.matching.decide import (
    SURE_PLACES,
    FeatureEvidence,
    HashEvidence,
    NamedPhoto,
    decide,
    drawn_from,
    in_part,
)
from monitor.matching.descriptors import VERSION
from monitor.matching.detector import Detector
from monitor.matching.index import build_hash_index
from monitor.matching.outlines import OutlineIndex
from monitor.matching.pictures import bare, joined
from monitor.matching.second_word import screenshot_alone, seconded, unasked, unconfirmable, weighed
from monitor.model.fingerprint import (
    Fingerprint,
    Frame,
    ImageReading,
    PicturePart,
    Reference,
    Shares,
    Version,
    VersionKind,
    Window,
    bits_apart,
)
from monitor.model.ids import ReferenceId
from monitor.model.limits import MAX_WINDOWS_READ
from monitor.model.match import Match, Tier
from monitor.model.settings import MatchSettings

_WHOLE: Shares = (0.0, 0.0, 1.0, 1.0)
_UNREAD = "the picture's local features could not be read"
_SURE = 0.95  # a score from which nothing better is looked for in further frames and parts
_BYTES_A_POINT, _BYTES_A_VERSION = 164, 12_000  # a point: its descriptor, place, bits and owner
SMALLEST_SIDE = 32  # pixels; smaller pictures (icons, spacers) have too few places to tell anything by


class PhotoMatcher:
    def __init__(self, references: Sequence[Reference], settings: MatchSettings | None = None) -> None:
        self._settings = settings or MatchSettings()
        self._names = [NamedPhoto(item.id, item.label) for item in references]
        self._versions, self._pictures = _rows_of(references)
        shown = zip(self._pictures, self._versions, strict=True)
        self._with_photo = {at for at, version in shown if version.kind is not VersionKind.SCREENSHOT}
        prints = [version.fingerprint for version in self._versions]
        self._hashes = _as_rows([item.pdq.bits for item in prints], 32)
        self._index = build_hash_index(self._hashes)
        self._qualities = np.array([item.pdq_quality for item in prints], dtype=np.int64)
        self._with_phash, self._phashes = _phashes_of(prints)

        self._outlines = OutlineIndex([item.fingerprint.outlines for item in references])

        self._with_features = _with_features(references) if self._settings.features else []
        self._in_detector = {position: at for at, position in enumerate(self._with_features)}
        # The points are in the detector's index then: held twice, 10,000 photos would take half a gigabyte more.
        self._detector = _detector([references[position] for position in self._with_features])

    def fast(self, reading: ImageReading) -> Match:
        """By hashes alone. Always the best guess, with tier `none` where it is below the tiers. A picture can be made
        to carry a photo's hash: so where the photo has local features, this is `possible` at most until `full` has
        asked them. Where local features are switched off, the panels of a picture are asked here too."""
        whole = self._by_hashes(reading, asked=_too_small(reading))
        if self._settings.features or whole.tier is Tier.MATCH:
            return whole
        return max([whole, *(told for told, _ in self._panels(reading))], key=lambda match: match.score)

    def wants_features(self, reading: ImageReading, fast: Match) -> bool:
        return bool(self._with_features) and fast.tier is not Tier.MATCH and not _too_small(reading)

    def full(self, reading: ImageReading) -> Match:
        """By hashes and local features. The best guess, as in `fast`; the hashes' on a tie. Of a reading without
        features (they could not be read), what its hashes say is the last word."""
        return self._by_all(reading, _WHOLE)

    def wants_windows(self, reading: ImageReading, full: Match) -> list[tuple[PicturePart, ...]]:
        """In lots, each to be read at once: panels first whose hashes are a photo's, the likeliest before others."""
        if full.tier is Tier.MATCH or not self._with_features:
            return []
        told = (one for one in self._panels(reading) if one[0].tier is not Tier.NONE)
        likely = sorted(told, key=lambda one: -one[0].score)
        first = [part for _, part in likely][:MAX_WINDOWS_READ]
        then = [window.part for window in reading.windows if window.frame is None]
        return [
            tuple(parts[start : start + MAX_WINDOWS_READ])
            for parts in (first, then)
            for start in range(0, len(parts), MAX_WINDOWS_READ)
        ]

    def _panels(self, reading: ImageReading) -> Iterator[tuple[Match, PicturePart]]:
        """What their hashes say of each."""
        for window in reading.windows:
            if window.frame is not None:
                told = self._by_hashes(_as_reading(window.frame), asked=False, box=window.box)
                yield replace(told, frame=window.number), window.part

    def closer(self, windows: Sequence[Window]) -> Match:
        """The best guess of them all, as in `full`; its region as shares of the whole picture, in its frame."""
        best = decide(None, None, None, self._settings)
        for window in windows:
            if best.score >= _SURE:
                break
            if window.frame is not None:
                told = replace(self._by_all(_as_reading(window.frame), window.box), frame=window.number)
                best = max(best, told, key=lambda match: match.score)
        return best

    def same_picture(self, one: ReferenceId, other: ReferenceId) -> bool:
        """Copies that an earlier release enrolled apart; False where either has no points to tell it by."""
        places = {name.reference: self._in_detector.get(at) for at, name in enumerate(self._names)}
        mine, theirs = places.get(one), places.get(other)
        return mine is not None and theirs is not None and self._detector.near_copies(mine, theirs)

    def _by_all(self, reading: ImageReading, box: Shares) -> Match:
        """box: where what was read lies in the picture."""
        doubted = list[int]()
        best = self._by_hashes(reading, asked=True, doubted=doubted, box=box)
        for number, frame in enumerate(reading.frames):
            if best.score >= _SURE or (best.tier is Tier.MATCH and not number):
                break
            found = self._detector.look(frame, number)
            if found is None or self._is_doubted(*found, doubted):
                continue
            seen = replace(found[1], region=found[1].region.within(box))
            answer = decide(
                self._names[self._with_features[found[0]]], None, seen, self._settings, is_part=box != _WHOLE
            )
            if answer.score > best.score:
                best = answer
        if best.tier is not Tier.NONE or box != _WHOLE:  # of drawings, the whole is one
            return best
        return self._drawn(reading) or best

    def _drawn(self, reading: ImageReading) -> Match | None:
        for number, frame in enumerate(reading.frames):
            near = self._outlines.nearest(frame.pdq_turns)
            if near is not None:
                return drawn_from(self._names[near[0]], near[1], near[2], number)
        return None

    def _by_hashes(
        self, reading: ImageReading, *, asked: bool, doubted: list[int] | None = None, box: Shares = _WHOLE
    ) -> Match:
        """asked: features were, or cannot be. doubted: gathers the detector's photos that they spoke against."""
        best = decide(None, None, None, self._settings)
        if not self._names:
            return best
        for number, frame in enumerate(reading.frames):
            for row, evidence in self._hash_evidence(frame, number):
                position = self._pictures[row]
                answer = decide(self._names[position], evidence, None, self._settings)
                if box != _WHOLE:
                    answer = in_part(answer, box)
                if self._versions[row].kind is VersionKind.SCREENSHOT:
                    answer = self._photo_within(answer, reading, row, evidence, asked=asked)
                elif answer.tier is Tier.MATCH:
                    answer = self._second_word(answer, reading, row, evidence, asked=asked)
                    if answer.tier is not Tier.MATCH and doubted is not None:
                        doubted.append(self._in_detector[position])
                elif asked and answer.tier is Tier.POSSIBLE:
                    answer = self._seconded(answer, reading, row, evidence)
                if answer.score > best.score:
                    best = answer
        return best

    def _is_doubted(self, photo: int, found: FeatureEvidence, doubted: Sequence[int]) -> bool:
        """What was made to carry a photo's hash holds that photo's coarse greys, and a few places that agree with
        them: only many are another word than the hash's."""
        return found.places < SURE_PLACES and any(
            known == photo or self._detector.near_copies(known, photo) for known in doubted
        )

    def _second_word(
        self, answer: Match, reading: ImageReading, row: int, evidence: HashEvidence, *, asked: bool
    ) -> Match:
        """On what hashes took for the same picture: this version of it."""
        at, version = self._in_detector.get(self._pictures[row]), self._versions[row]
        if at is None or version.onto_best is None:
            return unconfirmable(answer, self._why_unasked())
        if not asked:
            return unasked(answer)
        frame = _like_it(reading, evidence.frame)
        if frame is None:
            return unconfirmable(answer, _UNREAD)
        return weighed(answer, self._detector.witness(frame, at, evidence.turn, version))

    def _seconded(self, answer: Match, reading: ImageReading, row: int, evidence: HashEvidence) -> Match:
        """On what hashes took for perhaps the same picture."""
        at, version = self._in_detector.get(self._pictures[row]), self._versions[row]
        frame = _like_it(reading, evidence.frame)
        if at is None or version.onto_best is None or frame is None:
            return answer
        seen = self._detector.witness(frame, at, evidence.turn, version)
        return seconded(answer, seen, alone=evidence.distance > self._settings.pdq_possible)

    def _photo_within(
        self, answer: Match, reading: ImageReading, row: int, evidence: HashEvidence, *, asked: bool
    ) -> Match:
        """On what hashes took for the same screenshot: whole screenshots of one app are near each other."""
        if answer.tier is Tier.NONE:
            return answer
        at, version = self._in_detector.get(self._pictures[row]), self._versions[row]
        has_photo = self._pictures[row] in self._with_photo
        if at is None or version.onto_best is None or version.fingerprint.features is None:
            return screenshot_alone(answer, evidence.distance, self._why_unasked(), has_photo=has_photo)
        if not asked:
            return unasked(answer) if answer.tier is Tier.MATCH else answer
        frame = _like_it(reading, evidence.frame)
        if frame is None:
            return screenshot_alone(answer, evidence.distance, _UNREAD, has_photo=has_photo)
        return weighed(answer, self._detector.witness(frame, at, evidence.turn, version), screenshot=True)

    def _why_unasked(self) -> str:
        kept = self._settings.features
        return f"local features are {'not kept of this photo' if kept else 'switched off'}"

    def _hash_evidence(self, frame: Frame, number: int) -> list[tuple[int, HashEvidence]]:
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

    def _evidence(self, frame: Frame, number: int, entry: int, turn: int) -> HashEvidence:
        fingerprint = self._versions[entry].fingerprint
        phash_distance = None
        if turn == 0 and frame.phash is not None and fingerprint.phash is not None:
            phash_distance = bits_apart(frame.phash, fingerprint.phash.bits)
        return HashEvidence(
            distance=bits_apart(frame.pdq_turns[turn], fingerprint.pdq.bits),
            turn=turn,
            quality=max(frame.pdq_quality, fingerprint.pdq_quality),
            phash_distance=phash_distance,
            frame=number,
        )


def _rows_of(references: Sequence[Reference]) -> tuple[list[Version], list[int]]:
    """Every version of every picture, without its points, and beside it the position of its picture."""
    versions, pictures = list[Version](), list[int]()
    for position, item in enumerate(references):
        versions += [bare(version) for version in item.versions]
        pictures += [position] * len(item.versions)
    return versions, pictures


def _phashes_of(prints: Sequence[Fingerprint]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which have one, and these, (n, 8)."""
    found = [(row, item.phash.bits) for row, item in enumerate(prints) if item.phash is not None]
    return np.array([row for row, _ in found], dtype=np.int64), _as_rows([bits for _, bits in found], 8)


def bytes_held(references: Sequence[Reference], settings: MatchSettings) -> int:
    """What a matcher of them takes in memory, by the figures of `bench/README.md`."""
    prints = [version.fingerprint for item in references for version in item.versions]
    points = sum(len(item.features.keypoints) for item in prints if item.features is not None and settings.features)
    return points * _BYTES_A_POINT + len(prints) * _BYTES_A_VERSION


def _with_features(references: Sequence[Reference]) -> list[int]:
    return [position for position, item in enumerate(references) if _current(item.fingerprint)]


def _detector(references: Sequence[Reference]) -> Detector:
    return Detector([joined(item) for item in references], [item.session or item.id for item in references])


def _as_reading(frame: Frame) -> ImageReading:
    """A part, as if it were the picture."""
    return ImageReading(format="", width=0, height=0, frames=(frame,))


def _too_small(reading: ImageReading) -> bool:
    return 0 < min(reading.width, reading.height) < SMALLEST_SIDE  # 0: kept hashes know no size


def _like_it(reading: ImageReading, number: int) -> Frame | None:
    """That frame, or of an animation the one with features that is nearest to it: features are read where the picture
    changes."""
    wanted = reading.frames[number]
    read = [frame for frame in reading.frames if frame.features is not None]
    if wanted.features is not None:
        return wanted
    return min(read, key=lambda frame: bits_apart(frame.pdq_turns[0], wanted.pdq_turns[0]), default=None)


def _current(fingerprint: Fingerprint) -> bool:
    return fingerprint.features is not None and fingerprint.features.version == VERSION


def _as_rows(items: Sequence[bytes], size: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(items), dtype=np.uint8).reshape(len(items), size)
