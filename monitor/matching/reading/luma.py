"""One frame of a picture in Pillow's hands to grey, upright and reduced. Reader side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

# pixels of what is hashed whole; only strips of extreme shape are longer, and are squeezed along that side
_LONGEST_SIDE = 8192
_OPAQUE = 250  # alpha from here on changes nothing that could be seen
_SEEN_THROUGH = 0.005  # share of pixels; soft corners alone do not make two pictures of one
_ORIENTATION = 0x0112  # EXIF
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(image: Image.Image) -> int:
    """As EXIF has it, 1 to 8."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF says nothing about the picture
        return 1
    return value if value in _UPRIGHT else 1


def upright(frame: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    return np.asarray(turned_upright(Image.fromarray(frame), orientation)) if orientation in _UPRIGHT else frame


def turned_upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def greys(image: Image.Image, side: int) -> list[NDArray[np.uint8]]:
    """One frame; or two, where transparency shows (over white and over black) and where nobody can know whether inks
    are written as they are or inverted (the one with less black first)."""
    image.load()
    if is_see_through(image):
        rgba = as_rgba(image)
        alpha = rgba.getchannel("A")
        if float(np.mean(np.asarray(alpha) < _OPAQUE)) > _SEEN_THROUGH:
            grey = to_luma(rgba)
            grounds = (Image.new("L", grey.size, shade) for shade in (255, 0))
            return [_reduced(Image.composite(grey, ground, alpha), side) for ground in grounds]
        image = rgba.convert("RGB")
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # Browsers take it as Adobe's, inverted, as Pillow does; other viewers as it stands.
        both = [to_luma(image), to_luma(ImageChops.invert(image))]
        return [_reduced(luma, side) for luma in sorted(both, key=_shade, reverse=True)]
    return [_reduced(to_luma(image), side)]


def is_see_through(image: Image.Image) -> bool:
    """It may be. Of numbers, one of them that is said to be clear is as good as none."""
    return image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or (
        "transparency" in image.info and not _is_of_numbers(image)
    )


def as_rgba(image: Image.Image) -> Image.Image:
    """Of one that `is_see_through`."""
    if image.mode == "La":  # Pillow leads from there to LA alone
        image = image.convert("LA")
    return image if image.mode == "RGBA" else image.convert("RGBA")


def _shade(luma: Image.Image) -> float:
    return float(np.mean(np.asarray(luma)))


def to_luma(image: Image.Image) -> Image.Image:
    """Of every mode that `formats` opens, without what is clear in it."""
    if image.mode == "L":
        return image
    if _is_of_numbers(image):
        return _of_numbers(np.asarray(image))
    if image.mode not in ("1", "P", "RGB"):  # CMYK, YCbCr, LAB, HSV, RGBX
        image = image.convert("RGB")
    return image.convert("L")


def _is_of_numbers(image: Image.Image) -> bool:
    """16 bits a pixel and more; Pillow would clip, not scale."""
    return image.mode.startswith("I") or image.mode == "F"


def _of_numbers(values: NDArray[np.generic]) -> Image.Image:
    """Of 0 to 1, 255, 65,535 or more, as the largest one says."""
    numbers = np.nan_to_num(values.astype(np.float32), nan=0, posinf=0, neginf=0)
    most = float(numbers.max(initial=0))
    if values.dtype.kind == "f" and most <= 1:
        numbers *= 255
    elif most > 255:
        numbers /= 256 if most < 65_536 else max(256, most / 255)
    return Image.fromarray(numbers.clip(0, 255).astype(np.uint8))


def _reduced(luma: Image.Image, side: int) -> NDArray[np.uint8]:
    """Averages by the factor that libjpeg would have used; a JPEG that was already reduced stays as it is."""
    factor = 1
    while factor < 8 and min(luma.size) >= 2 * factor * side:
        factor *= 2
    return np.asarray(luma.reduce(factor) if factor > 1 else luma)


def squeezed(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is hashed whole: no side is longer than `_LONGEST_SIDE`."""
    down, across = (-(-side // _LONGEST_SIDE) for side in frame.shape)
    return frame if (across, down) == (1, 1) else np.asarray(Image.fromarray(frame).reduce((across, down)))
