"""What both sides know of the descriptors: their version, and what mirroring or inverting a picture does to
them.

A descriptor is 4 x 4 places x 8 directions of gradients, seen from the point's own angle. So a mirrored or
an inverted candidate needs no second extraction: its points are moved and its descriptors' bytes permuted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VERSION = "rootsift-512/1"
"""Features of another version are never compared. Change it with anything that changes points or
descriptors."""

LENGTH = 128
UNIT = 512.0  # of the length 1 that a RootSIFT descriptor has, in the bytes that are kept

_LAYOUT = np.arange(LENGTH).reshape(4, 4, 8)
_MIRRORED = _LAYOUT[::-1][:, :, -np.arange(8) % 8].reshape(-1)  # rows the other way round, directions too
_INVERTED = _LAYOUT[::-1, ::-1].reshape(-1)  # every gradient points the other way: half a turn


def squared_distances(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """(len(one), len(other))."""
    squared: NDArray[np.float32] = one @ (-2 * other).T  # in place from here: passes over memory are what it costs
    squared += np.einsum("ij,ij->i", one, one)[:, None]
    squared += np.einsum("ij,ij->i", other, other)[None, :]
    return np.maximum(squared, 0, out=squared)


def mirrored(
    keypoints: NDArray[np.float32], descriptors: NDArray[np.uint8], width: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """As they would be of the picture mirrored left to right. keypoints: (n, 4): x, y, size, angle."""
    moved = keypoints.copy()
    moved[:, 0] = width - 1 - moved[:, 0]
    moved[:, 3] = (180 - moved[:, 3]) % 360
    return moved, descriptors[:, _MIRRORED]


def inverted(
    keypoints: NDArray[np.float32], descriptors: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """As they would be of the negative."""
    moved = keypoints.copy()
    moved[:, 3] = (moved[:, 3] + 180) % 360
    return moved, descriptors[:, _INVERTED]
