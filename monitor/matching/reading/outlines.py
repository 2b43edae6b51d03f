"""What drawing filters make of a photo, hashed beside it at enrolment: outlines ("neon", "find edges") and a pencil
sketch have other gradients than the photo, so neither its hash nor its points know them. Reader side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from monitor.matching.reading import pdq_hash

_COARSE, _FINE = 256, 512  # pixels of the longer side
_PENCIL_REACH = 5.0  # pixels at `_FINE`
_WHITE = 0.98  # quantile of the slopes that is drawn in full


def outline_hashes(luma: NDArray[np.uint8]) -> tuple[bytes, ...]:
    """PDQ of the photo's outlines, coarse and fine, and of its pencil sketch. luma: (height, width)."""
    drawn = (_outlines(luma, _COARSE, 1.0), _outlines(luma, _FINE, 0.7), _pencil(luma))
    hashes = (pdq_hash.pdq(picture) for picture in drawn)
    return tuple(item.turns[0] for item in hashes if not item.empty)


def _outlines(luma: NDArray[np.uint8], side: int, blur: float) -> NDArray[np.uint8]:
    grey = _grey(_within(luma, side).filter(ImageFilter.GaussianBlur(blur)))
    slope = np.hypot(*np.gradient(grey))
    return _rounded(slope * 255 / max(1.0, float(np.quantile(slope, _WHITE))))


def _pencil(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = _within(luma, _FINE)
    around = _grey(image.filter(ImageFilter.GaussianBlur(_PENCIL_REACH)))
    return _rounded(255 * _grey(image) / np.maximum(around, 1))


def _within(luma: NDArray[np.uint8], side: int) -> Image.Image:
    image = Image.fromarray(luma)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return image


def _grey(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)


def _rounded(grey: NDArray[np.float64]) -> NDArray[np.uint8]:
    return grey.clip(0, 255).astype(np.uint8)
