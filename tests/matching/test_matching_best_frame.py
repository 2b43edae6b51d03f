"""Of an animation, or of parts, that show two enrolled pictures, the surer one is told."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import read_image, read_photo
from monitor.model.fingerprint import Detail, ImageReading, Reference, Window
from monitor.model.ids import CaseId, ReferenceId
from monitor.model.match import Tier

PHOTOS = Path(__file__).parents[2] / "monitor/demo/photos"


def photo(name: str) -> Image.Image:
    return Image.open(next(PHOTOS.rglob(f"{name}.jpg"))).convert("RGB")


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def part(name: str, share: float) -> ImageReading:
    picture = photo(name)
    wide, high = picture.size
    cut = picture.crop((0, 0, int(wide * share), int(high * share)))
    return read_image(jpeg(cut, 60), detail=Detail.FEATURES)


@pytest.mark.long
def test_the_surer_of_two_frames_is_told() -> None:
    enrolled = [
        Reference(ReferenceId(name), CaseId("c"), name, read_photo(jpeg(photo(name)), features=True).fingerprint, NOW)
        for name in ("bison", "cat")
    ]
    matcher = PhotoMatcher(enrolled)
    lesser, surer = sorted((part("bison", 0.35), part("cat", 0.7)), key=lambda one: matcher.full(one).score)
    told = [matcher.full(one) for one in (lesser, surer)]
    assert [one.tier for one in told] == [Tier.MATCH] * 2 and told[0].score < told[1].score
    both = matcher.full(replace(lesser, frames=lesser.frames + surer.frames, frame_count=2))
    assert (both.label, both.score, both.frame) == (told[1].label, told[1].score, 1)
    windows = [Window((0.0, 0.5 * at, 1.0, 0.5 * at + 0.5), one.frames[0]) for at, one in enumerate((lesser, surer))]
    assert matcher.closer(windows).label == told[1].label


NOW = datetime(2026, 11, 29, tzinfo=UTC)
