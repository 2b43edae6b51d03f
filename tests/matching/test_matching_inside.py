"""The photo inside a screenshot: where it lies, what is kept of it, and what other screenshots of that app are told."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.joining import with_around
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import read_image, read_photo
from monitor.matching.reading.inside import is_interface, photo_inside
from monitor.model.fingerprint import Detail, Reference, ReferenceOrigin, VersionKind
from monitor.model.match import Match, Tier
from monitor.model.settings import MatchSettings
from monitor.reader import arrays
from monitor.reader.messages import BadAnswer, PhotoAnswer

PHOTOS = Path(__file__).parents[2] / "monitor/demo/photos"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
NAMES = ("cat", "bison", "chameleon")


@cache
def photo(name: str) -> Image.Image:
    return Image.open(next(PHOTOS.rglob(f"{name}.jpg"))).convert("RGB")


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def chat(image: Image.Image, words: str, ground: str = "#e5ddd5") -> Image.Image:
    """The app's bars and keys, the photo at (60, 150)."""
    screen = Image.new("RGB", (540, 1000), ground)
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 540, 100), fill="#006e5f")
    draw.text((80, 30), words, fill="white", font_size=30)
    screen.paste(ImageOps.fit(image, (360, 270)), (60, 150))
    for at, word in enumerate(words.split()):
        draw.rounded_rectangle((40 + 60 * at, 470 + 60 * at, 300 + 60 * at, 515 + 60 * at), 12, fill="white")
        draw.text((60 + 60 * at, 475 + 60 * at), word, fill="black", font_size=26)
    for row, keys in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm")):
        for column, key in enumerate(keys):
            x, y = 10 + 53 * column + 20 * row, 720 + 85 * row
            draw.rounded_rectangle((x, y, x + 46, y + 70), 8, fill="#f8f8f8")
            draw.text((x + 14, y + 15), key, fill="black", font_size=34)
    return screen


def story(image: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (540, 1000), "black")
    screen.paste(ImageOps.fit(image, (540, 880)), (0, 0))
    ImageDraw.Draw(screen).rounded_rectangle((20, 910, 400, 970), 30, outline="#aaaaaa", width=3)
    return screen


def bordered(image: Image.Image) -> Image.Image:
    return ImageOps.expand(ImageOps.fit(image, (480, 360)), 60, "white")


@pytest.mark.parametrize("quality", [90, 60])
@pytest.mark.parametrize(
    ("screen", "where"),
    [
        pytest.param(chat(photo("cat"), "ok ja hi"), (60, 150, 420, 420), id="a chat"),
        pytest.param(chat(photo("bison"), "see you", "#0b141a"), (60, 150, 420, 420), id="a dark chat"),
        pytest.param(story(photo("chameleon")), (0, 0, 540, 880), id="a story, on three of the picture's own borders"),
        pytest.param(bordered(photo("bison")), (60, 60, 540, 420), id="a white border"),
    ],
)
def test_the_photo_inside_is_seen(screen: Image.Image, where: tuple[int, ...], quality: int) -> None:
    found = photo_inside(np.asarray(Image.open(io.BytesIO(jpeg(screen, quality))).convert("L")))
    assert found is not None
    assert np.abs(np.subtract((found.left, found.top, found.right, found.bottom), where)).max() <= 6


