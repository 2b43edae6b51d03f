"""Rows 3, 4 and 6 by hashes alone: untouched and lightly touched copies, whichever way they are turned."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw

from monitor.errors import UnreadableImage
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.pdq import TURNS
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.model.fingerprint import Fingerprint, Reference
from monitor.model.match import Match, Method, Tier
from monitor.model.settings import MatchSettings
from tests.matching.generated_pictures import Luma, across, diagonal, flat, photo

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SIZE = (210, 280)


def jpeg(luma: Luma, quality: int = 85) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(luma)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def enrolled(number: int, data: bytes) -> Reference:
    return Reference(f"ref-{number}", "default", f"photo {number}", fingerprint_photo(data, features=False), NOW)


@cache
def photos() -> list[Luma]:
    return [photo(*SIZE, seed) for seed in range(100)]


@cache
def references() -> list[Reference]:
    return [enrolled(number, jpeg(luma)) for number, luma in enumerate(photos())]


@cache
def of_all() -> PhotoMatcher:
    return PhotoMatcher(references())


def match(data: bytes, matcher: PhotoMatcher | None = None) -> Match:
    return (matcher or of_all()).fast(read_image(data))


@pytest.mark.parametrize("turn", range(8))
def test_every_turn_of_a_hundred_photos_matches_as_brute_force_says(turn: int) -> None:
    for number, luma in enumerate(photos()):
        copy = np.rot90(np.fliplr(luma) if turn >= 4 else luma, -(turn % 4))
        reading = read_image(jpeg(copy, quality=60))
        found = of_all().fast(reading)
        assert (found.tier, found.reference, found.variant) == (Tier.MATCH, f"ref-{number}", TURNS[turn])
        frame = reading.frames[0]
        brute = min(
            (int.from_bytes(bits) ^ int.from_bytes(item.fingerprint.pdq.bits)).bit_count()
            for bits in frame.pdq_turns
            for item in references()
        )
        assert found.distance == brute
        assert found.method is Method.PDQ


def test_the_region_keeps_the_photos_own_corner_order() -> None:
    found = match(jpeg(np.rot90(photos()[3], -1)))  # clockwise: its top left is now at the top right
    assert found.region is not None
    assert found.region.corners == ((1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))


def test_reasons_name_variant_and_distance() -> None:
    found = match(jpeg(photos()[5]))
    assert found.reason.startswith("same picture, as it is: PDQ differs in ")
    assert found.label == "photo 5" and found.score > 0.95


def test_strangers_get_a_guess_but_no_tier() -> None:
    for seed in range(500, 560):
        found = match(jpeg(photo(*SIZE, seed)))
        assert found.tier is Tier.NONE and found.score < 0.5
        assert found.reference is not None


def text_page(lines: int = 24) -> Luma:
    page = Image.new("L", (640, 800), 255)
    draw = ImageDraw.Draw(page)
    for line in range(lines):
        draw.text((40, 30 + 30 * line), "the quick brown fox jumps over the lazy dog " * 2, fill=20, font_size=18)
    return np.asarray(page)


@pytest.mark.parametrize("make", [flat, across, diagonal])
def test_flat_pictures_are_refused_at_enrolment(make: object) -> None:
    with pytest.raises(UnreadableImage) as caught:
        fingerprint_photo(jpeg(make(400, 400, 90)), features=False)  # type: ignore[operator]
    assert caught.value.kind == "featureless" and caught.value.remedy


def test_flat_pictures_never_match_even_a_flat_reference() -> None:
    for make in (flat, across, diagonal):
        data = jpeg(make(400, 400, 90))
        reading = read_image(data).frames[0]
        base = references()[0].fingerprint
        print_: Fingerprint = replace(
            base, pdq=replace(base.pdq, bits=reading.pdq_turns[0]), pdq_quality=reading.pdq_quality, phash=None
        )
        found = match(data, PhotoMatcher([replace(references()[0], fingerprint=print_)]))
        assert found.tier is Tier.NONE and "flat" in found.reason


def test_a_faded_copy_of_a_sharp_photo_still_matches() -> None:
    faded = (118 + photos()[8].astype(int) // 12).astype(np.uint8)
    found = match(jpeg(faded, quality=95))
    assert (found.tier, found.reference) == (Tier.MATCH, "ref-8")


def test_a_photo_that_turns_up_everywhere_goes_on_matching() -> None:
    folded = [replace(item, folded_at=NOW) if item.id == "ref-5" else item for item in references()]
    found = match(jpeg(photos()[5]), PhotoMatcher(folded))
    assert (found.tier, found.reference) == (Tier.MATCH, "ref-5")


def test_nothing_enrolled_is_no_guess() -> None:
    found = match(jpeg(photos()[5]), PhotoMatcher([]))
    assert (found.tier, found.reference, found.score) == (Tier.NONE, None, 0.0)


def test_thresholds_come_from_the_settings() -> None:
    blurred = np.asarray(Image.fromarray(photos()[7]).resize((60, 44)).resize((280, 210)))
    blurred = np.fliplr(blurred)  # so that pHash has no say
    loose = match(jpeg(blurred))
    assert loose.tier is Tier.MATCH and loose.distance is not None and loose.distance > 0
    strict = PhotoMatcher(references(), MatchSettings(pdq_match=0, pdq_possible=0, phash_match=0, phash_possible=0))
    assert match(jpeg(blurred), strict).tier is Tier.NONE


def test_a_copy_in_any_frame_is_found() -> None:
    file = io.BytesIO()
    frames = [Image.fromarray(photo(*SIZE, 900 + n)) for n in range(3)] + [Image.fromarray(photos()[2])]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    found = match(file.getvalue())
    assert (found.tier, found.reference, found.frame) == (Tier.MATCH, "ref-2", 3)


def test_the_same_answer_in_another_process_order() -> None:
    reading = read_image(jpeg(photos()[9], 40))
    assert PhotoMatcher(references()).fast(reading) == of_all().fast(reading)
