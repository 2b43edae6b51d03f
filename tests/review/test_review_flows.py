"""What a person does, in a real Chromium against `reupload-monitor review` as a process: with scripts and without."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.patience import WITHIN_S
from tests.review.browsing import THERE, chromium
from tests.review.flow_data import copy_of, demo_data, home_with_finds, states_of
from tests.review.running import running
from tests.review.strokes import Keyboard

pytestmark = pytest.mark.skipif(not THERE, reason="no Chromium on this machine")

SCRIPTS = [pytest.param(True, id="with scripts"), pytest.param(False, id="without")]
expect.set_options(timeout=WITHIN_S * 1000)


@pytest.fixture(scope="module")
def finds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with_finds(tmp_path_factory.mktemp("finds"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_data(tmp_path_factory.mktemp("demo"))


@asynccontextmanager
async def at_the_page(config: Path, *, scripts: bool) -> AsyncIterator[Page]:
    """Let in, on the inbox."""
    with running(config) as process:
        async with chromium() as browser:
            context = await browser.new_context(base_url=process.origin, java_script_enabled=scripts)
            context.set_default_timeout(WITHIN_S * 1000)
            page = await context.new_page()
            await page.goto(process.link)
            await page.get_by_role("button", name="Open").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("To decide")
            yield page
            await context.close()


@pytest.mark.parametrize(
    ("scripts", "most"), [pytest.param(True, 40, id="with"), pytest.param(False, 60, id="without")]
)
async def test_ten_are_decided_by_keyboard_alone(finds: Path, tmp_path: Path, scripts: bool, most: int) -> None:
    home = home_with_finds(tmp_path)
    async with at_the_page(home, scripts=scripts) as page:
        keyboard = Keyboard(page)
        await keyboard.tab_to("[data-item], [data-item] *" if scripts else "button[value^=confirm]")
        for number in range(10):
            act = ("c", "confirm") if number % 2 else ("d", "dismiss")
            if scripts:
                await keyboard.press_and_load(act[0])
            else:
                await keyboard.tab_to(f"button[value^={act[1]}]")
                await keyboard.press_and_load("Enter")
        await expect(page.get_by_text("You have decided")).to_be_visible()
    assert keyboard.strokes < most
    assert states_of(home) == {"confirmed": 5, "dismissed": 5, "new": 2}
