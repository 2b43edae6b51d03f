"""Five thousand strangers of many sorts asked of all that people enrol together: none may alert, and hardly any may go
to the review.

Enrolled: photographs, smooth and low-texture pictures, screenshots of apps, copies with a site's stamp, memes,
photographs of a room. Asked: drawings, cartoons, pages, memes, screens (of other apps, and of those that are enrolled),
maps and charts, smooth pictures, other photographs and edits of them, other photographs of an enrolled scene, sheets,
strips and animations of strangers, and pictures made to carry an enrolled photo's hash.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from bench import drawn, soft
from bench.drawn import font, says, shade, within
from bench.edits import EDITS
from bench.hybrids import WAYS, grey
from bench.hybrids import jpeg as grey_jpeg
from bench.kinds import Bytes, Question, Trial, jpeg, png
from bench.photographs import Photograph
from bench.pictures import LOW_TEXTURE, clouds
from bench.screens import SCREENS

Random = np.random.Generator
# a forgery, and cameras beside each other: what is of one moment is no other photograph
ONE_MOMENT = ("opencv-ela", "opencv-chessboard", "opencv-aloe", "opencv-leuven")
SHOWS_ANOTHER = tuple(way for way in WAYS if way.startswith(("signs", "least change")))
APPS, STAMPS = range(0, 10), range(0, 3)  # those of which something is enrolled
# how many of each are asked
DRAWN, SOFT, LOW, NEW_APPS, SAME_APP, STAMPED, MEMES = 300, 100, 40, 60, 30, 150, 200
EDITED, SAME_ROOM, SHEETS, STRIPS, ANIMATIONS, HYBRIDS = 900, 300, 120, 40, 60, 30


def small(photo: Photograph, side: int = 1000) -> Image.Image:
    return ImageOps.contain(photo.image(), (side, side))


@lru_cache(maxsize=512)
def panel(photo: Photograph) -> Image.Image:
    return ImageOps.fit(small(photo, 480), (270, 270))


def stamped(image: Image.Image, number: int) -> Image.Image:
    """A site's stamp, always the same, in a corner or right across."""
    fixed = np.random.default_rng((number, 78))
    mark = Image.new("RGB", (600, 170), shade(fixed))
    draw = ImageDraw.Draw(mark)
    draw.ellipse((14, 20, 144, 150), fill="white")
    draw.regular_polygon((79, 85, 44), 3 + number, fill=shade(fixed, 0, 160))
    draw.text((160, 22), says(fixed, 1).upper() + says(fixed, 1).upper(), font=font(72), fill="white")
    draw.text((164, 122), says(fixed, 5), font=font(28), fill="white")
    image = ImageOps.contain(image, (1000, 1000))
    wide = int(image.width * fixed.uniform(0.45, 0.7))
    mark = mark.resize((wide, wide * 170 // 600))
    image.paste(mark, (image.width - wide - 8, (image.height - mark.height - 8) if number % 2 else 8))
    return image


def meme(image: Image.Image, random: Random) -> Image.Image:
    image = ImageOps.contain(image, (800, 800))
    lines = says(random, 4).upper(), says(random, 4).upper()
    if random.random() < 0.4:  # white bar above
        out = Image.new("RGB", (image.width, image.height + 110), "white")
        out.paste(image, (0, 110))
        for row, line in enumerate(lines):
            ImageDraw.Draw(out).text((14, 12 + 46 * row), line.lower(), font=font(34), fill="black")
        return out
    out = image.copy()
    for at, line in zip((0.1, 0.9), lines, strict=True):
        draw, middle = ImageDraw.Draw(out), (out.width / 2, at * out.height)
        draw.text(
            middle, line, font=font(out.width // 14), fill="white", anchor="mm", stroke_width=3, stroke_fill="black"
        )
    return out


@lru_cache(maxsize=512)
def _thing(seed: int, number: int, at: int) -> Image.Image:
    """A picture on the wall, a book, a page: what stands in that room."""
    random = np.random.default_rng((seed, 7, number, at))
    return (drawn.shapes(random) if at % 2 else drawn.page(random)).resize((400, 400))


@lru_cache(maxsize=32)
def _wall(seed: int, number: int) -> Image.Image:
    fixed = np.random.default_rng((seed, 5, number))
    surface = (128 + 90 * clouds(fixed, 900, 1300, 9, 0.75, 6)).clip(0, 255)[..., None] * fixed.uniform(0.6, 1, 3)
    return Image.fromarray(surface.astype(np.uint8))


def room(seed: int, number: int, visit: int) -> Image.Image:
    """The same room photographed another day, from elsewhere: what is near moves more than what is far, the light is
    another, and another thing stands in the middle. visit 0 is the enrolled one."""
    fixed, random = np.random.default_rng((seed, 8, number)), np.random.default_rng((seed, 6, number, visit))
    width, height = 1000, 750
    aside = 0.0 if visit == 0 else float(random.choice((-1, 1)) * random.uniform(0.15, 0.5))
    nearer = 1.0 if visit == 0 else float(random.uniform(0.8, 1.3))
    wide, left = 1000 / nearer**0.4, 150 + 200 * aside
    image = _wall(seed, number).transform(
        (width, height), Image.Transform.EXTENT, (left, 60, left + wide, 60 + 0.75 * wide), Image.Resampling.BICUBIC
    )
    for at in range(18):
        depth = fixed.uniform(0.25, 1)  # 1: near
        grown = nearer ** (0.4 + depth)
        x = (fixed.uniform(-0.1, 1.1) - 0.5 - aside * depth * 0.6) * grown + 0.5
        y, size = (fixed.uniform(0.1, 0.95) - 0.5) * grown + 0.5, fixed.uniform(0.05, 0.2) * grown
        side = max(8, int(2 * size * width)), max(8, int(2 * size * height))
        image.paste(_thing(seed, number, at).resize(side), (int((x - size) * width), int((y - size) * height)))
    subject = drawn.shapes(random).resize((within(random, 240, 420), within(random, 300, 600)))
    image.paste(subject, (within(random, 200, 500), height - subject.height))
    lit = np.asarray(image, np.float64) * random.uniform(0.75, 1.2) + random.normal(0, 3, (height, width, 1))
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


def sheet(random: Random, photos: Sequence[Photograph]) -> Image.Image:
    across, down, side = within(random, 2, 7), within(random, 2, 7), within(random, 120, 260)
    out = Image.new("RGB", (across * side, down * side), shade(random))
    for place in range(across * down):
        shown = panel(photos[within(random, 0, len(photos))]).resize((side - 6, side - 6))
        out.paste(shown, (place % across * side + 3, place // across * side + 3))
    return out


def strip(random: Random, photos: Sequence[Photograph]) -> Image.Image:
    """Photos below each other, or a conversation too long for a screen."""
    if random.random() < 0.5:
        parts = [SCREENS[0](within(random, 100, 999), random, small(photos[at])) for at in _some(random, photos, 4)]
    else:
        parts = [small(photos[at], 720) for at in _some(random, photos, within(random, 4, 13))]
    out = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        out.paste(part, (0, top))
        top += part.height
    return out


def animation(random: Random, photos: Sequence[Photograph]) -> bytes:
    file = io.BytesIO()
    if random.random() < 0.5:
        frames = [panel(photos[at]) for at in _some(random, photos, within(random, 3, 13))]
    else:  # the camera moves over one
        wide = ImageOps.fit(small(photos[within(random, 0, len(photos))], 640), (560, 380))
        frames = [wide.crop((x, x // 3, x + 360, x // 3 + 270)) for x in range(0, 200, 25)]
    kind = "GIF" if random.random() < 0.6 else "WEBP"
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=200, method=0)
    return file.getvalue()


def _some(random: Random, photos: Sequence[Photograph], count: int) -> list[int]:
    return random.choice(len(photos), count, replace=len(photos) < count).tolist()


def _saved(image: Image.Image, random: Random) -> bytes:
    if random.random() < 0.1:
        return png(image)
    if random.random() < 0.2:
        image = ImageOps.contain(image, (int(random.integers(240, 640)),) * 2)
    return jpeg(image, within(random, 45, 93))


class Made:
    """Every question is made from the seed, its sort and its number alone."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.questions: list[Question] = []

    def random(self, sort: str, number: int) -> Random:
        return np.random.default_rng((self.seed, *sort.encode(), number))

    def ask(self, sort: str, count: int, make: Callable[[Random, int], Image.Image | bytes]) -> None:
        self.questions += [Question(partial(self._make, sort, number, make), sort) for number in range(count)]

    def _make(self, sort: str, number: int, make: Callable[[Random, int], Image.Image | bytes]) -> bytes:
        random = self.random(sort, number)
        made = make(random, number)
        return made if isinstance(made, bytes) else _saved(made, random)


@dataclass(frozen=True)
class Parts:
    """Of the photographs: the scene decides, so that no stranger shows a scene that is enrolled, but for the partners.
    framed: inside an enrolled screen, stamped copy or meme. partners: other photographs of an enrolled scene."""

    enrolled: list[Photograph]
    framed: list[Photograph]
    strangers: list[Photograph]
    partners: list[Photograph]


def split(photographs: Sequence[Photograph], seed: int) -> Parts:
    scenes = sorted({photo.scene for photo in photographs})
    mixed = np.random.default_rng((seed, 4)).permutation(scenes).tolist()
    enrolled, framed = int(0.4 * len(scenes)), int(0.6 * len(scenes))
    group = {scene: (at >= enrolled) + (at >= framed) for at, scene in enumerate(mixed)}
    parts: tuple[dict[str, Photograph], ...] = ({}, {}, {})
    partners = list[Photograph]()
    for photo in photographs:
        known = parts[group[photo.scene]]
        if photo.scene not in known:
            known[photo.scene] = photo
        elif group[photo.scene] == 0 and photo.scene not in ONE_MOMENT:
            partners.append(photo)
    return Parts(*([*part.values()] for part in parts), partners)


def enrolled_set(seed: int, parts: Parts) -> dict[str, Bytes]:
    made: dict[str, Callable[[], Image.Image]] = {photo.name: partial(small, photo, 1600) for photo in parts.enrolled}
    framed = parts.framed

    def rng(sort: int, number: int) -> Random:
        return np.random.default_rng((seed, 90, sort, number))

    for number, draw in enumerate((*soft.SORTS, *LOW_TEXTURE.values())):
        for again in range(2):
            made[f"{draw.__name__}{again}"] = lambda d=draw, n=number, a=again: d(rng(n, a))
    for app in APPS:
        made[f"screen of app {app}"] = lambda a=app: SCREENS[a](a, rng(30, a), small(framed[a % len(framed)]))
    for stamp in STAMPS:
        for again in range(3):
            photo = framed[(20 + 3 * stamp + again) % len(framed)]
            made[f"stamped {stamp}, {again}"] = lambda p=photo, s=stamp: stamped(small(p), s)
    for number in range(6):
        made[f"meme {number}"] = lambda n=number: meme(small(framed[(40 + n) % len(framed)]), rng(31, n))
    for number in range(10):
        made[f"room {number}"] = partial(room, seed, number, 0)
    return {name: lambda m=make: jpeg(m(), 90) for name, make in made.items()}


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    parts = split(photographs, seed)
    mine, strangers = parts.enrolled, parts.strangers
    asked = Made(seed)

    def any_photo(random: Random, side: int = 1000) -> Image.Image:
        return small(strangers[within(random, 0, len(strangers))], side)

    for sort, draws in drawn.SORTS.items():
        asked.ask(sort, DRAWN, lambda r, n, d=draws: d[n % len(d)](r))
    for draw in soft.SORTS:
        asked.ask(f"smooth: {draw.__name__.replace('_', ' ')}", SOFT, lambda r, n, d=draw: d(r))
    for name, draw in LOW_TEXTURE.items():
        asked.ask(f"low texture: {name}", LOW, lambda r, n, d=draw: ImageOps.contain(d(r), (800, 800)))
    for screen in SCREENS:
        asked.ask(
            f"another app: {screen.__name__}",
            NEW_APPS,
            lambda r, n, s=screen: s(1000 + n, r, any_photo(r) if n % 2 else None),
        )
    for app in APPS:
        asked.ask(
            f"enrolled app: {SCREENS[app].__name__}", SAME_APP, lambda r, n, a=app: SCREENS[a](a, r, any_photo(r))
        )
    asked.ask("enrolled stamp, another photograph", STAMPED, lambda r, n: stamped(any_photo(r), n % len(STAMPS)))
    asked.ask("memes", MEMES, lambda r, n: meme(any_photo(r), r))
    asked.ask("other photographs", len(strangers), lambda r, n: small(strangers[n]))
    edits = list(EDITS.values())
    others = [small(photo, 800) for photo in strangers[:12]]
    asked.ask("edits of other photographs", EDITED, lambda r, n: edits[n % len(edits)][1](any_photo(r, 700), r, others))
    asked.ask("another photograph of the scene", len(parts.partners), lambda r, n: small(parts.partners[n]))
    asked.ask("another photograph of the room", SAME_ROOM, lambda r, n: room(seed, n % 10, 1 + n))
    asked.ask("contact sheets", SHEETS, lambda r, n: sheet(r, strangers))
    asked.ask("long strips", STRIPS, lambda r, n: strip(r, strangers))
    asked.ask("animations", ANIMATIONS, lambda r, n: animation(r, strangers))
    enrolled = enrolled_set(seed, parts)
    yield Trial("strangers", enrolled, asked.questions)
    forged = Made(seed)  # apart, since these are for the review: what hashes say is doubted, and not nothing
    for way in SHOWS_ANOTHER:
        forged.ask(
            way,
            HYBRIDS,
            lambda r, n, w=way: grey_jpeg(WAYS[w](grey(mine[within(r, 0, len(mine))].image()), grey(any_photo(r)))),
        )
    yield Trial("made to carry a hash", enrolled, forged.questions)
