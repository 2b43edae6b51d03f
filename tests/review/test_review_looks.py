"""Every state of every page in a real Chromium: nothing for axe to find, nothing that scrolls sideways, moves while it
is drawn or is too small to press; and what a screen reader is told, as it was read once and found good.

`REVIEW_SNAPSHOTS=write` writes those anew: read the difference before it is committed."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.review.browsing import THERE, chromium, shown
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
async def page() -> AsyncIterator[Page]:
    """One for all: each state is let in anew."""
    async with chromium() as browser:
        yield await browser.new_page()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def large() -> AsyncIterator[Page]:
    """Of somebody whose letters are twice as large."""
    async with chromium(text=200) as browser:
        yield await browser.new_page()


MEASURED = """() => {
    const told = (what, elements) => elements.map(one => `${what}: ${one.outerHTML.slice(0, 120)}`);
    const all = chosen => [...document.querySelectorAll(chosen)].filter(one => one.checkVisibility());
    const wide = document.documentElement.scrollWidth > innerWidth;
    const main = document.querySelector(".bar ~ .shell > main");
    const pressed = "button:not(.word), input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea, " +
        "summary, .choice, .pages a, a.button:not(.skip, .to-pages)";
    return [
        ...told("sideways", all("body *").filter(one => wide && one.getBoundingClientRect().right > innerWidth + 1)),
        ...told("smaller than 44", all(pressed).filter(one => one.getBoundingClientRect().height < 43.5)),
        ...told("narrow", main && main.getBoundingClientRect().width < Math.min(innerWidth - 60, 640) ? [main] : []),
        ...told("an order of its own", all("[tabindex]").filter(one => one.tabIndex > 0)),
    ];
}"""


async def faults(page: Page) -> list[str]:
    """What axe finds, one line each, and whether anything scrolls sideways or moved."""
    found = await Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    lines = [f"{rule['id']}: {node['html'][:200]}" for rule in found.response["violations"] for node in rule["nodes"]]
    return [*lines, *await page.evaluate(MEASURED)]


async def moved(page: Page) -> list[str]:
    """What moved after it was drawn first."""
    return await page.evaluate(
        """() => new Promise(done => {
            new PerformanceObserver(list => done(list.getEntries().map(one =>
                `moved: ${one.sources.map(from => from.node?.outerHTML?.slice(0, 120))}`
            ))).observe({type: "layout-shift", buffered: true});
            setTimeout(() => done([]), 50);
        })"""
    )


async def looked_at(page: Page, state: State, looks: tuple[tuple[str, int], ...]) -> list[str]:
    async with shown(page, state):
        found = await moved(page)
        for scheme, width in looks:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            found += [f"{scheme} {width}: {fault}" for fault in await faults(page)]
    return found


TOLD = {
    "help: keys on",
    "door: shut",
    "inbox: full",
    "inbox: nothing to decide, something not seen",
    "copies: of one site",
    "incident: open",
    "find: reported",
    "reports: all kinds",
    "report: waiting",
    "evidence: sealed",
    "unlock: wrong words",
    "places: every kind",
    "links: what came of each",
    "course: some weeks",
    "digest: a week",
    "settings: of every kind",
    "guide: some of it done",
    "begin: in the middle",
    "begin 5: what it would be",
}
"""A state of each page, whose snapshots a person can read."""

SNAPSHOTS = Path(__file__).parent / "snapshots"
STOPS = 25
STOP = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return "";
    const words = at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || at.name || "";
    return `${at.tagName.toLowerCase()} ${words.replace(/\\s+/g, " ").trim().slice(0, 60)}`;
}"""
CHANGING = re.compile(r"/tmp/\S+|\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b|\b127\.7\.7\.7:\d+\b")  # of another run: other ones
EACH = pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])


@pytest.mark.rows(6)
@EACH
async def test_nothing_stands_in_anybodys_way(page: Page, state: State) -> None:
    assert await looked_at(page, state, USUAL) == []


@pytest.mark.long
@EACH
async def test_nor_in_the_other_looks(page: Page, state: State) -> None:
    assert await looked_at(page, state, OTHER) == []


@pytest.mark.long
@EACH
async def test_nor_with_text_of_twice_the_size(large: Page, state: State) -> None:
    assert await looked_at(large, state, (*USUAL, *OTHER)) == []


async def told(page: Page) -> str:
    """The tree that a screen reader is given, and where the first presses of Tab lead."""
    tree = await page.locator("body").aria_snapshot()
    stops = []
    for _ in range(STOPS):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(STOP)
        if not stop or stop in stops[:1]:
            break
        stops.append(stop)
    lines = [line for line in tree.splitlines() if not line.strip().startswith("- /url:")]
    return CHANGING.sub("...", "\n".join([*lines, "", "Tab:", *stops, ""]))


@pytest.mark.rows(3)
@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES if state.name in TOLD])
async def test_what_a_screen_reader_is_told(page: Page, state: State) -> None:
    async with shown(page, state):
        now = await told(page)
    kept = SNAPSHOTS / (re.sub(r"[^a-z0-9]+", "-", state.name.lower()).strip("-") + ".txt")
    if os.environ.get("REVIEW_SNAPSHOTS") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(now, "utf-8")
    assert now == kept.read_text("utf-8")


async def test_on_paper_there_is_nothing_to_press_and_no_picture(page: Page) -> None:
    async with shown(page, State("help", "/help")):
        await page.evaluate("document.querySelector('main').append(new Image(40, 40))")
        await page.emulate_media(media="print")
        pressed = page.locator("button:not(.word), input, select, nav, img").filter(visible=True)
        assert await pressed.count() == 0
        assert await page.locator("h1").is_visible()
        assert await page.locator("table").is_visible()
        await page.emulate_media(media="screen")
