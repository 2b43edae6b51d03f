"""Every state of every page in a language that is longer than English and from the right, as Chromium draws it: nothing
scrolls sideways, and nothing for axe to find."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from monitor.catalogue import spoken
from tests.review.browsing import THERE, chromium, shown
from tests.review.state import State
from tests.review.states import STATES
from tests.review.test_review_looks import faults
from tests.words.pseudo import Pseudo

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
    pytest.mark.long,
]

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().left < -1)
        .map(one => `sideways: ${one.outerHTML.slice(0, 120)}`)"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page() -> AsyncIterator[Page]:
    async with chromium() as browser:
        yield await browser.new_page()


@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
async def test_longer_words_from_the_right_stand_in_nobodys_way(page: Page, state: State) -> None:
    found = list[str]()
    with spoken(Pseudo()):
        async with shown(page, state):
            for width in (320, 1366):
                await page.set_viewport_size({"width": width, "height": 900})
                found += [f"{width}: {fault}" for fault in (*await page.evaluate(TOO_WIDE), *await faults(page))]
            assert await page.evaluate("document.documentElement.dir") == "rtl"
    assert found == []
