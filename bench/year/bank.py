"""The pictures of the simulated places: the demo's photos, made smaller and compressed anew, so that each is a file of
its own. hers: enrolled; others: nobody's."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import monitor

PHOTOS = Path(monitor.__file__).parent / "demo" / "photos"
HERS = tuple(sorted(path.stem for path in (PHOTOS / "enrolled").glob("*.jpg")))
OTHERS = tuple(sorted(path.stem for path in (PHOTOS / "others").glob("*.jpg")))


@cache
def _photo(name: str) -> Image.Image:
    (path,) = PHOTOS.glob(f"*/{name}.jpg")
    return Image.open(path).convert("RGB")


@cache
def copy(name: str, which: str = "", version: int = 0) -> bytes:
    """A JPEG file. which: whose copy; version: how often it was encoded anew. Each of them has bytes of its own."""
    number = int.from_bytes(hashlib.sha256(f"{name}/{which}/{version}".encode()).digest()[:4], "big")
    photo, side = _photo(name), 300 + number % 100
    photo = photo.resize((side, round(photo.height * side / photo.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=72 + number % 17, comment=f"{number}".encode())
    return out.getvalue()


@cache
def words(text: str, colour: str = "white") -> bytes:
    """A picture with words on it: what sites give in the place of another."""
    image = Image.new("RGB", (320, 240), colour)
    draw = ImageDraw.Draw(image)
    draw.rectangle((8, 8, 312, 232), outline="grey", width=3)
    draw.text((30, 100), text, fill="black", font=ImageFont.load_default(22))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
