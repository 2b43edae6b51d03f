"""A screenshot of a saved page in a real Chromium: only the one picture has colour, nothing is asked of anybody, and
whatever a page does, something is said."""

from __future__ import annotations

import base64
import contextlib
import gc
import io
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from monitor.model.ids import digest_of
from monitor.model.screenshot import SavedPage, SavedPicture, Screenshot
from monitor.outbound.browser import still
from monitor.outbound.browser.chromium import tree
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.browser.still import BrowserScreenshots
from tests.serving.web import Quiet, threaded

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]


def red(width: int = 60, height: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (230, 20, 20)).save(out, "PNG")
    return out.getvalue()


def saved(body: str, url: str = "http://site.example/t/1", **more: object) -> SavedPage:
    values: dict[str, object] = {
        "url": url,
        "account": "someone",
        "fetched_at": datetime(2026, 3, 1, tzinfo=UTC),
        "body": body.encode(),
        "media_type": "text/html; charset=utf-8",
        "page_digest": digest_of(body.encode()),
        "picture": SavedPicture(red(), "image/png", frozenset({"http://site.example/ours.png"})),
        **more,
    }
    return SavedPage(**values)  # type: ignore[arg-type]


def pixels(piece: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(piece)).convert("RGB")).astype(int)


def coloured(shot: Screenshot) -> tuple[int, tuple[int, int]]:
    """How many pixels are not grey, and width and height of the box that holds them."""
    count, ys, xs = 0, list[int](), list[int]()
    for piece in shot.pieces:
        seen = pixels(piece)
        y, x = np.where(seen.max(2) - seen.min(2) > 16)
        count, ys, xs = count + len(y), [*ys, *y], [*xs, *x]
    return count, ((max(xs) - min(xs) + 1, max(ys) - min(ys) + 1) if count else (0, 0))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def screenshots() -> AsyncIterator[BrowserScreenshots]:
    made = BrowserScreenshots()
    yield made
    await made.aclose()


