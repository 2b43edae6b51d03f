"""What is read off a picture. Reader side: runs in a confined child."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching import pdq
from monitor.matching.descriptors import LENGTH, VERSION
from monitor.matching.reading import pdq_hash
from monitor.matching.reading.cut_off import COPY_ANEW, decode_photo
from monitor.matching.reading.decode import CLOSE_SIDE, Decoded, ImageLimits, decode_picture, squeezed
from monitor.matching.reading.inside import Box, is_interface, photo_inside
from monitor.matching.reading.lately import Lately
from monitor.matching.reading.outlines import outline_hashes
from monitor.matching.reading.page import is_page
from monitor.matching.reading.windows import MOST_PANELS, MOST_WINDOWS, cut_out, plan
from monitor.matching.verify import FRAME
from monitor.model.fingerprint import (
    LUMA_SIDE,
    Affine,
    Detail,
    Features,
    Fingerprint,
    Frame,
    Hash,
    HashAlgorithm,
    ImageReading,
    PhotoReading,
    PicturePart,
    Window,
    bits_apart,
)

CHECK_SIDE = 320  # pixels, the longer side of a candidate's luma for the aligned check
SAME_FRAME_BITS = 31  # an animation's frame this near to an earlier one shows nothing new to features
MAX_FEATURED = 16  # frames of one animation
FEWEST_POINTS = 16  # with fewer, a photo that is also too flat to hash could never be recognised
FLATTEST_HASHED = 10  # PDQ quality, 0 to 100

_PHASH_SIDE = 32
PHASH_DIALECT = "imagehash-phash-8x4/reduced-128"
"""imagehash.phash with its defaults, on the reduced luma averaged again until the short side is under 256."""


class PictureReader:
    """Reads off candidates what is asked; what it has just decoded is not decoded again."""

    def __init__(self) -> None:
        self._wholes = Lately(_whole, lambda whole: sum(luma.nbytes for luma in (*whole.decoded.frames, *whole.lumas)))
        self._large = Lately(_large, lambda lumas: sum(luma.nbytes for luma in lumas))

    def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        """As `read_image`."""
        return _reading(self._wholes.of(untrusted), detail)

    def windows(self, untrusted: bytes, parts: Sequence[PicturePart]) -> tuple[Window, ...]:
        """As `read_windows`."""
        return _windows(self._large.of(untrusted), parts)


def read_image(untrusted: bytes, *, limits: ImageLimits | None = None, detail: Detail = Detail.HASHES) -> ImageReading:
    """With features, and where the picture has others in it, what parts are to be looked at by themselves
    (`read_windows`); or with the hashes of its panels alone. Raises UnreadableImage."""
    return _reading(_whole(untrusted, limits), detail)


def read_windows(
    untrusted: bytes, parts: Sequence[PicturePart], *, limits: ImageLimits | None = None
) -> tuple[Window, ...]:
    """Those parts of it, with features, at a larger size than a whole picture is read at. Raises
    UnreadableImage."""
    return _windows(_large(untrusted, limits), parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """lumas: what of each frame is hashed. frames: their hashes."""

    decoded: Decoded
    lumas: tuple[NDArray[np.uint8], ...]
    frames: tuple[Frame, ...]


def _whole(untrusted: bytes, limits: ImageLimits | None = None) -> _Whole:
    decoded = decode_picture(untrusted, limits)
    lumas = tuple(squeezed(luma) for luma in decoded.frames)
    return _Whole(decoded, lumas, tuple(_hashed(luma) for luma in lumas))


def _large(untrusted: bytes, limits: ImageLimits | None = None) -> tuple[NDArray[np.uint8], ...]:
    """Its frames, with the numbers that they have in a reading of the whole."""
    decoded = decode_picture(untrusted, limits, side=CLOSE_SIDE)
    if decoded.is_cut and decoded.frame_count > 1:  # there may have been room for fewer of this size, and others
        decoded = decode_picture(untrusted, limits)
    return decoded.frames


def _reading(whole: _Whole, detail: Detail) -> ImageReading:
    decoded, frames = whole.decoded, list(whole.frames)
    windows, left_out = list[Window](), 0
    if detail is not Detail.HASHES:
        distinct = distinct_frames(frames)
        windows, left_out = _parts(decoded, distinct, closely=detail is Detail.FEATURES)
        for number in distinct if detail is Detail.FEATURES else ():
            frames[number] = _with_features(frames[number], whole.lumas[number])
    return ImageReading(
        format=decoded.format,
        width=decoded.width,
        height=decoded.height,
        frames=tuple(frames),
        frame_count=decoded.frame_count,
        is_cut=decoded.is_cut,
        windows=tuple(windows),
        left_out=left_out,
    )


def _parts(decoded: Decoded, numbers: Sequence[int], *, closely: bool) -> tuple[list[Window], int]:
    """Of these frames, in their order: in all no more than of one picture. How many were left out comes with them.
    closely: what is to be looked at by features too, not panels alone."""
    panels, windows, left_out = list[Window](), list[Window](), 0
    for number in numbers:
        luma = decoded.frames[number]
        found = plan(luma, closely=closely)
        room = MOST_PANELS - len(panels), MOST_WINDOWS - len(windows)
        panels += [Window(box, _hashed(cut_out(luma, box)), number) for box in found.panels[: room[0]]]
        windows += [Window(box, number=number) for box in found.windows[: room[1]]]
        left_out += found.left_out + max(0, len(found.panels) - room[0]) + max(0, len(found.windows) - room[1])
    return [*panels, *windows], left_out


def _windows(frames: Sequence[NDArray[np.uint8]], parts: Sequence[PicturePart]) -> tuple[Window, ...]:
    cut = [cut_out(frames[min(part.number, len(frames) - 1)], part.box) for part in parts]
    return tuple(
        Window(part.box, _with_features(_hashed(luma), luma), part.number)
        for part, luma in zip(parts, cut, strict=True)
    )


def distinct_frames(frames: Sequence[Frame]) -> list[int]:
    """Numbers of the frames where the picture changes: features cost twenty times what hashes do, and one slide of many
    may be the one that matters. Where there are too many, those that differ most from each other."""
    chosen, apart = [0], [bits_apart(frame.pdq_turns[0], frames[0].pdq_turns[0]) for frame in frames]
    while len(chosen) < MAX_FEATURED and max(apart) > SAME_FRAME_BITS:
        chosen.append(apart.index(max(apart)))
        latest = frames[chosen[-1]].pdq_turns[0]
        apart = [min(known, bits_apart(frame.pdq_turns[0], latest)) for known, frame in zip(apart, frames, strict=True)]
    return sorted(chosen)


def fingerprint_photo(untrusted: bytes, *, features: bool, limits: ImageLimits | None = None) -> Fingerprint:
    """Of the photo alone: see `read_photo`."""
    return read_photo(untrusted, features=features, limits=limits).fingerprint


def read_photo(untrusted: bytes, *, features: bool, limits: ImageLimits | None = None) -> PhotoReading:
    """Enrolment: the first frame, of a file that ends early what is there of it; of a screenshot the photo inside.
    Raises UnreadableImage, with kind `featureless` for what cannot be told from others."""
    there = decode_photo(untrusted, limits)
    decoded, cut = there.decoded, there.cut
    luma = squeezed(decoded.frames[0])
    if cut and is_page(luma):
        raise UnreadableImage(
            "the file is cut short: hardly anything of the photo is in it", kind=UnreadableKind.BROKEN, remedy=COPY_ANEW
        )
    if is_page(luma):
        raise UnreadableImage(
            "it is a page of text or a plain drawing, not a photo: it would match every other page like it",
            kind=UnreadableKind.FEATURELESS,
            remedy="Enrol the photo itself, without the page around it.",
        )
    if is_interface(luma):
        raise UnreadableImage(
            "it is a screenshot without a photo in it: it would match every other screenshot of that app",
            kind=UnreadableKind.FEATURELESS,
            remedy="Enrol the photo itself, or a screenshot that shows it.",
        )
    box = photo_inside(luma)
    if box is not None and not is_page(box.of(luma)):
        part = box.of(luma)
        across, down = decoded.width / luma.shape[1], decoded.height / luma.shape[0]
        size = round(part.shape[1] * across), round(part.shape[0] * down)
        inside = _fingerprint(np.ascontiguousarray(part), size, features=features)
        if is_told(inside):
            around = _around(luma, (decoded.width, decoded.height), features=features)
            return PhotoReading(inside, around, _onto_part(luma, box), cut)
    whole = _fingerprint(luma, (decoded.width, decoded.height), features=features)
    if not is_told(whole):
        raise UnreadableImage(
            f"it is nearly flat (quality {whole.pdq_quality} of 100) and cannot be told from others",
            kind=UnreadableKind.FEATURELESS,
            remedy="Enrol a version of the photo with more in it, for instance before it was cropped.",
        )
    return PhotoReading(whole, cut=cut)


def is_told(photo: Fingerprint) -> bool:
    """Can it be recognised by anything?"""
    by_points = photo.features is not None and len(photo.features.keypoints) >= FEWEST_POINTS
    return by_points or photo.pdq_quality >= FLATTEST_HASHED


def _fingerprint(luma: NDArray[np.uint8], size: tuple[int, int], *, features: bool) -> Fingerprint:
    hashes = pdq_hash.pdq(luma)
    return Fingerprint(
        pdq=Hash(HashAlgorithm.PDQ, hashes.turns[0], pdq.DIALECT),
        pdq_quality=0 if hashes.empty else hashes.quality,
        phash=Hash(HashAlgorithm.PHASH, _phash_by_imagehash(luma), PHASH_DIALECT),
        width=size[0],
        height=size[1],
        features=_enrolled(luma) if features else None,
        luma=small_luma(luma) if features else None,
        outlines=outline_hashes(luma) if features else (),
    )


def _around(luma: NDArray[np.uint8], size: tuple[int, int], *, features: bool) -> Fingerprint:
    """Of the whole screenshot: its points are an app's."""
    height, width = luma.shape
    hashes = _fingerprint(luma, size, features=False)
    if not features:
        return hashes
    none = Features(VERSION, width, height, np.empty((0, 4), np.float32), np.empty((0, LENGTH), np.uint8))
    return replace(hashes, features=none, luma=small_luma(luma))


