"""Outside bytes to grey frames. Reader side: runs in a confined child, uses Pillow (`formats`, `frames`, `luma`)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.reading.formats import (
    CLOSE_SIDE,
    MAX_JPEG_PIXELS,
    WORKING_SIDE,
    ImageLimits,
    ends_early,
    open_checked,
    sniff,
    too_many_pixels,
)
from monitor.matching.reading.frames import Stills, stills
from monitor.matching.reading.luma import greys, orientation_of, squeezed, upright

__all__ = ["CLOSE_SIDE", "WORKING_SIDE", "Decoded", "ImageLimits", "decode_picture", "squeezed"]

_OF_ONE_PICTURE = ("JPEG", "HEIF")  # further ones in the file are depth maps, previews, other takes of it


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """frames: uint8 (height, width) each, upright, reduced as `WORKING_SIDE` says: the stills of an animation, or the
    pages, that differ; see-through ones once over white and once over black. Where there is room,
    strips are as long as they are. width, height: of the full picture, upright. frame_count: frames seen, at most
    `ImageLimits.max_frames_walked`. is_cut: there were more, or more that differ than are here."""

    format: str
    width: int
    height: int
    frames: tuple[NDArray[np.uint8], ...]
    frame_count: int
    is_cut: bool = False


def decode_picture(
    untrusted: bytes, limits: ImageLimits | None = None, *, side: int = WORKING_SIDE, whole: bool = False
) -> Decoded:
    """side: in the place of `WORKING_SIDE`. whole: one that ends early is broken. Raises UnreadableImage, and nothing
    else."""
    limits = limits or ImageLimits()
    if len(untrusted) > limits.max_bytes:
        raise UnreadableImage(
            f"the file has {len(untrusted)} bytes, more than {limits.max_bytes}",
            kind=UnreadableKind.TOO_LARGE,
            remedy="Save a smaller copy and use that.",
        )
    name = sniff(untrusted)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(untrusted, name, limits, side, whole)
    except UnreadableImage:
        raise
    # Parsers of pictures raise nearly anything on broken files
    except Exception as error:
        raise unread(error, untrusted, name) from error


def unread(error: Exception, untrusted: bytes, name: str) -> UnreadableImage:
    """What it means that reading a file of that format raised `error`: nearly all of it means the same."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return too_many_pixels(f"it says that it has more than {MAX_JPEG_PIXELS} pixels")
    if isinstance(error, MemoryError):
        return too_many_pixels("reading it takes more memory than a reader may have")
    return _lacking(name) if isinstance(error, ImportError) else _broken(untrusted, name)


def _lacking(name: str) -> UnreadableImage:
    """Not the file is wrong."""
    return UnreadableImage(
        f"this installation lacks a part that reads such {_called(name)} files",
        kind=UnreadableKind.UNSUPPORTED,
        remedy="Save it as PNG, and use that.",
    )


def _called(name: str) -> str:
    return "HEIC" if name == "HEIF" else name


def _broken(untrusted: bytes, name: str) -> UnreadableImage:
    """Without the parser's words: they speak of its insides, and often of another cause than the true one."""
    called = _called(name)
    if ends_early(untrusted, name):
        return UnreadableImage(
            f"the {called} file is cut short: its end is missing, and without that nothing of it can be read",
            kind=UnreadableKind.BROKEN,
            remedy="Copy it anew from where it came from, and use that.",
        )
    return UnreadableImage(
        f"the {called} file is damaged or cut short, or written in a rare way that is not read here",
        kind=UnreadableKind.BROKEN,
        remedy="Copy it anew from where it came from. If it shows in an image viewer, save it there as PNG and use "
        "that.",
    )


def _read(untrusted: bytes, name: str, limits: ImageLimits, side: int, whole: bool) -> Decoded:
    with open_checked(untrusted, name, limits, side, whole=whole) as (image, (width, height)):
        orientation = orientation_of(image)
        read = Stills(greys(image, side), 1, False) if name in _OF_ONE_PICTURE else stills(image, limits, side)
    frames = tuple(upright(frame, orientation) for frame in read.frames)
    if orientation >= 5:
        width, height = height, width
    return Decoded(name, width, height, frames, read.seen, read.is_cut)
