"""Every state of every page in a real Chromium: nothing for axe to find, nothing that scrolls sideways, nothing that
moves while it is drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.review.browsing import THERE, chromium, go_to, served_at, window
from tests.review.state import State
from tests.review.states import STATES

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
USUAL = (("light", 1366), ("dark", 320))
OTHER = (("dark", 1366), ("light", 320))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def large(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    async with chromium(text=200) as running:
        yield running


async def faults(page: Page) -> list[str]:
    """What axe finds, one line each, and whether anything scrolls sideways or moved."""
    found = await Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    lines = [f"{rule['id']}: {node['html'][:200]}" for rule in found.response["violations"] for node in rule["nodes"]]
    wide = await page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
                .map(one => "sideways: " + one.outerHTML.slice(0, 120))"""
    )
    return [*lines, *wide]


async def shift(page: Page) -> float:
    return await page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => {
            done(list.getEntries().reduce((sum, one) => sum + one.value, 0));
        }).observe({type: "layout-shift", buffered: true}) ?? setTimeout(() => done(0), 50))"""
    )


async def looked_at(browser: Browser, state: State, looks: tuple[tuple[str, int], ...]) -> list[str]:
    found = []
    async with served_at(state.core()) as door, window(browser, door, enters=state.enters) as page:
        await go_to(page, state)
        if moved := await shift(page):
            found.append(f"moved by {moved}")
        for scheme, width in looks:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            found += [f"{scheme} {width}: {fault}" for fault in await faults(page)]
    return found


EACH = pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])


@pytest.mark.rows(6)
@EACH
async def test_nothing_stands_in_anybodys_way(browser: Browser, state: State) -> None:
    assert await looked_at(browser, state, USUAL) == []


@pytest.mark.long
@EACH
async def test_nor_in_the_other_looks(browser: Browser, state: State) -> None:
    assert await looked_at(browser, state, OTHER) == []


@pytest.mark.long
@EACH
async def test_nor_with_text_of_twice_the_size(large: Browser, state: State) -> None:
    assert await looked_at(large, state, (*USUAL, *OTHER)) == []
