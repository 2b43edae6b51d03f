"""Photograph-like pictures made from a seed: scenes with many things in them, and surfaces with hardly
anything (cloth, skin-like, walls, fog). They have light, folds, grain and lens blur, as photographs have;
they show nothing and nobody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Field = NDArray[np.float64]


def clouds(random: np.random.Generator, height: int, width: int, cells: float, fade: float, octaves: int = 6) -> Field:
    """Smooth random relief, about -1 to 1. cells: across at the coarsest; fade: of each finer octave
    against the one before."""
    total, weight = np.zeros((height, width)), 1.0
    for octave in range(octaves):
        across = max(2, int(cells * 2**octave))
        if across > width:
            break
        grid = random.normal(size=(max(2, across * height // width) + 1, across + 1)).astype(np.float32)
        layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        total += weight * np.asarray(layer, dtype=np.float64)
        weight *= fade
    return total / max(1e-9, np.abs(total).max())


def lit(relief: Field, random: np.random.Generator, strength: float) -> Field:
    """How a surface of that relief looks under a lamp from one side."""
    down, across = np.gradient(relief)
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * across + np.sin(angle) * down
    return strength * slope / max(1e-9, np.abs(slope).max())


def photographed(
    grey: Field, tint: Field, random: np.random.Generator, *, blur: float = 0.7, grain: float = 2.0
) -> Image.Image:
    """grey: 0 to 255; tint: colour of white, 3 numbers about 1. Lens blur, fall-off to the corners, grain."""
    height, width = grey.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corners = 1 - random.uniform(0.05, 0.2) * (
        (x - random.uniform(-0.3, 0.3)) ** 2 + (y - random.uniform(-0.3, 0.3)) ** 2
    )
    pixels = (grey * corners)[:, :, None] * tint[None, None, :]
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    noisy = np.asarray(image).astype(np.float64) + random.normal(0, grain, (height, width, 1))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _size(random: np.random.Generator) -> tuple[int, int]:
    longer, shorter = int(random.integers(900, 1281)), int(random.integers(640, 900))
    return (longer, shorter) if random.random() < 0.5 else (shorter, longer)


def _tint(random: np.random.Generator, spread: float = 0.12) -> Field:
    return 1 + random.uniform(-spread, spread, 3)


def cloth(random: np.random.Generator) -> Image.Image:
    """A sheet or a garment: a few folds, a fine weave."""
    height, width = _size(random)
    folds = clouds(random, height, width, random.uniform(1.5, 3), 0.45, 4)
    y, x = np.mgrid[0:height, 0:width]
    thread = random.uniform(2.5, 5)
    weave = np.sin(2 * np.pi * (x + 6 * folds * 4) / thread) * np.sin(2 * np.pi * y / thread)
    grey = random.uniform(110, 190) + lit(folds, random, random.uniform(25, 60)) + random.uniform(1, 3) * weave
    return photographed(grey, _tint(random), random)


def skin_like(random: np.random.Generator) -> Image.Image:
    """A round soft surface with blotches, pores and a few specks."""
    height, width = _size(random)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shape = -((x * random.uniform(0.3, 1) + random.uniform(-0.5, 0.5)) ** 2) - (y * random.uniform(0.2, 0.8)) ** 2
    pores = clouds(random, height, width, 60, 0.8, 3)
    blotches = clouds(random, height, width, random.uniform(3, 7), 0.6, 4)
    grey = 175 + 55 * shape + 6 * blotches + random.uniform(2, 5) * pores
    for _ in range(int(random.integers(3, 14))):
        row, column, reach = random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(0.004, 0.015)
        grey -= random.uniform(15, 45) * np.exp(-(((x - column) / reach) ** 2 + ((y - row) / reach) ** 2))
    return photographed(grey, np.array([1.1, 0.86, 0.74]) * _tint(random, 0.05), random)


def wall(random: np.random.Generator) -> Image.Image:
    """Plaster or paper: fine relief in slanting light, a stain, perhaps a crack."""
    height, width = _size(random)
    relief = clouds(random, height, width, random.uniform(10, 40), random.uniform(0.6, 0.9))
    grey = random.uniform(140, 210) + lit(relief, random, random.uniform(10, 25))
    grey += random.uniform(3, 10) * clouds(random, height, width, 2, 0.5, 4)
    _y, x = np.mgrid[0:height, 0:width]
    if random.random() < 0.5:
        middle = width * random.uniform(0.2, 0.8) + 30 * clouds(random, height, 64, 4, 0.6)[:, :1]
        grey -= random.uniform(15, 40) * np.exp(-(((x - middle) / random.uniform(1, 2.5)) ** 2))
    return photographed(grey, _tint(random, 0.08), random)


def fog(random: np.random.Generator) -> Image.Image:
    """A bright haze with a few faint outlines of hills or trees."""
    height, width = _size(random)
    y = np.linspace(0, 1, height)[:, None]
    grey = 205 - random.uniform(10, 40) * y + 8 * clouds(random, height, width, 2, 0.5, 5)
    for layer in range(int(random.integers(2, 5))):
        edge = random.uniform(0.35, 0.9) + 0.12 * clouds(random, 64, width, random.uniform(2, 5), 0.5, 6)[:1]
        depth = random.uniform(6, 18) + 4 * layer
        grey -= depth / (1 + np.exp(-(y - edge) * random.uniform(40, 160)))
    return photographed(grey, _tint(random, 0.06), random, blur=1.2)


def scene(random: np.random.Generator) -> Image.Image:
    """Many things before a landscape or a room: the ordinary photograph."""
    height, width = _size(random)
    y, x = np.mgrid[0:height, 0:width]
    grey = 120 + 60 * clouds(random, height, width, random.uniform(2, 4), 0.55)
    for _ in range(int(random.integers(25, 60))):
        row, column = random.uniform(0, height), random.uniform(0, width)
        long, wide, turn = random.uniform(15, width / 4), random.uniform(10, height / 5), random.uniform(0, np.pi)
        reach = long + wide  # beyond it nothing of this thing is: to draw it everywhere took ten times as long
        top, left = max(0, int(row - reach)), max(0, int(column - reach))
        part = (slice(top, int(row + reach) + 2), slice(left, int(column + reach) + 2))
        across, down = x[part] - column, y[part] - row
        along = (across * np.cos(turn) + down * np.sin(turn)) / long
        aside = (down * np.cos(turn) - across * np.sin(turn)) / wide
        if random.random() < 0.5:
            inside = along**2 + aside**2 < 1
        else:
            inside = (np.abs(along) < 1) & (np.abs(aside) < 1)
        shade = random.uniform(30, 225) + random.uniform(-40, 40) * along + random.uniform(-40, 40) * aside
        stripes = random.uniform(0, 18) * np.sin(along * random.uniform(2, 30)) * np.sin(aside * random.uniform(2, 30))
        grey[part] = np.where(inside, shade + stripes, grey[part])
    grey += 6 * clouds(random, height, width, 40, 0.8, 3)
    return photographed(grey, _tint(random, 0.2), random)


LOW_TEXTURE = {"cloth": cloth, "skin": skin_like, "wall": wall, "fog": fog}