@pytest.mark.parametrize(
    "luma",
    [
        *(pytest.param(np.asarray(photo(name).convert("L")), id=f"a photo: {name}") for name in NAMES),
        pytest.param(np.zeros((600, 600), np.uint8), id="nothing at all"),
        pytest.param(np.zeros((1, 1), np.uint8), id="one pixel"),
        pytest.param(np.zeros((2, 4000), np.uint8), id="a line"),
        pytest.param(np.indices((600, 600)).sum(axis=0).astype(np.uint8), id="shades without a run"),
        pytest.param((np.indices((640, 640)) // 64).sum(axis=0).astype(np.uint8) % 2 * 255, id="a chessboard"),
    ],
)
def test_there_is_no_photo_inside(luma: np.ndarray) -> None:
    assert photo_inside(luma) is None


def without_photo(ground: str, bubble: str, ink: str, *, doodles: int = 0) -> Image.Image:
    screen = Image.new("RGB", (540, 1000), ground)
    draw, random = ImageDraw.Draw(screen), np.random.default_rng(1)
    for x, y, size in zip(
        *random.integers([[0], [0], [10]], [[540], [1000], [24]], (3, doodles)).tolist(), strict=True
    ):
        draw.ellipse((x, y, x + size, y + size), outline=bubble, width=2)
    draw.rectangle((0, 0, 540, 100), fill="#006e5f")
    draw.text((80, 30), "Dora", fill="white", font_size=30)
    for at, words in enumerate(("hi, look at this", "who sent you that??", "no idea, from the group")):
        draw.rounded_rectangle((30, 130 + 75 * at, 350, 185 + 75 * at), 12, fill=bubble)
        draw.text((50, 142 + 75 * at), words, fill=ink, font_size=24)
    draw.rectangle((0, 930, 540, 1000), fill=bubble)
    return screen


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param(without_photo("#efe7dd", "white", "black"), id="a chat"),
        pytest.param(without_photo("#0d1418", "#1f2c34", "white"), id="a dark chat"),
        pytest.param(without_photo("#efe7dd", "white", "black", doodles=60), id="a chat with a drawn wallpaper"),
    ],
)
def test_a_screenshot_without_a_photo_is_refused(screen: Image.Image) -> None:
    with pytest.raises(UnreadableImage, match="without a photo in it") as refused:
        read_photo(png(screen), features=False)
    assert refused.value.kind is UnreadableKind.FEATURELESS


@pytest.mark.parametrize("width", [540, 400])
def test_a_small_recompressed_one_is_refused_too(width: int) -> None:
    """Recompression leaves ripples beside its words, where a shade ran on."""
    screen = without_photo("#efe7dd", "white", "black")
    small = screen.resize((width, round(screen.height * width / screen.width)), Image.Resampling.LANCZOS)
    with pytest.raises(UnreadableImage, match="without a photo in it"):
        read_photo(jpeg(small, 60), features=False)
    with_photo = chat(photo("cat"), "ok ja hi").resize((width, round(1000 * width / 540)), Image.Resampling.LANCZOS)
    assert read_photo(jpeg(with_photo, 60), features=False).fingerprint.pdq_quality > 0


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(chat(photo("cat"), "ok ja hi"), id="a chat with a photo"),
        pytest.param(bordered(photo("bison")), id="a photo with a border"),
        pytest.param(ImageOps.expand(photo("cat").resize((120, 90)), 300, "black"), id="a small thing on black"),
        pytest.param(photo("chameleon"), id="a photo"),
        pytest.param(Image.new("L", (600, 4)), id="a line"),
    ],
)
def test_what_is_no_bare_interface(picture: Image.Image) -> None:
    assert not is_interface(np.asarray(picture.convert("L")))


@cache
def matcher() -> PhotoMatcher:
    assert screen_enrolled(features=True).kind is VersionKind.INSIDE
    return PhotoMatcher([screen_enrolled(features=True)])


def asked(image: Image.Image) -> Match:
    return matcher().full(read_image(jpeg(image, 70), detail=Detail.FEATURES))


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("found", "tier"),
    [
        pytest.param(photo("cat"), Tier.MATCH, id="the photo alone"),
        pytest.param(chat(photo("cat"), "ok ja hi").resize((270, 500)), Tier.MATCH, id="a copy of the screenshot"),
        pytest.param(chat(photo("cat"), "see you", "#0b141a"), Tier.MATCH, id="the photo in another chat"),
        pytest.param(chat(photo("bison"), "ok ja hi"), Tier.NONE, id="the same chat with another photo"),
        pytest.param(chat(photo("chameleon"), "never"), Tier.NONE, id="another chat of that app"),
    ],
)
def test_what_a_screenshot_is_known_by(found: Image.Image, tier: Tier) -> None:
    assert asked(found).tier is tier


@cache
def screen_enrolled(*, features: bool) -> Reference:
    reading = read_photo(jpeg(chat(photo("cat"), "ok ja hi")), features=features)
    inside = Reference("r1", "case", "chat", reading.fingerprint, NOW, kind=reading.kind)
    return with_around(inside, reading, "chat", NOW)


