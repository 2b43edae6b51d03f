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
from tests.review.flow_data import copy_of, custody_acts, demo_data, home_with_finds, states_of
from tests.review.running import running
from tests.review.strokes import Keyboard

pytestmark = pytest.mark.skipif(not THERE, reason="no Chromium on this machine")

SCRIPTS = [pytest.param(True, id="with scripts"), pytest.param(False, id="without")]
expect.set_options(timeout=WITHIN_S * 1000)


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
async def test_ten_are_decided_by_keyboard_alone(tmp_path: Path, scripts: bool, most: int) -> None:
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


async def to(page: Page, name: str) -> None:
    """By the list of pages."""
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()


async def heading(page: Page, words: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_contain_text(words)


async def press(page: Page, name: str) -> None:
    """The button that begins so: what follows tells a listener which thing it is about."""
    await page.get_by_role("button", name=re.compile("^" + re.escape(name))).first.click()


@pytest.mark.long
@pytest.mark.parametrize("scripts", SCRIPTS)
async def test_a_find_from_the_inbox_to_a_report(demo: Path, tmp_path: Path, scripts: bool) -> None:
    home = copy_of(demo, tmp_path)
    before = states_of(home)
    async with at_the_page(home, scripts=scripts) as page:
        # All copies of a site, after a page that lists them; taken back; put aside.
        site = page.locator("[data-item]").first
        await site.get_by_role("link", name="Mine", exact=True).click()
        await heading(page, "Decide at once")
        await press(page, "All ticked are mine")
        await heading(page, "To decide")
        assert states_of(home)["confirmed"] > before.get("confirmed", 0)
        await press(page, "Undo")
        assert states_of(home) == before
        await page.locator("[data-item]").first.get_by_role("link", name="Later", exact=True).click()
        await press(page, "Later: tomorrow")
        await expect(page.get_by_role("link", name="are put aside")).to_be_visible()
        # A note, then the incident, then drafts and one of them sent.
        site = page.locator("[data-item]").first
        await site.get_by_role("link", name="Note").click()
        await page.get_by_label("Your words").fill("He wrote to me on <b>Tuesday</b>.")
        await press(page, "Keep the note")
        await page.locator("[data-item]").first.get_by_role("link", name="Mine", exact=True).click()
        await press(page, "All ticked are mine")
        await to(page, "Reports")
        await page.get_by_role("link", name="Read and send").first.click()
        await heading(page, "Report to")
        await press(page, "Mark as sent")
        await expect(page.locator("#standing")).to_contain_text("sent")
    assert states_of(home)["reported"] >= 1


@pytest.mark.long
@pytest.mark.parametrize("scripts", SCRIPTS)
async def test_one_picture_is_shown_and_hidden(demo: Path, tmp_path: Path, scripts: bool) -> None:
    home = copy_of(demo, tmp_path)
    async with at_the_page(home, scripts=scripts) as page:
        pictures: list[str] = []
        page.on(
            "response", lambda answer: pictures.append(answer.url) if answer.request.resource_type == "image" else None
        )
        await page.locator("[data-item]").first.get_by_role("link", name="Evidence").click()
        await press(page, "Show it")
        await heading(page, "Open the evidence")
        assert pictures == []
        await press(page, "Open")  # the demo's key has no passphrase; what was asked for follows
        shown = page.get_by_alt_text("The picture that you asked for")
        assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        again = pictures[0]
        await press(page, "Hide it")
        await expect(shown).to_have_count(0)
        answer = await page.request.get(again)
        assert answer.headers["content-type"].startswith("text/html"), "its address works once"
        await press(page, "Lock")
        await expect(page.get_by_role("navigation", name="Pages")).to_have_count(0)
    assert custody_acts(home).count("view") == 1


@pytest.mark.long
@pytest.mark.parametrize("scripts", SCRIPTS)
async def test_links_and_evidence_of_ones_own(demo: Path, tmp_path: Path, scripts: bool) -> None:
    home = copy_of(demo, tmp_path)
    letter = tmp_path / "letter.txt"
    letter.write_text("I know where you live")
    async with at_the_page(home, scripts=scripts) as page:
        await to(page, "Links you found")
        await page.get_by_label("Addresses of pages or pictures").fill("https://one.example/t/1\nno link\n")
        await press(page, "File them")
        await expect(page.get_by_text("Filed as find")).to_have_count(1)
        await expect(page.get_by_text("this is no link")).to_have_count(1)
        await to(page, "Evidence")
        await page.get_by_role("link", name="Add something of your own").click()
        await page.get_by_label("What happened, and the exact words").fill("A threat")
        await page.get_by_label("Or choose them").set_input_files(letter)
        await press(page, "Seal it")
        await expect(page.get_by_role("main")).to_contain_text("sealed")
        await press(page, "Leave now")
        await page.wait_for_url("**/away")
        await page.go_back()
        await expect(page.get_by_role("navigation", name="Pages")).to_have_count(0)
