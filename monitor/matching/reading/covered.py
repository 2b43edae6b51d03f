"""Is only the border of a picture left? Reader side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FLAT = 2.0  # grey levels
_TEXTURED = 4.0


def only_border_is_left(luma: NDArray[np.uint8]) -> bool:
    """Whether the middle, half as wide and high as the picture, is of one shade, and all four borders are not: so it is
    after a bar was laid over it, and hardly ever else. luma: (height, width)."""
    height, width = luma.shape
    down, across = max(1, height // 16), max(1, width // 16)
    borders = (luma[:down], luma[-down:], luma[:, :across], luma[:, -across:])
    middle = luma[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return middle.size > 0 and float(middle.std()) < _FLAT and all(float(part.std()) > _TEXTURED for part in borders)