def as_listed(picture: Reference, kinds: set[VersionKind]) -> Reference:
    """As an own list of hashes gives it back."""
    listed = [
        replace(version, fingerprint=replace(version.fingerprint, features=None, luma=None), onto_best=None)
        for version in picture.versions
        if version.kind in kinds
    ]
    first, further = listed[0], tuple(listed[1:])
    return Reference(
        "r1", "case", "chat", first.fingerprint, NOW, ReferenceOrigin.OWN_LIST, kind=first.kind, further=further
    )


BOTH, SCREEN = {VersionKind.INSIDE, VersionKind.SCREENSHOT}, {VersionKind.SCREENSHOT}


@pytest.mark.parametrize("how", ["copy", "smaller"])
@pytest.mark.parametrize(
    ("known", "switch", "tier"),
    [
        pytest.param(lambda: screen_enrolled(features=False), False, Tier.MATCH, id="features off"),
        pytest.param(lambda: screen_enrolled(features=True), False, Tier.MATCH, id="switched off after enrolling"),
        pytest.param(lambda: screen_enrolled(features=False), True, Tier.MATCH, id="switched on after enrolling"),
        pytest.param(lambda: as_listed(screen_enrolled(features=True), BOTH), True, Tier.MATCH, id="an own list"),
        pytest.param(
            lambda: as_listed(screen_enrolled(features=True), SCREEN),
            True,
            Tier.POSSIBLE,
            id="a list without the photo",
        ),
    ],
)
def test_without_local_features_an_enrolled_screenshot_is_found_and_no_other(
    known: Callable[[], Reference], switch: bool, tier: Tier, how: str
) -> None:
    alone = PhotoMatcher([known()], MatchSettings(features=switch))
    screen = chat(photo("cat"), "ok ja hi")
    same = read_image(jpeg(screen) if how == "copy" else jpeg(screen.resize((270, 500)), 70))
    answer = alone.fast(same)
    assert answer.tier is tier and "rests on hashes alone" in answer.reason
    assert "not been asked yet" not in answer.reason
    assert alone.fast(read_image(jpeg(chat(photo("bison"), "ok ja hi")))).tier is Tier.NONE


def test_a_screenshot_whose_local_features_could_not_be_read_is_told_by_its_hash_and_no_other_is() -> None:
    answer = matcher().full(read_image(jpeg(chat(photo("cat"), "ok ja hi"))))
    assert answer.tier is Tier.MATCH and "could not be read" in answer.reason
    assert matcher().full(read_image(jpeg(chat(photo("bison"), "ok ja hi")))).tier is Tier.NONE


def test_a_photo_inside_goes_through_the_message() -> None:
    reading = read_photo(jpeg(chat(photo("cat"), "ok ja hi")), features=True)
    answer = arrays.answer_photo(reading, b"0" * 16)
    back = arrays.photo_reading(answer)
    assert back.around is not None and reading.around is not None
    assert (back.onto_photo, back.kind) == (reading.onto_photo, VersionKind.INSIDE)
    assert back.around.pdq == reading.around.pdq and back.around.features is not None


@pytest.mark.parametrize(
    "onto",
    [
        pytest.param(None, id="none"),
        pytest.param((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), id="flat"),
        pytest.param((float("nan"), 0.0, 0.0, 0.0, 1.0, 0.0), id="not a number"),
        pytest.param((1.0, 0.0, 1e9, 0.0, 1.0, 0.0), id="far away"),
    ],
)
def test_a_place_that_is_none_is_refused(onto: tuple[float, ...] | None) -> None:
    good = arrays.answer_photo(read_photo(jpeg(chat(photo("cat"), "ok ja hi")), features=False), b"0" * 16)
    with pytest.raises(BadAnswer):
        arrays.photo_reading(PhotoAnswer(good.nonce, good.photo, good.around, onto))  # type: ignore[arg-type]


def test_a_photo_that_is_cut_short_is_not_called_a_page() -> None:
    with pytest.raises(UnreadableImage, match="cut short") as refused:
        read_photo(jpeg(photo("bison").resize((1200, 900)), 92)[:6_000], features=True)
    assert refused.value.kind is UnreadableKind.BROKEN
