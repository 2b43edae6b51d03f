"""Outside bytes to grey frames. Reader side: runs in a confined child, uses Pillow.

A signature is asked before Pillow sees a byte, and only the five named decoders are ever tried. Limits are
checked on the header. Nothing asks a file how many frames it has: a hostile GIF makes that question
expensive.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from monitor.errors import UnreadableImage, UnreadableKind

WORKING_SIDE = 512
"""Pixels. A picture is read at the largest of 1/1, 1/2, 1/4, 1/8 that leaves both sides at least this long.
"""

CLOSE_SIDE = 1024  # pixels, likewise, where parts of a picture are looked at
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
_SUPPORTED = "JPEG, PNG, GIF, WebP and AVIF can be read; save it as one of these."

ImageFile.LOAD_TRUNCATED_IMAGES = True  # half a picture can still be recognised
ImageFile.MAXBLOCK = 1024 * 1024  # bytes are in memory already: handed over in small pieces they only cost more


@dataclass(frozen=True, slots=True)
class ImageLimits:
    max_bytes: int = 40 * 1024 * 1024
    max_pixels: int = 80_000_000  # of one frame; phones save 12 to 50 megapixels, Pillow itself warns at 89
    max_frames: int = 16  # handed back
    max_frames_walked: int = 512  # looked at in an animation, to find evenly spaced ones
    max_pixels_walked: int = 400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """frames: uint8 (height, width) each, upright, reduced as `WORKING_SIDE` says; see-through pictures once over white
    and once over black. Those of an animation are squeezed; a strip by itself is as long as it is. width, height: of
    the full picture, upright. frame_count: frames seen, at most `ImageLimits.max_frames_walked`."""

    format: str
    width: int
    height: int
    frames: tuple[NDArray[np.uint8], ...]
    frame_count: int


def decode_picture(untrusted: bytes, limits: ImageLimits | None = None, *, side: int = WORKING_SIDE) -> Decoded:
    """side: in the place of `WORKING_SIDE`. Raises UnreadableImage, and nothing else."""
    limits = limits or ImageLimits()
    if len(untrusted) > limits.max_bytes:
        raise UnreadableImage(
            f"the file has {len(untrusted)} bytes, more than {limits.max_bytes}",
            kind=UnreadableKind.TOO_LARGE,
            remedy="Save a smaller copy and use that.",
        )
    format_name = sniff(untrusted)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(untrusted), formats=[format_name]) as image:
                return _read(image, format_name, limits, side)
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(str(error)) from error
    # Pillow's parsers raise nearly anything on broken files; all of it means the same here
    except Exception as error:
        why = str(error) or type(error).__name__
        if isinstance(error, UnidentifiedImageError):  # its words name our buffer, not what is wrong
            why = "it starts like one, but its header cannot be read"
        raise UnreadableImage(
            f"the {format_name} file is broken: {why}",
            kind=UnreadableKind.BROKEN,
            remedy="Open it in an image viewer; if it shows there, save it again as PNG and use that.",
        ) from error


def sniff(untrusted: bytes) -> str:
    """Pillow's name of the format, by signature. Raises UnreadableImage with `not_an_image` or
    `unsupported`."""
    head = untrusted[:64]
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        size = int.from_bytes(head[:4], "big")
        brands = {head[at : at + 4] for at in (8, *range(16, min(size, len(head)), 4))}
        if brands & {b"avif", b"avis"}:
            return "AVIF"
        raise UnreadableImage("this is a HEIC picture or a video", kind=UnreadableKind.UNSUPPORTED, remedy=_SUPPORTED)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() in (b"<svg ", b"<?xml"):
        raise UnreadableImage("a drawing (SVG) is not read here", kind=UnreadableKind.UNSUPPORTED, remedy=_SUPPORTED)
    for signature, name in _OTHERS:
        if head.startswith(signature):
            raise UnreadableImage(f"{name} is not read here", kind=UnreadableKind.UNSUPPORTED, remedy=_SUPPORTED)
    raise UnreadableImage("the bytes are no picture", kind=UnreadableKind.NOT_AN_IMAGE, remedy=_SUPPORTED)


_OTHERS = (
    (b"BM", "a BMP file"),
    (b"II*\0", "a TIFF file"),
    (b"MM\0*", "a TIFF file"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\x01\0", "an icon"),
    (b"\xff\x0a", "a JPEG XL file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"%PDF", "a PDF file"),
)


def _too_many_pixels(found: str) -> UnreadableImage:
    return UnreadableImage(
        f"the picture is too large: {found}",
        kind=UnreadableKind.TOO_MANY_PIXELS,
        remedy="Save a smaller copy and use that.",
    )


def _read(image: Image.Image, format_name: str, limits: ImageLimits, side: int) -> Decoded:
    width, height = image.size
    if width * height > limits.max_pixels:
        raise _too_many_pixels(f"{width} x {height} pixels, more than {limits.max_pixels} in all")
    if format_name == "JPEG":
        image.draft("L", (side, side))
    orientation = _orientation(image)
    frames: list[NDArray[np.uint8]] = []
    if format_name == "JPEG":  # further pictures in it (MPO) are depth maps and previews
        frames, seen = _grey(image, side), 1
    else:
        frames, seen = _animation(image, limits, side)
    frames = [_upright(frame, orientation) for frame in frames]
    if orientation >= 5:
        width, height = height, width
    return Decoded(format_name, width, height, tuple(frames), seen)


def _animation(image: Image.Image, limits: ImageLimits, side: int) -> tuple[list[NDArray[np.uint8]], int]:
    """The first and up to `max_frames - 1` evenly spaced frames, and how many there were, in one walk:
    every `stride`-th is kept, and when too many are, every other one is dropped and the stride doubles."""
    stride, seen, kept = 1, 0, list[list[NDArray[np.uint8]]]()
    for number in _walk(image, limits):
        seen += 1
        if number % stride:
            continue
        kept.append(_grey(image, side))
        if seen > 1:
            kept[-1] = [squeezed(frame) for frame in kept[-1]]
        if len(kept) > limits.max_frames:
            kept, stride = kept[::2], stride * 2
    flat = [frame for pair in kept for frame in pair]
    if len(flat) > limits.max_frames:  # see-through animations have two of each
        flat = [frame for pair in kept[::2] for frame in pair]
    return [squeezed(frame) if seen > 1 else frame for frame in flat[: limits.max_frames]], seen


def _walk(image: Image.Image, limits: ImageLimits) -> Iterator[int]:
    pixels = image.size[0] * image.size[1]
    most = min(limits.max_frames_walked, max(1, limits.max_pixels_walked // max(1, pixels)))
    yield 0
    for number in range(1, most):
        try:
            image.seek(number)
            image.load()
        except EOFError:
            return
        except Exception:  # a broken later frame does not take away the ones before it
            return
        yield number


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF says nothing about the picture
        return 1
    return value if value in _UPRIGHT else 1


def _upright(frame: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    if orientation not in _UPRIGHT:
        return frame
    return np.asarray(Image.fromarray(frame).transpose(_UPRIGHT[orientation]))


def _grey(image: Image.Image, side: int) -> list[NDArray[np.uint8]]:
    """One frame, or two where transparency shows: over white and over black."""
    image.load()
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        rgba = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = rgba.getchannel("A")
        if float(np.mean(np.asarray(alpha) < _OPAQUE)) > _SEEN_THROUGH:
            grey = rgba.convert("RGB").convert("L")
            grounds = (Image.new("L", grey.size, shade) for shade in (255, 0))
            return [_reduced(Image.composite(grey, ground, alpha), side) for ground in grounds]
        image = rgba.convert("RGB")
    return [_reduced(_to_luma(image), side)]


def _to_luma(image: Image.Image) -> Image.Image:
    if image.mode == "L":
        return image
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits a pixel; Pillow would clip, not scale
        values = np.asarray(image)
        shift = 8 if values.size and values.max() > 255 else 0
        return Image.fromarray((values.astype(np.int64) >> shift).clip(0, 255).astype(np.uint8))
    if image.mode not in ("1", "P", "RGB"):  # CMYK, YCbCr, LAB, HSV, RGBX
        image = image.convert("RGB")
    return image.convert("L")


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
