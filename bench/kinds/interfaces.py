"""What many pictures share: an app's interface, a site's stamp, a meme's caption, a keyboard. The enrolled file has it,
and so have strangers: they must stay silent, and the photo inside must be found as if it had been enrolled alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from bench.kinds import Question, Trial, jpeg
from bench.photographs import Photograph

ENROLLED = (1, 4, 20)
STRANGERS = {1: 70, 4: 70, 20: 60}
ASKED = 8  # photographs of each trial, each in the three ways
PHONE = (1080, 2280)

WORDS = (
    "ok ja hi lol when send me that one yes no never stop please why where are you tonight call him back photo of "
    "work home later see again tomorrow nothing really sure maybe fine good thanks what is this week train late"
).split()
Rng = np.random.Generator
Colour = tuple[int, int, int]
Look = Callable[[Image.Image, Rng], Image.Image]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _says(random: Rng, count: int) -> str:
    return " ".join(WORDS[i] for i in random.integers(0, len(WORDS), count))


def _colour(random: Rng) -> Colour:
    red, green, blue = (int(value) for value in random.integers(50, 230, 3))
    return red, green, blue


def _keyboard(
    d: ImageDraw.ImageDraw, top: int, ground: Colour, key: Colour, ink: Colour, size: tuple[int, int]
) -> None:
    width, height = size
    d.rectangle((0, top, width, height), fill=ground)
    for row, keys in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm")):
        x = (width - 108 * len(keys)) / 2
        for letter in keys:
            y = top + 150 + 135 * row
            d.rounded_rectangle((x + 7, y, x + 101, y + 110), 14, fill=key)
            d.text((x + 54, y + 55), letter, font=_font(50), fill=ink, anchor="mm")
            x += 108


def _bubbles(d: ImageDraw.ImageDraw, random: Rng, y: int, end: int, mine: Colour, theirs: Colour, ink: Colour) -> None:
    while y < end:
        wide, left = int(random.integers(350, 760)), random.random() < 0.5
        x = 40 if left else PHONE[0] - 40 - wide
        d.rounded_rectangle((x, y, x + wide, y + 96), 22, fill=theirs if left else mine)
        d.text((x + 30, y + 24), _says(random, wide // 130), font=_font(40), fill=ink)
        y += 126


def _chat_bar(d: ImageDraw.ImageDraw, random: Rng, ground: Colour) -> None:
    d.rectangle((0, 0, PHONE[0], 220), fill=ground)
    d.text((40, 20), "12:41", font=_font(36), fill="white")
    d.rectangle((980, 24, 1030, 48), outline="white", width=4)
    d.text((240, 120), _says(random, 2).title(), font=_font(48), fill="white")
    d.ellipse((100, 95, 210, 205), fill=_colour(random))
    d.polygon([(30, 150), (70, 115), (70, 185)], fill="white")
    d.rounded_rectangle((850, 125, 920, 175), 8, fill="white")
    d.polygon([(920, 150), (950, 125), (950, 175)], fill="white")


def chat_light(photo: Image.Image, random: Rng) -> Image.Image:
    """Bars, a wallpaper that is the same in every chat, bubbles, one picture, the keyboard."""
    out = Image.new("RGB", PHONE, (229, 221, 213))
    d, drawn = ImageDraw.Draw(out), np.random.default_rng(7)
    for _ in range(260):
        x, y = int(drawn.integers(0, PHONE[0])), int(drawn.integers(0, PHONE[1]))
        side, kind = int(drawn.integers(24, 60)), int(drawn.integers(0, 3))
        shape = d.rectangle if kind else d.ellipse
        shape((x, y, x + side, y + side * (1 if kind else 0.7)), outline=(214, 205, 194), width=4)
    _chat_bar(d, random, (0, 110, 95))
    shown = ImageOps.contain(photo, (620, 900))
    left, top = PHONE[0] - shown.width - 50, 275
    d.rounded_rectangle((left - 20, 260, PHONE[0] - 30, top + shown.height + 15), 22, fill=(220, 248, 198))
    out.paste(shown, (left, top))
    _bubbles(d, random, top + shown.height + 45, 1480, (220, 248, 198), (255, 255, 255), (20, 20, 20))
    _keyboard(d, 1590, (209, 212, 219), (255, 255, 255), (0, 0, 0), PHONE)
    return out


def chat_dark(photo: Image.Image, random: Rng) -> Image.Image:
    """No keyboard; the picture's corners are round, and it stands on the left."""
    out = Image.new("RGB", PHONE, (11, 20, 26))
    d = ImageDraw.Draw(out)
    _chat_bar(d, random, (31, 44, 52))
    y = 260
    _bubbles(d, random, y, y + 126 * int(random.integers(1, 5)), (0, 92, 75), (32, 44, 51), (233, 237, 239))
    y += 126 * 4
    shown = ImageOps.contain(photo, (760, 900))
    mask = Image.new("L", shown.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *shown.size), 30, fill=255)
    out.paste(shown, (40, y), mask)
    _bubbles(d, random, y + shown.height + 30, 2050, (0, 92, 75), (32, 44, 51), (233, 237, 239))
    d.rounded_rectangle((30, 2130, 900, 2240), 55, fill=(32, 44, 51))
    d.text((120, 2155), "Message", font=_font(46), fill=(134, 150, 160))
    d.ellipse((930, 2125, 1050, 2245), fill=(0, 168, 132))
    return out


