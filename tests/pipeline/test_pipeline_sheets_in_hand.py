"""Style sheets that came with a page stay in hand for its screenshot, and are not asked for a second time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from monitor.model.page import Fetched, Purpose, Request
from monitor.model.watch import Render
from monitor.pipeline import pages
from monitor.pipeline.beside import MOST_SHEETS_BYTES, Beside
from monitor.pipeline.state import Pass
from tests.pipeline.pipeline_bench import FORUM, OTHERS, Bench, page

SITE = "https://forum.example"
THREAD = f"{SITE}/t/1"
SHEET, PICTURE = f"{SITE}/s.css", f"{SITE}/behind.jpg"
CSS = f"body {{ background: url({PICTURE}) }}".encode()


@pytest.fixture
def board(bench: Bench) -> Bench:
    bench.site.put(THREAD, page(f"{SITE}/o.jpg", more=f'<link rel=stylesheet href="{SHEET}">'))
    bench.site.put(SHEET, CSS, "text/css")
    for url in (f"{SITE}/o.jpg", PICTURE):
        bench.site.put(url, OTHERS[0].read_bytes(), "image/jpeg")
    return bench


def in_hand(monkeypatch: pytest.MonkeyPatch) -> list[Beside]:
    """What each pass had in hand."""
    seen: list[Beside] = []
    real = pages.sheets_of

    async def noted(run: Pass, content: object, done: set[str], loaded: Iterable[Fetched] = ()) -> object:
        seen.append(run.beside)
        return await real(run, content, done, loaded)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "sheets_of", noted)
    return seen


async def test_a_sheet_that_a_pass_fetched_stays(board: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = in_hand(monkeypatch)
    await board.run()
    assert passes[0].sheets[SHEET].body == CSS


async def test_a_sheet_that_the_browser_had_is_not_asked_for(board: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    passes, fetch = in_hand(monkeypatch), board.site.fetch

    async def rendered(request: Request) -> Fetched:
        came = await fetch(request)
        if not request.browser:
            return came
        sheet = await fetch(Request(SHEET, Purpose.STYLE))
        board.site.asked.pop()
        return replace(came, styles=(sheet,), served=came.body)

    monkeypatch.setattr(board.site, "fetch", rendered)
    watch = replace(FORUM, render=Render.BROWSER)
    first = await board.run(watch)
    again = await board.run(watch)
    assert SHEET not in board.site.urls_asked()
    assert PICTURE in board.site.urls_asked() and first.images == 2 and again.images == 2
    assert [one.sheets[SHEET].body for one in passes] == [CSS, CSS]


def test_no_more_is_kept_in_hand_than_that() -> None:
    beside, request = Beside(), Request(SHEET, Purpose.STYLE)
    for place in range(40):
        one = replace(request, url=f"{SHEET}?{place}")
        beside.sheet(Fetched(one, None, one.url, None, body=b"x" * 1024 * 1024))  # type: ignore[arg-type]
    assert sum(len(one.body) for one in beside.sheets.values()) == MOST_SHEETS_BYTES
