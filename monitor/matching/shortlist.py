"""Which enrolled photos are worth a close look? Core side: NumPy only. Immutable, like every index here.

Every enrolled descriptor is filed under the nearest of 4,096 fixed words, with 128 bits that say on which
side of the word it lies along as many directions (Jegou, Douze, Schmid 2008: Hamming embedding). A
candidate's descriptor looks under its nearest few words and votes for the photos whose bits are near its
own. The words ship with the program (`bench/words.py` makes them): nothing is learnt from the person's
photos, and adding one changes no other's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.matching.verify import FRAME
from monitor.model.fingerprint import Features

_PROBES = 4  # words a descriptor looks under
_GROUPS = 64  # of words, to file descriptors quickly
_GROUP_PROBES = 8
_NEAR = 46  # bits of 128; unrelated ones under the same word differ in 64, give or take 6
_HALF_NEAR = 28  # bits of 64
_LOT = 8192  # rows multiplied at once
_SMALL_LOT = 64  # what is looked through again and again should stay in the processor's cache


class DescriptorIndex:
    """descriptors: (n, 128) bytes, all photos' one after the other; `photo(i)` gives one photo's part."""

    def __init__(self, photos: Sequence[Features]) -> None:
        counts = [len(item.keypoints) for item in photos]
        self._offsets = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        total = int(self._offsets[-1])
        self._descriptors = np.empty((total, 128), dtype=np.uint8)
        self._keypoints = np.empty((total, 4), dtype=np.float32)
        for number, item in enumerate(photos):
            part = slice(self._offsets[number], self._offsets[number + 1])
            self._descriptors[part] = item.descriptors
            self._keypoints[part] = in_frame(item)
        words = np.empty(total, dtype=np.uint16)
        bits = np.empty((total, 2), dtype=np.uint64)
        for start in range(0, total, _LOT):
            lot = self._descriptors[start : start + _LOT].astype(np.float32)
            near = _nearest_word(lot)
            words[start : start + _LOT] = near
            bits[start : start + _LOT] = _sides(lot, near)
        order = np.argsort(words, kind="stable")
        self._bits = np.ascontiguousarray(bits[order].T)
        self._owner = np.repeat(np.arange(len(photos), dtype=np.int32), counts)[order]
        filed = np.bincount(words, minlength=len(_words()))
        self._starts = np.concatenate(([0], np.cumsum(filed))).astype(np.int32)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def photo(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Keypoints scaled to `FRAME`, (n, 4), and descriptors, (n, 128)."""
        part = slice(self._offsets[number], self._offsets[number + 1])
        return self._keypoints[part], self._descriptors[part]

    def votes(self, descriptors: NDArray[np.float32], groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """(groups, photos). descriptors: (m, 128); row i votes in group `groups[i]`, once for each photo."""
        count = int(groups.max(initial=-1)) + 1
        if not len(descriptors) or not len(self):
            return np.zeros((count, len(self)))
        rows, words = _nearest_words(descriptors, _PROBES)
        wanted = _sides(descriptors[rows], words)
        first = self._starts[words]
        sizes = self._starts[words + 1] - first
        pairs = np.repeat(np.arange(len(words), dtype=np.int32), sizes)
        shift = (first - (np.cumsum(sizes, dtype=np.int32) - sizes)).astype(np.int32)
        entries = np.arange(len(pairs), dtype=np.int32) + np.repeat(shift, sizes)
        apart = np.bitwise_count(self._bits[0][entries] ^ np.repeat(wanted[:, 0], sizes))
        near = np.flatnonzero(apart <= _HALF_NEAR)  # half the bits rule out four of five
        entries, pairs = entries[near], pairs[near]
        apart = apart[near] + np.bitwise_count(self._bits[1][entries] ^ wanted[pairs, 1])
        near = np.flatnonzero(apart <= _NEAR)
        row = rows[pairs[near]]
        weight = (_NEAR + 2 - apart[near].astype(np.float64)) ** 2
        key = row * len(self) + self._owner[entries[near]]
        order = np.lexsort((-weight, key))
        key, weight = key[order], weight[order]
        once = np.concatenate(([True], key[1:] != key[:-1])) if len(key) else np.empty(0, dtype=bool)
        key, weight = key[once], weight[once]
        place = groups[key // len(self)] * len(self) + key % len(self)
        total = np.bincount(place, weight, minlength=count * len(self)).astype(np.float64)
        return total.reshape(count, len(self))


def in_frame(features: Features) -> NDArray[np.float32]:
    scaled = features.keypoints.copy()
    scaled[:, :3] *= FRAME / max(features.width, features.height)
    return scaled


def word_distance(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distance to the nearest word: how near a descriptor that says little already lies."""
    words, norms = _words(), _norms()
    best = (descriptors @ words.T - norms).max(axis=1)
    lengths: NDArray[np.float32] = np.einsum("ij,ij->i", descriptors, descriptors)
    lengths -= 2 * best
    return lengths.clip(0)


def forget_words() -> None:
    """5 MB, which are there again in a moment: for who compares nothing for a while."""
    for held in (_words, _norms, _directions, _turned_words):
        held.cache_clear()


@lru_cache(maxsize=1)
def _words() -> NDArray[np.float32]:
    """(4096, 128)"""
    stored: NDArray[np.uint8] = np.load(Path(__file__).with_name("words.npy"), allow_pickle=False)
    return stored.astype(np.float32)


@lru_cache(maxsize=1)
def _norms() -> NDArray[np.float32]:
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", _words(), _words())
    squares /= 2
    return squares


@lru_cache(maxsize=1)
def _directions() -> NDArray[np.float32]:
    """(128, 128), orthogonal, from a fixed seed."""
    square = np.random.default_rng(20261122).normal(size=(128, 128))
    return np.linalg.qr(square)[0].astype(np.float32)


@lru_cache(maxsize=1)
def _turned_words() -> NDArray[np.float32]:
    return _words() @ _directions()


@lru_cache(maxsize=1)
def _groups() -> tuple[NDArray[np.float32], tuple[NDArray[np.int64], ...]]:
    """Centres (64, 128) of neighbouring words, and the words of each."""
    words = _words()
    centres = words[:: len(words) // _GROUPS][:_GROUPS].copy()
    member = np.zeros(len(words), dtype=np.int64)
    for _ in range(6):
        member = (words @ centres.T - np.einsum("ij,ij->i", centres, centres) / 2).argmax(axis=1)
        for group in range(_GROUPS):
            inside = member == group
            if inside.any():
                centres[group] = words[inside].mean(axis=0)
    return centres, tuple(np.flatnonzero(member == group) for group in range(_GROUPS))


def _nearest_word(descriptors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Nearly always the nearest: looked for among the words of the nearest eight groups."""
    centres, members = _groups()
    likeness = descriptors @ centres.T - np.einsum("ij,ij->i", centres, centres) / 2
    near = np.argpartition(-likeness, _GROUP_PROBES, axis=1)[:, :_GROUP_PROBES]
    best = np.full(len(descriptors), -np.inf, dtype=np.float32)
    found = np.zeros(len(descriptors), dtype=np.int64)
    for group, inside in enumerate(members):
        rows = np.flatnonzero((near == group).any(axis=1))
        if not len(rows) or not len(inside):
            continue
        score = descriptors[rows] @ _words()[inside].T - _norms()[inside]
        top = score.argmax(axis=1)
        value = score[np.arange(len(rows)), top]
        better = value > best[rows]
        best[rows[better]] = value[better]
        found[rows[better]] = inside[top[better]]
    return found


def _nearest_words(descriptors: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (row, word): the `count` nearest words of each row."""
    found = np.empty((len(descriptors), count), dtype=np.int64)
    for start in range(0, len(descriptors), _SMALL_LOT):
        lot = descriptors[start : start + _SMALL_LOT]
        likeness = lot @ _words().T
        likeness -= _norms()
        every = np.arange(len(lot))
        for probe in range(count):  # faster than sorting for so few
            top = likeness.argmax(axis=1)
            found[start : start + len(lot), probe] = top
            likeness[every, top] = -np.inf
    return np.repeat(np.arange(len(descriptors)), count), found.reshape(-1)


def _sides(descriptors: NDArray[np.float32], words: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(m, 2): on which side of its word each descriptor lies, along 128 directions."""
    positive = descriptors @ _directions() > _turned_words()[words]
    return np.packbits(positive, axis=1).view(np.uint64)
