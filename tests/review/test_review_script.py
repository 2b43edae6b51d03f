"""What `static/page.js` does in a real Chromium, and that all of it goes without it: leaving, keys, copying."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from tests.review.asking import NothingFound
from tests.review.browsing import THERE, Door, chromium, served_at, window

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
]

ITEMS = """() => {
    const act = (key, words) => `<button type="button" data-key="${key}">${words}</button>`;
    document.querySelector("main").innerHTML = [1, 2, 3].map(id =>
        `<article id="find-${id}" class="item" tabindex="-1" data-item>${act("c", "Mine")} ${act("d", "Not mine")}
        <a data-key="Enter" href="#opened-${id}">Open</a>
        <details><summary data-key="n">Note</summary><textarea aria-label="Note"></textarea></details></article>`
    ).join("") + '<label>Filter <input data-key="/" id="filter"></label>';
    window.done = [];
    document.querySelectorAll("button[data-key]").forEach(button =>
        button.addEventListener("click", () => window.done.push(button.dataset.key + button.parentElement.id)));
}"""
FOCUSED = "() => document.activeElement.id || document.activeElement.tagName"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def door() -> AsyncIterator[Door]:
    async with served_at(NothingFound()) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def inside(browser: Browser) -> AsyncIterator[Page]:
    """One window for what changes nothing."""
    async with served_at(NothingFound()) as served, window(browser, served) as page:
        await page.goto("/help")
        yield page


async def shut(page: Page) -> bool:
    """Whether going back, and asking anew, shows the door."""
    await page.go_back()
    behind = await page.locator("main h1").inner_text()
    await page.goto("/help")
    return behind == await page.locator("main h1").inner_text() == "This page is closed"


async def by_the_button(page: Page) -> None:
    await page.locator("button.leave").click()


async def by_shift(page: Page) -> None:
    for _ in range(3):
        await page.keyboard.press("Shift")


@pytest.mark.parametrize(
    ("leaves", "scripts"),
    [
        pytest.param(by_the_button, True, id="by the button"),
        pytest.param(by_shift, True, id="by Shift three times"),
        pytest.param(by_the_button, False, id="by the button, without scripts"),
    ],
)
async def test_after_leaving_there_is_the_door(browser: Browser, door: Door, leaves: object, scripts: bool) -> None:
    async with window(browser, door, scripts=scripts) as page:
        await page.goto("/help#words")
        await page.goto("/help")
        await leaves(page)  # type: ignore[operator]  # one of the two above
        await page.wait_for_url("**/away")
        assert await shut(page)


async def test_leaving_stands_in_the_place_of_the_page(browser: Browser, door: Door) -> None:
    async with window(browser, door) as page:
        await page.goto("/help")
        steps = await page.evaluate("history.length")
        await by_the_button(page)
        await page.wait_for_url("**/away")
        assert await page.evaluate("history.length") == steps


async def test_a_page_that_the_browser_kept_whole_is_asked_for_anew(browser: Browser, door: Door) -> None:
    """Playwright cannot go back to a page that was kept whole, so that the browser's event comes by hand."""
    async with window(browser, door) as page:
        for event in ("pagehide", "pageshow"):
            await page.goto("/help")
            left = f"dispatchEvent(new PageTransitionEvent('{event}', {{persisted: true}}))"
            if event == "pagehide":
                assert await blank_after(page, left) == "[]"
            else:
                async with page.expect_navigation(url="**/help"):
                    assert await blank_after(page, left) == "[]"


async def blank_after(page: Page, does: str) -> str:
    """What the page still has in the very step in which that is done. Told by its console: what is asked of a page
    that goes elsewhere meanwhile may never be answered."""
    async with page.expect_console_message(lambda message: message.text.startswith("[")) as told:
        await page.evaluate(
            f"""() => {{ setTimeout(() => {{
                {does};
                console.log(JSON.stringify([...document.documentElement.childNodes].map(one => one.nodeName)));
            }}, 0); }}"""
        )
    return (await told.value).text


