"""Pictures with hardly anything in them but shading: what false alarms come from. From a seed; they show nothing and
nobody. Each: random -> image. `bench.pictures` has surfaces with grain and relief."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.pictures import clouds, photographed

Random = np.random.Generator
Field = NDArray[np.float64]


def _grid(random: Random) -> tuple[Field, Field]:
    """y and x, 0 to 1."""
    wide, high = int(random.integers(420, 760)), int(random.integers(420, 760))
    y, x = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    return y, x


def _tint(random: Random, spread: float = 0.2) -> Field:
    return 1 + random.uniform(-spread, spread, 3)


def _done(random: Random, grey: Field, tint: Field | None = None, blur: float = 0.7) -> Image.Image:
    return photographed(
        grey, _tint(random) if tint is None else tint, random, blur=blur, grain=float(random.uniform(0, 4))
    )


def _of_colours(random: Random, level: Field, colours: Field) -> Image.Image:
    """level 0 to 1 along the colours."""
    at = np.linspace(0, 1, len(colours))
    pixels = np.stack([np.interp(level, at, colours[:, channel]) for channel in range(3)], -1)
    noisy = pixels + random.normal(0, random.uniform(0, 3), (*level.shape, 1))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def gradient(random: Random) -> Image.Image:
    """Straight or round, two to five colours: a wallpaper, the ground of a story."""
    y, x = _grid(random)
    if random.random() < 0.6:
        turn = random.uniform(0, 2 * np.pi)
        level = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
    else:
        level = np.hypot(x - random.uniform(0, 1), y - random.uniform(0, 1))
    level = (level - level.min()) / (level.max() - level.min())
    return _of_colours(random, level, random.uniform(0, 255, (int(random.integers(2, 6)), 3)))


def sky(random: Random) -> Image.Image:
    """Blue or grey, with clouds or none."""
    y, x = _grid(random)
    grey = random.uniform(120, 180) + 60 * y * random.choice((-1, 1))
    cover = clouds(random, *y.shape, random.uniform(2, 5), 0.5, 5)
    grey = grey + random.uniform(0, 70) * np.clip(cover - random.uniform(-0.3, 0.4), 0, 1)
    return _done(random, grey + 0 * x, np.array([0.8, 0.95, 1.15]) * _tint(random, 0.1))


def dusk(random: Random) -> Image.Image:
    """A sun low over land or sea."""
    y, x = _grid(random)
    line = random.uniform(0.5, 0.8) + 0.03 * clouds(random, 8, y.shape[1], random.uniform(2, 9), 0.5)[:1]
    sun = (random.uniform(0.15, 0.85), random.uniform(0.3, 0.7), random.uniform(0.02, 0.08))
    glow = np.exp(-(((x - sun[0]) / 0.5) ** 2) - ((y - sun[1]) / 0.3) ** 2)
    grey = 70 + 60 * y + random.uniform(40, 110) * glow
    grey += 120 * (np.hypot(x - sun[0], (y - sun[1]) * y.shape[0] / y.shape[1]) < sun[2])
    mirror = random.random() < 0.5
    below = 40 + 90 * np.exp(-(((x - sun[0]) / 0.15) ** 2)) if mirror else 15 + 10 * y
    return _done(random, np.where(y > line, below, grey), np.array([1.25, 0.85, 0.65]) * _tint(random, 0.15), 1.2)


def dark_room(random: Random) -> Image.Image:
    """A lamp or a screen somewhere, the rest lost in black."""
    y, x = _grid(random)
    grey = np.full(y.shape, random.uniform(4, 22))
    for _ in range(int(random.integers(1, 4))):
        reach = random.uniform(0.1, 0.5)
        near = np.hypot(x - random.uniform(0, 1), y - random.uniform(0, 1)) / reach
        grey += random.uniform(30, 140) * np.exp(-(near**2))
    corner = x > random.uniform(0.2, 0.8) + random.uniform(-0.2, 0.2) * y
    return _done(random, grey * np.where(corner, 1, random.uniform(0.5, 0.9)), blur=2)


def out_of_focus(random: Random) -> Image.Image:
    """Lights at night, or any things at all, far from sharp."""
    y, x = _grid(random)
    grey = np.full(y.shape, random.uniform(10, 150))
    aspect = y.shape[0] / y.shape[1]
    for _ in range(int(random.integers(4, 18))):
        size = random.uniform(0.02, 0.25)
        inside = np.hypot(x - random.uniform(0, 1), (y - random.uniform(0, 1)) * aspect) < size
        grey = np.where(inside, grey * 0.5 + random.uniform(0, 130), grey)
    return _done(random, grey, blur=random.uniform(5, 25))


def folds(random: Random) -> Image.Image:
    """Satin, a sheet, a curtain."""
    y, x = _grid(random)
    turn, many = random.uniform(0, np.pi), random.uniform(1.5, 9)
    bend = clouds(random, *y.shape, random.uniform(1, 3), 0.4, 3)
    wave = np.sin(2 * np.pi * many * (x * np.cos(turn) + y * np.sin(turn)) + random.uniform(1, 5) * bend)
    return _done(random, random.uniform(90, 180) + random.uniform(15, 60) * wave, blur=random.uniform(0.5, 3))


def plaster(random: Random) -> Image.Image:
    """A plain wall: lit from one side, a corner, a skirting board or a door's edge."""
    y, x = _grid(random)
    grey = random.uniform(130, 220) - random.uniform(10, 90) * np.abs(x - random.uniform(-0.2, 1.2))
    if random.random() < 0.5:
        grey = grey * np.where(x > random.uniform(0.2, 0.8), 1, random.uniform(0.75, 0.95))
    if random.random() < 0.5:
        grey = grey * np.where(y > random.uniform(0.7, 0.95), random.uniform(0.5, 1.2), 1)
    return _done(random, grey + 3 * clouds(random, *y.shape, 6, 0.7, 3))