def story(photo: Image.Image, random: Rng) -> Image.Image:
    """The photo fills the screen; bars, a name, a text of the person's own and the reply field lie over it."""
    out = ImageOps.fit(photo, (1080, 1920))
    d = ImageDraw.Draw(out, "RGBA")
    for part in range(4):
        d.rounded_rectangle(
            (20 + 262 * part, 30, 266 + 262 * part, 38), 4, fill=(255, 255, 255, 230 if part < 2 else 110)
        )
    d.ellipse((30, 70, 130, 170), fill=_colour(random), outline="white", width=5)
    d.text((150, 95), _says(random, 1) + "  4 h", font=_font(42), fill="white")
    d.line((1000, 90, 1050, 140), fill="white", width=6)
    d.line((1050, 90, 1000, 140), fill="white", width=6)
    y = int(random.integers(700, 1400))
    text = _says(random, 4)
    d.rounded_rectangle((540 - 16 * len(text), y, 540 + 16 * len(text), y + 110), 24, fill=(0, 0, 0, 150))
    d.text((540, y + 55), text, font=_font(56), fill="white", anchor="mm")
    screen = Image.new("RGB", (1080, 2160), (0, 0, 0))
    screen.paste(out)
    d = ImageDraw.Draw(screen)
    d.rounded_rectangle((30, 1975, 820, 2085), 55, outline=(170, 170, 170), width=4)
    d.text((80, 2000), "Send message", font=_font(44), fill=(220, 220, 220))
    d.polygon([(950, 1990), (1050, 2030), (950, 2070), (970, 2030)], outline="white", width=5)
    d.ellipse((850, 1990, 930, 2070), outline="white", width=5)
    return screen


def browser(photo: Image.Image, random: Rng) -> Image.Image:
    """A desktop browser: tabs, toolbar, a site's head and side column, the photo between paragraphs."""
    out = Image.new("RGB", (1600, 1100), "white")
    d = ImageDraw.Draw(out)
    d.rectangle((0, 0, 1600, 50), fill=(222, 225, 230))
    d.rounded_rectangle((12, 8, 300, 60), 12, fill="white")
    d.text((40, 16), "Board 7", font=_font(24), fill=(60, 60, 60))
    d.rounded_rectangle((180, 62, 1420, 104), 20, fill=(241, 243, 244))
    d.text((210, 68), "board.example/thread/" + str(random.integers(10_000, 99_999)), font=_font(26), fill=(40, 40, 40))
    for at in range(3):
        d.ellipse((30 + 46 * at, 68, 60 + 46 * at, 98), outline=(90, 90, 90), width=4)
    d.rectangle((0, 110, 1600, 210), fill=(40, 60, 110))
    d.text((60, 125), "FREE BOARD", font=_font(64), fill="white")
    for at, name in enumerate(("Home", "New posts", "Members", "Search")):
        d.text((760 + 200 * at, 145), name, font=_font(32), fill=(220, 225, 240))
    for row in range(9):
        d.rounded_rectangle((1240, 250 + 92 * row, 1560, 326 + 92 * row), 8, fill=(235, 238, 245))
        d.text((1260, 270 + 92 * row), f"Category {row + 1}  topics", font=_font(28), fill=(60, 70, 110))
    for row in range(3):
        d.text((60, 250 + 44 * row), _says(random, 13), font=_font(30), fill=(30, 30, 30))
    shown = ImageOps.contain(photo, (900, 560))
    out.paste(shown, (60, 400))
    for row in range(3):
        d.text((60, 980 + 40 * row), _says(random, 13), font=_font(30), fill=(30, 30, 30))
    return out