@pytest.mark.parametrize(
    "press",
    [
        pytest.param("document.querySelector('button.leave').click()", id="by the button"),
        pytest.param(
            "for (let i = 0; i < 3; i++) document.body.dispatchEvent(new KeyboardEvent('keydown', "
            "{key: 'Shift', bubbles: true}))",
            id="by Shift",
        ),
    ],
)
async def test_the_page_is_blank_before_anything_else_is_done(browser: Browser, door: Door, press: str) -> None:
    """In the very step in which the press arrives: it waits for no answer, however slow."""
    async with window(browser, door) as page:
        await page.goto("/help")
        assert await blank_after(page, press) == "[]"
        await page.wait_for_url("**/away")  # a window that is on its way does not always close


@pytest.mark.long
async def test_the_page_is_blank_within_a_tenth_of_a_second(browser: Browser, door: Door) -> None:
    """From the press to what is painted after it; the quickest of five, since other programs have the processor too."""
    took = []
    for _ in range(5):
        async with window(browser, door) as page:
            await page.goto("/help")
            measured = asyncio.Event()
            await page.route("**/away", functools.partial(_answered_after, measured))
            await page.evaluate(
                """() => addEventListener("click", event => requestAnimationFrame(() => requestAnimationFrame(
                    () => console.log(performance.now() - event.timeStamp))), true)"""
            )
            async with page.expect_console_message() as told:
                await page.locator("button.leave").click(no_wait_after=True)
            took.append(float((await told.value).text))
            measured.set()
            await page.wait_for_url("**/away")
    assert min(took) <= 100, took


async def _answered_after(event: asyncio.Event, route: Route) -> None:
    await event.wait()
    await route.continue_()


@pytest.mark.parametrize(
    ("presses", "focused"),
    [
        pytest.param("j", "find-2", id="next"),
        pytest.param("jj", "find-3", id="next but one"),
        pytest.param("jjj", "find-3", id="there is no next"),
        pytest.param("jk", "find-1", id="and back"),
        pytest.param("n", "TEXTAREA", id="a note is written at once"),
        pytest.param("nj", "TEXTAREA", id="what is typed is no key"),
        pytest.param("/", "filter", id="filter"),
        pytest.param("x", "find-1", id="a key that is none"),
    ],
)
async def test_where_a_key_leads(inside: Page, presses: str, focused: str) -> None:
    await inside.evaluate(ITEMS)
    await inside.locator("#find-1").focus()
    for key in presses:
        await inside.keyboard.press(key)
    assert await inside.evaluate(FOCUSED) == focused


async def test_what_keys_do(inside: Page) -> None:
    await inside.evaluate(ITEMS)
    await inside.keyboard.press("c")
    assert await inside.evaluate("window.done") == [], "no item has the focus"
    await inside.locator("#find-1").focus()
    for key in ("c", "j", "d", "Control+c", "Alt+d"):
        await inside.keyboard.press(key)
    assert await inside.evaluate("window.done") == ["cfind-1", "dfind-2"]
    await inside.keyboard.press("Enter")
    assert inside.url.endswith("#opened-2")


async def test_keys_can_be_switched_off(browser: Browser, door: Door) -> None:
    async with window(browser, door) as page:
        await page.goto("/help")
        await page.locator("#switch").click()
        await page.wait_for_load_state()
        assert await page.evaluate(FOCUSED) == "switch"
        assert await page.get_by_role("status").inner_text() == "The keys are off until you open the page anew."
        await page.evaluate(ITEMS)
        await page.locator("#find-1").focus()
        await page.keyboard.press("c")
        assert await page.evaluate("window.done") == []


async def test_leaving_comes_before_everything_else(browser: Browser, door: Door) -> None:
    async with window(browser, door) as page:
        await page.goto("/help")
        await page.keyboard.press("Tab")
        assert await page.locator(":focus").inner_text() == "Leave now"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate(FOCUSED) == "main"


@pytest.mark.parametrize("scripts", [pytest.param(True, id="scripts"), pytest.param(False, id="no scripts")])
async def test_a_word_opens_its_meaning_by_keyboard(browser: Browser, door: Door, scripts: bool) -> None:
    async with window(browser, door, scripts=scripts) as page:
        await page.goto("/help")
        meaning = page.locator("#word-copy")
        await page.locator("main button.word").focus()
        for shown, key in ((True, "Enter"), (False, "Escape")):
            await page.keyboard.press(key)
            assert await meaning.is_visible() is shown
