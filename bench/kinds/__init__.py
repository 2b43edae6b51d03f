"""What a matcher is asked beside the public corpus, kind by kind: what people really enrol, and really find.

    python -m bench.kinds [KIND...] [--photos FOLDER] [--half tune|report] [--seed N] [--share S] [--missed]

A kind is a module here with `trials(photographs, seed)`: what is enrolled together, and what is asked of it. All is
made by code from free photographs (`bench.photographs`) and a seed. What is tuned is tuned on one half, what is told is
measured on the other, with another seed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

Bytes = Callable[[], bytes]  # made when it is asked for: thousands of pictures are not held


@dataclass(frozen=True, slots=True)
class Question:
    """original: the enrolled name (or names, where either is right) that it must be told as; none: it must stay silent.
    strength: the row of the table it is counted in, as `4 x 5`. least: the tier that counts as found, where `possible`
    is enough."""

    make: Bytes
    strength: str
    original: tuple[str, ...] = ()
    least: str = "match"


@dataclass(frozen=True, slots=True)
class Trial:
    """name: the kind's own, or with what it is asked under (`sheets, 1,000 enrolled`). enrolled: by name, in the order
    in which the person enrols them."""

    name: str
    enrolled: Mapping[str, Bytes]
    questions: Sequence[Question] = field(default=())


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
