"""A picture for a person's own eyes: its pixels, made small enough and written anew as PNG. Reader side: runs in a
confined child."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from monitor.errors import UnreadableImage
from monitor.matching.reading.decode import unread
from monitor.matching.reading.formats import ImageLimits, open_checked, sniff
from monitor.matching.reading.luma import as_rgba, is_see_through, orientation_of, to_luma, turned_upright
from monitor.model.shown import MAX_BANDS, MAX_SHOWN_SIDE, ShownPicture

_LONG = 3  # times as high as wide: made small as a whole, nothing on it could be told


def shown_picture(
    untrusted: bytes, *, band: int = 0, is_page: bool = False, limits: ImageLimits | None = None
) -> ShownPicture:
    """The first still. A long picture, and any that `is_page`, is as wide as it may be and cut from top to bottom, of
    which this is part `band` (the last one, where there are fewer). Raises UnreadableImage, and nothing else."""
    limits = limits or ImageLimits()
    name = sniff(untrusted)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(untrusted, name, limits, band, is_page)
    except UnreadableImage:
        raise
    # Parsers of pictures raise nearly anything on broken files
    except Exception as error:
        raise unread(error, untrusted, name) from error


def _read(untrusted: bytes, name: str, limits: ImageLimits, band: int, is_page: bool) -> ShownPicture:
    with open_checked(untrusted, name, limits, MAX_SHOWN_SIDE, mode="RGB") as (image, _):
        has_more = bool(getattr(image, "is_animated", False)) and name not in ("JPEG", "HEIF")
        whole = turned_upright(_as_rgb(image), orientation_of(image))
    bands = 1
    if whole.height > MAX_SHOWN_SIDE and (is_page or whole.height > _LONG * whole.width):
        whole, band, bands = _cut(whole, band)
    else:
        band = 0
        whole.thumbnail((MAX_SHOWN_SIDE, MAX_SHOWN_SIDE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    Image.frombytes("RGB", whole.size, whole.tobytes()).save(written, "PNG", compress_level=1)  # pixels alone
    return ShownPicture(written.getvalue(), whole.width, whole.height, band, bands, has_more)


def _cut(whole: Image.Image, band: int) -> tuple[Image.Image, int, int]:
    """As wide as it may be; of the band's height before it is made small."""
    width = min(whole.width, MAX_SHOWN_SIDE)
    high = max(1, MAX_SHOWN_SIDE * whole.width // width)
    bands = min(-(-whole.height // high), MAX_BANDS)
    band = min(band, bands - 1)
    part = whole.crop((0, band * high, whole.width, min((band + 1) * high, whole.height)))
    return part.resize((width, max(1, min(MAX_SHOWN_SIDE, part.height * width // whole.width)))), band, bands


def _as_rgb(image: Image.Image) -> Image.Image:
    """What is clear in it, over white."""
    image.load()
    if is_see_through(image):
        rgba = as_rgba(image)
        white = Image.new("RGB", rgba.size, (255, 255, 255))
        white.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
        return white
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits a pixel and more: Pillow would clip
        return to_luma(image).convert("RGB")
    return image.convert("RGB")
