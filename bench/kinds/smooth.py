"""Nothing but soft shading: skies, sunsets, figures at a window. Strangers of the kind must stay silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageFilter

from bench.kinds import Question, Trial, jpeg
from bench.photographs import Photograph

ENROLLED, STRANGERS = 10, 60  # of each kind


def sunset(random: np.random.Generator) -> Image.Image:
    height, width = 900, 1400
    down = np.linspace(0, 1, height)[:, None, None]
    y, x = np.mgrid[0:height, 0:width]
    sky = np.array([60, 50, 110.0]) * random.uniform(0.6, 1.3)
    glow = np.array([250, 140, 60.0]) * random.uniform(0.8, 1)
    shade = np.where(down < 0.6, sky + (glow - sky) * (down / 0.6), glow * (1 - (down - 0.6) * 2))
    shade = np.repeat(shade, width, 1)
    across, high = random.uniform(0.3, 0.7) * width, random.uniform(0.5, 0.6) * height
    shade += 200 * np.exp(-((x - across) ** 2 + (y - high) ** 2) / (2 * 70**2))[..., None]
    skyline = 0.62 * height + 8 * np.cumsum(random.normal(0, 1, width)) / 6
    shade[y > skyline[None, :] + 40] *= 0.12
    return _photographed(shade, random)


def window(random: np.random.Generator) -> Image.Image:
    height, width = 1200, 900
    y, x = np.mgrid[0:height, 0:width]
    light = 1 - 0.3 * np.abs(x - random.uniform(0.3, 0.7) * width) / width
    shade = np.array([235, 225, 205]) * random.uniform(0.8, 1) * light[..., None]
    left, top, size = random.uniform(0.35, 0.65) * width, random.uniform(0.3, 0.4) * height, random.uniform(90, 140)
    head = (x - left) ** 2 + (y - top) ** 2 < size**2
    body = ((x - left) / (size * random.uniform(1.8, 2.6))) ** 2 + ((y - top - size * 4.2) / (size * 3.4)) ** 2 < 1
    figure = Image.fromarray((255 * (head | body)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(4))
    return _photographed(shade * (1 - 0.85 * np.asarray(figure)[..., None] / 255), random)


def _photographed(shade: np.ndarray, random: np.random.Generator) -> Image.Image:
    return Image.fromarray((shade + random.normal(0, 3, shade.shape)).clip(0, 255).astype(np.uint8))


KINDS = {"sunset": sunset, "window": window}


def _made(kind: str, seed: int, number: int, quality: int) -> bytes:
    return jpeg(KINDS[kind](np.random.default_rng((seed, list(KINDS).index(kind), number))), quality)


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    enrolled = {f"{kind}{n}": partial(_made, kind, seed, n, 88) for kind in KINDS for n in range(ENROLLED)}
    questions = [
        Question(partial(_made, kind, seed, 1000 + n, (88, 70, 50)[n % 3]), f"{kind}, strangers")
        for kind in KINDS
        for n in range(STRANGERS)
    ]
    yield Trial("smooth", enrolled, questions)
