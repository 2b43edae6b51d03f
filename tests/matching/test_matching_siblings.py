"""People enrol what they have: a photo beside its own copies. Edits of it are found as well as with the photo alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

import monitor.demo
from bench.edits import EDITS, _cropped
from monitor.matching.detector import Detector
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.siblings import near_copies
from monitor.model.fingerprint import Fingerprint, ImageReading, Reference
from monitor.model.match import Match, Tier
from monitor.ports import Detail

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PHOTOS = Path(monitor.demo.__file__).parent / "photos"
Edit = Callable[[Image.Image], Image.Image]


def opened(name: str) -> Image.Image:
    with Image.open(next(PHOTOS.glob(f"*/{name}.jpg"))) as image:
        small = image.convert("RGB")
    small.thumbnail((640, 640))
    return small


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


OWL, CAT = opened("owl"), opened("cat")
STRANGERS = [opened(name) for name in ("dog", "duck", "horse", "panda", "cow", "sheep", "pika", "pig")]


def random() -> np.random.Generator:
    return np.random.default_rng(12)


def edit(name: str) -> Edit:
    return lambda image: EDITS[name][1](image, random(), STRANGERS)


def messenger(image: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(ImageOps.contain(image, (400, 400)), 60)))


def light_edit(image: Image.Image) -> Image.Image:
    wide, high = image.size
    return ImageEnhance.Brightness(image.crop((wide // 30, high // 40, wide * 29 // 30, high * 39 // 40))).enhance(1.15)


def half(image: Image.Image) -> Image.Image:
    return _cropped(image, random(), 0.5)


COPIES: dict[str, Edit] = {
    "the messenger's": messenger,
    "a light edit": light_edit,
    "half of it": half,
    "a thumbnail": lambda image: ImageOps.contain(image, (160, 160)),
    "with a border": edit("border"),
    "a filter": edit("filter"),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "tilted": edit("tilt"),
}


@cache
def fingerprint(data: bytes) -> Fingerprint:
    return fingerprint_photo(data, features=True)


@cache
def reading(data: bytes, detail: Detail) -> ImageReading:
    return read_image(data, detail=detail)


def enrolled(**photos: Image.Image) -> list[Reference]:
    return [Reference(name, "default", name, fingerprint(jpeg(image, 92)), NOW) for name, image in photos.items()]


def are_copies(one: Image.Image, other: Image.Image) -> bool:
    detector = Detector([item.fingerprint for item in enrolled(one=one, other=other)])
    answers = {near_copies(detector._enrolled(a), detector._enrolled(b)) for a, b in ((0, 1), (1, 0))}
    assert len(answers) == 1, "which comes first decides"
    return answers.pop()


@pytest.mark.rows(2)
@pytest.mark.parametrize("copy", [pytest.param(make, id=name) for name, make in COPIES.items()])
def test_copies_of_one_photo_are_known_as_such(copy: Edit) -> None:
    assert are_copies(OWL, copy(OWL))


def in_an_app(image: Image.Image) -> Image.Image:
    return EDITS["app"][1](image, random(), STRANGERS)


def stamped(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.paste(STRANGERS[0].resize((image.width // 2, image.height // 3)), (image.width // 2, image.height * 2 // 3))
    return image


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(OWL, CAT, id="two photos"),
        pytest.param(in_an_app(OWL), in_an_app(CAT), id="in one app's frame"),
        pytest.param(stamped(OWL), stamped(CAT), id="with one site's stamp"),
        pytest.param(OWL, ImageOps.mirror(OWL), id="mirrored: its descriptors are others"),
    ],
)
def test_others_are_not(one: Image.Image, other: Image.Image) -> None:
    assert not are_copies(one, other)


def found(matcher: PhotoMatcher, image: Image.Image) -> Match:
    data = jpeg(image, 82)
    fast = matcher.fast(reading(data, Detail.HASHES))
    if not matcher.wants_features(reading(data, Detail.HASHES), fast):
        return fast
    return matcher.full(reading(data, Detail.FEATURES))


def on_a_page(image: Image.Image) -> Image.Image:
    page = Image.new("RGB", (1000, 1200), "white")
    page.paste(ImageOps.contain(image, (260, 450)), (60, 300))
    return page


SIBLINGS: dict[str, dict[str, Edit]] = {
    "two": {"messenger": messenger},
    "three": {"messenger": messenger, "edit": light_edit},
    "a crop and a mirrored one": {"half": half, "mirrored": ImageOps.mirror},
    "five": {
        **{kind: COPIES[kind] for kind in ("the messenger's", "a light edit", "a filter", "a thumbnail")},
        "captioned": edit("caption"),
    },
}


@pytest.mark.rows(2)
@pytest.mark.parametrize("siblings", [pytest.param(made, id=name) for name, made in SIBLINGS.items()])
def test_edits_are_found_beside_siblings_as_without_them(siblings: dict[str, Edit]) -> None:
    photos = {"owl": OWL, "cat": CAT}
    beside = {f"owl-{kind}": make(OWL) for kind, make in siblings.items()}
    alone, together = PhotoMatcher(enrolled(**photos)), PhotoMatcher(enrolled(**photos, **beside))
    for change in ("app", "crop70", "collage3"):
        copy = EDITS[change][1](OWL, random(), STRANGERS)
        without, answer = found(alone, copy), found(together, copy)
        assert without.tier is Tier.MATCH, (change, without.reason)
        assert answer.tier is Tier.MATCH, (change, answer.reason)
        assert str(answer.reference).startswith("owl")
    for stranger in STRANGERS[:2]:
        assert found(together, in_an_app(stranger)).tier is Tier.NONE


def test_a_sibling_that_is_enrolled_later_takes_nothing_away() -> None:
    before = enrolled(owl=OWL, cat=CAT)
    copy = on_a_page(OWL)
    assert found(PhotoMatcher(before), copy).tier is Tier.MATCH
    after = PhotoMatcher([*before, *enrolled(later=messenger(OWL), last=light_edit(OWL))])
    answer = found(after, copy)
    assert answer.tier is Tier.MATCH and answer.reference in ("owl", "later", "last")


def test_many_siblings_of_one_photo_leave_room_for_another() -> None:
    """A sheet with both: the family of the first takes one place among those that are looked at."""
    family = enrolled(owl=OWL, a=messenger(OWL), b=light_edit(OWL), c=edit("filter")(OWL), d=edit("caption")(OWL))
    matcher = PhotoMatcher([*family, *enrolled(cat=CAT)])
    pairs = matcher._detector._candidates(_forms_of(CAT))
    assert 5 in {photo for _, photo, _ in pairs}
    pairs = matcher._detector._candidates(_forms_of(OWL))
    assert len({photo for which, photo, _ in pairs if which == 0} & set(range(5))) >= 4


def _forms_of(image: Image.Image) -> list[object]:
    from monitor.matching.forms import forms_of

    features = reading(jpeg(image), Detail.FEATURES).frames[0].features
    assert features is not None
    return list(forms_of(features))