async def test_only_the_one_picture_has_colour_and_nobody_is_asked(screenshots: BrowserScreenshots) -> None:
    asked = list[str]()

    class Site(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send(200, {"Content-Type": "image/png"}, red())

    with threaded(Site) as site:
        body = f"""<link rel=preconnect href={site}><link rel=icon href=/i.ico><link rel=stylesheet href={site}/s.css>
        <meta http-equiv=Content-Security-Policy content="img-src 'none'">
        <meta http-equiv=refresh content="0;url=/away">
        <script src=/s.js></script><style>body{{background:url({site}/b.png)}}@font-face{{font-family:x;src:url(/f)}}
        p::before{{content:url(c.png)}}</style><p style="font-family:x">said</p><img src="{site}/o.png">
        <img src=ours.png><iframe src={site}/f></iframe><object data=/o></object><embed src=/e.svg>
        <iframe srcdoc="<img src=/d.png><script>fetch('{site}/d')</script>"></iframe>
        <video poster=/p.png src=/v></video>
        <img src="blob:{site}/1"><img src="data:image/gif;base64,R0lGODlh"><svg><image href=/x.png /></svg>
        <a ping={site}/ping href={site}/a>on</a><input type=image src=/n.png><audio src=/a.mp3 autoplay></audio>"""
        shot = await screenshots.make(
            saved(body, f"{site}/t/1", picture=SavedPicture(red(), "image/png", frozenset({f"{site}/t/ours.png"})))
        )
    assert asked == []
    assert (shot.why_not, len(shot.pieces), shot.cut_at) == ("", 1, 0)
    link = 2_000  # pixels: the word that is a link is blue, as the page has it
    count, _ = coloured(shot)
    assert 60 * 40 <= count < 60 * 40 + link
    assert shot.greyed >= 8 and shot.refused >= 4


@pytest.mark.parametrize(
    ("body", "height", "pieces", "cut_at"),
    [
        pytest.param(
            "<p style='height:20000px'>said<img src=ours.png>", 20_000, 3, 0, id="in pieces", marks=pytest.mark.long
        ),
        pytest.param(
            "<p style='height:9000000px'>said<img src=ours.png>",
            9_000_000,
            8,
            60_000,
            id="without end",
            marks=pytest.mark.long,
        ),
        pytest.param(
            f"<style>html{{width:1px}}</style><img src=ours.png>{'word ' * 2_000}",
            20_000,
            0,
            0,
            id="one pixel wide",
            marks=pytest.mark.long,
        ),
        pytest.param(f"{'<div>' * 100_000}said<img src=ours.png>", 0, 1, 0, id="nested", marks=pytest.mark.long),
        pytest.param("", 0, 1, 0, id="nothing at all"),
    ],
)
async def test_whatever_shape_it_has_it_is_drawn_or_cut(
    screenshots: BrowserScreenshots, body: str, height: int, pieces: int, cut_at: int
) -> None:
    shot = await screenshots.make(saved(body))
    assert shot.why_not == ""
    assert shot.height >= height and shot.cut_at == cut_at
    assert len(shot.pieces) == pieces or not pieces
    shapes = [pixels(piece).shape for piece in shot.pieces[:2]]
    assert all(
        still.WINDOW_WIDTH <= wide <= still.MOST_WIDTH and high <= still.PIECE_HEIGHT + still.MOST_STRIP
        for high, wide, _ in shapes
    )


async def test_what_stands_in_a_page_as_data_is_shown_too(screenshots: BrowserScreenshots) -> None:
    ours, other = digest_of(red()), digest_of(b"other")
    body = f"<img src='data:sha256,{other}'><img src='data:sha256,{ours}'>"
    picture = SavedPicture(red(), "image/png", frozenset({f"data:sha256,{ours}"}))
    shot = await screenshots.make(saved(body, picture=picture, sizes={f"data:sha256,{other}": (300, 300)}))
    assert coloured(shot) == (60 * 40, (60, 40)) and shot.greyed == 1


async def test_a_thumbnail_shows_the_picture_at_its_own_size(screenshots: BrowserScreenshots) -> None:
    picture = SavedPicture(
        red(), "image/png", frozenset({"http://site.example/ours.png"}), frozenset({"http://site.example/small.png"})
    )
    body = "<p><img src=/other.png></p><a href=/ours.png><img src=/small.png></a>"
    shot = await screenshots.make(saved(body, picture=picture, sizes={"http://site.example/small.png": (30, 20)}))
    assert coloured(shot) == (30 * 20, (30, 20)) and shot.greyed == 1


async def test_a_rendered_page_shows_what_its_scripts_had_made_and_a_box_for_what_they_drew(
    screenshots: BrowserScreenshots,
) -> None:
    body = """<style>canvas,img{display:block}</style><noscript><style>p{background:red}</style><img src=/ours.png>
    </noscript><p>said</p><img src=/ours.png><canvas width="200" height="100"></canvas>"""
    shot = await screenshots.make(saved(body, is_rendered=True))
    assert coloured(shot) == (60 * 40, (60, 40)) and shot.greyed == 1
    grey = (pixels(shot.pieces[0]) == 0x9A).all(2)
    assert grey.sum() > 190 * 90


async def test_without_its_picture_nothing_has_colour(screenshots: BrowserScreenshots) -> None:
    shot = await screenshots.make(saved("<img src=ours.png>", picture=None))
    assert shot.why_not == "" and coloured(shot)[0] == 0 and shot.greyed == 1


async def test_no_browser_is_said(tmp_path: Path) -> None:
    made = BrowserScreenshots(str(tmp_path / "none"))
    shot = await made.make(saved("said"))
    await made.aclose()
    assert shot.pieces == () and shot.why_not.startswith("no browser is here")


async def test_a_browser_that_falls_over_is_said_and_the_next_page_has_a_fresh_one(
    screenshots: BrowserScreenshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = still._drawn

    async def dying(*args: object) -> object:
        assert screenshots._chromium is not None
        for process in screenshots._chromium.processes():
            with contextlib.suppress(ProcessLookupError):  # it ended with the one before
                os.kill(process, 9)
        return await drawn(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(still, "_drawn", dying)
    assert (await screenshots.make(saved("said"))).why_not == "the page made the browser fall over"
    monkeypatch.undo()
    assert (await screenshots.make(saved("said"))).pieces


@pytest.mark.long
async def test_a_signal_to_the_whole_group_leaves_no_error_behind(caplog: pytest.LogCaptureFixture) -> None:
    made, before = BrowserScreenshots(), set(tree(os.getpid()))
    assert (await made.make(saved("said"))).pieces
    for process in set(tree(os.getpid())) - before:
        if b"playwright" in Path(f"/proc/{process}/cmdline").read_bytes():
            os.kill(process, signal.SIGTERM)
    await made.aclose()
    del made
    gc.collect()  # what nobody asked for is told when it is thrown away
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.long
async def test_a_page_that_is_never_drawn_is_given_up(
    screenshots: BrowserScreenshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(still, "WHOLE_S", 0.01)
    shot = await screenshots.make(saved("said"))
    assert shot.pieces == () and "did not finish" in shot.why_not
    monkeypatch.undo()
    assert (await screenshots.make(saved("said"))).pieces


@pytest.mark.long
async def test_a_picture_too_short_to_be_told_is_not_drawn_however_its_address_is_written(
    screenshots: BrowserScreenshots,
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (2, 2), (230, 20, 20)).save(out, "GIF")
    written = base64.b64encode(out.getvalue()).decode()
    style = f'.q{{width:99px;height:99px;background:url("d\\61 ta:image/gif;base64,{written}")}}'
    shot = await screenshots.make(saved(f"<style>{style}</style><div class=q></div><p>said</p>", picture=None))
    assert shot.why_not == "" and coloured(shot)[0] == 0
