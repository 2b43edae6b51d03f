"""Animations in which the photo is one frame: slides, and one still in a film saved as a GIF."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageOps

from bench.kinds import Question, Trial, jpeg
from bench.photographs import Photograph

ENROLLED = 24  # the others of the half are the strangers of the slides
ASKED, STRANGERS = 12, 12  # of each row
SIDE = 320  # pixels


def slides(
    frames: int, cut: float, mine: Image.Image | None, others: Sequence[Photograph], random: np.random.Generator
):
    """cut: the share of each side of the photo that is shown."""
    at = int(random.integers(2, frames - 1))
    chosen = random.choice(len(others), frames, replace=frames > len(others))
    for number in range(frames):
        image = mine if mine is not None and number == at else others[chosen[number]].image()
        yield ImageOps.fit(_cut(image, cut, random), (SIDE, SIDE))


def film(frames: int, cut: float, mine: Image.Image | None, others: Sequence[Photograph], random: np.random.Generator):
    """A camera that moves over other pictures, with grain; every frame differs from the one before. The photo stands
    in one of them."""
    at, scene = int(random.integers(frames // 10, frames - 1)), frames // 3
    for number in range(frames):
        if number % scene == 0:
            wide = ImageOps.fit(others[int(random.integers(len(others)))].image(), (480, 480))
            path = random.uniform(0, 240, (2, 2))
        if mine is not None and number == at:
            yield ImageOps.fit(_cut(mine, cut, random), (240, 180))
            continue
        left, top = path[0] + (path[1] - path[0]) * (number % scene) / scene
        shown = np.asarray(wide.crop((int(left), int(top), int(left) + 240, int(top) + 180)), np.float32)
        yield Image.fromarray((shown + random.normal(0, 3, shown.shape)).clip(0, 255).astype(np.uint8))


def _cut(image: Image.Image, cut: float, random: np.random.Generator) -> Image.Image:
    width, height = (int(side * cut) for side in image.size)
    left, top = (
        int(random.integers(0, side - kept + 1)) for side, kept in zip(image.size, (width, height), strict=True)
    )
    return image.crop((left, top, left + width, top + height))


Frames = Callable[[Image.Image | None, Sequence[Photograph], np.random.Generator], Iterator[Image.Image]]
ROWS: dict[str, tuple[Frames, str, dict[str, object]]] = {
    "1 of 8 slides, GIF": (partial(slides, 8, 1.0), "GIF", {}),
    "1 of 20 slides, GIF": (partial(slides, 20, 1.0), "GIF", {}),
    "1 of 20 slides, WebP": (partial(slides, 20, 1.0), "WEBP", {"quality": 70}),
    "1 of 20 slides, AVIF": (partial(slides, 20, 1.0), "AVIF", {"quality": 60, "speed": 10}),
    "1 of 20 slides, cut to 70 %, GIF": (partial(slides, 20, 0.7), "GIF", {}),
    "1 of 60 slides, WebP": (partial(slides, 60, 1.0), "WEBP", {"quality": 70}),
    "1 of 300 frames of a film, GIF": (partial(film, 300, 1.0), "GIF", {}),
    "1 of 300 frames of a film, cut to 70 %, GIF": (partial(film, 300, 0.7), "GIF", {}),
}


def _saved(row: str, mine: Photograph | None, others: Sequence[Photograph], seed: int, number: int) -> bytes:
    make, kind, options = ROWS[row]
    random = np.random.default_rng((seed, list(ROWS).index(row), number, mine is None))
    frames = list(make(None if mine is None else mine.image(), others, random))
    if kind == "GIF":
        frames = [frame.quantize(128 if len(frames) < 100 else 32, Image.Quantize.FASTOCTREE) for frame in frames]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=1500, loop=0, **options)
    return file.getvalue()


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    order = [photographs[n] for n in np.random.default_rng(seed).permutation(len(photographs))]
    mine, others = order[:ENROLLED], order[ENROLLED:]
    enrolled = {item.name: partial(lambda item: jpeg(item.image(), 92), item) for item in mine}
    questions = [
        Question(partial(_saved, row, item, others, seed, number), row, (item.name,))
        for row in ROWS
        for number, item in enumerate(mine[:ASKED])
    ]
    questions += [
        Question(partial(_saved, row, None, others, seed, number), f"{row}: strangers")
        for row in ("1 of 20 slides, GIF", "1 of 300 frames of a film, GIF")
        for number in range(STRANGERS)
    ]
    yield Trial("frames", enrolled, questions)
