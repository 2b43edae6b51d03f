"""What `ports.Reader` promises, asked of the confined workers and of the one that reads in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import monitor.demo
from monitor.errors import UnreadableImage
from monitor.model.page import ParseJob
from monitor.ports import Detail, Reader
from monitor.reader.pool import ReaderPool
from tests.fakes import InlineReader

PHOTO = (Path(monitor.demo.__file__).parent / "photos" / "enrolled" / "cat.jpg").read_bytes()
PAGE = b'<title>T</title><p>words</p><img src="/a.jpg"><a href="/b">b</a>'
JOB = ParseJob("html", "https://site.test/", "text/html; charset=utf-8")


@pytest.fixture(params=["the confined workers", "in this process"])
async def reader(request: pytest.FixtureRequest) -> AsyncIterator[Reader]:
    if request.param == "in this process":
        yield InlineReader()
        return
    async with ReaderPool() as pool:
        yield pool


class TestReader:
    async def test_a_page(self, reader: Reader) -> None:
        content = await reader.page(JOB, PAGE)
        assert (content.title, content.problem) == ("T", None)
        assert [ref.url for ref in content.images] == ["https://site.test/a.jpg"]

    async def test_a_picture(self, reader: Reader) -> None:
        quick = await reader.image(PHOTO, Detail.HASHES)
        (frame,) = quick.frames
        assert frame.pdq_turns and frame.features is None
        (closer,) = (await reader.image(PHOTO, Detail.FEATURES)).frames
        assert closer.pdq_turns == frame.pdq_turns and closer.features is not None

    @pytest.mark.rows(2)
    @pytest.mark.parametrize(
        ("data", "kind"),
        [pytest.param(b"<p>a page</p>", "not_an_image", id="a page"), pytest.param(PHOTO[:9], "broken", id="a piece")],
    )
    async def test_what_is_no_picture_is_told_by_kind(self, reader: Reader, data: bytes, kind: str) -> None:
        with pytest.raises(UnreadableImage) as caught:
            await reader.image(data, Detail.HASHES)
        assert caught.value.kind == kind and caught.value.remedy

    @pytest.mark.rows(1)
    async def test_a_photo_of_the_person(self, reader: Reader) -> None:
        made = (await reader.photo(PHOTO, features=False)).fingerprint
        (frame,) = (await reader.image(PHOTO, Detail.HASHES)).frames
        assert made.pdq is not None and made.pdq.bits == frame.pdq_turns[0]
        assert made.features is None

    async def test_robots(self, reader: Reader) -> None:
        rules = await reader.robots(b"User-agent: *\nDisallow: /private\n")
        assert rules == await InlineReader().robots(b"User-agent: *\nDisallow: /private\n") and rules is not None
