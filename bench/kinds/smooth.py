"""Nothing but soft shading: skies, walls, skin, cloth, figures at a window, lights out of focus. Strangers of the kind
must stay silent; copies of what is enrolled must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.edits import EDITS
from bench.kinds import Question, Trial, jpeg
from bench.photographs import Photograph
from bench.pictures import clouds, fog, lit, skin_like, wall

ENROLLED, STRANGERS = 5, 100  # of each kind
COPIES = ("small", "jpeg20", "crop50", "mirror", "border", "filter")

Shade = NDArray[np.float64]


def _grid(height: int, width: int) -> tuple[Shade, Shade]:
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : width / height : width * 1j]
    return y, x


def _photographed(shade: Shade, random: np.random.Generator) -> Image.Image:
    grain = random.uniform(1, 5)
    return Image.fromarray((shade + random.normal(0, grain, shade.shape)).clip(0, 255).astype(np.uint8))


def _figure(y: Shade, x: Shade, random: np.random.Generator) -> Shade:
    """Head and shoulders, soft at the edge: 0 to 1."""
    wide = x.max()
    left, top, size = random.uniform(0.35, 0.65) * wide, random.uniform(0.25, 0.4), random.uniform(0.07, 0.13)
    head = (x - left) ** 2 + (y - top) ** 2 < size**2
    body = ((x - left) / (size * random.uniform(1.8, 2.6))) ** 2 + ((y - top - size * 4.2) / (size * 3.4)) ** 2 < 1
    blurred = Image.fromarray((255 * (head | body)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(4))
    return np.asarray(blurred)[..., None] / 255.0


def sunset(random: np.random.Generator) -> Image.Image:
    y, x = _grid(720, 1120)
    down = y[..., None]
    sky = np.array([60, 50, 110.0]) * random.uniform(0.6, 1.3)
    glow = np.array([250, 140, 60.0]) * random.uniform(0.8, 1)
    shade = np.where(down < 0.6, sky + (glow - sky) * (down / 0.6), glow * (1 - (down - 0.6) * 2))
    across, high = random.uniform(0.3, 0.7) * x.max(), random.uniform(0.5, 0.6)
    shade += 200 * np.exp(-((x - across) ** 2 + (y - high) ** 2) / (2 * random.uniform(0.05, 0.09) ** 2))[..., None]
    skyline = 0.66 + 0.0015 * np.cumsum(random.normal(0, 1, x.shape[1]))
    shade[y > skyline[None, :]] *= 0.12
    return _photographed(shade, random)


def window(random: np.random.Generator) -> Image.Image:
    y, x = _grid(960, 720)
    light = 1 - random.uniform(0.2, 0.4) * np.abs(x - random.uniform(0.3, 0.7) * x.max()) / x.max()
    shade = np.array([235, 225, 205]) * random.uniform(0.8, 1) * light[..., None]
    return _photographed(shade * (1 - 0.85 * _figure(y, x, random)), random)


def sky(random: np.random.Generator) -> Image.Image:
    y, _ = _grid(720, 1000)
    blue, pale = np.array([70, 120, 200.0]) * random.uniform(0.7, 1.2), np.array([190, 210, 235.0])
    white = clouds(random, 720, 1000, random.uniform(1.5, 4), random.uniform(0.35, 0.55)).clip(0, 1)[..., None]
    return _photographed((blue + (pale - blue) * y[..., None]) * (1 - white) + 250 * white, random)


def corner(random: np.random.Generator) -> Image.Image:
    """A room's empty corner: two or three walls under one lamp."""
    y, x = _grid(720, 960)
    edge, floor = random.uniform(0.2, 0.8) * x.max(), random.uniform(0.7, 0.9)
    tint = np.array([225, 215, 200.0]) * random.uniform(0.7, 1.1)
    lamp = 1.1 - 0.4 * np.hypot(x - random.uniform(0, 1.3), y - random.uniform(0, 0.5))
    side = np.where(x < edge, 1.0, random.uniform(0.75, 0.92))
    side = np.where(y > floor + 0.15 * np.abs(x - edge), random.uniform(0.4, 0.7), side)
    return _photographed(tint * (lamp * side)[..., None], random)


