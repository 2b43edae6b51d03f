"""A face or a body replaced on the person's own photo, and what is done to it before it is spread: must be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageFilter

from bench.edits import EDITS
from bench.kinds import Question, Trial, jpeg
from bench.kinds.same_scene import room_pair
from bench.photographs import Photograph

ENROLLED, ROOMS = 60, 40
# share of the photo that is another picture
REPLACED = {"face, 5 %": 0.05, "head, 12 %": 0.12, "body, 25 %": 0.25, "body, 40 %": 0.4, "most, 55 %": 0.55}
SPREAD = ("none", "small", "jpeg20", "crop20", "mirror", "filter", "app")


def forged(image: Image.Image, other: Image.Image, share: float, random: np.random.Generator) -> Image.Image:
    """An oval about the middle shows the other picture, in the photo's own light, without an edge."""
    width, height = image.size
    tall = random.uniform(1.0, 1.6)
    radius = np.sqrt(share * width * height / np.pi)
    across, down = min(radius / tall**0.5, 0.49 * width), min(radius * tall**0.5, 0.49 * height)
    x, y = random.uniform(0.42, 0.58) * width, random.uniform(0.42, 0.58) * height
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot((columns - x) / across, (rows - y) / down)
    mask = Image.fromarray((255 * (away < 1)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(float(0.06 * across)))
    theirs = np.asarray(other.resize(image.size), dtype=np.float64)
    mine = np.asarray(image, dtype=np.float64)
    inside = away < 1
    shade, wanted = theirs[inside], mine[inside]
    theirs = (theirs - shade.mean(0)) * (wanted.std(0) + 10) / (shade.std(0) + 10) + wanted.mean(0)
    return Image.composite(Image.fromarray(theirs.clip(0, 255).astype(np.uint8)), image, mask)


def _forged(photographs: Sequence[Photograph], seed: int, number: int, row: str) -> bytes:
    at = list(REPLACED).index(row)
    random = np.random.default_rng((seed, 5, number, at))
    theirs = photographs[(number + 1 + int(random.integers(len(photographs) - 1))) % len(photographs)]
    image = forged(_sized(photographs[number]), theirs.image(), REPLACED[row], random)
    return _spread(image, SPREAD[(number + at) % len(SPREAD)], random)


def _spread(image: Image.Image, how: str, random: np.random.Generator) -> bytes:
    return jpeg(image if how == "none" else EDITS[how][1](image, random, ()), 75)


def _sized(item: Photograph) -> Image.Image:
    image = item.image()
    image.thumbnail((1200, 1200))
    return image


def _enrolled(item: Photograph) -> bytes:
    return jpeg(_sized(item), 90)


def _room(photographs: Sequence[Photograph], seed: int, number: int, side: int) -> bytes:
    image = room_pair(photographs, seed, 1000 + number, moved=False)[side]
    random = np.random.default_rng((seed, 6, number))
    return _spread(image, SPREAD[number % len(SPREAD)] if side else "none", random)


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    chosen = np.random.default_rng((seed, 4)).permutation(len(photographs))[:ENROLLED].tolist()
    enrolled = {photographs[number].name: partial(_enrolled, photographs[number]) for number in chosen}
    enrolled |= {f"room {number}": partial(_room, photographs, seed, number, 0) for number in range(ROOMS)}
    questions = [
        Question(partial(_forged, photographs, seed, number, row), row, (photographs[number].name,))
        for number in chosen
        for row in REPLACED
    ]
    questions += [
        Question(partial(_room, photographs, seed, number, 1), "room, other person, same camera", (f"room {number}",))
        for number in range(ROOMS)
    ]
    yield Trial("forgeries", enrolled, questions)
