"""What many pictures share is no evidence: a site's stamp on the enrolled file and on strangers."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import monitor.demo
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.pictures import framed
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.siblings import shared_points
from monitor.model.fingerprint import Fingerprint, Reference
from monitor.model.match import Match, Tier
from monitor.ports import Detail

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PHOTOS = Path(monitor.demo.__file__).parent / "photos"
MINE = ("owl", "cat", "dog")
STRANGERS = ("horse", "panda", "cow", "sheep")


def opened(name: str) -> Image.Image:
    with Image.open(next(PHOTOS.glob(f"*/{name}.jpg"))) as image:
        photo = image.convert("RGB")
    photo.thumbnail((640, 640))
    return photo


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def stamped(name: str) -> Image.Image:
    """A stamp in a corner, two thirds as wide as the photo."""
    photo = opened(name)
    mark = Image.new("RGB", (600, 180), "#c8143c")
    d = ImageDraw.Draw(mark)
    d.ellipse((14, 20, 150, 156), fill="white")
    d.polygon([(60, 54), (60, 122), (115, 88)], fill="#c8143c")
    d.text((166, 14), "LEAKBAY", font=ImageFont.load_default(90), fill="white")
    d.text((170, 130), "free full sets daily - leakbay.example", font=ImageFont.load_default(24), fill="#ffe678")
    wide = photo.width * 13 // 20
    mark = mark.resize((wide, wide * 180 // 600))
    photo.paste(mark, (photo.width - wide - 8, photo.height - mark.height - 8))
    return photo


@cache
def print_of(name: str) -> Fingerprint:
    return fingerprint_photo(jpeg(stamped(name)), features=True)


@cache
def matcher(count: int) -> PhotoMatcher:
    return PhotoMatcher([Reference(name, "default", name, print_of(name), NOW) for name in MINE[:count]])


def answer(count: int, image: Image.Image) -> Match:
    return matcher(count).full(read_image(jpeg(image, 60), detail=Detail.FEATURES))


@pytest.mark.rows(2)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_with_the_stamp_that_several_have_is_no_match(name: str) -> None:
    assert answer(3, stamped(name)).tier is not Tier.MATCH


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_with_the_stamp_of_the_only_file_is_no_match(name: str) -> None:
    assert answer(1, stamped(name)).tier is Tier.NONE


def barred(name: str) -> Image.Image:
    """The middle of the stamped file is black: only its border is left."""
    photo = stamped(name)
    wide, high = photo.size
    photo.paste("black", (wide // 8, high // 8, wide * 7 // 8, high * 7 // 8))
    return photo


@pytest.mark.parametrize(
    ("count", "name", "look"),
    [
        pytest.param(3, "cat", opened, id="the photo without the stamp"),
        pytest.param(3, "cat", stamped, id="a copy of the file"),
        pytest.param(3, "cat", barred, id="barred"),
        pytest.param(1, "owl", opened, id="without the stamp, of the only file"),
        pytest.param(1, "owl", stamped, id="a copy of the only file"),
    ],
)
def test_what_has_the_stamp_is_found_as_before(count: int, name: str, look: Callable[[str], Image.Image]) -> None:
    found = answer(count, look(name))
    assert (found.tier, found.label) == (Tier.MATCH, name)


def test_the_points_on_the_stamp_are_shared() -> None:
    photo = framed(print_of("owl"))
    rows = shared_points(photo, framed(print_of("cat")))
    width, height = photo.extent
    on_it = photo.keypoints[rows, 1] > height - 0.22 * width
    assert len(rows) > 20
    assert on_it.mean() > 0.95
