"""What reuploaders do to a photo, done to the demo's own: JPEG bytes in, the bytes of a copy out.

Deterministic: the same photo, edit and seed give the same picture (the same bytes with the same Pillow).
Nothing from outside is parsed here, only photos that ship with the program.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps


class Edit(StrEnum):
    """The value is how the summary calls it."""

    UNTOUCHED = "untouched"
    REENCODED = "re-encoded"
    CONVERTED = "converted to WebP"
    RESIZED = "resized"
    MIRRORED = "mirrored"
    TURNED_90 = "turned 90°"
    TURNED_180 = "turned 180°"
    TURNED_270 = "turned 270°"
    RECOLOURED = "recoloured"
    GREYED = "made grey"
    CROPPED = "cropped"
    CAPTIONED = "captioned"
    SCREENSHOT = "framed in a screenshot"


@dataclass(frozen=True, slots=True)
class Copy:
    body: bytes
    content_type: str  # image/jpeg, image/webp
    suffix: str  # ".jpg", ".webp": for the address it is served under


def make_copy(photo: bytes, edit: Edit, *, seed: int) -> Copy:
    """The edited copy of a JPEG photo. `seed` picks sizes, places and words."""
    if edit is Edit.UNTOUCHED:
        return Copy(photo, "image/jpeg", ".jpg")
    rng = random.Random(f"{edit.name} {seed}")  # noqa: S311 - picks crop places, not secrets
    with Image.open(io.BytesIO(photo)) as opened:
        image = _EDITS[edit](opened.convert("RGB"), rng)
    if edit is Edit.CONVERTED:
        return Copy(_encoded(image, "WEBP", 70), "image/webp", ".webp")
    return Copy(_encoded(image, "JPEG", 40 if edit is Edit.REENCODED else 85), "image/jpeg", ".jpg")


def make_thumbnail(photo: bytes, *, long_side: int = 160) -> Copy:
    with Image.open(io.BytesIO(photo)) as opened:
        image = opened.convert("RGB")
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return Copy(_encoded(image, "JPEG", 70), "image/jpeg", ".jpg")


def _encoded(image: Image.Image, name: str, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, name, quality=quality)
    return out.getvalue()


def _same(image: Image.Image, rng: random.Random) -> Image.Image:
    return image


def _resized(image: Image.Image, rng: random.Random) -> Image.Image:
    scale = rng.uniform(0.4, 0.6)
    size = (round(image.width * scale), round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC)


def _transposed(how: Image.Transpose) -> Callable[[Image.Image, random.Random], Image.Image]:
    def transpose(image: Image.Image, rng: random.Random) -> Image.Image:
        return image.transpose(how)

    return transpose


def _recoloured(image: Image.Image, rng: random.Random) -> Image.Image:
    """More contrast, stronger colours and a warm or cold cast, as a phone's filter does."""
    warm = rng.choice((1, -1))
    image = ImageEnhance.Color(image).enhance(rng.uniform(1.5, 2.0))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(1.1, 1.25))
    red, green, blue = image.split()
    return Image.merge("RGB", (_scaled(red, 1 + 0.12 * warm), green, _scaled(blue, 1 - 0.12 * warm)))


def _scaled(channel: Image.Image, factor: float) -> Image.Image:
    return channel.point([min(255, round(level * factor)) for level in range(256)])


def _greyed(image: Image.Image, rng: random.Random) -> Image.Image:
    return ImageOps.grayscale(image).convert("RGB")


def _cropped(image: Image.Image, rng: random.Random) -> Image.Image:
    """Keeps 60 to 66 % of each side: more than any perceptual hash of the whole picture survives."""
    share = rng.uniform(0.60, 0.66)
    width, height = round(image.width * share), round(image.height * share)
    x, y = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    return image.crop((x, y, x + width, y + height))


_CAPTIONS = ("look what i found", "who remembers this one", "part two is in the next post", "seen today")


def _captioned(image: Image.Image, rng: random.Random) -> Image.Image:
    """A white band with words above the picture and a thinner one below."""
    band = round(image.height * rng.uniform(0.26, 0.32))
    canvas = Image.new("RGB", (image.width, image.height + band + band // 2), "white")
    canvas.paste(image, (0, band))
    font = ImageFont.load_default(size=max(14, image.width // 18))
    ImageDraw.Draw(canvas).text(
        (image.width / 2, band / 2), rng.choice(_CAPTIONS), font=font, fill="black", anchor="mm"
    )
    return canvas


def _screenshot(image: Image.Image, rng: random.Random) -> Image.Image:
    """The picture as a phone's screen shows it in some app: bars, a name, buttons, a text below."""
    width, height = 540, 1080
    dark = rng.random() < 0.5
    paper, ink, line = ("#15181c", "#e8e8e8", "#33383f") if dark else ("#ffffff", "#1c1c1c", "#d8d8d8")
    screen = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(screen)
    small, large = ImageFont.load_default(size=18), ImageFont.load_default(size=24)
    draw.text((20, 14), f"{rng.randint(7, 22)}:{rng.randint(10, 59)}", font=small, fill=ink)
    draw.rounded_rectangle((width - 62, 14, width - 20, 34), 5, outline=ink, width=2)
    draw.line((0, 50, width, 50), fill=line, width=2)
    draw.ellipse((20, 66, 76, 122), fill=f"hsl({rng.randint(0, 359)}, 45%, 55%)")
    draw.text((92, 74), f"user{rng.randint(100, 999)}", font=large, fill=ink)
    draw.text((92, 102), f"{rng.randint(2, 23)} h", font=small, fill=line)
    shown = ImageOps.contain(image, (width, 640), Image.Resampling.LANCZOS)
    top = 140
    screen.paste(shown, ((width - shown.width) // 2, top))
    below = top + shown.height + 20
    for x in (24, 84, 144):
        draw.ellipse((x, below, x + 36, below + 36), outline=ink, width=3)
    draw.text((20, below + 56), f"{rng.randint(12, 900)} people like this", font=small, fill=ink)
    for row in range(5):
        end = rng.randint(260, width - 30)
        draw.rounded_rectangle((20, below + 96 + row * 30, end, below + 110 + row * 30), 7, fill=line)
    return screen


_EDITS: dict[Edit, Callable[[Image.Image, random.Random], Image.Image]] = {
    Edit.REENCODED: _same,
    Edit.CONVERTED: _same,
    Edit.RESIZED: _resized,
    Edit.MIRRORED: _transposed(Image.Transpose.FLIP_LEFT_RIGHT),
    Edit.TURNED_90: _transposed(Image.Transpose.ROTATE_90),
    Edit.TURNED_180: _transposed(Image.Transpose.ROTATE_180),
    Edit.TURNED_270: _transposed(Image.Transpose.ROTATE_270),
    Edit.RECOLOURED: _recoloured,
    Edit.GREYED: _greyed,
    Edit.CROPPED: _cropped,
    Edit.CAPTIONED: _captioned,
    Edit.SCREENSHOT: _screenshot,
}