def limb(random: Random) -> Image.Image:
    """Round soft bands of the colour of skin before a plain ground, as an arm or a knee from near."""
    y, x = _grid(random)
    grey = np.full(y.shape, random.uniform(40, 230))
    for _ in range(int(random.integers(1, 4))):
        turn, wide = random.uniform(0, np.pi), random.uniform(0.12, 0.35)
        bend = random.uniform(-0.5, 0.5) * (y - 0.5) ** 2
        aside = ((x - random.uniform(0.2, 0.8)) * np.cos(turn) + (y - 0.5) * np.sin(turn) + bend) / wide
        round_ = np.sqrt(np.clip(1 - aside**2, 0, 1))
        grey = np.where(np.abs(aside) < 1, random.uniform(70, 110) + random.uniform(60, 120) * round_, grey)
    pores = random.uniform(0, 4) * clouds(random, *y.shape, 80, 0.8, 2)
    return _done(random, grey + pores, np.array([1.12, 0.88, 0.76]) * _tint(random, 0.06), random.uniform(0.7, 2))


def at_window(random: Random) -> Image.Image:
    """Somebody's outline, or a plant's, against the light."""
    y, x = _grid(random)
    light = random.uniform(190, 245) - random.uniform(10, 80) * np.abs(x - random.uniform(0.2, 0.8))
    middle, head, size = random.uniform(0.25, 0.75), random.uniform(0.2, 0.45), random.uniform(0.06, 0.14)
    figure = np.hypot(x - middle, y - head) < size
    lean = random.uniform(-0.2, 0.2) * (y - head)
    figure |= (np.abs(x - middle - lean) < size * random.uniform(1.2, 2.4)) & (y > head + size * 1.1)
    if random.random() < 0.5:  # the frame of the panes
        figure |= (np.abs(x - random.uniform(0.1, 0.9)) < 0.015) | (np.abs(y - random.uniform(0.1, 0.9)) < 0.015)
    soft = Image.fromarray((255 * figure).astype(np.uint8)).filter(ImageFilter.GaussianBlur(random.uniform(2, 8)))
    return _done(random, light * (1 - random.uniform(0.6, 0.95) * np.asarray(soft) / 255), blur=1)


def water(random: Random) -> Image.Image:
    """Waves or sand from above, blurred by depth."""
    y, _ = _grid(random)
    long, bend = random.uniform(10, 40), clouds(random, *y.shape, 4, 0.6, 4)
    wave = np.sin(2 * np.pi * long * y * (0.6 + 0.4 * y) + 4 * bend)
    return _done(random, random.uniform(80, 150) + random.uniform(10, 40) * wave, blur=random.uniform(1, 4))


SORTS = (gradient, sky, dusk, dark_room, out_of_focus, folds, plaster, limb, at_window, water)
