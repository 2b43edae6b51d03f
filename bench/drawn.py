"""Pictures that were never photographs: drawings, cartoons, pages of text, memes' cards, charts, maps. From a seed;
they show nothing and nobody. Each: random -> image."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Random = np.random.Generator
Draw = Callable[[Random], Image.Image]
SAID = (
    "ok yes no where are you tonight call him back please why never stop look at this one more time before it goes "
    "market river letter window orange seven quickly under Tuesday report of the and for with about into over price "
    "garden open closed free new best page chapter figure result total account message settings profile share"
).split()


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def says(random: Random, count: int) -> str:
    return " ".join(random.choice(SAID, max(1, count)))


def shade(random: Random, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in random.integers(low, high, 3))
    return red, green, blue


def within(random: Random, low: float, high: float) -> int:
    return int(random.integers(int(low), max(int(low) + 1, int(high))))


def sheet(random: Random, low: int = 225) -> tuple[Image.Image, ImageDraw.ImageDraw, int, int]:
    width, height = within(random, 520, 1100), within(random, 520, 1100)
    image = Image.new("RGB", (width, height), shade(random, low))
    return image, ImageDraw.Draw(image), width, height


def sketch(random: Random) -> Image.Image:
    """Pencil lines that wander."""
    image, draw, width, height = sheet(random, 235)
    ink = shade(random, 0, 110)
    for _ in range(within(random, 8, 40)):
        steps = random.normal(0, random.uniform(4, 26), (within(random, 5, 60), 2)).cumsum(0)
        line = steps + np.array([random.uniform(0, width), random.uniform(0, height)])
        draw.line([tuple(point) for point in line.tolist()], fill=ink, width=within(random, 1, 6), joint="curve")
    return image


def shapes(random: Random) -> Image.Image:
    """Flat colours, as a poster or a logo."""
    image, draw, width, height = sheet(random, within(random, 20, 230))
    for _ in range(within(random, 3, 40)):
        x, y, size = random.uniform(0, width), random.uniform(0, height), random.uniform(20, width / 2.5)
        kind, fill = within(random, 0, 4), shade(random)
        if kind == 0:
            draw.ellipse((x, y, x + size, y + size * random.uniform(0.4, 1.4)), fill=fill)
        elif kind == 1:
            draw.rectangle((x, y, x + size, y + size * random.uniform(0.2, 1.4)), fill=fill)
        elif kind == 2:
            draw.regular_polygon((x, y, size / 2), within(random, 3, 9), within(random, 0, 360), fill=fill)
        else:
            draw.arc((x, y, x + size, y + size), 0, within(random, 60, 360), fill=fill, width=within(random, 3, 30))
    return image


def _face(draw: ImageDraw.ImageDraw, random: Random, x: float, y: float, size: float) -> None:
    outline, line = (20, 20, 20), max(2, int(size / 40))
    draw.ellipse((x - size, y - size * 1.2, x + size, y + size * 1.2), shade(random, 120), outline, line)
    gap, eye = size * random.uniform(0.3, 0.5), size * random.uniform(0.1, 0.24)
    for side in (-1, 1):
        middle = x + side * gap
        draw.ellipse((middle - eye, y - 1.6 * eye, middle + eye, y + eye), "white", outline, line)
        draw.ellipse((middle - eye / 3, y - eye / 2, middle + eye / 3, y + eye / 2), outline)
    wide = size * random.uniform(0.3, 0.6)
    mouth = (x - wide, y + size * 0.3, x + wide, y + size * random.uniform(0.6, 0.9))
    draw.arc(mouth, *((0, 180) if random.random() < 0.7 else (180, 360)), fill=outline, width=line * 2)
    for turn in np.linspace(200, 340, within(random, 3, 14)):
        reach, angle = size * random.uniform(1.3, 1.7), np.radians(turn)
        away = (x + reach * np.cos(angle), y + reach * np.sin(angle))
        draw.line((x + size * np.cos(angle), y + 1.2 * size * np.sin(angle), *away), fill=outline, width=line * 2)


def cartoon(random: Random) -> Image.Image:
    """Panels with drawn heads and what they say."""
    image, _, width, height = sheet(random, 240)
    across, down = within(random, 1, 4), within(random, 1, 4)
    wide, high = width // across, height // down
    for number in range(across * down):
        panel = Image.new("RGB", (wide - 12, high - 12), shade(random, 90))
        draw = ImageDraw.Draw(panel)
        draw.rectangle((0, high * random.uniform(0.6, 0.9), wide, high), fill=shade(random))
        for _ in range(within(random, 1, 4)):
            x, y = random.uniform(0.15, 0.85) * wide, random.uniform(0.4, 0.8) * high
            _face(draw, random, x, y, random.uniform(0.08, 0.25) * min(wide, high))
        draw.rounded_rectangle((10, 8, wide * random.uniform(0.5, 0.9), 20 + high / 6), 16, "white", "black", 3)
        draw.text((22, 14), says(random, 4), font=font(max(12, high // 14)), fill="black")
        draw.rectangle((0, 0, wide - 13, high - 13), outline="black", width=4)
        image.paste(panel, (6 + number % across * wide, 6 + number // across * high))
    return image


def page(random: Random) -> Image.Image:
    """A letter, a column of news, a book."""
    image, draw, width, height = sheet(random, 238)
    columns, size = within(random, 1, 4), within(random, 11, 24)
    wide, top = width // columns, 40
    if random.random() < 0.6:
        draw.text((30, 24), says(random, 4).title(), font=font(size * 2), fill="black")
        top += size * 3
    for column in range(columns):
        y = top
        while y < height - 40:
            words = says(random, int((wide - 50) / size / random.uniform(2.2, 4.5)))
            draw.text((25 + column * wide, y), words, font=font(size), fill=(25, 25, 30))
            y += int(size * (1.4 if random.random() < 0.88 else 2.6))
    return image


def code(random: Random) -> Image.Image:
    """An editor or a terminal, dark."""
    image, draw, _width, height = sheet(random, 15)
    image.paste(shade(random, 10, 50), (0, 0, *image.size))
    size, y = within(random, 12, 20), 30
    while y < height - 20:
        x = 50 + size * 2 * within(random, 0, 4)
        draw.text((12, y), str(y // size), font=font(size), fill=(90, 95, 105))
        for _ in range(within(random, 1, 5)):
            word = says(random, 1) + str(random.choice(list("(){}=.:")))
            draw.text((x, y), word, font=font(size), fill=shade(random, 110, 250))
            x += int(size * 0.62 * len(word))
        y += int(size * 1.45)
    return image


def receipt(random: Random) -> Image.Image:
    width, height = within(random, 380, 560), within(random, 800, 1400)
    image = Image.new("RGB", (width, height), shade(random, 230))
    draw, y = ImageDraw.Draw(image), 90
    draw.text((width / 2, 40), says(random, 2).upper(), font=font(34), fill="black", anchor="mm")
    while y < height - 60:
        draw.text((24, y), says(random, 2), font=font(20), fill=(30, 30, 30))
        draw.text((width - 24, y), f"{random.uniform(0, 90):.2f}", font=font(20), fill=(30, 30, 30), anchor="ra")
        y += within(random, 26, 40)
    return image


def quote(random: Random) -> Image.Image:
    """A saying on a shade, as people pass on."""
    image, draw, width, height = sheet(random, 20)
    image.paste(shade(random), (0, 0, *image.size))
    size = within(random, 26, 60)
    for row in range(within(random, 2, 6)):
        at = (width / 2, height * 0.25 + row * size * 1.5)
        draw.text(at, says(random, 4), font=font(size), fill="white", anchor="mm", stroke_width=1, stroke_fill="black")
    return image


def chart(random: Random) -> Image.Image:
    """Bars, lines, points or slices, with axes and a legend."""
    image, draw, width, height = sheet(random, 245)
    left, top, right, bottom = 70, 70, width - 40, height - 70
    kind, many = within(random, 0, 4), within(random, 4, 24)
    draw.text((width / 2, 30), says(random, 4).title(), font=font(26), fill="black", anchor="mm")
    if kind == 3:
        middle, reach, turn = (width / 2, height / 2), 0.35 * min(width, height), 0.0
        box = (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach)
        for part in random.dirichlet(np.ones(within(random, 3, 9))):
            draw.pieslice(box, turn, turn + 360 * part, fill=shade(random), outline="white", width=3)
            turn += 360 * part
        return image
    for level in range(6):
        y = top + (bottom - top) * level / 5
        draw.line((left, y, right, y), fill=(215, 215, 215))
        draw.text((left - 8, y), str(100 - 20 * level), font=font(16), fill="black", anchor="rm")
    x = np.linspace(left, right, many)
    for _ in range(within(random, 1, 4)):
        y = bottom - (bottom - top) * (0.5 + 0.45 * np.tanh(random.normal(0, 0.4, many).cumsum()))
        fill = shade(random, 0, 200)
        if kind == 0:
            for one, other in zip(x, y, strict=True):
                draw.rectangle((one - 200 / many, min(other, bottom - 2), one + 200 / many, bottom), fill=fill)
        elif kind == 1:
            draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=fill, width=within(random, 2, 6))
        else:
            for one, other in random.normal((x[many // 2], y[many // 2]), 60, (80, 2)):
                draw.ellipse((one - 4, other - 4, one + 4, other + 4), fill=fill)
    draw.line((left, top, left, bottom, right, bottom), fill="black", width=2)
    return image


def streets(random: Random) -> Image.Image:
    """A map of a town: blocks, roads, a river, names."""
    image, draw, width, height = sheet(random, 225)
    for _ in range(within(random, 2, 7)):
        x, y = random.uniform(0, width), random.uniform(0, height)
        draw.ellipse((x, y, x + random.uniform(60, 300), y + random.uniform(60, 240)), fill=(190, 225, 175))
    for _ in range(within(random, 10, 34)):
        angle, x, y = random.uniform(0, np.pi), random.uniform(0, width), random.uniform(0, height)
        away = np.array([np.cos(angle), np.sin(angle)]) * (width + height)
        line, wide = (x - away[0], y - away[1], x + away[0], y + away[1]), within(random, 3, 16)
        draw.line(line, fill=(180, 180, 180), width=wide + 3)
        draw.line(line, fill="white" if random.random() < 0.8 else (250, 215, 120), width=wide)
    bend = np.linspace(-20, width + 20, 20)
    river = height * random.uniform(0.2, 0.8) + random.normal(0, 22, 20).cumsum()
    draw.line(list(zip(bend.tolist(), river.tolist(), strict=True)), fill=(165, 205, 240), width=within(random, 14, 50))
    for _ in range(within(random, 6, 24)):
        at = (random.uniform(0, width), random.uniform(0, height))
        draw.text(at, says(random, 2).title(), font=font(within(random, 12, 20)), fill=(70, 70, 70))
    return image


def heights(random: Random) -> Image.Image:
    """Lines of one height, or a map of heat."""
    grid = Image.fromarray(random.normal(0, 1, (within(random, 4, 9), within(random, 4, 9))).astype(np.float32))
    relief = np.asarray(grid.resize((within(random, 500, 900), within(random, 500, 900)), Image.Resampling.BICUBIC))
    if random.random() < 0.5:
        steps = np.floor(relief * random.uniform(3, 8))
        return Image.fromarray(
            np.where((steps % 2 == 0)[..., None], shade(random, 150), shade(random)).astype(np.uint8)
        )
    line = np.abs((relief * random.uniform(3, 9)) % 1 - 0.5) < 0.06
    return Image.fromarray(np.where(line[..., None], shade(random, 40, 140), shade(random, 225)).astype(np.uint8))


def squares(random: Random) -> Image.Image:
    """As a QR code or a crossword."""
    many, size = within(random, 15, 45), within(random, 10, 22)
    dots = (random.random((many, many)) < random.uniform(0.3, 0.6)).astype(np.uint8)
    for row, column in ((0, 0), (0, -7), (-7, 0)):
        block = np.ones((7, 7), np.uint8)
        block[1:6, 1:6], block[2:5, 2:5] = 0, 1
        dots[row : row + 7 or None, column : column + 7 or None] = block
    image = Image.fromarray(255 * (1 - dots)).resize((many * size, many * size), Image.Resampling.NEAREST)
    framed = Image.new("RGB", (image.width + 80, image.height + 80), "white")
    framed.paste(image, (40, 40))
    return framed


def table(random: Random) -> Image.Image:
    """A spreadsheet, a timetable, a calendar."""
    image, draw, width, height = sheet(random, 248)
    wide, high = within(random, 70, 170), within(random, 24, 80)
    for row, y in enumerate(range(0, height, high)):
        for x in range(0, width, wide):
            fill = shade(random, 215) if row == 0 or random.random() < 0.05 else "white"
            draw.rectangle((x, y, x + wide, y + high), fill=fill, outline=(200, 200, 200))
            text = says(random, 1) if row == 0 or random.random() < 0.3 else str(within(random, 0, 9999))
            draw.text((x + 8, y + 5), text, font=font(min(22, high - 8)), fill=(30, 30, 30))
    return image


def staves(random: Random) -> Image.Image:
    """Sheet music."""
    image, draw, width, height = sheet(random, 244)
    for top in range(60, height - 100, within(random, 95, 140)):
        for line in range(5):
            draw.line((30, top + 11 * line, width - 30, top + 11 * line), fill="black")
        for x in range(70, width - 40, within(random, 22, 46)):
            y = top + 5.5 * within(random, -1, 10)
            draw.ellipse((x - 7, y - 5, x + 7, y + 5), fill="black")
            draw.line((x + 6, y, x + 6, y - 36), fill="black", width=2)
    return image


SORTS: dict[str, tuple[Draw, ...]] = {
    "drawings": (sketch, shapes),
    "cartoons": (cartoon,),
    "pages of text": (page, code, receipt, quote),
    "charts, maps, codes": (chart, streets, heights, squares, table, staves),
}
