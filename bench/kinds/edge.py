"""At the edge of what is possible: little of the photo is left, or little of how it looked.

Crops and round avatars are cut where something is to be seen: of random places, the one with the most texture. Nothing
looks for faces here, or anywhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bench.edits import BICUBIC, EDITS
from bench.kinds import Bytes, Question, Trial, jpeg
from bench.photographs import Photograph
from monitor.matching.reading.fingerprint import is_page

EACH = 24  # questions of each strength
_GROUND = 6  # one of so many is not enrolled: a ground for other photos' subjects
_SAME = ("opencv-left", "opencv-right", "opencv-ela")  # one chessboard, of equal squares; two versions of one picture
_TRIED = 8  # random places, of which the most textured is the subject

Grounds = Sequence[Photograph]  # that are not enrolled
Made = Callable[[Image.Image, np.random.Generator, Grounds], Image.Image]


def _subject(image: Image.Image, random: np.random.Generator, share: float, square: bool = False) -> list[int]:
    """Left, top, right, bottom of a box with that share of the area, in the photo's middle."""
    wide = (share * image.width * image.height * (1 if square else random.uniform(0.7, 1.2))) ** 0.5
    wide = min(wide, 0.95 * image.width, 0.95 * image.height if square else image.width)
    high = min(wide if square else share * image.width * image.height / wide, 0.95 * image.height)
    grey = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(image.width / 400)), np.float64)
    slope = np.hypot(*np.gradient(grey))
    best, found = -1.0, [0, 0, 0, 0]
    for _ in range(_TRIED):
        left = random.uniform(0.15, 0.85) * (image.width - wide)
        top = random.uniform(0.1, 0.8) * (image.height - high)
        box = [int(left), int(top), int(left + wide), int(top + high)]
        texture = float(np.minimum(slope[box[1] : box[3], box[0] : box[2]], 12).mean())
        if texture > best:
            best, found = texture, box
    return found


def _cropped(image: Image.Image, random: np.random.Generator, grounds: Grounds, share: float) -> Image.Image:
    part = image.crop(_subject(image, random, share))
    return _resized(part, int(random.choice((part.width, 320, 640))))


def _avatar(image: Image.Image, random: np.random.Generator, grounds: Grounds, side: int) -> Image.Image:
    """Round, on a page's white or dark ground."""
    part = image.crop(_subject(image, random, random.uniform(0.15, 0.4), square=True))
    ground = Image.new("RGB", (side, side), str(random.choice(("white", "#18191a"))))
    mask = Image.new("L", (4 * side, 4 * side))
    ImageDraw.Draw(mask).ellipse((0, 0, 4 * side - 1, 4 * side - 1), fill=255)
    ground.paste(part.resize((side, side), Image.Resampling.LANCZOS), mask=mask.resize((side, side)))
    return ground


def _barred(image: Image.Image, random: np.random.Generator, grounds: Grounds, share: float) -> Image.Image:
    image = image.copy()
    wide, high = (side * share**0.5 for side in image.size)
    left, top = (image.width - wide) * random.uniform(0.4, 0.6), (image.height - high) * random.uniform(0.4, 0.6)
    image.paste("black", (int(left), int(top), int(left + wide), int(top + high)))
    return _resized(image, 1080)


def _moved(image: Image.Image, random: np.random.Generator, grounds: Grounds, share: float) -> Image.Image:
    """Cut out along a soft, uneven edge, and laid on another photograph, a little larger or smaller."""
    part = image.crop(_subject(image, random, min(0.9, share * 1.35)))  # the outline takes about as much away again
    y, x = np.mgrid[-1 : 1 : part.height * 1j, -1 : 1 : part.width * 1j]
    turn = np.arctan2(y, x)
    outline = 0.92 + sum(random.uniform(-0.05, 0.05) * np.cos(n * turn + random.uniform(0, 6)) for n in (2, 3, 5))
    mask = Image.fromarray((255 * (x**2 + y**2 < outline**2)).astype(np.uint8))
    mask = mask.filter(ImageFilter.GaussianBlur(max(1.0, part.width / 60)))
    ground = ImageOps.fit(grounds[int(random.integers(len(grounds)))].image(), image.size, BICUBIC)
    factor = random.uniform(0.75, 1.2)
    size = (int(part.width * factor), int(part.height * factor))
    at = tuple(int(random.uniform(0, max(1, room - mine))) for room, mine in zip(ground.size, size, strict=True))
    ground.paste(part.resize(size, BICUBIC), at, mask.resize(size, BICUBIC))
    return _resized(ground, 1080)


