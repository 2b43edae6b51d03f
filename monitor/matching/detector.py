"""Finds an edited copy by its local features. Core side: NumPy only, immutable.

A candidate is first looked at as it is, mirrored and inverted with few points each; the photos that get
votes are then compared point by point. Nearly every candidate is nothing: the early end is what the time
goes into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor.matching import descriptors as layout
from monitor.matching.decide import SURE_PLACES, FeatureEvidence
from monitor.matching.evidence import Compared, evidence_of
from monitor.matching.forms import Form, forms_of
from monitor.matching.pdq import MIRRORED
from monitor.matching.pictures import after, as_matrix, extent_of, seen_as, without_points
from monitor.matching.shortlist import DescriptorIndex, word_distance
from monitor.matching.siblings import FramedPhoto, inverse, near_copies, shared_points
from monitor.matching.verify import gathered, pair_once, verify
from monitor.matching.view import STILL, view_of
from monitor.matching.witness import Witness, turned, witness
from monitor.model.fingerprint import Fingerprint, Frame, Version, VersionKind

_STRAIGHT_POINTS = 256  # that vote
_OTHER_POINTS = 80  # that vote for each of mirrored and inverted
_LOOKED_AT = 4  # (form, photo) pairs compared point by point, and as many near copies of theirs
_MOST_LISTED = 1_000  # pairs, by votes, among which those are chosen
_MOST_KNOWN = 100_000  # pairs of photos of which it is remembered whether they are near copies
_MOST_KNOWN_SHARED = 20_000  # the same of the points that they share
_RATIO = 0.88  # to the nearest descriptor of another photo
_WORD_RATIO = 1.0  # to the nearest word: what stands in for other photos where few are enrolled
_OTHERS = 3  # listed photos that make a fair measure of what is near by chance
_FEWEST_POINTS = 4
_FEWEST_TO_GATHER = 4  # places, before what lies where they say is looked for


class Detector:
    """fingerprints: those with features, in the order of the positions that `look` answers with. sessions: of each, the
    name of the set that was taken together; equal where it is the same. None: each by itself."""

    def __init__(self, fingerprints: Sequence[Fingerprint], sessions: Sequence[str] | None = None) -> None:
        self._index = DescriptorIndex([item.features for item in fingerprints if item.features is not None])
        self._prints = tuple(without_points(item) for item in fingerprints)
        self._sessions = sessions or [str(number) for number in range(len(fingerprints))]
        self._known: dict[tuple[int, int], bool] = {}
        self._known_shared: dict[tuple[int, int], NDArray[np.uint16]] = {}

    def look(self, frame: Frame, number: int) -> tuple[int, FeatureEvidence] | None:
        """The photo with the most places that agree; one seen from where it was before another of its session."""
        if frame.features is None or not self._prints or len(frame.features.keypoints) < _FEWEST_POINTS:
            return None
        forms = forms_of(frame.features)
        best: tuple[int, int, Compared] | None = None
        for which, photo, others in self._candidates(forms):
            compared = self._compare(forms[which], photo, others)
            if best is None or compared.rank > best[2].rank:
                best = (which, photo, compared)
            if compared.found.places >= SURE_PLACES and not compared.view.moved:
                break
        if best is None or not best[2].found.places:
            return None
        which, photo, compared = best
        return photo, evidence_of(frame, number, forms[which], self._enrolled(photo), compared)

    def witness(self, frame: Frame, photo: int, turn: int, version: Version) -> Witness:
        """What the frame's features say to "this photo, in this version of it, turned as `TURNS[turn]`"."""
        features, luma, quarters = frame.features, frame.luma, turn % 4
        assert features is not None  # noqa: S101  (the caller has seen them)
        points = features.keypoints, features.descriptors
        if turn >= MIRRORED:  # mirrored back, the quarters go the other way
            points = layout.mirrored(*points, features.width)
            luma, quarters = luma[:, ::-1] if luma is not None else None, -quarters
        size = features.width, features.height
        shown, whole = self._enrolled(photo), version.fingerprint.features
        if version.kind is VersionKind.SCREENSHOT and whole is not None and version.onto_best is not None:
            affine = after(inverse(as_matrix(version.onto_best)), turned(extent_of(whole), size, quarters))
        else:
            shown = seen_as(version, shown)
            affine = turned(shown.extent, size, quarters)
        return witness(shown, points[0], points[1].astype(np.float32), size, luma, affine)

    def _candidates(self, forms: Sequence[Form]) -> list[tuple[int, int, list[int]]]:
        """(form, photo, all photos listed), the most voted for first. Near copies, and what was taken with it, take no
        other photo's place: a session of two hundred has the same room in each."""
        points = [_STRAIGHT_POINTS, _OTHER_POINTS, _OTHER_POINTS]
        voters = [form.descriptors[:most] for form, most in zip(forms, points, strict=True)]
        groups = np.repeat(np.arange(len(voters)), [len(rows) for rows in voters])
        votes = self._index.votes(np.concatenate(voters), groups)
        votes[0] *= len(voters[1]) / len(voters[0])  # a vote among few weighs more
        pairs: list[tuple[int, int]] = []
        firsts: list[tuple[int, int]] = []  # that take a place
        asked = 0
        for at in np.argsort(-votes, axis=None, kind="stable")[:_MOST_LISTED].tolist():
            which, photo = divmod(at, len(self._index))
            if votes.flat[at] <= 0 or len(firsts) == _LOOKED_AT or asked == 4 * _LOOKED_AT:
                break
            is_kin = any(form == which and self._taken_together(photo, known) for form, known in firsts)
            if not is_kin:
                asked += 1
                is_kin = any(form == which and self.near_copies(photo, known) for form, known in pairs)
            if not is_kin:
                firsts.append((which, photo))
            elif len(pairs) - len(firsts) == _LOOKED_AT:
                continue
            pairs.append((which, photo))
        listed = sorted({photo for _, photo in pairs})
        return [(which, photo, listed) for which, photo in pairs]

    def _taken_together(self, one: int, other: int) -> bool:
        return self._sessions[one] == self._sessions[other]

    def near_copies(self, one: int, other: int) -> bool:
        """Whether two enrolled photos are one picture. Asked when both are listed, and remembered: most never are."""
        pair = (min(one, other), max(one, other))
        if pair not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[pair] = near_copies(self._enrolled(pair[0]), self._enrolled(pair[1]))
        return self._known[pair]

    def _enrolled(self, photo: int) -> FramedPhoto:
        keypoints, descriptors = self._index.photo(photo)
        features = self._prints[photo].features
        assert features is not None  # noqa: S101  (all here have them)
        return FramedPhoto(keypoints, descriptors, extent_of(features), self._prints[photo].luma)

    def _compare(self, form: Form, photo: int, listed: Sequence[int]) -> Compared:
        limit = np.full(len(form.descriptors), np.inf, dtype=np.float32)
        others = [other for other in listed if not self._taken_together(photo, other)]
        others = [other for other in others if not self.near_copies(photo, other)]
        for other in others:
            np.minimum(limit, _RATIO**2 * self._nearest(form, other)[0], out=limit)
        if len(others) + 1 < _OTHERS:
            np.minimum(limit, _WORD_RATIO**2 * self._nearest_words(form), out=limit)
        nearest, column = self._nearest(form, photo)
        own = ~np.isin(column, self._shared(photo, others))
        rows = np.flatnonzero((nearest < limit) & own)
        rows = rows[pair_once(rows, column[rows], nearest[rows])]
        mine, theirs = self._index.photo(photo)[0].astype(np.float64)[column], form.keypoints.astype(np.float64)
        found = verify(mine[rows], theirs[rows])
        if _FEWEST_TO_GATHER <= found.places < SURE_PLACES:
            found = replace(found, inliers=rows[found.inliers])
            tells = np.flatnonzero((nearest < self._nearest_words(form)) & own)
            found = gathered(mine, theirs, (nearest, column), tells, found)
            rows = np.union1d(rows, found.inliers)  # what was compared at first and lies elsewhere still counts
            found = replace(found, inliers=np.searchsorted(rows, found.inliers))
        view = view_of(mine[rows], theirs[rows], found.affine) if found.places else STILL
        return Compared(found, nearest[rows], view, mine[rows][found.inliers, :2])

    def _shared(self, photo: int, others: Sequence[int]) -> NDArray[np.int64]:
        """Rows of the photo's points that others of different content have too: asked of those listed, and
        remembered."""
        rows = [np.empty(0, dtype=np.int64)]
        for other in others:
            if (photo, other) not in self._known_shared:
                if len(self._known_shared) >= _MOST_KNOWN_SHARED:
                    self._known_shared.clear()
                found = shared_points(self._enrolled(photo), self._enrolled(other))
                self._known_shared[photo, other] = found.astype(np.uint16)
            rows.append(self._known_shared[photo, other].astype(np.int64))
        return np.unique(np.concatenate(rows))

    def _nearest_words(self, form: Form) -> NDArray[np.float32]:
        if form.words is None:
            form.words = word_distance(form.descriptors)
        return form.words

    def _nearest(self, form: Form, photo: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Of every descriptor of the candidate: squared distance to the photo's nearest, and which that is."""
        if photo not in form.nearest:
            apart = layout.squared_distances(form.descriptors, self._index.photo(photo)[1].astype(np.float32))
            column = apart.argmin(axis=1)
            form.nearest[photo] = (apart[np.arange(len(apart)), column], column)
        return form.nearest[photo]