def skin(random: np.random.Generator) -> Image.Image:
    """Close: two or three round shapes, one light, and hardly a pore."""
    y, x = _grid(720, 960)
    shade = np.full(x.shape, random.uniform(40, 120))
    for _ in range(int(random.integers(2, 5))):
        across, down, turn = random.uniform(0, x.max()), random.uniform(0, 1), random.uniform(0, np.pi)
        along = (x - across) * np.cos(turn) + (y - down) * np.sin(turn)
        aside = (y - down) * np.cos(turn) - (x - across) * np.sin(turn)
        round_ = 1 - (along / random.uniform(0.5, 1.2)) ** 2 - (aside / random.uniform(0.2, 0.5)) ** 2
        shade = np.maximum(shade, 215 * np.sqrt(round_.clip(0, 1)) * (1 + 0.3 * along))
    soft = np.asarray(Image.fromarray(shade.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3)))
    return _photographed(soft[..., None] * np.array([1.05, 0.82, 0.7]), random)


def fabric(random: np.random.Generator) -> Image.Image:
    folds = clouds(random, 720, 960, random.uniform(1.5, 3), 0.4, 3)
    shade = random.uniform(100, 190) + lit(folds, random, random.uniform(30, 70))
    return _photographed(shade[..., None] * (1 + random.uniform(-0.2, 0.2, 3)), random)


def dark(random: np.random.Generator) -> Image.Image:
    """Night: a lamp or two, a figure that is hardly there."""
    y, x = _grid(960, 720)
    shade = np.full((*x.shape, 3), random.uniform(6, 20))
    for _ in range(int(random.integers(1, 4))):
        away = np.hypot(x - random.uniform(0, x.max()), y - random.uniform(0, 1))[..., None]
        shade += random.uniform(60, 220) * np.exp(-away / random.uniform(0.05, 0.3)) * random.uniform(0.6, 1, 3)
    return _photographed(shade * (1 - 0.8 * _figure(y, x, random)), random)


def bokeh(random: np.random.Generator) -> Image.Image:
    y, x = _grid(720, 1000)
    shade = np.array([40, 30, 50.0]) * random.uniform(0.5, 2) * (1 - 0.5 * y[..., None])
    size = random.uniform(0.05, 0.13)
    for _ in range(int(random.integers(8, 25))):
        away = np.hypot(x - random.uniform(0, x.max()), y - random.uniform(0, 1)) / (size * random.uniform(0.8, 1.2))
        shade = shade + (1 / (1 + np.exp((30 * (away - 1)).clip(-30, 30))))[..., None] * random.uniform(20, 150, 3)
    return _photographed(shade, random)


KINDS: dict[str, Callable[[np.random.Generator], Image.Image]] = {
    "sunset": sunset,
    "window": window,
    "sky": sky,
    "corner": corner,
    "skin": skin,
    "fabric": fabric,
    "dark": dark,
    "bokeh": bokeh,
    "fog": fog,
    "wall or skin": lambda random: (wall if random.random() < 0.5 else skin_like)(random),
}


def _picture(kind: str, seed: int, number: int) -> Image.Image:
    return KINDS[kind](np.random.default_rng((seed, list(KINDS).index(kind), number)))


def _made(kind: str, seed: int, number: int, quality: int) -> bytes:
    return jpeg(_picture(kind, seed, number), quality)


def _edited(kind: str, seed: int, number: int, edit: str) -> bytes:
    random = np.random.default_rng((seed, 99, number, COPIES.index(edit)))
    return jpeg(EDITS[edit][1](_picture(kind, seed, number), random, ()), 80)


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    enrolled = {f"{kind}{n}": partial(_made, kind, seed, n, 88) for kind in KINDS for n in range(ENROLLED)}
    questions = [
        Question(partial(_made, kind, seed, 1000 + n, (88, 70, 50)[n % 3]), f"{kind}, strangers")
        for kind in KINDS
        for n in range(STRANGERS)
    ]
    questions += [
        Question(partial(_edited, kind, seed, n, edit), f"{kind}, copies", (f"{kind}{n}",))
        for kind in KINDS
        for n in range(ENROLLED)
        for edit in COPIES
    ]
    yield Trial("smooth", enrolled, questions)
