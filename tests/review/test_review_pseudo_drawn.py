"""Every state of every page in a language that is longer than English and from the right, as Chromium draws it: nothing
scrolls sideways, and nothing for axe to find."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from monitor.catalogue import spoken
from tests.review.browsing import THERE, chromium, go_to, served_at, window
from tests.review.state import State
from tests.review.states import STATES
from tests.review.test_review_looks import faults
from tests.words.pseudo import Pseudo

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
    pytest.mark.long,
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
async def test_longer_words_from_the_right_stand_in_nobodys_way(browser: Browser, state: State) -> None:
    with spoken(Pseudo()):
        async with served_at(state.core()) as door, window(browser, door, enters=state.enters, width=320) as page:
            await go_to(page, state)
            found = await faults(page)
            await page.set_viewport_size({"width": 1366, "height": 900})
            found += await faults(page)
            assert await page.evaluate("document.documentElement.dir") == "rtl"
    assert found == []
