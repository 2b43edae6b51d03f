"""What reuploaders do to a photo. Each edit: (image, random, other pictures) -> image."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Others = Sequence[Image.Image]
Edit = Callable[[Image.Image, np.random.Generator, Others], Image.Image]
BICUBIC = Image.Resampling.BICUBIC
WORDS = "leaked new video watch until the end link in profile who knows her full album free join today".split()


def _words(random: np.random.Generator, count: int) -> str:
    return " ".join(random.choice(WORDS, count))


def _write(image: Image.Image, at: tuple[float, float], text: str, size: float, fill: object = "white") -> None:
    font = ImageFont.load_default(max(10, size))
    edge = "black" if fill == "white" else None
    # type: ignore[arg-type]
    ImageDraw.Draw(image).text(at, text, font=font, fill=fill, anchor="mm", stroke_width=2, stroke_fill=edge)


def _within(image: Image.Image, width: float, height: float) -> Image.Image:
    factor = min(width / image.width, height / image.height)
    return image.resize((max(8, int(image.width * factor)), max(8, int(image.height * factor))), BICUBIC)


def _cropped(image: Image.Image, random: np.random.Generator, kept: float) -> Image.Image:
    shape = random.uniform(0.85, 1.18)
    wide, high = min(1.0, kept**0.5 * shape), min(1.0, kept**0.5 / shape)
    x, y = random.uniform(0, 1 - wide) * image.width, random.uniform(0, 1 - high) * image.height
    return image.crop((int(x), int(y), int(x + wide * image.width), int(y + high * image.height)))


def _coded(image: Image.Image, kind: str, **options: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(file).convert("RGB")


def _framed(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    """A screenshot of an app: bars, names, buttons, text around the photo."""
    dark = random.random() < 0.5
    screen = Image.new("RGB", (720, int(random.integers(1280, 1560))), "black" if dark else "white")
    inner = _within(image, 720, 800)
    top = int(random.integers(140, 260))
    screen.paste(inner, ((720 - inner.width) // 2, top))
    fill = "white" if dark else "black"
    draw = ImageDraw.Draw(screen)
    draw.ellipse((20, top - 80, 80, top - 20), fill=tuple(int(v) for v in random.integers(60, 220, 3)))
    for row in range(3):
        _write(screen, (260, top + inner.height + 50 + 45 * row), _words(random, 5), 24, fill)
    _write(screen, (360, 30), f"{random.integers(1, 13)}:{random.integers(10, 60)}", 24, fill)
    return screen


def _collage(image: Image.Image, random: np.random.Generator, others: Others, side: int) -> Image.Image:
    cell, gap = 960 // side, int(random.integers(0, 12))
    sheet = Image.new("RGB", (side * (cell + gap), side * (cell + gap)), "white")
    mine = int(random.integers(0, side * side))
    for place in range(side * side):
        panel = image if place == mine else others[int(random.integers(0, len(others)))]
        sheet.paste(
            ImageOps.fit(panel, (cell, cell), BICUBIC), (place % side * (cell + gap), place // side * (cell + gap))
        )
    return sheet


def _inset(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    ground = others[int(random.integers(0, len(others)))].copy()
    small = _within(image, ground.width * random.uniform(0.38, 0.55), ground.height * random.uniform(0.38, 0.55))
    ground.paste(
        small,
        (int(random.integers(0, ground.width - small.width)), int(random.integers(0, ground.height - small.height))),
    )
    return ground


def _tilted(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    return image.rotate(random.uniform(3, 14) * random.choice((-1, 1)), BICUBIC, expand=True, fillcolor="black")


def _perspective(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    """As photographed from a screen, from one side."""
    wide, high = image.size
    near = [random.uniform(0, 0.12) * wide for _ in range(4)], [random.uniform(0, 0.12) * high for _ in range(4)]
    x, y = near
    corners = [(-x[0], -y[0]), (-x[1], high + y[1]), (wide + x[2], high + y[2]), (wide + x[3], -y[3])]
    flat = tuple(value for corner in corners for value in corner)
    return image.transform(image.size, Image.Transform.QUAD, flat, BICUBIC, fillcolor=(70, 66, 60))


def _stickers(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    image = image.copy()
    draw = ImageDraw.Draw(image)
    for _ in range(int(random.integers(2, 5))):
        size = random.uniform(0.15, 0.32) * min(image.size)
        x, y = random.uniform(0, image.width - size), random.uniform(0, image.height - size)
        draw.ellipse((x, y, x + size, y + size), fill=(255, 205, 60), outline=(180, 120, 20), width=4)
    return image


def _barred(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    image = image.copy()
    for _ in range(int(random.integers(1, 4))):
        wide, high = (int(random.uniform(0.15, 0.4) * side) for side in image.size)
        x, y = int(random.uniform(0, image.width - wide)), int(random.uniform(0, image.height - high))
        box = (x, y, x + wide, y + high)
        if random.random() < 0.5:
            image.paste("black", box)
        else:
            image.paste(image.crop(box).resize((8, 8)).resize((wide, high), Image.Resampling.NEAREST), box)
    return image


def _captioned(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    image = image.copy()
    for _ in range(3):
        _write(image, (image.width / 2, random.uniform(0.1, 0.9) * image.height), _words(random, 4), image.width / 14)
    return image


def _bordered(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    margins = [int(random.uniform(0, 0.25) * min(image.size)) for _ in range(4)]
    shade = tuple(int(v) for v in random.integers(0, 256, 3))
    sheet = Image.new("RGB", (image.width + margins[0] + margins[1], image.height + margins[2] + margins[3]), shade)
    sheet.paste(image, (margins[0], margins[2]))
    return sheet


def _filtered(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(float(random.choice((random.uniform(0.55, 0.8), random.uniform(1.25, 1.7)))))
    return image


def _noisy(image: Image.Image, random: np.random.Generator, others: Others) -> Image.Image:
    noisy = np.asarray(image).astype(np.float64) + random.normal(0, random.uniform(8, 25), (*image.size[::-1], 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _chain(image: Image.Image, random: np.random.Generator, others: Others, count: int) -> Image.Image:
    names = random.choice(
        sorted(set(EDITS) - {"chain2", "chain3", "collage3", "collage2", "inset"}), count, replace=False
    )
    for name in names:
        image = EDITS[name][1](image, random, others).convert("RGB")
    return image


EDITS: dict[str, tuple[str, Edit]] = {
    "jpeg20": ("recompress", lambda i, r, o: _coded(i, "JPEG", quality=20)),
    "webp15": ("recompress", lambda i, r, o: _coded(i, "WEBP", quality=15)),
    "small": ("resize", lambda i, r, o: _within(i, 240, 240)),
    "squeezed": ("resize", lambda i, r, o: i.resize((i.width, int(i.height * r.uniform(0.7, 0.85))), BICUBIC)),
    "crop20": ("crop <= 50 %", lambda i, r, o: _cropped(i, r, 0.8)),
    "crop50": ("crop <= 50 %", lambda i, r, o: _cropped(i, r, 0.5)),
    "crop70": ("crop 70-80 %", lambda i, r, o: _cropped(i, r, 0.3)),
    "crop80": ("crop 70-80 %", lambda i, r, o: _cropped(i, r, 0.2)),
    "mirror": ("mirror, turn, tilt", lambda i, r, o: ImageOps.mirror(i)),
    "turn90": ("mirror, turn, tilt", lambda i, r, o: i.transpose(Image.Transpose.ROTATE_90)),
    "mirror crop": ("mirror, turn, tilt", lambda i, r, o: _cropped(ImageOps.mirror(i), r, 0.7)),
    "tilt": ("mirror, turn, tilt", _tilted),
    "perspective": ("mirror, turn, tilt", _perspective),
    "border": ("borders, screenshots", _bordered),
    "app": ("borders, screenshots", _framed),
    "collage2": ("collage, inset", lambda i, r, o: _collage(i, r, o, 2)),
    "collage3": ("collage, inset", lambda i, r, o: _collage(i, r, o, 3)),
    "inset": ("collage, inset", _inset),
    "stickers": ("overlays", _stickers),
    "bars": ("overlays", _barred),
    "caption": ("overlays", _captioned),
    "filter": ("colour, inverted", _filtered),
    "grey": ("colour, inverted", lambda i, r, o: ImageOps.grayscale(i).convert("RGB")),
    "inverted": ("colour, inverted", lambda i, r, o: ImageOps.invert(i)),
    "blur": ("degrade", lambda i, r, o: i.filter(ImageFilter.GaussianBlur(r.uniform(1.5, 4)))),
    "noise": ("degrade", _noisy),
    "chain2": ("chain of 2", lambda i, r, o: _chain(i, r, o, 2)),
    "chain3": ("chain of 3", lambda i, r, o: _chain(i, r, o, 3)),
}
