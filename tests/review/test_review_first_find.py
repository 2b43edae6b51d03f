"""From nothing to a first find, all of it in a real browser: the seven steps against the page as a process, and the
daemon as another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, fill_gallery, serve
from tests.patience import WITHIN_S
from tests.review.browsing import THERE, chromium
from tests.review.running import running
from tests.review.test_review_flows import SCRIPTS, heading, press

pytestmark = [pytest.mark.long, pytest.mark.skipif(not THERE, reason="no Chromium on this machine")]

OWN_WORDS = "violet harbour tangerine clock"
expect.set_options(timeout=WITHIN_S * 1000)


@contextmanager
def daemon(environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "monitor", "run"], env=environ, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(WITHIN_S)


async def step(page: Page, number: int) -> None:
    await page.goto(f"/begin/{number}")


async def say(page: Page, group: str, answer: str) -> None:
    await page.get_by_role("group", name=re.compile(group)).get_by_role("radio", name=re.compile(answer)).check()


async def until(page: Page, path: str, thing: Locator) -> None:
    """As somebody does who looks again and again."""
    deadline = time.monotonic() + WITHIN_S
    while not await thing.count():
        assert time.monotonic() < deadline, await page.get_by_role("main").inner_text()
        await page.goto(path)


@pytest.mark.parametrize("scripts", SCRIPTS)
async def test_from_nothing_to_a_first_find(tmp_path: Path, scripts: bool) -> None:
    home, photos = tmp_path / "home", tmp_path / "photos"
    home.mkdir()
    photos.mkdir()
    (photos / "owl.jpg").write_bytes((PHOTOS / "enrolled" / "owl.jpg").read_bytes())
    (photos / "letter.jpg").write_text("no photo")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "REUPLOAD_MONITOR_"))}
    key = {"REUPLOAD_MONITOR_DATABASE__KEY_FILE": str(home / "store.key")}  # there is no keyring here
    (home / "store.key").write_text("6b" * 32)
    (home / "store.key").chmod(0o600)
    environ = {**clean, **ON_LOOPBACK, **key, "HOME": str(home)}
    with serve() as site, running(None, environ=environ) as process:
        fill_gallery(site)
        async with chromium() as browser:
            context = await browser.new_context(base_url=process.origin, java_script_enabled=scripts)
            context.set_default_timeout(WITHIN_S * 1000)
            page = await context.new_page()
            await page.goto(process.link)
            await press(page, "Open")
            await heading(page, "Seven steps to begin")
            await step(page, 1)
            await say(page, "open this computer", "^No")
            await say(page, "read your mail", "^No")
            await press(page, "Note this")
            await step(page, 2)
            await say(page, "18 or older", "^Yes")
            await say(page, "Whose pictures", "I am the person")
            await page.get_by_label("Country").fill("US")
            await press(page, "Say this")
            await step(page, 3)
            await page.get_by_label(re.compile("^Type the six words")).fill(OWN_WORDS)
            await page.get_by_label(re.compile("^Your own words once more")).fill(OWN_WORDS)
            await press(page, "Make it")
            await step(page, 4)
            await page.get_by_label("The folder's path").fill(str(photos))
            await press(page, "Read it")
            await until(page, "/begin/4", page.get_by_text("letter.jpg"))
            await step(page, 5)
            await page.get_by_label(re.compile("^The address of a page")).fill(f"{site.url}/gallery")
            await press(page, "What would that be?")
            await press(page, "Look at this place")
            with daemon(environ):
                await step(page, 7)
                await press(page, "Look now")
                await until(page, "/", page.locator("[data-item]"))
                await heading(page, "To decide")
                await expect(page.locator("[data-item]")).to_have_count(1)
            await context.close()
