"""PDQ, the field's 256-bit perceptual hash (StopNCII, Meta, ThreatExchange), as matrix products.

The reference algorithm (`pdq/cpp` in facebook/ThreatExchange) blurs with two passes of a box filter,
samples 64 x 64 points and takes the low 16 x 16 frequencies of their cosine transform; a bit says whether a
frequency lies above the median. All of it but the median is linear and separable, so for one picture size
it is `L @ luma @ R.T` with matrices that depend on the size alone, and they are cached. The eight rotations
and mirrors only transpose that block and flip signs in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.matching.pdq import BITS, TURNS

MIN_SIDE = 5  # the reference refuses smaller pictures: hash of zeros, quality 0
_SAMPLES = 64
_FREQUENCIES = 16
_EMPTY = 1.0  # median amplitude; JPEG gradients have up to 0.6, photographs of fog 1.5, others 10 or more


@dataclass(frozen=True, slots=True)
class PdqReading:
    """turns: 8 x 32 bytes, big-endian. `turns[k]` is the hash of the picture with `TURNS[k]` undone, so a
    copy that is `TURNS[k]` of a photo has the photo's own hash there; `turns[0]` is the PDQ of the picture
    itself. quality: 0 to 100; what has no gradients has a meaningless hash."""

    turns: tuple[bytes, ...]
    quality: int
    # nothing in the frequencies that are hashed (flat, a plain gradient): every bit is rounding noise
    empty: bool


def pdq(luma: NDArray[np.uint8] | NDArray[np.float32]) -> PdqReading:
    """luma: (height, width), 0 to 255."""
    height, width = luma.shape
    if min(height, width) < MIN_SIDE:
        return PdqReading((bytes(BITS // 8),) * len(TURNS), 0, True)
    rows, weights = _bands(height)
    # `_sampling(height) @ luma`, without its zeros: a fifth of the time
    down = np.matmul(weights[:, None, :], luma[rows].astype(np.float32, copy=False))[:, 0]
    samples = down @ _sampling(width).T
    block = _cosines() @ samples.astype(np.float64) @ _cosines().T
    empty = median(np.abs(block)) < _EMPTY
    return PdqReading(_hashes(_turned(block)), _quality(samples), empty)


def median(values: NDArray[np.float64]) -> float:
    """np.median of an even number of values, at a quarter of its cost for a few hundred."""
    middle = values.size // 2
    low, high = np.partition(values, (middle - 1, middle), axis=None)[middle - 1 : middle + 1]
    return float((low + high) / 2)


def _turned(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 16, 16): the frequencies of the picture with each of `TURNS` undone."""
    down, across = _odd_flip()[:, None], _odd_flip()[None, :]  # flipping a picture negates its odd cosines
    flipped = block.T
    return np.stack(
        [
            block,
            flipped * down,
            block * down * across,
            flipped * across,
            block * across,
            flipped * down * across,
            block * down,
            flipped,
        ]
    )


def _hashes(blocks: NDArray[np.float64]) -> tuple[bytes, ...]:
    flat = blocks.reshape(len(blocks), BITS)
    # the lower of the two middle ones
    median = np.partition(flat, BITS // 2 - 1, axis=1)[:, BITS // 2 - 1 : BITS // 2]
    packed = np.packbits((flat > median)[:, ::-1], axis=1)  # frequency 0 is the last bit of the printed hash
    return tuple(row.tobytes() for row in packed)


def _quality(samples: NDArray[np.float32]) -> int:
    """The reference's: gradients between neighbouring samples in whole hundredths of the range, summed, /
    90."""
    down = np.abs(np.trunc(np.diff(samples, axis=0) * np.float32(100) / np.float32(255)))
    across = np.abs(np.trunc(np.diff(samples, axis=1) * np.float32(100) / np.float32(255)))
    return min(100, int(down.sum() + across.sum()) // 90)


def _odd_flip() -> NDArray[np.float64]:
    return np.where(np.arange(_FREQUENCIES) % 2 == 0, -1.0, 1.0)  # the block starts at frequency 1


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    """(16, 64): cosine transform, frequencies 1 to 16."""
    frequency = np.arange(1, _FREQUENCIES + 1)[:, None]
    position = 2 * np.arange(_SAMPLES)[None, :] + 1
    cosines: NDArray[np.float64] = np.cos(np.pi / (2 * _SAMPLES) * frequency * position)
    cosines *= np.sqrt(2 / _SAMPLES)
    return cosines


@lru_cache(maxsize=128)
def _sampling(length: int) -> NDArray[np.float32]:
    """(64, length): two passes of the reference's box filter along one axis, then every (length / 64)th
    point.

    The window is ceil(length / 128) wide, reaches `(window + 2) // 2 - 1` to the right, and at the edges
    averages only what is there.
    """
    window = -(-length // (2 * _SAMPLES))
    right = (window + 2) // 2 - 1
    left = window - 1 - right
    position = np.arange(length)
    first = np.maximum(position - left, 0)
    last = np.minimum(position + right, length - 1)
    share = 1.0 / (last - first + 1)
    centres = ((np.arange(_SAMPLES) + 0.5) * length / _SAMPLES).astype(np.int64)

    once = np.zeros((_SAMPLES, length))
    for row, centre in enumerate(centres):
        once[row, first[centre] : last[centre] + 1] = share[centre]
    weighted = once * share
    twice = np.zeros((_SAMPLES, length))
    for offset in range(-left, right + 1):  # pixel p of the second pass is read by window centres p - offset
        if offset >= 0:
            twice[:, offset:] += weighted[:, : length - offset]
        else:
            twice[:, :offset] += weighted[:, -offset:]
    return twice.astype(np.float32)


@lru_cache(maxsize=128)
def _bands(length: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Two of (64, width of a window): which positions each row of `_sampling` weighs, and how; the rest is zeros."""
    sampling = _sampling(length)
    reached = sampling != 0
    first = reached.argmax(axis=1)
    width = int((length - reached[:, ::-1].argmax(axis=1) - first).max())
    positions = np.minimum(first, length - width)[:, None] + np.arange(width)
    return positions, np.take_along_axis(sampling, positions, axis=1)
