"""Row 5: drawings that filters make of a photo are `possible`."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

import monitor.demo
from monitor.errors import StoreError
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.outlines import NEAR_OUTLINES, OutlineIndex
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.model.fingerprint import Detail, Fingerprint, Reference
from monitor.model.match import Tier

PHOTOS = Path(monitor.demo.__file__).parent / "photos" / "enrolled"


@pytest.fixture(scope="module")
def fingerprints() -> dict[str, Fingerprint]:
    return {path.stem: fingerprint_photo(path.read_bytes(), features=True) for path in sorted(PHOTOS.glob("*.jpg"))[:3]}


def neon(image: Image.Image) -> Image.Image:
    slope = np.hypot(*np.gradient(np.asarray(image.filter(ImageFilter.GaussianBlur(1.5)).convert("L"), np.float64)))
    return Image.fromarray((slope * 255 / np.quantile(slope, 0.98)).clip(0, 255).astype(np.uint8))


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(neon, id="on black"),
        pytest.param(lambda image: ImageOps.invert(neon(image)), id="on white"),
        pytest.param(lambda image: ImageOps.mirror(neon(image)), id="mirrored"),
    ],
)
def test_a_drawing_by_a_filter_is_possible(fingerprints: dict[str, Fingerprint], edit: object) -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    matcher = PhotoMatcher([Reference(name, "case", name, item, now) for name, item in fingerprints.items()])
    name = min(fingerprints)
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        drawn = edit(image.convert("RGB"))  # type: ignore[operator]
    file = io.BytesIO()
    drawn.save(file, "JPEG", quality=85)
    answer = matcher.full(read_image(file.getvalue(), detail=Detail.FEATURES))
    assert (answer.tier, answer.label) == (Tier.POSSIBLE, name), answer


def test_outlines_are_kept_and_an_older_fingerprint_has_none(fingerprints: dict[str, Fingerprint]) -> None:
    one = next(iter(fingerprints.values()))
    stored = dump_fingerprint(one)
    assert load_fingerprint(stored).outlines == one.outlines
    assert len(one.outlines) == 3
    with pytest.raises(StoreError):
        load_fingerprint(stored[:-1])


@pytest.mark.parametrize(
    ("bits", "is_near"),
    [
        pytest.param(NEAR_OUTLINES, True, id="at the threshold"),
        pytest.param(NEAR_OUTLINES + 1, False, id="one bit over"),
        pytest.param(256 - NEAR_OUTLINES, True, id="a negative at the threshold"),
        pytest.param(128, False, id="a stranger"),
    ],
)
def test_near_outlines(bits: int, is_near: bool) -> None:
    drawn = np.packbits(np.arange(256) < bits).tobytes()
    found = OutlineIndex([(), (bytes(32),)]).nearest([drawn])
    assert found == ((1, 0, min(bits, 256 - bits)) if is_near else None)
    assert OutlineIndex([()]).nearest([drawn]) is None
