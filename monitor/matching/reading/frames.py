"""Of an animation, or of pages: the stills that differ. Reader side.

Nothing asks a file how many frames it has: a hostile GIF makes that question expensive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from monitor.matching.reading.formats import ImageLimits
from monitor.matching.reading.luma import as_rgba, greys, is_see_through, squeezed, to_luma

CHANGED = 4.0  # grey levels, root mean square over a sketch: below lie grain, dithering and recompression
_SKETCH = 16  # pixels a side
_SAMPLED = 128  # pixels a side that a sketch is averaged from: enough for dithering to even out
_GIF_END = b";"
_GROUND = 128  # what lies behind a see-through sketch


@dataclass(frozen=True, slots=True)
class Stills:
    """frames: uint8 (height, width) each, reduced, in their order; squeezed beyond `max_pixels_kept`. seen: frames
    looked at. is_cut: there were more of them (one is broken, say), or more that differ than were kept."""

    frames: list[NDArray[np.uint8]]
    seen: int
    is_cut: bool


@dataclass(slots=True)
class _Kept:
    """The first still, and those that differ most from each other. Frames are of one still: one, or two where it is
    see-through."""

    most: int
    sketches: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, _SKETCH**2), np.float32))
    stills: list[list[NDArray[np.uint8]]] = field(default_factory=list)
    is_cut: bool = False

    def is_known(self, sketch: NDArray[np.float32]) -> bool:
        return bool(len(self.stills)) and float(_apart(self.sketches, sketch).min()) < CHANGED

    def add(self, sketch: NDArray[np.float32], frames: list[NDArray[np.uint8]], limits: ImageLimits) -> None:
        self.sketches = np.vstack((self.sketches, sketch))
        self.stills.append(frames)
        if len(self.stills) == 1 or len(frames) > 1:  # how much room one takes is known by what was seen of them
            room = limits.max_pixels_kept // max(1, sum(frame.size for frame in frames))
            self.most = max(1, min(self.most, room, limits.max_frames // len(frames)))
        while len(self.stills) > self.most:
            self.is_cut = True
            self._drop_one()

    def _drop_one(self) -> None:
        """The later one of the two that are most alike; never the first still."""
        apart = np.stack([_apart(self.sketches, sketch) for sketch in self.sketches])
        np.fill_diagonal(apart, np.inf)
        number = max(divmod(int(apart.argmin()), len(apart)))
        self.sketches = np.delete(self.sketches, number, axis=0)
        del self.stills[number]


def stills(image: Image.Image, limits: ImageLimits, side: int) -> Stills:
    """In one walk: a frame whose sketch differs from all that are kept is kept."""
    kept, walk = _Kept(limits.max_frames), _Walk(image, limits)
    for _ in walk:
        sketch = _sketch(image)
        if not kept.is_known(sketch):
            kept.add(sketch, greys(image, side), limits)
    frames = [frame for still in kept.stills for frame in still]
    return Stills(_within(frames, limits.max_pixels_kept), walk.seen, walk.is_cut or kept.is_cut)


def _within(frames: list[NDArray[np.uint8]], most: int) -> list[NDArray[np.uint8]]:
    """As long as they are while there is room (in pixels), the later ones squeezed: pages have sizes of their own."""
    ends = np.cumsum([frame.size for frame in frames]).tolist()
    return [
        frame if number == 0 or end <= most else squeezed(frame)
        for number, (frame, end) in enumerate(zip(frames, ends, strict=True))
    ]


class _Walk:
    """The frames one after the other, as far as the limits go. Pages have sizes of their own."""

    def __init__(self, image: Image.Image, limits: ImageLimits) -> None:
        self._image, self._limits = image, limits
        self.seen, self.is_cut = 0, False

    def __iter__(self) -> Iterator[None]:
        left = self._limits.max_pixels_walked
        while self.seen < self._limits.max_frames_walked:
            if self.seen and not self._next():
                return
            pixels = self._image.width * self._image.height
            left -= pixels
            if self.seen and (left < 0 or pixels > self._limits.max_pixels):
                self.is_cut = True
                return
            try:
                self._image.load()
            except Exception:  # a broken later frame does not take away the ones before it
                if not self.seen:
                    raise
                self.is_cut = True
                return
            self.seen += 1
            yield
        self.is_cut = True

    def _next(self) -> bool:
        try:
            self._image.seek(self.seen)
        except EOFError:  # there are no more
            self.is_cut = self._lacks_its_end()
            return False
        except Exception:
            self.is_cut = True
            return False
        return True

    def _lacks_its_end(self) -> bool:
        """A GIF has a last byte that says so. Without it a frame that is missing would look like the end; of a single
        picture many programs leave it out."""
        image = self._image
        if not isinstance(image, GifImageFile) or (self.seen == 1 and "loop" not in image.info):
            return False
        read = image.fp.tell() if image.fp else 0
        if not read or not image.fp:
            return True
        image.fp.seek(read - 1)
        return image.fp.read(1) != _GIF_END


def _sketch(image: Image.Image) -> NDArray[np.float32]:
    """(256,): the frame at 16 x 16. Of a large one some pixels are enough."""
    across, down = (min(side, _SAMPLED) for side in image.size)
    small = image.resize((across, down), Image.Resampling.NEAREST)
    if is_see_through(image):
        rgba = as_rgba(small)
        ground = Image.new("RGBA", rgba.size, (_GROUND, _GROUND, _GROUND, 255))
        small = Image.alpha_composite(ground, rgba)
    small = to_luma(small).resize((_SKETCH, _SKETCH), Image.Resampling.BOX)
    return np.asarray(small, np.float32).reshape(-1)


def _apart(sketches: NDArray[np.float32], sketch: NDArray[np.float32]) -> NDArray[np.float32]:
    distances: NDArray[np.float32] = np.sqrt(np.mean((sketches - sketch) ** 2, axis=1))
    return distances