def _onto_part(luma: NDArray[np.uint8], box: Box) -> Affine:
    """From the whole's frame onto the part's: each has a longer side of `FRAME`."""
    frame, part = FRAME / max(luma.shape), FRAME / max(box.of(luma).shape)
    scale = part / frame
    return scale, 0.0, -box.left * part, 0.0, scale, -box.top * part


def _hashed(luma: NDArray[np.uint8]) -> Frame:
    hashes = pdq_hash.pdq(luma)
    quality = 0 if hashes.empty else hashes.quality
    return Frame(b"".join(hashes.turns), quality, phash(luma), pdq.DIALECT)


def _with_features(reading: Frame, luma: NDArray[np.uint8]) -> Frame:
    image = Image.fromarray(luma)
    image.thumbnail((CHECK_SIDE, CHECK_SIDE), Image.Resampling.BOX)
    return replace(reading, luma=np.asarray(image), features=_candidate(luma))


def _enrolled(luma: NDArray[np.uint8]) -> Features:
    from monitor.matching.reading.enrolled import extract_enrolled  # loads OpenCV, which hashes do without

    return extract_enrolled(luma)


def _candidate(luma: NDArray[np.uint8]) -> Features:
    from monitor.matching.reading.features import extract_candidate

    return extract_candidate(luma)


