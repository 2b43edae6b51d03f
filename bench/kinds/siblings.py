"""A gallery holds the original, the messenger's copy, a light edit, and the next frames of a session: all are enrolled.

Each is asked twice, of the originals alone and of the originals with what lies beside them, in the same edits. A frame
of a session is found where any frame of that session is named.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bench.edits import EDITS
from bench.kinds import Bytes, Question, Trial, jpeg
from bench.photographs import Photograph

_PHOTOS = 14
_OTHERS = 40  # photographs that are not enrolled, to fill sheets with
_SESSIONS, _FRAMES, _ASKED = 4, 24, 4
_SIDE = 1_280

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def again(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(image, quality))).convert("RGB")


def cropped(image: Image.Image, random: np.random.Generator, share: float) -> Image.Image:
    """That share of its area."""
    wide, high = (round(side * share**0.5) for side in image.size)
    left, top = int(random.integers(image.width - wide + 1)), int(random.integers(image.height - high + 1))
    return image.crop((left, top, left + wide, top + high))


def in_an_app(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A screenshot of a phone that shows it whole."""
    shot = Image.new("RGB", (1080, 2220), "black")
    draw = ImageDraw.Draw(shot)
    for at in range(40, 1040, 90):
        draw.text((at, 20), f"{int(random.integers(10, 99))}:{at % 60:02}", fill="white", font_size=34)
        draw.rounded_rectangle((at, 2060, at + 60, 2120), 14, outline="white", width=4)
    shot.paste(ImageOps.pad(image, (1080, 1900), color="black"), (0, 110))
    return shot


COPIES: dict[str, Change] = {
    "messenger": lambda image, _: again(ImageOps.contain(image, (960, 960)), 65),
    "edit": lambda image, _: ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(1.15)).enhance(1.2),
    "crop": lambda image, random: cropped(image, random, 0.6),
    "thumbnail": lambda image, _: again(ImageOps.contain(image, (240, 240)), 80),
    "screenshot": in_an_app,
    "second messenger": lambda image, _: again(again(ImageOps.contain(image, (640, 640)), 50), 60),
    "grey": lambda image, _: ImageOps.grayscale(image).convert("RGB"),
    "small crop": lambda image, random: again(cropped(image, random, 0.45), 75),
    "straightened": lambda image, _: cropped(image.rotate(2, Image.Resampling.BICUBIC), np.random.default_rng(0), 0.85),
}


