"""Pictures made from a seed with whole numbers alone, so that every machine makes the same bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]


def noise(height: int, width: int, seed: int) -> Luma:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def flat(height: int, width: int, seed: int) -> Luma:
    return np.full((height, width), seed % 256, dtype=np.uint8)


def across(height: int, width: int, seed: int) -> Luma:
    return np.broadcast_to(np.arange(width) * 255 // max(1, width - 1), (height, width)).astype(np.uint8)


def diagonal(height: int, width: int, seed: int) -> Luma:
    down = np.arange(height)[:, None] * 127 // max(1, height - 1)
    return (down + np.arange(width)[None, :] * 127 // max(1, width - 1)).astype(np.uint8)


def faint(height: int, width: int, seed: int) -> Luma:
    """Like a photo of fog: the same shapes in a few grey levels."""
    return (128 + (photo(height, width, seed).astype(np.int64) - 128) // 16).astype(np.uint8)


def photo(height: int, width: int, seed: int) -> Luma:
    """Soft shapes in five sizes, some hard edges, a little grain."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), dtype=np.int64)
    for cells, weight in ((2, 16), (4, 12), (9, 8), (21, 5), (50, 3)):
        total += weight * _soft(random.integers(0, 256, (cells + 1, cells + 1)), height, width)
    total //= 44
    rows, columns = np.mgrid[0:height, 0:width]
    for _ in range(14):
        y, x = int(random.integers(0, height)), int(random.integers(0, width))
        a, b = int(random.integers(3, 3 + width // 5)), int(random.integers(3, 3 + height // 5))
        inside = ((columns - x) * b) ** 2 + ((rows - y) * a) ** 2 < (a * b) ** 2
        total[inside] += int(random.integers(-70, 71))
    total += random.integers(-3, 4, (height, width))
    return total.clip(0, 255).astype(np.uint8)


def colour_photo(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """(height, width, 3)"""
    return np.stack([photo(height, width, 3 * seed + channel) for channel in range(3)], axis=2)


def _soft(lattice: NDArray[np.int64], height: int, width: int) -> NDArray[np.int64]:
    """The lattice stretched over the picture, bilinear in 256ths."""
    y = np.arange(height) * (lattice.shape[0] - 1) * 256 // height
    x = np.arange(width) * (lattice.shape[1] - 1) * 256 // width
    top, left = y // 256, x // 256
    down, right = (y % 256)[:, None], (x % 256)[None, :]
    upper = lattice[top][:, left] * (256 - right) + lattice[top][:, left + 1] * right
    lower = lattice[top + 1][:, left] * (256 - right) + lattice[top + 1][:, left + 1] * right
    return (upper * (256 - down) + lower * down) // 65536


KINDS = {"noise": noise, "flat": flat, "across": across, "diagonal": diagonal, "faint": faint, "photo": photo}
SIZES = (
    (5, 5), (6, 9), (20, 33), (63, 63), (64, 64), (65, 64), (100, 37), (127, 128), (129, 300), (257, 255),
    (480, 640), (511, 513), (720, 540), (1080, 1440), (7, 900), (2000, 30), (1500, 2600),
)  # fmt: skip
