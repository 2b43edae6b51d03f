"""Many pages through one browser: its processes come and go, and what stays does not grow."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image

from monitor.clock import utc_now
from monitor.model.page import OutcomeKind, Request
from monitor.model.settings import NetworkSettings, Settings
from monitor.outbound.browser import rendering as module
from monitor.outbound.browser.chromium import tree
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.guard import AddressRules

pytestmark = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")

SETTINGS = Settings(
    path=None,
    data_dir=Path("/nowhere"),
    watchlist_dir=Path("/nowhere"),
    network=NetworkSettings(allow_networks=("127.0.0.1/32",), timeout_s=60),
)
PAGE = """<!doctype html><title>Page {number}</title><p>{words}</p><div id=d></div><script>
for (let n = 0; n < 6; n++) { const i = new Image(); i.src = `/{number}-${n}.jpg`; d.append(i); }
localStorage.seen = '{number}'; document.cookie = 'page={number}; max-age=9999';</script>"""


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 40 + number % 60).save(out, "JPEG", quality=80)
    return out.getvalue()


@asynccontextmanager
async def gallery() -> AsyncIterator[int]:
    """Its port. Every page is another one, with six pictures that its script puts in."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith(".jpg"):
            return web.Response(body=picture(hash(request.path)), content_type="image/jpeg")
        text = PAGE.replace("{number}", request.path[1:]).replace("{words}", "words " * 200)
        return web.Response(text=text, content_type="text/html")

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    try:
        yield listening.getsockname()[1]
    finally:
        await runner.cleanup()


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descendants() -> set[int]:
    return set(tree(os.getpid())) - {os.getpid()}


@pytest.mark.long
@pytest.mark.parametrize(
    ("pages", "of_one"),
    [
        pytest.param(5, 2, id="5 pages"),
        pytest.param(500, 100, id="500 pages", marks=[pytest.mark.long, pytest.mark.timeout(3000)]),
    ],
)
async def test_many_pages_leave_no_process_and_no_growth(
    pages: int, of_one: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared is the middle of the second Chromium's life with that of the last one: the first warms everything."""
    monkeypatch.setattr(module, "MAX_LOADS", of_one)
    before = descendants()
    made = BrowserFetcher(SETTINGS, AddressRules.of(SETTINGS.network), resolve, clock=utc_now)
    ours: list[int] = []
    theirs: list[int] = []
    async with gallery() as port:
        made._rules.ports.add(port)
        for number in range(pages):
            fetched = await made.fetch(Request(f"http://good.test:{port}/{number}", browser=True))
            assert fetched.outcome.kind is OutcomeKind.OK, fetched.outcome
            assert len(fetched.subresources) == 6
            if number % of_one == of_one // 2:
                gc.collect()
                assert made._chromium is not None
                ours.append(resident(os.getpid()))
                theirs.append(made._chromium.memory_bytes())
        await made.aclose()
    await asyncio.sleep(0)
    print("ours", [size // 2**20 for size in ours], "chromium", [size // 2**20 for size in theirs])
    assert {process for process in descendants() - before if is_alive(process)} == set()
    if pages > 100:  # a few pages tell of leaks of processes only
        assert ours[-1] < ours[1] * 1.1, ours
        assert theirs[-1] < theirs[1] * 1.1, theirs


def is_alive(process: int) -> bool:
    """A zombie has ended and only waits to be counted by its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