def player(photo: Image.Image, random: Rng) -> Image.Image:
    """A video player: black beside the picture, its controls over it, a list below."""
    out = Image.new("RGB", (1280, 1000), (15, 15, 15))
    d = ImageDraw.Draw(out, "RGBA")
    shown = ImageOps.contain(photo, (1280, 720))
    d.rectangle((0, 0, 1280, 720), fill=(0, 0, 0))
    out.paste(shown, ((1280 - shown.width) // 2, (720 - shown.height) // 2))
    d.ellipse((580, 300, 700, 420), fill=(0, 0, 0, 140))
    d.polygon([(620, 330), (620, 390), (672, 360)], fill="white")
    d.rectangle((0, 640, 1280, 720), fill=(0, 0, 0, 120))
    d.rectangle((20, 650, 1260, 656), fill=(200, 200, 200, 200))
    at = int(random.integers(30, 1200))
    d.rectangle((20, 650, at, 656), fill=(230, 30, 40))
    d.ellipse((at - 10, 643, at + 10, 663), fill=(230, 30, 40))
    d.text((40, 670), f"{at // 120}:{at % 60:02} / 10:31", font=_font(30), fill="white")
    d.rectangle((1200, 674, 1240, 704), outline="white", width=4)
    d.text((30, 740), _says(random, 6), font=_font(44), fill="white")
    d.text((30, 800), "12,408 views   subscribe   share   save", font=_font(32), fill=(170, 170, 170))
    d.rounded_rectangle((1000, 790, 1240, 860), 34, fill="white")
    d.text((1040, 803), "Subscribe", font=_font(36), fill="black")
    d.text((30, 880), "Comments", font=_font(36), fill="white")
    d.text((30, 935), _says(random, 11), font=_font(30), fill=(200, 200, 200))
    return out


def gallery(photo: Image.Image, random: Rng) -> Image.Image:
    """A phone's own gallery: the photo on black, a bar above, five symbols below."""
    out = Image.new("RGB", (1080, 2160), "black")
    d = ImageDraw.Draw(out)
    shown = ImageOps.contain(photo, (1080, 1500))
    out.paste(shown, ((1080 - shown.width) // 2, 200 + (1500 - shown.height) // 2))
    d.text((40, 20), "21:07", font=_font(36), fill="white")
    d.line([(70, 100), (40, 130), (70, 160)], fill="white", width=7)
    d.text((540, 130), f"{random.integers(1, 28)} March", font=_font(46), fill="white", anchor="mm")
    for at, name in enumerate(("Share", "Edit", "Heart", "Info", "Delete")):
        x = 120 + 210 * at
        d.ellipse((x - 40, 1960, x + 40, 2040), outline="white", width=6)
        d.rectangle((x - 14, 1985, x + 14, 2015), outline="white", width=5)
        d.text((x, 2085), name, font=_font(32), fill="white", anchor="mm")
    return out


def profile(photo: Image.Image, random: Rng) -> Image.Image:
    """A profile of an app with the newest post below its head."""
    out = Image.new("RGB", (1080, 2160), "white")
    d = ImageDraw.Draw(out)
    d.text((40, 20), "9:30", font=_font(36), fill="black")
    d.text((540, 120), _says(random, 1) + str(random.integers(10, 99)), font=_font(50), fill="black", anchor="mm")
    d.ellipse((40, 190, 280, 430), fill=_colour(random), outline=(230, 60, 120), width=8)
    for at, name in enumerate(("posts", "followers", "following")):
        d.text((430 + 240 * at, 270), str(random.integers(10, 999)), font=_font(52), fill="black", anchor="mm")
        d.text((430 + 240 * at, 330), name, font=_font(36), fill=(90, 90, 90), anchor="mm")
    for at, name in enumerate(("Follow", "Message", "Contact")):
        d.rounded_rectangle(
            (30 + 345 * at, 470, 360 + 345 * at, 550), 16, fill=(0, 149, 246) if not at else (239, 239, 239)
        )
        d.text((195 + 345 * at, 510), name, font=_font(38), fill="white" if not at else "black", anchor="mm")
    shown = ImageOps.contain(photo, (1080, 1250))
    out.paste(shown, ((1080 - shown.width) // 2, 620))
    d.ellipse((40, 1900, 100, 1960), outline="black", width=6)
    d.polygon([(150, 1900), (215, 1900), (170, 1960)], outline="black", width=6)
    d.text((40, 1985), f"{random.integers(10, 99)} likes  {_says(random, 4)}", font=_font(38), fill="black")
    d.line((0, 2050, 1080, 2050), fill=(220, 220, 220), width=3)
    for at in range(5):
        d.rounded_rectangle((90 + 210 * at, 2075, 150 + 210 * at, 2135), 12, outline="black", width=6)
    return out


def _sized(photo: Image.Image, side: int = 1200) -> Image.Image:
    return photo.resize((round(photo.width * side / max(photo.size)), round(photo.height * side / max(photo.size))))


def stamp_corner(photo: Image.Image, random: Rng) -> Image.Image:
    """A leak site's own stamp on every picture, two thirds as wide as it."""
    out = _sized(photo)
    mark = Image.new("RGB", (900, 260), (200, 20, 60))
    d = ImageDraw.Draw(mark)
    d.ellipse((20, 30, 220, 230), fill="white")
    d.polygon([(90, 80), (90, 180), (170, 130)], fill=(200, 20, 60))
    d.text((250, 40), "LEAKBAY", font=_font(120), fill="white")
    d.text((255, 190), "free full sets daily - leakbay.example", font=_font(36), fill=(255, 230, 120))
    wide = int(out.width * 0.65)
    out.paste(mark.resize((wide, wide * 260 // 900)), (out.width - wide - 10, out.height - wide * 260 // 900 - 10))
    return out


def stamp_logo(photo: Image.Image, random: Rng) -> Image.Image:
    """A small logo in the corner above, a third as wide, without a box."""
    out = _sized(photo)
    d = ImageDraw.Draw(out)
    unit = out.width / 1000
    d.ellipse((20 * unit, 20 * unit, 110 * unit, 110 * unit), fill=(255, 160, 0), outline="black", width=4)
    d.text((65 * unit, 65 * unit), "V", font=_font(60 * unit), fill="black", anchor="mm")
    d.text(
        (125 * unit, 25 * unit),
        "viewhub.example",
        font=_font(52 * unit),
        fill="white",
        stroke_width=3,
        stroke_fill="black",
    )
    return out


def stamp_tiled(photo: Image.Image, random: Rng) -> Image.Image:
    """The site's name again and again, across, half seen through."""
    out = _sized(photo).convert("RGBA")
    layer = Image.new("RGBA", (2400, 2400), (255, 255, 255, 0))
    d = ImageDraw.Draw(layer)
    for row in range(12):
        for column in range(6):
            d.text(
                (column * 400 + (row % 2) * 200, row * 200),
                "pix-store.example",
                font=_font(44),
                fill=(255, 255, 255, 110),
            )
    layer = layer.rotate(30).crop((500, 500, 500 + out.width, 500 + out.height))
    return Image.alpha_composite(out, layer).convert("RGB")


def stamp_banner(photo: Image.Image, random: Rng) -> Image.Image:
    """A strip over the lower end, as wide as the picture."""
    out = _sized(photo)
    d = ImageDraw.Draw(out)
    unit, top = out.width / 1000, int(out.height - 0.12 * out.width)
    d.rectangle((0, top, out.width, out.height), fill=(20, 20, 30))
    d.text((20 * unit, top + 12 * unit), "HOTFILES", font=_font(70 * unit), fill=(255, 210, 0))
    d.text((420 * unit, top + 20 * unit), "the largest archive, join free", font=_font(38 * unit), fill="white")
    d.rounded_rectangle((800 * unit, top + 70 * unit, 980 * unit, top + 112 * unit), 10, fill=(220, 0, 0))
    return out


def stamp_across(photo: Image.Image, random: Rng) -> Image.Image:
    """One large name across the middle, seen through."""
    out = _sized(photo).convert("RGBA")
    layer = Image.new("RGBA", (1600, 1600), (255, 255, 255, 0))
    d = ImageDraw.Draw(layer)
    d.text((800, 800), "PREVIEW", font=_font(230), fill=(255, 255, 255, 120), anchor="mm")
    d.text((800, 960), "stock-of-all.example", font=_font(70), fill=(255, 255, 255, 120), anchor="mm")
    layer = layer.rotate(25)
    left, top = 800 - out.width // 2, 800 - out.height // 2
    layer = layer.crop((left, top, left + out.width, top + out.height))
    return Image.alpha_composite(out, layer).convert("RGB")


def meme_over(photo: Image.Image, random: Rng) -> Image.Image:
    """The same two captions on every picture, white with a black edge."""
    out = _sized(photo, 1000)
    d, unit = ImageDraw.Draw(out), out.width / 1000
    for y, anchor, text in ((20 * unit, "ma", "WHEN SHE SAYS"), (out.height - 20 * unit, "md", "IT IS FINE")):
        d.text(
            (out.width / 2, y),
            text,
            font=_font(105 * unit),
            fill="white",
            stroke_width=6,
            stroke_fill="black",
            anchor=anchor,
        )
    return out


def meme_above(photo: Image.Image, random: Rng) -> Image.Image:
    """The same caption in a white strip above every picture, a name below."""
    shown = _sized(photo, 1000)
    unit = shown.width / 1000
    head, foot = int(230 * unit), int(60 * unit)
    out = Image.new("RGB", (shown.width, shown.height + head + foot), "white")
    out.paste(shown, (0, head))
    d = ImageDraw.Draw(out)
    d.text((30 * unit, 25 * unit), "nobody:", font=_font(70 * unit), fill="black")
    d.text((30 * unit, 115 * unit), "me at three in the morning:", font=_font(70 * unit), fill="black")
    d.text(
        (30 * unit, shown.height + head + 6 * unit),
        "memes of the day, number one",
        font=_font(36 * unit),
        fill=(90, 90, 90),
    )
    return out


def keyboard(photo: Image.Image, random: Rng) -> Image.Image:
    """A message is being written under the photo: the dark keyboard takes half of the screen."""
    out = Image.new("RGB", (1080, 1920), (18, 18, 18))
    d = ImageDraw.Draw(out)
    shown = ImageOps.contain(photo, (1000, 780))
    out.paste(shown, ((1080 - shown.width) // 2, 130))
    d.text((40, 20), "Caption", font=_font(46), fill="white")
    d.text((40, 935), _says(random, 5) + "|", font=_font(44), fill="white")
    _keyboard(d, 1020, (40, 40, 42), (90, 90, 95), (255, 255, 255), (1080, 1920))
    for at, key in enumerate(("123", "space", "return")):
        d.rounded_rectangle((20 + 350 * at, 1600, 350 + 350 * at, 1710), 14, fill=(70, 70, 75))
        d.text((185 + 350 * at, 1655), key, font=_font(44), fill="white", anchor="mm")
    return out


LOOKS: dict[str, Look] = {
    look.__name__.replace("_", ", "): look
    for look in (
        chat_light, chat_dark, story, browser, player, gallery, profile, keyboard,
        stamp_corner, stamp_logo, stamp_tiled, stamp_banner, stamp_across, meme_over, meme_above,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Shown:
    """One photograph in one look; as bytes of a JPEG that fits into `within`, where given."""

    photo: Photograph
    look: str
    seed: tuple[int, ...]
    quality: int
    within: tuple[int, int] | None = None

    def __call__(self) -> bytes:
        image = LOOKS[self.look](self.photo.image(), np.random.default_rng(self.seed))
        return jpeg(ImageOps.contain(image, self.within) if self.within else image, self.quality)


def _alone(photo: Photograph) -> bytes:
    return jpeg(ImageOps.contain(photo.image(), (1000, 1000)), 70)


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    order = np.random.default_rng((seed, 3)).permutation(len(photographs)).tolist()
    mixed = [photographs[at] for at in order]
    mine, others = mixed[: max(ENROLLED)], mixed[max(ENROLLED) :]
    names = list(LOOKS)
    for number, look in enumerate(names):
        other = names[(number + 3) % len(names)]
        for count in ENROLLED:
            if len(photographs) < count + 20:  # too few to be strangers
                continue
            kept = mine[:count]
            enrolled = {item.name: _Shown(item, look, (seed, number, at), 88) for at, item in enumerate(kept)}
            questions = [
                Question(
                    _Shown(others[at % len(others)], look, (seed, number, 1000 + at), (85, 60, 40)[at % 3]),
                    f"{look}, strangers",
                )
                for at in range(STRANGERS[count])
            ]
            for at, item in enumerate(kept[:ASKED]):
                right = (item.name,)
                questions += [
                    Question(partial(_alone, item), "the photo alone", right),
                    Question(_Shown(item, look, (seed, number, at), 60, (900, 1400)), "a copy of the file", right),
                    Question(_Shown(item, other, (seed, number, 500 + at), 75), f"the photo in {other}", right),
                ]
            yield Trial(f"{look}, {count} enrolled", enrolled, questions)
