"""Parts of a picture that are looked at by themselves: which, how many, and what they say of the whole."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image, read_windows
from monitor.matching.reading.windows import MOST_PANELS, MOST_WINDOWS, PartsPlan, plan
from monitor.model.fingerprint import Detail, ImageReading, PicturePart, Reference, Shares, Window
from monitor.model.match import Tier
from monitor.model.settings import MatchSettings
from monitor.pipeline.closely import look_closely
from tests.fakes import InlineReader
from tests.matching.generated_pictures import Luma, noise, photo


def sheet(across: int, down: int, cell: int, gap: int, ground: int = 255, seed: int = 0) -> Luma:
    step = cell + gap
    out = np.full((gap + down * step, gap + across * step), ground, dtype=np.uint8)
    for at in range(across * down):
        top, left = gap + at // across * step, gap + at % across * step
        out[top : top + cell, left : left + cell] = photo(cell, cell, seed + at)
    return out


def png(luma: Luma) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(luma).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def covered(found: PartsPlan, x: float, y: float, width: float, height: float) -> bool:
    return any(
        box[0] <= x + 0.004 and box[1] <= y + 0.004 and box[2] >= x + width - 0.004 and box[3] >= y + height - 0.004
        for box in found.windows
    )


@pytest.mark.parametrize(
    ("across", "down", "gap", "ground"),
    [
        pytest.param(6, 6, 6, 255, id="white gaps"),
        pytest.param(4, 5, 6, 0, id="black gaps"),
        pytest.param(5, 5, 0, 0, id="no gaps"),
        pytest.param(5, 3, 2, 127, id="thin gaps"),
    ],
)
def test_the_panels_of_a_sheet_are_hashed_and_seen(across: int, down: int, gap: int, ground: int) -> None:
    """A few may be cut again, at a line across them."""
    picture = sheet(across, down, 120, gap, ground)
    found, (height, width) = plan(picture), picture.shape
    whole = [(gap + n % across * (120 + gap), gap + n // across * (120 + gap)) for n in range(across * down)]
    seen = [box for box in found.panels if any(np.hypot(box[0] * width - x, box[1] * height - y) < 4 for x, y in whole)]
    assert len(seen) >= 0.8 * len(whole)
    assert len(found.windows) <= 0.6 * len(whole)
    assert sum(covered(found, x / width, y / height, 120 / width, 120 / height) for x, y in whole) >= 0.8 * len(whole)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(photo(700, 1000, 3), id="a photo"),
        pytest.param(np.pad(photo(600, 600, 3), 60, constant_values=255), id="with a margin"),
        pytest.param(noise(200, 200, 1), id="noise"),
        pytest.param(np.zeros((500, 500), np.uint8), id="nothing"),
        pytest.param(np.zeros((1, 9), np.uint8), id="hardly a picture"),
    ],
)
def test_one_picture_alone_pays_for_no_window(picture: Luma) -> None:
    assert plan(picture).windows == ()


def test_a_strip_is_looked_at_along_its_length() -> None:
    picture = np.repeat(photo(3000, 100, 4), 5, axis=1)  # no seam in it
    found = plan(picture)
    assert len(found.windows) >= 7
    assert max(box[3] for box in found.windows) == 1 and min(box[1] for box in found.windows) == 0


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(sheet(20, 20, 48, 2), id="400 panels"),
        pytest.param(noise(60_000, 40, 1), id="a long narrow strip"),
    ],
)
def test_what_lies_beyond_the_limits_is_left_out_and_counted(picture: Luma) -> None:
    found = plan(picture)
    assert len(found.panels) <= MOST_PANELS and len(found.windows) <= MOST_WINDOWS
    assert found.left_out > 0


def reference(luma: Luma) -> Reference:
    fingerprint = fingerprint_photo(png(luma), features=True)
    return Reference("photo", "default", "photo", fingerprint, datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def mine() -> Luma:
    return photo(480, 480, 900)


@pytest.fixture(scope="module")
def matcher(mine: Luma) -> PhotoMatcher:
    return PhotoMatcher([reference(mine)])


def with_mine(mine: Luma) -> bytes:
    """Row 5, column 4 of six by six."""
    picture = sheet(6, 6, 150, 6, 20, seed=300)
    small = np.asarray(Image.fromarray(mine).resize((150, 150), Image.Resampling.BOX))
    picture[6 + 4 * 156 : 156 + 4 * 156, 6 + 3 * 156 : 156 + 3 * 156] = small
    return png(picture)


@pytest.mark.long
def test_a_photo_in_a_sheet_is_found_where_it_lies(mine: Luma, matcher: PhotoMatcher) -> None:
    match = asyncio.run(look_closely(with_mine(mine), InlineReader(), matcher)).match
    assert match.tier is Tier.MATCH and match.region is not None
    xs, ys = ([corner[axis] for corner in match.region.corners] for axis in (0, 1))
    side = 6 + 6 * 156
    for seen, wanted in ((min(xs), 474), (max(xs), 624), (min(ys), 630), (max(ys), 780)):
        assert abs(seen - wanted / side) < 0.02


@pytest.mark.long
def test_a_sheet_of_strangers_stays_silent(matcher: PhotoMatcher) -> None:
    look = asyncio.run(look_closely(png(sheet(6, 6, 150, 6, 20, seed=300)), InlineReader(), matcher))
    assert (look.match.tier, look.not_looked_at, look.fell) == (Tier.NONE, "", None)


def test_panels_whose_hashes_are_a_photos_are_looked_at_first(mine: Luma, matcher: PhotoMatcher) -> None:
    data = with_mine(mine)
    reading = read_image(data, detail=Detail.FEATURES)
    nothing = PhotoMatcher([]).full(reading)
    lots = matcher.wants_windows(reading, nothing)
    assert len(lots[0]) == 1 and abs(lots[0][0].box[0] - 474 / 942) < 0.01
    assert matcher.closer(read_windows(data, lots[0])).tier is Tier.MATCH


def stills(lumas: list[Luma], kind: str) -> bytes:
    pictures, buffer = [Image.fromarray(luma) for luma in lumas], io.BytesIO()
    pictures[0].save(buffer, kind, save_all=True, append_images=pictures[1:], lossless=True)
    return buffer.getvalue()


def strip_with_mine(mine: Luma) -> Luma:
    """Flat but for one small picture, far down: longer than what is hashed whole."""
    strip = np.full((8000, 300), 230, np.uint8)
    strip[6000:6200, 50:250] = np.asarray(Image.fromarray(mine).resize((200, 200), Image.Resampling.BOX))
    return strip


@pytest.mark.rows(2)
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("kind", ["WEBP", "TIFF"])
@pytest.mark.parametrize("what", ["sheet", "strip"])
def test_every_differing_frame_is_looked_at_in_parts(
    mine: Luma, matcher: PhotoMatcher, kind: str, number: int, what: str
) -> None:
    shown = np.asarray(Image.open(io.BytesIO(with_mine(mine)))) if what == "sheet" else strip_with_mine(mine)
    other = np.asarray(Image.fromarray(photo(200, 200, 77)).resize(shown.shape[::-1]))
    data = stills([shown, other] if number == 0 else [other, shown], kind)
    match = asyncio.run(look_closely(data, InlineReader(), matcher)).match
    assert (match.tier, match.frame) == (Tier.MATCH, number)


def test_rows_of_pictures_that_are_too_small_are_said_to_be_left_out() -> None:
    for closely in (True, False):
        assert plan(sheet(20, 20, 25, 1), closely=closely).left_out >= 15
        assert plan(sheet(6, 6, 85, 1), closely=closely).left_out == 0


@pytest.mark.long
def test_parts_of_many_frames_are_no_more_than_those_of_one() -> None:
    sheets = [sheet(12, 12, 40, 4, 20, seed=500 + 200 * number) for number in range(4)]
    reading = read_image(stills(sheets, "TIFF"), detail=Detail.FEATURES)
    panels = [window for window in reading.windows if window.frame is not None]
    assert len(panels) <= MOST_PANELS and len(reading.windows) - len(panels) <= MOST_WINDOWS
    assert {window.number for window in reading.windows} > {0} and reading.left_out > 0


def test_without_features_panels_are_told_by_their_hashes(mine: Luma) -> None:
    known = reference(mine)
    hashes = replace(known, fingerprint=fingerprint_photo(png(mine), features=False))
    matcher = PhotoMatcher([hashes], MatchSettings(features=False))
    reading = read_image(with_mine(mine), detail=Detail.PANELS)
    assert reading.windows and all(window.frame and window.frame.features is None for window in reading.windows)
    assert reading.frames[0].features is None
    match = matcher.fast(reading)
    assert (match.tier, match.label) == (Tier.MATCH, known.label)
    assert match.region is not None
    assert max(abs(x - 0.58) for x, _ in match.region.corners) < 0.1, "where it lies in the whole"
    assert "as a part of this picture" in match.reason and "hashes alone" in match.reason
    assert matcher.fast(read_image(with_mine(photo(300, 300, 4)), detail=Detail.PANELS)).tier is Tier.NONE
    assert (
        matcher.fast(read_image(png(mine), detail=Detail.PANELS)).region == matcher.fast(read_image(png(mine))).region
    )


def test_windows_are_not_asked_for_where_the_whole_was_told_or_nobody_asks(mine: Luma, matcher: PhotoMatcher) -> None:
    reading = read_image(png(mine), detail=Detail.FEATURES)
    assert matcher.wants_windows(reading, matcher.full(reading)) == []
    sheets = read_image(with_mine(mine), detail=Detail.FEATURES)
    assert PhotoMatcher([]).wants_windows(sheets, PhotoMatcher([]).full(sheets)) == []


def test_what_the_whole_said_stands_where_a_reader_falls_at_the_windows(mine: Luma, matcher: PhotoMatcher) -> None:
    class Falls(InlineReader):
        async def windows(self, untrusted: bytes, boxes: object) -> tuple[Window, ...]:
            raise UnreadableImage("the reader died of it", kind=UnreadableKind.READER_DIED)

    data = with_mine(mine)
    whole = matcher.full(read_image(data, detail=Detail.FEATURES))
    look = asyncio.run(look_closely(data, Falls(), matcher))
    assert look.match == replace(whole, reason=look.match.reason) and look.fell is not None
    assert look.match.reason == f"{whole.reason}; its parts could not be read: the reader died of it"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"left_out": 7}, "7 parts", id="parts"),
        pytest.param({"is_cut": True}, "frames", id="frames"),
    ],
)
def test_what_nobody_looked_at_is_said_unless_the_rest_told(
    mine: Luma, matcher: PhotoMatcher, more: dict[str, int], said: str
) -> None:
    class LeavesOut(InlineReader):
        async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
            return replace(await super().image(untrusted, detail), **more)  # type: ignore[arg-type]

    look = asyncio.run(look_closely(png(photo(300, 300, 5)), LeavesOut(), matcher))
    assert said in look.not_looked_at and look.match.reason.endswith(f"; not looked at: {look.not_looked_at}")
    told = asyncio.run(look_closely(png(mine), LeavesOut(), matcher))
    assert told.match.tier is Tier.MATCH and told.not_looked_at == "" and "not looked at" not in told.match.reason


@pytest.mark.parametrize(
    "box",
    [pytest.param((0.0, 0.0, 1e-9, 1e-9), id="less than a pixel"), pytest.param((0.99999, 0.5, 1.0, 1.0), id="edge")],
)
def test_any_box_can_be_read(box: Shares) -> None:
    assert len(read_windows(png(photo(64, 64, 1)), [PicturePart(box)])) == 1
