"""Screens of apps that do not exist: each is drawn from a number that fixes the app (bars, colours, icons, wallpaper)
and a random that fills it. With a picture it shows that picture. Each: (app, random, picture or None) -> image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from bench.drawn import font, says, shade, within

Random = np.random.Generator
Shown = Image.Image | None
Screen = Callable[[int, Random, Shown], Image.Image]
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class App:
    """What is the same on every screen of it."""

    def __init__(self, number: int) -> None:
        self.fixed = np.random.default_rng((number, 77))
        self.dark = self.fixed.random() < 0.4
        self.accent = shade(self.fixed, 30, 220)
        self.ground = shade(self.fixed, 10, 40) if self.dark else shade(self.fixed, 225)
        self.ink = (235, 235, 235) if self.dark else (25, 25, 25)
        self.quiet = (120, 120, 125)
        self.name = says(self.fixed, 1).title()
        self.size = (within(self.fixed, 520, 640), within(self.fixed, 1040, 1300))

    def screen(self, random: Random) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        image = Image.new("RGB", self.size, self.ground)
        draw, width = ImageDraw.Draw(image), self.size[0]
        draw.rectangle((0, 0, width, 96), fill=self.accent)
        draw.text((20, 8), f"{within(random, 0, 24):02}:{within(random, 0, 60):02}", font=font(18), fill="white")
        draw.rectangle((width - 56, 10, width - 20, 24), outline="white", width=2)
        draw.text((70, 44), self.name, font=font(30), fill="white")
        draw.polygon([(22, 62), (46, 44), (46, 80)], fill="white")
        return image, draw

    def tabs(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        draw.rectangle((0, height - 84, width, height), fill=self.ground, outline=self.quiet)
        for place in range(5):
            x, kind = (place + 0.5) * width / 5, within(self.fixed, 0, 3)
            box = (x - 18, height - 62, x + 18, height - 26)
            if kind == 0:
                draw.ellipse(box, outline=self.ink, width=4)
            elif kind == 1:
                draw.rounded_rectangle(box, 8, outline=self.ink, width=4)
            else:
                draw.regular_polygon((x, height - 44, 20), 3 + place, outline=self.ink, width=3)


def _put(image: Image.Image, shown: Shown, box: tuple[int, int, int, int], random: Random) -> None:
    left, top, right, bottom = box
    if shown is None:
        ImageDraw.Draw(image).rectangle(box, fill=shade(random, 40, 230))
        return
    fitted = ImageOps.contain(shown, (right - left, bottom - top))
    image.paste(fitted, (left + (right - left - fitted.width) // 2, top + (bottom - top - fitted.height) // 2))


def chat(number: int, random: Random, shown: Shown) -> Image.Image:
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    for _ in range(120):  # its wallpaper
        x, y, size = within(app.fixed, 0, width), within(app.fixed, 96, height), within(app.fixed, 10, 34)
        draw.arc((x, y, x + size, y + size), 0, within(app.fixed, 90, 360), fill=app.quiet, width=2)
    y = 120
    if shown is not None:
        _put(image, shown, (width // 5, y, width - 20, y + 420), random)
        y += 440
    while y < height - 400:
        wide, left = within(random, 160, 420), random.random() < 0.5
        x = 16 if left else width - 16 - wide
        draw.rounded_rectangle((x, y, x + wide, y + 52), 14, fill=app.quiet if left else app.accent)
        draw.text((x + 14, y + 14), says(random, wide // 80), font=font(20), fill="white")
        y += 64
    draw.rectangle((0, height - 330, width, height), fill=(205, 208, 215) if not app.dark else (45, 45, 48))
    for row, keys in enumerate(KEYS):
        each = width / 10
        start = (width - each * len(keys)) / 2
        for at, key in enumerate(keys):
            x = start + at * each
            top = height - 270 + 68 * row
            draw.rounded_rectangle((x + 3, top, x + each - 3, top + 58), 7, fill="white")
            draw.text((x + each / 2, top + 29), key, font=font(26), fill="black", anchor="mm")
    return image


def post(number: int, random: Random, shown: Shown) -> Image.Image:
    """One post of a feed: name, picture, buttons, what others say."""
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    draw.ellipse((16, 112, 72, 168), fill=shade(random, 60, 220))
    draw.text((86, 126), says(random, 2).title(), font=font(24), fill=app.ink)
    _put(image, shown, (0, 184, width, 700), random)
    for at in range(4):
        draw.regular_polygon((40 + 60 * at, 736, 20), 3 + at, outline=app.ink, width=3)
    for y in range(780, height - 110, 38):
        draw.text((20, y), says(random, within(random, 3, 8)), font=font(20), fill=app.ink)
    app.tabs(draw)
    return image


def feed(number: int, random: Random, shown: Shown) -> Image.Image:
    """A list: small pictures at the left, two lines each."""
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    for row, y in enumerate(range(110, height - 170, 104)):
        _put(image, shown if row == 1 else None, (16, y, 100, y + 84), random)
        draw.text((118, y + 10), says(random, 3).title(), font=font(23), fill=app.ink)
        draw.text((118, y + 46), says(random, 5), font=font(18), fill=app.quiet)
        draw.line((16, y + 96, width, y + 96), fill=app.quiet)
    app.tabs(draw)
    return image


def profile(number: int, random: Random, shown: Shown) -> Image.Image:
    """A round portrait, three numbers, a grid."""
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    draw.ellipse((24, 116, 164, 256), fill=shade(random, 60, 220))
    for at in range(3):
        draw.text((230 + 105 * at, 160), str(within(random, 1, 9999)), font=font(26), fill=app.ink, anchor="mm")
        draw.text((230 + 105 * at, 195), says(app.fixed, 1), font=font(17), fill=app.quiet, anchor="mm")
    draw.rounded_rectangle((190, 214, width - 24, 258), 10, fill=app.accent)
    each = width // 3
    for place in range(3 * ((height - 370) // each)):
        x, y = place % 3 * each, 280 + place // 3 * each
        _put(image, shown if place == 2 else None, (x + 1, y + 1, x + each - 2, y + each - 2), random)
    app.tabs(draw)
    return image


def settings(number: int, random: Random, shown: Shown) -> Image.Image:
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    if shown is not None:
        _put(image, shown, (16, 110, width - 16, 400), random)
    for y in range(110 if shown is None else 420, height - 90, 72):
        draw.text((24, y + 18), says(random, 3).capitalize(), font=font(23), fill=app.ink)
        on = random.random() < 0.5
        draw.rounded_rectangle((width - 84, y + 16, width - 24, y + 48), 16, fill=app.accent if on else app.quiet)
        x = width - 54 if on else width - 82
        draw.ellipse((x, y + 18, x + 28, y + 46), fill="white")
        draw.line((24, y + 70, width, y + 70), fill=app.quiet)
    return image


def form(number: int, random: Random, shown: Shown) -> Image.Image:
    """Log in, sign up, pay."""
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    _put(image, shown, (width // 2 - 130, 140, width // 2 + 130, 320), app.fixed)
    for y in range(350, within(random, 480, height - 200), 92):
        draw.text((40, y), says(random, 2).capitalize(), font=font(19), fill=app.quiet)
        draw.rounded_rectangle((36, y + 26, width - 36, y + 72), 8, outline=app.quiet, width=2)
    draw.rounded_rectangle((36, height - 190, width - 36, height - 130), 12, fill=app.accent)
    draw.text((width / 2, height - 160), says(app.fixed, 2).title(), font=font(26), fill="white", anchor="mm")
    return image


def player(number: int, random: Random, shown: Shown) -> Image.Image:
    """A video with its buttons, others below."""
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    _put(image, shown, (0, 96, width, 430), random)
    draw.polygon([(width / 2 - 26, 230), (width / 2 - 26, 300), (width / 2 + 34, 265)], fill="white")
    at = random.uniform(0.1, 0.9) * width
    draw.rectangle((0, 424, width, 430), fill=app.quiet)
    draw.rectangle((0, 424, at, 430), fill=app.accent)
    draw.ellipse((at - 9, 418, at + 9, 436), fill=app.accent)
    draw.text((20, 450), says(random, 5).capitalize(), font=font(26), fill=app.ink)
    for y in range(520, height - 110, 124):
        _put(image, None, (16, y, 206, y + 108), random)
        draw.text((222, y + 12), says(random, 3).capitalize(), font=font(21), fill=app.ink)
        draw.text((222, y + 48), says(random, 2), font=font(17), fill=app.quiet)
    return image


def desktop(number: int, random: Random, shown: Shown) -> Image.Image:
    """Windows over each other, a bar of symbols."""
    app = App(number)
    image = Image.new("RGB", (1180, 760), app.accent)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 724, 1180, 760), fill=(30, 30, 36))
    for at in range(10):
        draw.regular_polygon((30 + 46 * at, 742, 13), 3 + within(app.fixed, 0, 5), fill=shade(app.fixed, 80))
    for window in range(within(random, 1, 4)):
        x, y = within(random, 20, 480), within(random, 20, 260)
        wide, high = within(random, 380, 680), within(random, 260, 440)
        draw.rectangle((x, y, x + wide, y + high), fill=app.ground, outline=app.quiet)
        draw.rectangle((x, y, x + wide, y + 32), fill=app.quiet)
        for at in range(3):
            draw.ellipse((x + wide - 28 - 26 * at, y + 8, x + wide - 12 - 26 * at, y + 24), fill="white")
        if window == 0 and shown is not None:
            _put(image, shown, (x + 10, y + 42, x + wide - 10, y + high - 10), random)
            continue
        for row in range(y + 48, y + high - 24, 26):
            draw.text((x + 16, row), says(random, wide // 90), font=font(17), fill=app.ink)
    return image


def shop(number: int, random: Random, shown: Shown) -> Image.Image:
    """Goods in two columns, with prices."""
    app = App(number)
    image, draw = app.screen(random)
    width, height = app.size
    each = width // 2
    for place in range(2 * ((height - 190) // 340)):
        x, y = place % 2 * each, 110 + place // 2 * 340
        _put(image, shown if place == 0 else None, (x + 10, y, x + each - 10, y + 240), random)
        draw.text((x + 14, y + 250), says(random, 2).title(), font=font(20), fill=app.ink)
        draw.text((x + 14, y + 280), f"{random.uniform(1, 99):.2f}", font=font(24), fill=app.accent)
    app.tabs(draw)
    return image


def game(number: int, random: Random, shown: Shown) -> Image.Image:
    """Coloured stones on a board, points above."""
    app = App(number)
    image, draw = app.screen(random)
    many, width = within(app.fixed, 6, 10), app.size[0]
    colours, each = [shade(app.fixed, 40) for _ in range(5)], (width - 40) / many
    draw.text((width / 2, 150), str(within(random, 100, 99999)), font=font(48), fill=app.ink, anchor="mm")
    for place in range(many * many):
        x, y, stone = 20 + place % many * each, 230 + place // many * each, within(random, 0, 5)
        draw.rectangle((x, y, x + each, y + each), outline=app.quiet)
        draw.regular_polygon((x + each / 2, y + each / 2, each * 0.38), 3 + stone, fill=colours[stone])
    return image


SCREENS: tuple[Screen, ...] = (chat, post, feed, profile, settings, form, player, desktop, shop, game)