def sheet(
    image: Image.Image, random: np.random.Generator, others: Sequence[Photograph], columns: int, rows: int
) -> Image.Image:
    side = 1_200 // columns
    made, mine = Image.new("RGB", (1_200, 200 + rows * side), "white"), int(random.integers(columns * rows))
    for at in range(columns * rows):
        panel = image if at == mine else others[int(random.integers(len(others)))].image()
        made.paste(ImageOps.fit(panel, (side - 6, side - 6)), (at % columns * side, 200 + at // columns * side))
    return made


def on_a_page(image: Image.Image, random: np.random.Generator) -> Image.Image:
    page = Image.new("RGB", (1_366, 1_500), "white")
    draw = ImageDraw.Draw(page)
    for line in range(60, 1_450, 34):
        draw.text((480, line), "".join(random.choice(list("aeinorst  ")) for _ in range(48)), "black", font_size=20)
    page.paste(ImageOps.contain(image, (342, 600)), (60, 300))
    return page


def moved(image: Image.Image, random: np.random.Generator, others: Sequence[Photograph]) -> Image.Image:
    ground = ImageOps.fit(others[int(random.integers(len(others)))].image(), image.size)
    wide, high = image.size
    ground.paste(image.crop((wide // 5, high // 5, wide * 4 // 5, high * 4 // 5)), (wide // 8, high // 8))
    return ground


def changes(others: Sequence[Photograph]) -> dict[str, Change]:
    pictures = [item.image() for item in others[:8]]
    public = {name: EDITS[name][1] for name in ("crop70", "app", "tilt", "caption", "collage3", "mirror")}
    return {
        "sheet 3 x 4": lambda image, random: sheet(image, random, others, 3, 4),
        "sheet 4 x 4": lambda image, random: sheet(image, random, others, 4, 4),
        "beside text": on_a_page,
        "cut out": lambda image, random: moved(image, random, others),
        "crop to 12 %": lambda image, random: cropped(image, random, 0.12),
        "messenger twice": COPIES["second messenger"],
        **{name: (lambda image, random, edit=edit: edit(image, random, pictures)) for name, edit in public.items()},
    }


def session(room: Image.Image, person: Image.Image, seed: int) -> Iterator[tuple[str, Bytes]]:
    """The same room and person, in another place each time, by a camera that is held in the hand."""
    for number in range(_FRAMES):
        yield f"{number:02}", partial(_frame, room, person, seed, number)


def _frame(room: Image.Image, person: Image.Image, seed: int, number: int) -> bytes:
    random = np.random.default_rng((seed, number))
    ground = ImageOps.fit(room, (_SIDE, _SIDE * 3 // 4))
    high = int(ground.height * random.uniform(0.6, 0.75))
    figure = ImageOps.fit(person, (high * 2 // 3, high)).rotate(random.uniform(-8, 8), Image.Resampling.BICUBIC)
    mask = Image.new("L", figure.size)
    ImageDraw.Draw(mask).ellipse((10, 10, figure.width - 10, figure.height - 10), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(6))
    place = (
        int(random.integers(ground.width - figure.width)),
        int(random.integers(ground.height - high // 2, ground.height) - high // 2),
    )
    ground.paste(figure, place, mask)
    corners = [(0, 0), (0, ground.height), ground.size, (ground.width, 0)]
    shaken = [
        side + float(random.uniform(0, 0.07)) * (1 if side == 0 else -1) * ground.width for xy in corners for side in xy
    ]
    frame = ground.transform(ground.size, Image.Transform.QUAD, shaken, Image.Resampling.BICUBIC)
    noise = random.normal(0, 3, (frame.height, frame.width, 3))
    frame = Image.fromarray((np.asarray(frame) + noise).clip(0, 255).astype(np.uint8))
    return jpeg(ImageEnhance.Brightness(frame).enhance(float(random.uniform(0.9, 1.1))), 88)


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    random = np.random.default_rng(seed)
    order = [photographs[at] for at in random.permutation(len(photographs))]
    mine, others = order[:_PHOTOS], order[_PHOTOS : _PHOTOS + _OTHERS]
    edits = changes(others)
    originals = {item.name: _original(item) for item in mine}
    asked = [
        Question(
            partial(_asked, make, edit, seed, number), name, (item.name, *(f"{item.name} {copy}" for copy in COPIES))
        )
        for number, item in enumerate(mine)
        for name, edit in edits.items()
        for make in [_original(item)]
    ]
    yield Trial("originals alone", originals, asked)
    for count in (1, 3, 9):
        enrolled = dict[str, Bytes]()
        for number, item in enumerate(mine):
            ways = (
                list(COPIES.items()) if count == 9 else [list(COPIES.items())[(number + at) % 9] for at in range(count)]
            )
            beside = {f"{item.name} {name}": _copy(item, change, seed, number) for name, change in ways}
            # the original comes last for every second photo
            together = {item.name: _original(item), **beside} if number % 2 else {**beside, item.name: _original(item)}
            enrolled |= together
        yield Trial(f"with {count} near copies", enrolled, asked)
    yield from _of_sessions(others[-2 * _SESSIONS :], originals, edits, seed)


def _of_sessions(
    scenes: Sequence[Photograph], originals: dict[str, Bytes], edits: dict[str, Change], seed: int
) -> Iterator[Trial]:
    one, every = dict(originals), dict(originals)
    asked = []
    for number in range(_SESSIONS):
        room, person = scenes[2 * number].image(), scenes[2 * number + 1].image()
        frames = {f"session {number} {name}": make for name, make in session(room, person, seed + number)}
        every |= frames
        for name in list(frames)[_FRAMES // _ASKED - 1 :: _FRAMES // _ASKED]:
            one[name] = frames[name]
            asked += [
                Question(partial(_asked, frames[name], edit, seed, number), f"session: {kind}", tuple(frames))
                for kind, edit in edits.items()
            ]
    yield Trial("the frames asked alone", one, asked)
    yield Trial("with all frames of the session", every, asked)


def _original(item: Photograph) -> Bytes:
    return lambda: jpeg(ImageOps.contain(item.image(), (_SIDE, _SIDE)), 92)


def _copy(item: Photograph, change: Change, seed: int, number: int) -> Bytes:
    return lambda: jpeg(change(opened(_original(item)()), np.random.default_rng((seed, number))), 85)


def _asked(make: Bytes, edit: Change, seed: int, number: int) -> bytes:
    return jpeg(edit(opened(make()), np.random.default_rng((seed, number, 1))), 80)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")
