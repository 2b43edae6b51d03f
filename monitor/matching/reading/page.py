"""Is it a page of text or a plain drawing, or a photograph? Reader side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SOFT_RANGE = 60  # grey levels within a block of 8 x 8
PAGE_SOFT = 0.03  # share of soft blocks; rendered pages have up to 0.01, photographs from 0.04
PAGE_GROUND = 0.45  # share of pixels in the ground's own shade; rendered pages have from 0.59


def is_page(luma: NDArray[np.uint8]) -> bool:
    """Text and drawings have one ground, and blocks that are empty or full of hard edges; photographs have
    soft ones."""
    height, width = (side // 8 * 8 for side in luma.shape)
    if not height or not width:
        return True
    counts = np.array(Image.fromarray(luma).histogram())  # a third of what `np.bincount` takes, which widens each pixel
    ground = int(counts.argmax())
    share = counts[max(0, ground - 6) : ground + 7].sum() / luma.size
    if share <= PAGE_GROUND:  # most photographs: what is asked next takes ten times as long
        return False
    blocks = luma[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 64)
    soft = (blocks.std(axis=1) > 2) & (np.ptp(blocks, axis=1) < SOFT_RANGE)
    return bool(soft.mean() < PAGE_SOFT)
