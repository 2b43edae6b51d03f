"""Pictures made to carry an enrolled photo's hash, and poor copies of it: local features tell them apart."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import monitor.demo
from bench.hybrids import COPIES, WAYS, grey, jpeg
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.witness import turned
from monitor.model.fingerprint import ImageReading, Reference
from monitor.model.match import Match, Tier
from monitor.model.settings import MatchSettings
from monitor.ports import Detail

PHOTOS = Path(monitor.demo.__file__).parent / "photos"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@cache
def photo(name: str) -> Image.Image:
    with Image.open(next(PHOTOS.glob(f"*/{name}.jpg"))) as image:
        return image.convert("RGB")


def enrolled(name: str, *, features: bool = True) -> Reference:
    return Reference(name, "default", name, fingerprint_photo(jpeg(photo(name), 92), features=features), NOW)


@pytest.fixture(scope="module")
def matcher() -> PhotoMatcher:
    return PhotoMatcher([enrolled("hedgehog"), enrolled("cat")])


@cache
def made(way: str) -> bytes:
    return jpeg(WAYS[way](grey(photo("hedgehog")), grey(photo("berlin_cathedral"))))


def both(matcher: PhotoMatcher, data: bytes) -> tuple[Match, Match]:
    return matcher.fast(read_image(data)), matcher.full(read_image(data, detail=Detail.FEATURES))


SIGNS = [way for way in WAYS if way.startswith(("signs", "least")) and way != "signs, strong"]


@pytest.mark.rows(2)
@pytest.mark.parametrize("way", SIGNS)
def test_what_was_made_to_have_its_hash_is_possible_at_most(matcher: PhotoMatcher, way: str) -> None:
    fast, full = both(matcher, made(way))
    assert fast.distance is not None and fast.distance <= MatchSettings().pdq_match
    assert "have not been asked" in fast.reason
    assert (fast.tier, full.tier) == (Tier.POSSIBLE, Tier.POSSIBLE)
    assert (full.reference, full.distance) == ("hedgehog", fast.distance)
    assert "local features do not agree" in full.reason and "perhaps the same picture" in full.reason


POOR = (
    *("thumbnail 64", "thumbnail 90", "thumbnail 64, jpeg 30", "jpeg 3", "blurred 6", "from 64 px", "halftone"),
    *("noise 70", "mirrored, turned, blurred", "turned 90, 128", "8 colours"),
)


@pytest.mark.rows(3)
@pytest.mark.parametrize("copy", POOR)
def test_poor_copies_stay_sure(matcher: PhotoMatcher, copy: str) -> None:
    fast, full = both(matcher, jpeg(COPIES[copy](photo("hedgehog")), 80))
    assert fast.tier is not Tier.MATCH
    assert (full.tier, full.reference) == (Tier.MATCH, "hedgehog"), full.reason


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("features", "settings", "side", "why"),
    [
        pytest.param(False, MatchSettings(), 640, "local features are not kept of this photo", id="a hash list"),
        pytest.param(True, MatchSettings(features=False), 640, "local features are switched off", id="switched off"),
        pytest.param(True, MatchSettings(), 40, "could not be read", id="too small for features"),
    ],
)
def test_hashes_alone_are_said_to_be_alone(features: bool, settings: MatchSettings, side: int, why: str) -> None:
    alone = PhotoMatcher([enrolled("hedgehog", features=features)], settings)
    small = photo("hedgehog").copy()
    small.thumbnail((side, side))
    reading = read_image(jpeg(small))
    answer = alone.fast(reading)
    assert answer.tier is Tier.MATCH
    assert f"this rests on hashes alone: {why}" in answer.reason or (side == 40 and "hashes alone" in answer.reason)
    assert not alone.wants_features(reading, answer)


def test_kept_hashes_know_no_size_and_are_a_suspicion_until_it_is_looked_at(matcher: PhotoMatcher) -> None:
    small = photo("hedgehog").copy()
    small.thumbnail((40, 40))
    kept = replace(read_image(jpeg(small)), width=0, height=0)
    answer = matcher.fast(kept)
    assert answer.tier is Tier.POSSIBLE and matcher.wants_features(kept, answer)


def animation(*slides: Image.Image) -> bytes:
    file = io.BytesIO()
    frames = [slide.resize((400, 300)) for slide in slides]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=300)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


OTHERS = ("dog", "duck", "horse", "panda", "cow", "sheep", "pika", "pig")


@pytest.mark.long
@pytest.mark.parametrize("at", [7])
def test_one_slide_of_many_is_confirmed_by_its_own_features(matcher: PhotoMatcher, at: int) -> None:
    slides = [photo(name) for name in OTHERS]
    slides[at] = photo("hedgehog")
    assert both(matcher, animation(*slides))[1].tier is Tier.MATCH
    slides[at] = opened(made("signs"))
    assert both(matcher, animation(*slides))[1].tier is not Tier.MATCH


@pytest.mark.long
def test_frames_that_show_the_same_are_looked_at_once() -> None:
    still = animation(*[photo("owl")] * 5, photo("cat"), photo("cat"))
    read = read_image(still, detail=Detail.FEATURES)
    assert sum(frame.features is not None for frame in read.frames) == 2


@pytest.mark.long
def test_a_doubted_photo_is_not_lifted_by_its_sibling(matcher: PhotoMatcher) -> None:
    """Few places of a near copy come from the same coarse greys."""
    sibling = photo("hedgehog").copy()
    sibling.thumbnail((560, 560))
    print_ = fingerprint_photo(jpeg(sibling, 60), features=True)
    family = PhotoMatcher([enrolled("hedgehog"), Reference("copy", "default", "copy", print_, NOW), enrolled("cat")])
    assert both(family, made("signs, both hashes"))[1].tier is Tier.POSSIBLE


def test_another_photo_in_a_made_picture_is_still_told(matcher: PhotoMatcher) -> None:
    """It carries one photo's hash and shows another that is enrolled too, whose greys are gone: for the review."""
    data = jpeg(WAYS["signs"](grey(photo("hedgehog")), grey(photo("cat"))))
    assert both(matcher, data)[1].tier is Tier.POSSIBLE
    alone = both(PhotoMatcher([enrolled("cat")]), data)[1]
    assert (alone.tier, alone.reference) == (Tier.POSSIBLE, "cat")


@pytest.mark.parametrize("quarters", range(-3, 8))
def test_a_turned_frame_lies_on_the_whole_candidate(quarters: int) -> None:
    corners = (
        np.array([[0, 0, 1], [640, 0, 1], [640, 480, 1], [0, 480, 1]]) @ turned((640, 480), (300, 200), quarters).T
    )
    wanted = np.array([[0, 0], [300, 0], [300, 200], [0, 200]])
    assert np.allclose(corners, np.roll(wanted, -quarters % 4, axis=0))


def test_a_reading_without_features_is_the_hashes_word(matcher: PhotoMatcher) -> None:
    reading: ImageReading = read_image(jpeg(photo("hedgehog")))
    answer = matcher.full(reading)
    assert answer.tier is Tier.MATCH and "could not be read" in answer.reason