def small_luma(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(24, 24), the picture squeezed square, for the aligned check."""
    return np.asarray(Image.fromarray(luma).resize((LUMA_SIDE, LUMA_SIDE), Image.Resampling.BOX))


def phash(luma: NDArray[np.uint8]) -> bytes:
    """8 bytes, big-endian, as imagehash prints it in hex. The same bits as `imagehash.phash`, without the scipy that it
    loads: 30 MB and 0.3 s for every reader that is started."""
    image = _for_phash(luma).resize((_PHASH_SIDE, _PHASH_SIDE), Image.Resampling.LANCZOS)
    block = _phash_cosines() @ np.asarray(image, np.float64) @ _phash_cosines().T
    block = block.round(6)  # else the bits of what is flat would be rounding noise
    return np.packbits((block > pdq_hash.median(block)).reshape(-1)).tobytes()


def _phash_by_imagehash(luma: NDArray[np.uint8]) -> bytes:
    """Of what is enrolled: there the field's own implementation has the word."""
    import imagehash

    return np.packbits(imagehash.phash(_for_phash(luma)).hash.reshape(-1)).tobytes()


def _for_phash(luma: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(luma)
    factor = max(1, min(luma.shape) // 128)
    return image.reduce(factor) if factor > 1 else image  # its cost is the resize, not the hash


@cache
def _phash_cosines() -> NDArray[np.float64]:
    """(8, 32): the cosine transform's lowest frequencies, as scipy.fftpack.dct scales them."""
    frequency, position = np.arange(8)[:, None], 2 * np.arange(_PHASH_SIDE)[None, :] + 1
    cosines: NDArray[np.float64] = 2 * np.cos(np.pi / (2 * _PHASH_SIDE) * frequency * position)
    return cosines
