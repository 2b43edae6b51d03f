"""Photos that come from the browser leave nothing of themselves in any file, also when it is closed midway."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import async_playwright

from monitor.outbound.browser.finding import find_chromium
from monitor.reader.pool import ReaderPool
from monitor.setup_in_browser import SetUpInBrowser
from tests.matching.generated_pictures import colour_photo
from tests.review.asking import NothingFound, asking
from tests.review.browsing import THERE, served_at
from tests.review.test_first_pages import token_of, upload
from tests.review.test_first_use import making_here, opened_in, set_up

PLANTED = "planted words 7f3a91c2"
WRITING: list[list[str]] = []
"""The lists that the paths of files go to which are opened for writing."""


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and WRITING and isinstance(arguments[2], int) and arguments[2] & 3:
        if not isinstance(arguments[0], int):  # a descriptor that is open already: a pipe to a reader
            WRITING[-1].append(str(arguments[0]))


sys.addaudithook(_hook)


@contextmanager
def written() -> Iterator[list[str]]:
    WRITING.append([])
    try:
        yield WRITING[-1]
    finally:
        WRITING.pop()


def photo(seed: int, size: tuple[int, int] = (120, 160)) -> bytes:
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010E] = PLANTED
    Image.fromarray(colour_photo(*size, seed)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def noise() -> bytes:
    """Of more than a megabyte: what form parsers put into a file."""
    out = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (640, 640, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    assert len(out.getvalue()) > 1_200_000
    return out.getvalue()


def runs_of(photos: Sequence[bytes]) -> list[bytes]:
    """Pieces of each, of 24 bytes, and what stands in its EXIF."""
    pieces = [one[at : at + 24] for one in photos for at in range(200, len(one) - 24, 4_001)]
    return [PLANTED.encode(), *pieces]


def found_in(folder: Path, runs: Sequence[bytes]) -> list[str]:
    contents = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [path for path, content in contents.items() if any(run in content for run in runs)]


@pytest.fixture
async def first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[SetUpInBrowser]:
    """With real readers, and a folder of its own for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with opened_in(tmp_path) as opened:
        first = making_here(monkeypatch, opened)
        await set_up(first)
        async with ReaderPool(features=False) as pool:
            opened().__dict__["reader"] = pool
            yield first


async def test_photos_leave_nothing_in_any_file(first: SetUpInBrowser, tmp_path: Path) -> None:
    photos = [*(photo(seed) for seed in range(19)), noise()]
    core = NothingFound()
    core.first_use = first  # type: ignore[attr-defined]
    files = [("photos", f"{number}.jpg", content) for number, content in enumerate(photos)]
    async with asking(core) as client:
        token = ("token", None, (await token_of(client)).encode())
        body, headers = upload(token, *files)
        with written() as paths:
            answer = await client.post("/begin/4/files", content=_pieces(body), headers=headers)
            assert answer.status_code == 303
            midway, headers = upload(token, ("photos", "late.jpg", photo(77)), ("photos", "cut.jpg", photo(78)))
            await client.post("/begin/4/files", content=_pieces(midway[:-3_000]), headers=headers)
    now = await first.photos()
    assert now.kept >= 18
    assert {row.name for row in now.rows} >= {"0.jpg", "19.jpg", "late.jpg"} and "cut.jpg" not in str(now.rows)
    assert found_in(tmp_path, runs_of([*photos, photo(77), photo(78)])) == []
    others = [path for path in paths if "/store.db" not in path and "/__pycache__/" not in path]
    assert [path for path in others if not path.startswith(("/dev/", "/proc/"))] == []


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 65_536):
        yield body[at : at + 65_536]


async def test_only_where_the_page_is_opened_on_its_own_machine(
    first: SetUpInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = NothingFound()
    core.first_use = first  # type: ignore[attr-defined]
    async with asking(core) as client:
        token = ("token", None, (await token_of(client)).encode())
        monkeypatch.setattr("monitor.review.asked.PageAsked.is_here", False)
        body, headers = upload(token, ("photos", "a.jpg", photo(1)))
        assert (await client.get("/begin/4")).status_code == 400
        assert (await client.post("/begin/4/files", content=body, headers=headers)).status_code == 400
    assert (await first.photos()).kept == 0


@pytest.mark.long
@pytest.mark.skipif(not THERE, reason="there is no Chromium")
async def test_neither_does_the_browser(first: SetUpInBrowser, tmp_path: Path) -> None:
    """Chosen in a real one, with a profile and a temporary folder of its own; then closed midway."""
    core, profile, chosen = NothingFound(), tmp_path / "profile", tmp_path.with_name("chosen")
    core.first_use = first  # type: ignore[attr-defined]
    chosen.mkdir()
    photos = [*(photo(seed, (600, 800)) for seed in range(19)), noise()]
    for number, content in enumerate(photos):
        (chosen / f"{number}.jpg").write_bytes(content)
    short = Path(tempfile.mkdtemp(prefix="b-", dir="/tmp"))  # Chromium puts a socket there, whose path has a limit
    async with served_at(core) as door, async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(""),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
            env={**os.environ, "TMPDIR": str(short)},
        )
        try:
            page = await browser.new_page()
            await page.goto(door.link)
            await page.locator("main button").first.click()
            await page.goto(f"{door.origin}/begin/4")
            await page.locator("input[type=file]").set_input_files(sorted(chosen.iterdir())[:20])
            await page.get_by_role("button", name="Read these").click()
            await page.wait_for_url("**/begin/4")
            await page.get_by_role("heading", name="What was read last").wait_for()
            kept = (await first.photos()).kept
            await page.locator("input[type=file]").set_input_files(sorted(chosen.iterdir())[:20])
            await page.get_by_role("button", name="Read these").click(no_wait_after=True)
            while len((await first.photos()).rows) < 22:
                await asyncio.sleep(0.01)
        finally:
            await browser.close()
    assert kept >= 18
    runs = runs_of(photos)
    try:
        assert found_in(tmp_path, runs) == [] == found_in(short, runs)
    finally:
        shutil.rmtree(short)
    assert found_in(chosen, runs), "the runs are of these photos"
