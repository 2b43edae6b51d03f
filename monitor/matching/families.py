"""Which enrolled picture is a fresh photo a copy of, and which were taken with it? Asked at enrolment, of an index that
grows. Core side: NumPy only.

A fresh photo is asked of the index, not of each photo. Points are held once, in blocks that double as the digits of a
binary counter do: so every photo is filed a few times in all, whatever their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.matching.descriptors import VERSION
from monitor.matching.pictures import framed
from monitor.matching.shortlist import DescriptorIndex
from monitor.matching.siblings import FramedPhoto, same_session, version_of
from monitor.model.fingerprint import Features, Fingerprint, Reference
from monitor.model.ids import ReferenceId

_BLOCK = 16  # photos; fewer are asked one by one, without an index
_VOTERS = 256  # points of the fresh photo
_ASKED = 6  # photos of each block, the most voted for; and as many that are near by hash
_NEAR_BITS = 31  # of PDQ: worth asking the points
_SAME_BITS = 12  # of PDQ, where there are no points to ask
_LEAST_QUALITY = 50  # of PDQ, there


@dataclass(frozen=True, slots=True)
class Kin:
    """picture: that it is a copy of, None where it is new. session: the first picture of those that were taken with
    it, '' where there is none."""

    picture: ReferenceId | None
    session: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    owners: tuple[ReferenceId, ...]
    photos: tuple[FramedPhoto, ...]
    index: DescriptorIndex | None  # none: too few

    def most_voted(self, fresh: Features) -> list[tuple[float, int]]:
        """(votes, number)"""
        if self.index is None:
            return [(1.0, number) for number in range(len(self.photos))]
        voters = fresh.descriptors[:_VOTERS].astype(np.float32)
        votes = self.index.votes(voters, np.zeros(len(voters), dtype=np.int64))
        best = np.argsort(-votes[0], kind="stable")[:_ASKED].tolist()
        return [(float(votes[0][number]), number) for number in best if votes[0][number] > 0]


class Families:
    """Of one case. Holds the hashes of every version, and of each picture the points of what is or was its best."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._hashes = np.empty((64, 4), dtype=np.uint64)
        self._owners = list[ReferenceId]()
        self._held = set[tuple[ReferenceId, bytes]]()
        self._sessions = dict[ReferenceId, str]()
        for reference in references:
            self._note(reference)
        pointed = [(item.id, framed(item.fingerprint)) for item in references if _has_points(item.fingerprint)]
        self._pointed = {item.id: item.fingerprint.pdq for item in references if _has_points(item.fingerprint)}
        self._blocks = [_block(pointed)]

    def find(self, fresh: Fingerprint) -> Kin:
        """The picture that it is a copy of: of the same hash, else by its points, else (where there are none) by a hash
        that is hardly another."""
        near = self._near(fresh)
        if near and near[0][0] == 0:
            return self._of(near[0][1])
        if not _has_points(fresh):
            is_told = near and near[0][0] <= _SAME_BITS and fresh.pdq_quality >= _LEAST_QUALITY
            return self._of(near[0][1]) if is_told else Kin(None)
        mine, session = framed(fresh), ""
        for owner, photo in self._likely(fresh, {owner for _, owner in near}):
            if version_of(mine, photo) is not None:
                return self._of(owner)
            if not session and same_session(mine, photo):
                session = self._sessions.get(owner) or owner
        return Kin(None, session)

    def holder(self, fingerprint: Fingerprint) -> ReferenceId | None:
        """The picture with a version of just this hash."""
        near = self._near(fingerprint)
        return near[0][1] if near and near[0][0] == 0 else None

    def add(self, reference: Reference) -> None:
        """A new picture, or one with a version more, or with another best."""
        self._note(reference)
        best = reference.fingerprint
        if self._pointed.get(reference.id) == best.pdq or not _has_points(best):
            return
        self._pointed[reference.id] = best.pdq
        gathered = [(reference.id, framed(best))]
        while self._blocks and (len(self._blocks[-1].photos) <= len(gathered) or len(self._blocks[-1].photos) < _BLOCK):
            last = self._blocks.pop()
            gathered = [*zip(last.owners, last.photos, strict=True), *gathered]
        self._blocks.append(_block(gathered))

    def _of(self, owner: ReferenceId) -> Kin:
        return Kin(owner, self._sessions.get(owner, ""))

    def _note(self, reference: Reference) -> None:
        self._sessions[reference.id] = reference.session
        for version in reference.versions:
            bits = version.fingerprint.pdq.bits
            if (reference.id, bits) in self._held:
                continue
            if len(self._owners) == len(self._hashes):
                self._hashes = np.concatenate([self._hashes, np.empty_like(self._hashes)])
            self._hashes[len(self._owners)] = np.frombuffer(bits, dtype=np.uint64)
            self._owners.append(reference.id)
            self._held.add((reference.id, bits))

    def _near(self, fresh: Fingerprint) -> list[tuple[int, ReferenceId]]:
        """(bits of PDQ, picture), the nearest first, each once."""
        wanted = np.frombuffer(fresh.pdq.bits, dtype=np.uint64)
        apart = np.bitwise_count(self._hashes[: len(self._owners)] ^ wanted).sum(axis=1)
        found = dict[ReferenceId, int]()
        for row in np.argsort(apart, kind="stable")[: np.count_nonzero(apart <= _NEAR_BITS)].tolist():
            found.setdefault(self._owners[row], int(apart[row]))
            if len(found) == _ASKED:
                break
        return [(bits, owner) for owner, bits in found.items()]

    def _likely(self, fresh: Fingerprint, near: set[ReferenceId]) -> Iterator[tuple[ReferenceId, FramedPhoto]]:
        """Those that are near by hash first, then the most voted for."""
        assert fresh.features is not None  # noqa: S101  (the caller has seen them)
        listed = list[tuple[bool, float, ReferenceId, FramedPhoto]]()
        for block in self._blocks:
            votes = {number: votes for votes, number in block.most_voted(fresh.features)}
            if near:
                votes |= {number: np.inf for number, owner in enumerate(block.owners) if owner in near}
            listed += [(votes[n] < np.inf, -votes[n], block.owners[n], block.photos[n]) for n in votes]
        for _, _, owner, photo in sorted(listed, key=lambda item: item[:3]):
            yield owner, photo


def _block(photos: Sequence[tuple[ReferenceId, FramedPhoto]]) -> _Block:
    """With its index, the points of each photo are held by it alone."""
    owners, every = tuple(owner for owner, _ in photos), tuple(photo for _, photo in photos)
    if len(every) < _BLOCK:
        return _Block(owners, every, None)
    index = DescriptorIndex([_features(photo) for photo in every])
    held = [FramedPhoto(*index.photo(number), photo.extent, photo.luma) for number, photo in enumerate(every)]
    return _Block(owners, tuple(held), index)


def _features(photo: FramedPhoto) -> Features:
    width, height = (max(1, round(side)) for side in photo.extent)
    return Features(VERSION, width, height, photo.keypoints, photo.descriptors)


def _has_points(fingerprint: Fingerprint) -> bool:
    features = fingerprint.features
    return features is not None and features.version == VERSION and len(features.keypoints) > 0
