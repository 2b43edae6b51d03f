"""Which formats are read, and how a file of each is opened. Reader side: Pillow and libheif.

A signature is asked before a library sees a byte, and only the decoder that it names is tried. Limits are checked on
the header.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageFile, JpegImagePlugin, TiffImagePlugin

from monitor.errors import UnreadableImage, UnreadableKind

WORKING_SIDE = 512
"""Pixels. A picture is read at the largest of 1/1, 1/2, 1/4, 1/8 that leaves both sides at least this long."""
CLOSE_SIDE = 1024
"""Pixels, likewise, where parts of a picture are looked at."""
MAX_JPEG_PIXELS = 256_000_000  # read at a reduced size; phones save up to 200 megapixels

_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"))
_SUPPORTED = "JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF and BMP can be read; save it as one of these."
_OTHERS = (
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\x01\0", "an icon"),
    (b"\xff\x0a", "a JPEG XL file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"%PDF", "a PDF file"),
)
_MOST_BOXES = 64  # at the top of a file; phones write 3 to 6
_BYTES_OF_BLOCK = 128  # 64 coefficients, as libjpeg holds them

ImageFile.MAXBLOCK = 1024 * 1024  # bytes are in memory already: handed over in small pieces they only cost more
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a reader starts no threads; libwebp finds that out by itself
# decode_threads: 0 is none beside the caller's; 1 is one
pillow_heif.register_heif_opener(decode_threads=0, thumbnails=False, depth_images=False, aux_images=False)
TiffImagePlugin.READ_LIBTIFF = True  # Pillow's own decoders of TIFF are written in Python, and slow


@dataclass(frozen=True, slots=True)
class ImageLimits:
    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 80_000_000  # of one frame; phones save 12 to 50 megapixels, Pillow itself warns at 89
    max_jpeg_pixels: int = MAX_JPEG_PIXELS
    max_coefficients: int = 1024 * 1024 * 1024  # bytes: of a JPEG that libjpeg has to hold whole
    max_frames: int = 64  # handed back
    max_frames_walked: int = 512  # looked at in an animation, to find where it changes
    max_pixels_walked: int = 400_000_000
    max_pixels_kept: int = 64_000_000  # of all frames that are handed back, after they were reduced


Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS // 2  # Pillow refuses what has twice as many, on its own


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
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # reserved; text can begin with the letters
        return "BMP"
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() in (b"<svg ", b"<?xml"):
        raise UnreadableImage("a drawing (SVG) is not read here", kind=UnreadableKind.UNSUPPORTED, remedy=_SUPPORTED)
    for signature, name in _OTHERS:
        if head.startswith(signature):
            raise UnreadableImage(f"{name} is not read here", kind=UnreadableKind.UNSUPPORTED, remedy=_SUPPORTED)
    raise UnreadableImage("the bytes are no picture", kind=UnreadableKind.NOT_AN_IMAGE, remedy=_SUPPORTED)


def ends_early(untrusted: bytes, name: str) -> bool:
    """Of those that say how long they are: the file is shorter. False says nothing."""
    if name == "WEBP":
        return int.from_bytes(untrusted[4:8], "little") + 8 > len(untrusted)
    if name not in ("HEIF", "AVIF"):
        return False
    at = 0
    for _ in range(_MOST_BOXES):  # ISO/IEC 14496-12 section 4.2
        size, kind = int.from_bytes(untrusted[at : at + 4], "big"), untrusted[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(untrusted[at + 8 : at + 16], "big")
        at += size
        if at >= len(untrusted) or size < 8:
            return at > len(untrusted) and kind in (b"meta", b"mdat")  # others put their own behind the picture
    return False


def _of_brands(head: bytes) -> str:
    size = int.from_bytes(head[:4], "big")
    brands = {head[at : at + 4] for at in (8, *range(16, min(size, len(head)), 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & _HEIC_BRANDS:
        return "HEIF"
    raise UnreadableImage("a video is not read here", kind=UnreadableKind.UNSUPPORTED, remedy=_SUPPORTED)


@contextmanager
def open_checked(
    untrusted: bytes, name: str, limits: ImageLimits, side: int, *, whole: bool = False, mode: Literal["L", "RGB"] = "L"
) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """With its size in full, in pixels: a large JPEG will be reduced by libjpeg while it is read. Its header alone is
    read here. whole: one that ends early is an error. mode: in which it is wanted. Raises UnreadableImage where that
    claims too much, and what Pillow raises."""
    # half a picture can be recognised; of HEIC a black one would come
    ImageFile.LOAD_TRUNCATED_IMAGES = not whole and name != "HEIF"
    with Image.open(io.BytesIO(untrusted), formats=[name]) as image:
        full = image.size
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            _check_jpeg(image, untrusted, limits)
            image.draft(mode, (side, side))
        _check_pixels(image, limits.max_pixels)
        yield image, full


def _check_pixels(image: Image.Image, most: int) -> None:
    """Raises UnreadableImage."""
    width, height = image.size
    if width * height > most:
        raise too_many_pixels(f"{width} x {height} pixels, more than {most} in all")


def too_many_pixels(found: str) -> UnreadableImage:
    return UnreadableImage(
        f"the picture is too large: {found}",
        kind=UnreadableKind.TOO_MANY_PIXELS,
        remedy="Save a smaller copy and use that.",
    )


def _check_jpeg(image: JpegImagePlugin.JpegImageFile, untrusted: bytes, limits: ImageLimits) -> None:
    """One whose colours come together, line by line, is reduced while it is read. Any other is held whole."""
    _check_pixels(image, limits.max_jpeg_pixels)
    scan = image.fp.tell() - 6 - 2 * image.layers if image.fp else 0  # its header: length, how many of the layers
    together = untrusted[scan - 2 : scan] == b"\xff\xda" and untrusted[scan + 2] == image.layers
    if together and not image.info.get("progressive"):
        return
    held, most = _coefficients(image), limits.max_coefficients
    if held > most:
        width, height = image.size
        raise too_many_pixels(f"{width} x {height} pixels, of a JPEG that cannot be read line by line")


def _coefficients(image: JpegImagePlugin.JpegImageFile) -> int:
    """Bytes."""
    across, down = (max(layer[side] for layer in image.layer) or 1 for side in (1, 2))
    blocks = sum(
        (-(-image.width * layer[1] // (8 * across)) + 1) * (-(-image.height * layer[2] // (8 * down)) + 1)
        for layer in image.layer
    )
    return blocks * _BYTES_OF_BLOCK