def _printed(image: Image.Image, random: np.random.Generator, grounds: Grounds, dots: int) -> Image.Image:
    """In black and three colours, so many dots across, on paper that is not quite white, photographed from one side."""
    image = _resized(image, 1400)
    inks = 1 - np.asarray(image, np.float64) / 255
    black = inks.min(axis=2) * 0.7
    y, x = np.mgrid[0 : image.height, 0 : image.width]
    paper = np.array((246, 238, 220)) * random.uniform(0.85, 1)
    sheet = np.ones((image.height, image.width, 3)) * paper
    pitch = image.width / dots
    colours = ((0, 0.55, 0.85), (0.8, 0.05, 0.5), (0.97, 0.9, 0.05), (0.12, 0.12, 0.12))
    for number, (angle, colour) in enumerate(zip((15, 75, 0, 45), colours, strict=True)):
        amount = black if number == 3 else np.clip(inks[:, :, number] - black, 0, 1)
        turn = np.radians(angle)
        across, down = (x * np.cos(turn) + y * np.sin(turn)) / pitch, (y * np.cos(turn) - x * np.sin(turn)) / pitch
        screen = 0.5 - 0.25 * (np.cos(2 * np.pi * across) + np.cos(2 * np.pi * down))
        inked = np.clip((amount - screen) * 6 + 0.5, 0, 1)[..., None]
        sheet *= 1 - inked * (1 - np.array(colour))
    leaf = Image.fromarray(sheet.clip(0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(random.uniform(0.8, 1.8))
    )
    return _resized(_from_one_side(leaf, random), 1000)


def _from_one_side(image: Image.Image, random: np.random.Generator) -> Image.Image:
    wide, high = image.size
    x, y = ([random.uniform(0, 0.07) * side for _ in range(4)] for side in image.size)
    corners = [(-x[0], -y[0]), (-x[1], high + y[1]), (wide + x[2], high + y[2]), (wide + x[3], -y[3])]
    flat = tuple(value for corner in corners for value in corner)
    return image.transform(image.size, Image.Transform.QUAD, flat, BICUBIC, fillcolor=(96, 84, 70))


def _filmed(image: Image.Image, random: np.random.Generator, grounds: Grounds, depth: float) -> Image.Image:
    """A screen's grid of red, green and blue, sampled by a camera whose own grid is nearly as fine. depth: how dark the
    grid is between its lights, 0 to 1."""
    shown = _resized(image, int(random.integers(620, 900)))
    wide, high = 900, int(900 * shown.height / shown.width)
    lights = np.asarray(shown, np.float64)
    turn, pitch = np.radians(random.uniform(-5, 5)), shown.width / wide * random.uniform(1.0, 1.08)
    total = np.zeros((high, wide, 3))
    for step_y, step_x in ((-0.2, -0.2), (-0.2, 0.2), (0.2, -0.2), (0.2, 0.2)):  # where a pixel of the camera looks
        y, x = np.mgrid[0:high, 0:wide].astype(np.float64)
        y, x = (y + step_y - high / 2) * pitch, (x + step_x - wide / 2) * pitch
        u = x * np.cos(turn) - y * np.sin(turn) + shown.width / 2
        v = x * np.sin(turn) + y * np.cos(turn) + shown.height / 2
        seen = lights[v.astype(int).clip(0, shown.height - 1), u.astype(int).clip(0, shown.width - 1)]
        lit = np.abs((u[..., None] - np.array((1, 3, 5)) / 6 + 0.5) % 1 - 0.5) < 1 / 6
        lit &= (np.abs(v % 1 - 0.5) < 0.4)[..., None]
        total += seen * (1 - depth + depth * 3.5 * lit)
    brightness = random.uniform(0.8, 1.1)
    return Image.fromarray((total / 4 * brightness).clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def _pencil(image: Image.Image, random: np.random.Generator, grounds: Grounds, reach: float) -> Image.Image:
    """What "sketch" filters do: grey divided by its own surroundings."""
    grey = _resized(image, 900).convert("L")
    light = 255 - np.asarray(ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(reach)), np.float64)
    return Image.fromarray((255 * np.asarray(grey, np.float64) / np.maximum(light, 1)).clip(0, 255).astype(np.uint8))


def _neon(image: Image.Image, random: np.random.Generator, grounds: Grounds, reach: float) -> Image.Image:
    """Bright outlines on black."""
    smooth = np.asarray(_resized(image, 900).filter(ImageFilter.GaussianBlur(reach)), np.float64)
    slope = np.hypot(*np.gradient(smooth, axis=(0, 1)))
    return Image.fromarray((slope * 255 / np.quantile(slope, 0.98)).clip(0, 255).astype(np.uint8))


_COLOURS = ("filter", "grey", "inverted")
_SHAPES = ("crop50", "crop70", "mirror", "turn90", "tilt", "perspective", "squeezed")
_WORSE = ("jpeg30", "small", "noise", "blur")
_LINKS = (*_COLOURS, *_SHAPES, *_WORSE, "screen", "caption", "border", "stickers", "bars")


def _chain(image: Image.Image, random: np.random.Generator, grounds: Grounds, count: int) -> Image.Image:
    """Edits of different sorts, one after the other: as a meme is passed on."""
    for name in random.choice(_LINKS, count, replace=False):
        if name == "screen":
            image = EDITS["app"][1](image, random, ())
        elif name == "jpeg30":
            image = Image.open(io.BytesIO(jpeg(image, 30)))
        elif name == "small":
            image = _resized(image, 480)
        else:
            image = EDITS[name][1](image, random, ()).convert("RGB")
    return image


def _resized(image: Image.Image, width: int) -> Image.Image:
    return image.resize((width, max(8, round(image.height * width / image.width))), Image.Resampling.LANCZOS)


KINDS: dict[str, tuple[Made, str]] = {
    **{f"crop, {s} % of the area": (partial(_cropped, share=s / 100), "match") for s in (12, 10, 8, 5)},
    **{f"round avatar, {s} px": (partial(_avatar, side=s), "match") for s in (200, 128, 96, 60)},
    **{f"middle {s} % black": (partial(_barred, share=s / 100), "match") for s in (60, 75)},
    "middle 85 % black, possible": (partial(_barred, share=0.85), "possible"),
    **{f"subject of {s} % moved": (partial(_moved, share=s / 100), "match") for s in (25, 15, 10)},
    **{f"print, {s} dots across": (partial(_printed, dots=s), "match") for s in (220, 150, 100)},
    **{f"moire, {s} % deep": (partial(_filmed, depth=s / 100), "match") for s in (40, 70, 100)},
    "pencil, possible": (partial(_pencil, reach=9), "possible"),
    "neon, possible": (partial(_neon, reach=2), "possible"),
    **{f"chain of {s}": (partial(_chain, count=s), "match") for s in (3, 4)},
}


def _made(photo: Photograph, kind: str, key: tuple[int, ...], grounds: Grounds) -> bytes:
    random = np.random.default_rng(key)
    image = photo.image()
    if max(image.size) < 900:  # as a phone takes it
        image = _resized(image, 900)
    return jpeg(KINDS[kind][0](image, random, grounds), int(random.integers(70, 90)))


def _is_told(photo: Photograph) -> bool:
    """Drawings are refused at enrolment."""
    return not photo.name.startswith(_SAME) and not is_page(np.asarray(photo.image().convert("L")))


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    photographs = [photo for photo in photographs if _is_told(photo)]
    grounds = photographs[::_GROUND]
    photos = [photo for number, photo in enumerate(photographs) if number % _GROUND]
    enrolled: dict[str, Bytes] = {photo.name: photo.path.read_bytes for photo in photos}
    random, questions = np.random.default_rng(seed), []
    for number, (kind, (_, least)) in enumerate(KINDS.items()):
        count = min(len(photos), EACH * (3 if kind.startswith("chain") else 1))
        for at in random.choice(len(photos), count, replace=False).tolist():
            make = partial(_made, photos[at], kind, (seed, number, at), grounds)
            questions.append(Question(make, kind, (photos[at].name,), least))
    yield Trial("edge", enrolled, questions)
