"""One picture in a real Chromium, with scripts and without: there when it is asked for, and gone by key, by time, on
leaving, and when somebody goes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Response

from monitor.review import shown_once
from monitor.review.pages import showing
from tests.review.browsing import THERE, chromium, served_at, window
from tests.review.pictures import WORDS, PicturesKept, pictures_kept
from tests.review.test_review_looks import faults

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


class Wire:
    """Every picture that a page was sent."""

    def __init__(self, page: Page) -> None:
        self.pictures: list[str] = []
        page.on("response", self._heard)

    @staticmethod
    def is_picture(answer: Response) -> bool:
        return answer.headers.get("content-type", "").startswith("image/")

    def _heard(self, answer: Response) -> None:
        if self.is_picture(answer):
            self.pictures.append(answer.url)


async def pixels(page: Page) -> tuple[int, int]:
    found = await page.evaluate("() => [...document.images].map(one => [one.naturalWidth, one.naturalHeight])")
    return tuple(found[0]) if found else (0, 0)


async def ask_for_it(page: Page, kept: PicturesKept, *, by_key: bool) -> None:
    await page.goto(f"/evidence/find/{kept.find}")
    item = page.locator(f"#file-{kept.image}")
    if by_key:
        await item.focus()
        await page.keyboard.press("s")
    else:
        await item.get_by_role("button").click()


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_who_goes_elsewhere_and_back_finds_it_gone(browser: Browser, scripts: bool) -> None:
    """Chromium would bring the whole page back, picture and all: without scripts nothing on it could take it away."""
    kept = pictures_kept(words=False)
    async with served_at(kept.core) as door, window(browser, door, scripts=scripts) as page:
        await ask_for_it(page, kept, by_key=False)
        await page.get_by_role("button", name="Open").click()
        await page.wait_for_selector("main img")
        await page.wait_for_function("() => document.images[0].complete") if scripts else None
        await page.get_by_role("link", name="Evidence", exact=True).click()
        await page.wait_for_url("**/evidence")
        await page.go_back()
        assert "is hidden" in await page.locator("h1").inner_text()
        assert await page.locator("img").count() == 0 and len(kept.views()) == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_shown_hidden_and_not_there_when_somebody_goes_back(browser: Browser, scripts: bool) -> None:
    kept = pictures_kept()
    async with served_at(kept.core) as door, window(browser, door, scripts=scripts) as page:
        wire = Wire(page)
        await ask_for_it(page, kept, by_key=scripts)
        await page.get_by_label("Passphrase").fill(WORDS.value)
        assert wire.pictures == []
        async with page.expect_event("response", wire.is_picture):  # the page tells of it before it is there
            await page.keyboard.press("Enter")
        await page.wait_for_selector("main img")
        assert len(wire.pictures) == 1
        if scripts:
            await page.wait_for_function("() => document.images[0].complete")
            assert await pixels(page) == (60, 40)
            assert await faults(page) == []
            await page.wait_for_load_state("domcontentloaded")
            await page.keyboard.press("h")
        else:
            await page.get_by_role("button", name="Hide it", exact=True).click()
        await page.wait_for_url(f"**/evidence/find/{kept.find}")
        assert await page.evaluate("() => document.activeElement.id") == f"file-{kept.image}"
        await page.go_back()
        await page.wait_for_selector("h1")
        assert await page.locator("img").count() == 0
        assert len(wire.pictures) == 1 and len(kept.views()) == 1


async def test_it_goes_by_itself_without_scripts(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "SHOWN_FOR", timedelta(seconds=1))
    monkeypatch.setattr(shown_once, "SHOWN_FOR", timedelta(seconds=1_000))
    kept = pictures_kept(words=False)
    async with served_at(kept.core) as door, window(browser, door, scripts=False) as page:
        await ask_for_it(page, kept, by_key=False)
        await page.get_by_role("button", name="Open").click()
        await page.wait_for_url(f"**/evidence/find/{kept.find}")
        assert "hidden after half a minute" in await page.locator(".told").inner_text()
        assert await page.locator("img").count() == 0 and len(kept.views()) == 1


async def test_leaving_takes_it_and_the_key(browser: Browser) -> None:
    kept = pictures_kept(words=False)
    async with served_at(kept.core) as door, window(browser, door) as page:
        await ask_for_it(page, kept, by_key=True)
        await page.get_by_role("button", name="Open").click()
        await page.wait_for_selector("main img")
        await page.wait_for_load_state("domcontentloaded")  # before it no script hears a key
        for _ in range(3):
            await page.keyboard.press("Shift")
        await page.wait_for_url("**/away")
        await page.go_back()
        await page.wait_for_selector("h1")
        assert await page.locator("img").count() == 0
        assert not kept.core._shows._open, "the child ended"
