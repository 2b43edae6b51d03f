"""The README's pictures of the page, from the demo's data. No photo is on any of them.

`REVIEW_PICTURES=write pytest tests/review/test_review_pictures.py -m long` draws them anew; `REVIEW_DEMO=FOLDER` takes
a demo that was made already."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser

from tests.review.browsing import THERE, chromium
from tests.review.running import RunningPage, running

pytestmark = [
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
]

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
MAX_BYTES = 60_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if made := os.environ.get("REVIEW_DEMO"):
        return Path(made)
    folder = tmp_path_factory.mktemp("demo") / "out"
    subprocess.run([sys.executable, "-m", "monitor", "demo", "--out", str(folder)], check=True, capture_output=True)
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(demo: Path) -> Iterator[RunningPage]:
    with running(demo / "config.toml") as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def signed_in(browser: Browser, served: RunningPage) -> list[dict[str, object]]:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(served.link)
    await page.locator("main button.main").click()
    await page.wait_for_url(f"{served.origin}/")
    return await context.cookies()  # type: ignore[return-value]  # a TypedDict


@pytest.mark.parametrize(
    ("name", "path", "width", "scheme"),
    [
        pytest.param("to-decide", "/", 1100, "light", id="to decide"),
        pytest.param("to-decide-small", "/", 390, "dark", id="to decide, on a small screen"),
        pytest.param("reports", "/reports", 1100, "light", id="reports"),
    ],
)
async def test_pictures_of_the_page(
    browser: Browser,
    served: RunningPage,
    signed_in: list[dict[str, object]],
    name: str,
    path: str,
    width: int,
    scheme: str,
) -> None:
    raster = []
    context = await browser.new_context(viewport={"width": width, "height": 760}, color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
    await context.add_cookies(signed_in)  # type: ignore[arg-type]  # as they came
    page = await context.new_page()
    page.on("response", lambda answer: raster.append(answer.headers.get("content-type", "")))
    await page.goto(served.origin + path)
    drawn = await page.screenshot()
    await context.close()
    assert not [kind for kind in raster if kind.startswith("image/")]
    kept = PICTURES / f"{name}.png"
    if os.environ.get("REVIEW_PICTURES") == "write":
        kept.parent.mkdir(exist_ok=True)
        Image.open(io.BytesIO(drawn)).convert("RGB").quantize(32).save(kept, optimize=True)
    picture = kept.read_bytes()
    assert Image.open(io.BytesIO(picture)).size == Image.open(io.BytesIO(drawn)).size
    assert len(picture) < MAX_BYTES
    assert f"docs/pictures/{name}.png" in (ROOT / "README.md").read_text("utf-8")
