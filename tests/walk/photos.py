"""Photos that nobody took: scenes of coloured shapes, each with a number of its own and nothing in common."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 900)


def scene(number: int, size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG."""
    rng = random.Random(number)
    width, height = size
    # Not Image.effect_noise: it begins alike in every process, so two scenes would share their ground.
    coarse = (width // 8, height // 8)
    picture = Image.frombytes("L", coarse, rng.randbytes(coarse[0] * coarse[1])).resize(size).convert("RGB")
    tint = Image.new("RGB", size, tuple(rng.randrange(256) for _ in range(3)))
    picture = Image.blend(picture, tint, 0.6)
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, reach = rng.randrange(width), rng.randrange(height), rng.randrange(20, 220)
        colour = tuple(rng.randrange(256) for _ in range(3))
        corners = [(x + rng.randint(-reach, reach), y + rng.randint(-reach, reach)) for _ in range(rng.randint(3, 7))]
        draw.polygon(corners, fill=colour, outline=tuple(255 - part for part in colour))
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(0.8)).save(out, "JPEG", quality=90)
    return out.getvalue()


def copy_of(photo: bytes) -> bytes:
    """As a site shows it: smaller, and saved anew."""
    with Image.open(io.BytesIO(photo)) as picture:
        small = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()


def fill(folder: Path, count: int, size: tuple[int, int] = SIZE) -> list[Path]:
    """count: how many photos; they are called as a phone calls them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"IMG_{2000 + number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(scene(number, size))
    return files
