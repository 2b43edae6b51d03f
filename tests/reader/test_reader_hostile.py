"""Pictures made to do harm, read by real workers: every outcome is typed, and the main process stays as it was."""

from __future__ import annotations

import asyncio
import collections
import gc
import os
import resource
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import UnreadableImage
from monitor.matching.reading.fingerprint import read_image
from monitor.model.fingerprint import ImageReading
from monitor.ports import Detail
from monitor.reader.pool import ReaderPool, picture_plan
from tests.reader import hostile_pictures

KINDS = {"not_an_image", "unsupported", "too_large", "too_many_pixels", "broken", "reader_died", "reader_timeout"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    return hostile_pictures.seeds()


@pytest.fixture
async def pool() -> AsyncIterator[ReaderPool]:
    async with ReaderPool() as pool:
        yield pool


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def outcome(pool: ReaderPool, untrusted: bytes, detail: Detail = Detail.HASHES) -> str:
    try:
        reading = await pool.image(untrusted, detail)
    except UnreadableImage as error:
        assert error.kind in KINDS
        assert str(error)
        assert error.remedy
        return error.kind
    assert isinstance(reading, ImageReading)
    assert 1 <= len(reading.frames) <= 64
    return "read"


@pytest.mark.long
async def test_a_confined_worker_reads_all_that_an_unconfined_one_does(
    pool: ReaderPool, good: dict[str, bytes]
) -> None:
    for name, data in good.items():
        detail = Detail.FEATURES if name in ("jpeg large", "png alpha", "avif") else Detail.HASHES
        ours, theirs = await pool.image(data, detail), read_image(data, detail=detail)
        assert [f.pdq_turns for f in ours.frames] == [f.pdq_turns for f in theirs.frames], name
        assert (ours.width, ours.height, ours.frame_count) == (theirs.width, theirs.height, theirs.frame_count), name
        for mine, direct in zip(ours.frames, theirs.frames, strict=True):
            assert (mine.features is None) == (direct.features is None), name
            if mine.features is not None and direct.features is not None:
                assert (mine.features.descriptors == direct.features.descriptors).all(), name


@pytest.mark.parametrize("reader", ["picture", "photo"])
async def test_a_confined_worker_reads_every_mode(pool: ReaderPool, reader: str) -> None:
    """What a library loads only for one of them is there before the worker is confined."""
    for name, data in hostile_pictures.modes().items():
        if reader == "picture":
            assert (await pool.image(data, Detail.HASHES)).frames[0].pdq_turns == read_image(data).frames[0].pdq_turns
        elif name.split()[1:] not in (["1"], ["P"], ["PA"]) and " with" not in name:  # drawings are no photos
            assert (await pool.photo(data, features=False)).fingerprint.pdq, name


async def test_bombs_end_typed_and_leave_nothing_behind(pool: ReaderPool) -> None:
    bombs = hostile_pictures.bombs()
    assert await outcome(pool, bombs["half a jpeg"]) == "read"
    before, ends = resident(), {}
    for name, data in bombs.items():
        began = time.monotonic()
        ends[name] = await outcome(pool, data)
        assert time.monotonic() - began < 60, name
    del data
    grown = resident() - before
    assert ends["a png that claims 50,000 x 50,000"] == "too_many_pixels"
    assert ends["a jpeg that claims 65,500 x 65,500"] == "too_many_pixels"
    assert ends["a tiff that claims 60,000 x 60,000"] == "too_many_pixels"
    assert ends["a bmp that claims 60,000 x 60,000"] == "too_many_pixels"
    assert ends["a tiff of endless tags"] == ends["half a heic"] == "broken"
    assert ends["a tiff whose pages go round"] == "read"
    assert ends["a heic that claims 60,000 x 60,000"] == "too_many_pixels"
    assert ends["a heic of 961 tiles"] == "read"
    assert {end for name, end in ends.items() if "heic" in name} == {"too_many_pixels", "broken", "read"}
    assert ends["a png as large as allowed"] == "read"
    assert ends["a gif of 100,000 frames"] == "read"
    assert ends["a jpeg that is an archive"] == "read"
    assert ends["a jpeg that is a page"] == "read"
    assert ends["a gif that is a script"] in ("broken", "too_many_pixels")
    assert ends["postscript with a picture's name"] == "not_an_image"
    assert ends["a page of 30 MB"] == "not_an_image"
    assert not {"reader_died", "reader_timeout"} & set(ends.values()), ends
    assert grown < 64 * MIB


@pytest.mark.long
async def test_a_heic_of_as_many_pixels_as_are_allowed_is_read_within_the_limits(pool: ReaderPool) -> None:
    """289 tiles, each of them decoded, from a file of 10 kB."""
    bomb, before = hostile_pictures.heic_grid(17, 17, side=512), resident()
    assert len(bomb) < 20_000
    assert await outcome(pool, bomb) in ("read", "reader_timeout")
    assert await outcome(pool, hostile_pictures.heic_grid(18, 17, side=512)) == "too_many_pixels"
    assert await outcome(pool, hostile_pictures.seeds()["heic"]) == "read"
    assert resident() - before < 64 * MIB


@pytest.mark.long
async def test_a_jpeg_of_ten_thousand_scans_is_cut_off() -> None:
    slow = hostile_pictures.jpeg_of_scans(10_000)
    assert len(slow) < 2_000_000
    before = resident()
    async with ReaderPool(pictures=replace(picture_plan(), cpu_s=0.5)) as pool:
        with pytest.raises(UnreadableImage, match=r"more than 0\.5 s of computing") as caught:
            await pool.image(slow, Detail.HASHES)
        assert await outcome(pool, hostile_pictures.jpeg_of_scans(1, 800)) == "read"
    assert caught.value.kind == "reader_timeout"
    assert resident() - before < 32 * MIB


async def read_all(pool: ReaderPool, corpus: Iterable[tuple[str, bytes]]) -> tuple[collections.Counter[str], float]:
    """Outcomes, and the longest time that one took, as many at once as there are workers and one more."""
    ends: collections.Counter[str] = collections.Counter()
    waiting, longest = iter(corpus), 0.0

    async def one_after_another() -> None:
        nonlocal longest
        for name, data in waiting:
            began = time.monotonic()
            try:
                ends[await outcome(pool, data)] += 1
            except AssertionError as error:
                raise AssertionError(name) from error
            longest = max(longest, time.monotonic() - began)

    await asyncio.gather(*(one_after_another() for _ in range(len(os.sched_getaffinity(0)) + 1)))
    return ends, longest


async def test_broken_pictures_end_typed(pool: ReaderPool) -> None:
    ends, _ = await read_all(pool, hostile_pictures.mutations(300, seed=1))
    assert sum(ends.values()) == 300
    assert ends["read"] > 30
    assert ends["reader_timeout"] == 0


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_twenty_thousand_broken_pictures(pool: ReaderPool, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "20261122"))
    count = int(os.environ.get("FUZZ_COUNT", "20000"))
    before, began = resident(), time.monotonic()
    ends, longest = await read_all(pool, hostile_pictures.mutations(count, seed))
    took, grown = time.monotonic() - began, resident() - before
    with capsys.disabled():
        print(f"\nseed {seed}: {dict(ends)} in {took:.0f} s, longest {longest:.2f} s, main grew {grown / MIB:.1f} MiB")
    assert sum(ends.values()) == count
    assert grown < 64 * MIB
