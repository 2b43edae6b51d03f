"""The photo is small in a large picture: contact sheets, strips, long screenshots, profiles, results, previews.

Asked with 36 enrolled, and with 1,000 (crops of photographs that are in no sheet): what is found must hardly depend on
how many there are. Each sort has strangers too: the same picture without the photo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bench.kinds import Question, Trial, jpeg, png
from bench.photographs import Photograph

ENROLLED, MANY, ASKED = 36, 1_000, 12  # ASKED: of each strength, and as many strangers
GROUNDS = ((20, 20, 20), (255, 255, 255), (0, 0, 0), (229, 221, 213), (40, 60, 90), (128, 128, 128))
WORDS = "and then we went down to the river where it was warm until the evening came again".split()
ONE_BOARD = ("opencv-left", "opencv-right", "opencv-ela")  # one board on many photographs, and one photograph twice

Rng = np.random.Generator
Others = Callable[[], Image.Image]  # a photograph that nobody enrolled
Mine = Image.Image | None  # None: of a stranger


def sheet(
    mine: Mine, others: Others, random: Rng, across: int, down: int, width: int = 0, gap: int = -1, captions: int = -1
) -> Image.Image:
    """gap, captions: -1 for any."""
    width = width or int(random.integers(max(1_200, 160 * across), 2_401))
    gap = int(random.choice((0, 1, 2, 4, 6, 10, 16))) if gap < 0 else gap
    written = (0, 0, 24)[int(random.integers(3))] if captions < 0 else captions
    cell = (width - (across + 1) * gap) // across
    high = cell * int(random.choice((2, 3, 4))) // (4 if random.random() < 0.5 else 3)
    high = max(150, min(high, cell * 4 // 3))
    head = int(random.choice((0, 60)))
    out = Image.new("RGB", (width, head + down * (high + gap + written) + gap), GROUNDS[int(random.integers(6))])
    fit = ImageOps.contain if random.random() < 0.5 else ImageOps.cover
    draw, place = ImageDraw.Draw(out), int(random.integers(across * down))
    for at in range(across * down):
        left, top = gap + at % across * (cell + gap), head + gap + at // across * (high + gap + written)
        photo = mine if mine is not None and at == place else others()
        shown = _in(photo, cell, high, random) if fit is ImageOps.cover else ImageOps.contain(photo, (cell, high))
        out.paste(shown, (left + (cell - shown.width) // 2, top + (high - shown.height) // 2))
        if written:
            draw.text((left + 4, top + high + 4), _words(random, 3), fill=(128, 128, 128), font_size=15)
    return out


def preview(mine: Mine, others: Others, random: Rng, across: int) -> Image.Image:
    """Of a video: frames of 16 to 9 with the time written on them."""
    cell, gap = 1_600 // across - 6, 6
    high = cell * 9 // 16
    out = Image.new("RGB", (1_600, 110 + across * (high + gap)), (245, 245, 245))
    draw, place = ImageDraw.Draw(out), int(random.integers(across * across))
    draw.text((8, 8), "File: " + _words(random, 4) + "\nSize: 312 MB\nTime: 00:21:44", fill="black", font_size=24)
    for at in range(across * across):
        left, top = gap // 2 + at % across * (cell + gap), 110 + at // across * (high + gap)
        photo = mine if mine is not None and at == place else others()
        frame = ImageOps.pad(photo, (cell, high)) if photo is mine else ImageOps.fit(photo, (cell, high))
        out.paste(frame, (left, top))
        draw.text((left + cell - 90, top + high - 26), f"00:{at:02}:{at * 7 % 60:02}", fill="white", font_size=20)
    return out


def strip(mine: Mine, others: Others, random: Rng, count: int, upright: bool) -> Image.Image:
    side, gap = int(random.integers(500, 1_000)), int(random.choice((0, 0, 4, 20)))
    place = int(random.integers(count))
    photos = [mine if mine is not None and at == place else others() for at in range(count)]
    if upright:
        shown = [photo.resize((side, max(1, side * photo.height // photo.width))) for photo in photos]
        out = Image.new("RGB", (side, sum(photo.height + gap for photo in shown)), GROUNDS[int(random.integers(6))])
    else:
        shown = [photo.resize((max(1, side * photo.width // photo.height), side)) for photo in photos]
        out = Image.new("RGB", (sum(photo.width + gap for photo in shown), side), GROUNDS[int(random.integers(6))])
    at = 0
    for photo in shown:
        out.paste(photo, (0, at) if upright else (at, 0))
        at += (photo.height if upright else photo.width) + gap
    return out


def chat(mine: Mine, others: Others, random: Rng, height: int) -> Image.Image:
    """Every other one on a wallpaper with a pattern; one stranger's photo in it too."""
    width, y = 1_080, 20
    out = Image.new("RGB", (width, height), (229, 221, 213))
    if random.random() < 0.5:
        tile = Image.fromarray(random.integers(200, 235, (60, 60), dtype=np.uint8)).filter(ImageFilter.GaussianBlur(3))
        for top in range(0, height, 60):
            for left in range(0, width, 60):
                out.paste(tile, (left, top))
    draw = ImageDraw.Draw(out)
    pictures = {
        int(at): photo for at, photo in zip(random.uniform(0.1, 0.85, 2) * height, (mine, others()), strict=True)
    }
    while y < height - 130:
        due = [at for at in pictures if at <= y]
        if due:
            photo = pictures.pop(due[0])
            if photo is not None:
                shown = ImageOps.contain(photo, (int(random.integers(560, 760)), 900))
                if y + shown.height > height:
                    break
                out.paste(shown, (width - 40 - shown.width, y))
                y += shown.height + 40
            continue
        wide, left = int(random.integers(300, 700)), random.random() < 0.5
        x = 40 if left else width - 40 - wide
        draw.rounded_rectangle((x, y, x + wide, y + 90), 20, fill="white" if left else (220, 248, 198))
        draw.text((x + 20, y + 24), _words(random, wide // 80), fill="black", font_size=30)
        y += 120
    return out


def profile(mine: Mine, others: Others, random: Rng, across: int) -> Image.Image:
    """Squares cut of the photos' middles, as a phone shows them."""
    width, gap = 1_080, int(random.choice((2, 3, 4, 12)))
    cell, rows = (width - gap * (across - 1)) // across, {3: 4, 4: 5, 5: 6}[across]
    dark = random.random() < 0.4
    out = Image.new("RGB", (width, 2_340), (0, 0, 0) if dark else (255, 255, 255))
    draw, place = ImageDraw.Draw(out), int(random.integers(across * rows))
    draw.ellipse((40, 150, 300, 410), fill=(128, 110, 140))
    draw.text((340, 200), _words(random, 4), fill="white" if dark else "black", font_size=40)
    for at in range(across * rows):
        photo = mine if mine is not None and at == place else others()
        out.paste(ImageOps.fit(photo, (cell, cell)), (at % across * (cell + gap), 640 + at // across * (cell + gap)))
    return out


def beside_text(mine: Mine, others: Others, random: Rng, share: float) -> Image.Image:
    """An article with the photo at that share of its width."""
    width, height = 1_600, 1_200
    out = Image.new("RGB", (width, height), (255, 255, 255))
    draw, top = ImageDraw.Draw(out), int(random.integers(100, 800))
    for y in range(20, height - 20, 26):
        draw.text((20, y), _words(random, 40)[:130], fill=(20, 20, 20), font_size=20)
    shown = mine if mine is not None else others()
    shown = shown.resize((int(share * width), int(share * width) * shown.height // shown.width))
    left = int(random.choice((20, 700, width - shown.width - 20)))
    draw.rectangle((left - 12, top - 12, left + shown.width + 12, top + shown.height + 12), fill="white")
    out.paste(shown, (left, top))
    return out


def results(mine: Mine, others: Others, random: Rng, columns: int, rows: int = 4) -> Image.Image:
    """Of a search: columns of equal width, each photo as high as it is, with words under it."""
    width, gap = 1_500, 14
    cell = width // columns - gap
    out = Image.new("RGB", (width, 160 + rows * cell), (255, 255, 255))
    draw, place, number = ImageDraw.Draw(out), int(random.integers(columns * 2)), 0
    draw.rounded_rectangle((100, 40, 900, 100), 30, outline="gray")
    draw.text((140, 55), _words(random, 4), fill="black", font_size=26)
    for column in range(columns):
        y = 140 + int(random.integers(0, 40))
        while y < out.height:
            photo = mine if mine is not None and number == column * 2 + place % 2 and column == place // 2 else others()
            number = number + 1 if y > 200 else column * 2 + 1
            high = cell * photo.height // photo.width
            if photo is mine and y + high > out.height:
                high = max(1, out.height - y)
                photo = ImageOps.fit(photo, (cell, high))
            out.paste(photo.resize((cell, high)), (gap + column * (cell + gap), y))
            draw.text((gap + column * (cell + gap), y + high + 4), _words(random, 3), fill="black", font_size=16)
            y += high + 44
    return out


def page(mine: Mine, others: Others, random: Rng, height: int) -> Image.Image:
    """A long web page: text, photos of several widths, a column at the side."""
    width, y = 1_280, 140
    out = Image.new("RGB", (width, height), (250, 250, 250))
    draw, place = ImageDraw.Draw(out), random.uniform(0.1, 0.8) * height
    draw.rectangle((0, 0, width, 90), fill=(30, 60, 120))
    while y < height - 700:
        if mine is not None and y >= place:
            photo, place = mine, float("inf")
        elif random.random() < 0.2:
            photo = others()
        else:
            for line in range(int(random.integers(3, 9))):
                draw.text((60, y + 30 * line), _words(random, 12), fill=(30, 30, 30), font_size=20)
            y += 300
            continue
        wide = int(random.choice((240, 400, 800)))
        shown = ImageOps.contain(photo, (wide, 600))
        out.paste(shown, (60, y))
        y += shown.height + 40
    return out


def _in(photo: Image.Image, width: int, height: int, random: Rng) -> Image.Image:
    """Cut to that shape, no more than a third away: sheets of photos that were cut down to a strip are another kind."""
    shape = width / height / (photo.width / photo.height)
    if 0.67 < shape < 1.5:
        return ImageOps.fit(photo, (width, height), centering=(random.uniform(0.3, 0.7), random.uniform(0.3, 0.7)))
    return ImageOps.contain(photo, (width, height))


def _words(random: Rng, count: int) -> str:
    return " ".join(random.choice(WORDS, max(1, count)))


SORTS: dict[str, Callable[[Mine, Others, Rng], Image.Image]] = {
    **{
        f"sheet {a} x {b}": partial(sheet, across=a, down=b)
        for a, b in ((2, 2), (3, 3), (3, 4), (4, 5), (5, 5), (6, 6))
    },
    "sheet 6 x 6, 1,200 px": partial(sheet, across=6, down=6, width=1_200, gap=6),
    "sheet 5 x 5, no gaps": partial(sheet, across=5, down=5, gap=0, captions=0),
    "preview 4 x 4": partial(preview, across=4),
    "preview 5 x 5": partial(preview, across=5),
    "strip of 6": partial(strip, count=6, upright=True),
    "strip of 12": partial(strip, count=12, upright=True),
    "strip of 12, lying": partial(strip, count=12, upright=False),
    "strip of 50": partial(strip, count=50, upright=True),
    "chat, 4,000 px": partial(chat, height=4_000),
    "chat, 8,000 px": partial(chat, height=8_000),
    "chat, 20,000 px": partial(chat, height=20_000),
    "chat, 60,000 px": partial(chat, height=60_000),
    **{f"profile, {n} columns": partial(profile, across=n) for n in (3, 4, 5)},
    "beside text, 20 %": partial(beside_text, share=0.2),
    "beside text, 12 %": partial(beside_text, share=0.12),
    **{f"results, {n} columns": partial(results, columns=n) for n in (4, 6)},
    "web page, 6,000 px": partial(page, height=6_000),
    "web page, 20,000 px": partial(page, height=20_000),
}


def made(sort: str, mine: Photograph | None, others: Sequence[Photograph], seed: Sequence[int]) -> bytes:
    random = np.random.default_rng(seed)
    drawn = iter(random.permutation(np.tile(np.arange(len(others)), 4)).tolist())
    image = SORTS[sort](mine.image() if mine is not None else None, lambda: others[next(drawn)].image(), random)
    too_long = max(image.size) > 65_000  # for a JPEG
    return png(image) if too_long or random.random() < 0.1 else jpeg(image, int(random.integers(72, 92)))


def cropped(photo: Photograph, seed: Sequence[int]) -> bytes:
    """A picture of its own, to fill a large set with."""
    random, image = np.random.default_rng(seed), photo.image()
    width, height = (int(side * random.uniform(0.4, 0.6)) for side in image.size)
    left, top = int(random.integers(image.width - width)), int(random.integers(image.height - height))
    part = image.crop((left, top, left + width, top + height))
    return jpeg(ImageOps.mirror(part) if random.random() < 0.5 else part, 85)


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    alone = [photo for photo in photographs if not photo.name.startswith(ONE_BOARD)]
    drawn = np.random.default_rng(seed).permutation(len(alone))
    photos = [alone[at] for at in drawn.tolist()]
    kept = min(ENROLLED, len(photos) // 3)
    mine, rest = photos[:kept], photos[kept:]
    others, fill = rest[: 2 * len(rest) // 3], rest[2 * len(rest) // 3 :]
    questions = [
        question
        for number, sort in enumerate(SORTS)
        for at in range(ASKED)
        for question in (
            Question(
                partial(made, sort, mine[at * 5 % kept], others, (seed, number, at)), sort, (mine[at * 5 % kept].name,)
            ),
            Question(partial(made, sort, None, others, (seed, number, 1_000 + at)), f"{sort}, strangers"),
        )
    ]
    enrolled = {photo.name: partial(_file, photo) for photo in mine}
    yield Trial(f"large, {kept} enrolled", enrolled, questions)
    filled = {f"fill{at}": partial(cropped, fill[at % len(fill)], (seed, at)) for at in range(MANY - kept)}
    yield Trial(f"large, {MANY:,} enrolled", enrolled | filled, questions)


def _file(photo: Photograph) -> bytes:
    return photo.path.read_bytes()
