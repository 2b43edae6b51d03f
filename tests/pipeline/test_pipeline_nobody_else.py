"""Fifty pictures on a page, shown in every way in which a page can show one, and one of them ours: of the other 49
nothing is kept in any file, and nothing is asked for that the pass did not ask for."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest
from aiohttp import web
from PIL import Image

from monitor.clock import utc_now
from monitor.model.evidence import EvidenceKind
from monitor.model.settings import CrawlSettings, NetworkSettings
from monitor.model.watch import Every, Kind, Render, Watch
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.browser.still import BrowserScreenshots
from monitor.outbound.polite import open_fetcher
from monitor.pipeline.scan import run_watch
from monitor.pipeline.shot_queue import ShotQueue
from monitor.reader.pool import ReaderPool
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import PHOTOS, Bench, copy_of
from tests.serving.every_way import OURS, SHOWN_WIDTH, EveryWay, every_way
from tests.serving.web import answering

pytestmark = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")

SLACK = 60  # pixels with a colour outside the box: edges of letters (trial: 33)


@dataclass
class Served:
    port: int
    agents: set[str]


@asynccontextmanager
async def serving(shown: EveryWay) -> AsyncIterator[Served]:
    agents = set[str]()

    async def site(request: web.Request) -> web.StreamResponse:
        agents.add(request.headers["User-Agent"])
        if request.path == "/t/1":
            return web.Response(text=shown.page, content_type="text/html")
        if request.path not in shown.files:
            return web.Response(status=404)
        media_type, body = shown.files[request.path]
        return web.Response(body=body, content_type=media_type)

    async with answering(site) as port:
        yield Served(port, agents)


async def passed(bench: Bench, served: Served, render: Render) -> None:
    settings = replace(
        bench.settings,
        network=NetworkSettings(allow_networks=("127.0.0.1/32",), timeout_s=120),
        crawl=CrawlSettings(per_host_delay_s=0),
    )
    url = f"http://127.0.0.1:{served.port}/t/1"
    watch = Watch("forum", Kind.PAGE, Every(3600), urls=(url,), render=render)
    screenshots = BrowserScreenshots()
    shots = ShotQueue(lambda: screenshots)
    async with ReaderPool(features=False) as reader:
        fetcher = open_fetcher(settings, bench.store.hosts, bench.store, reader=reader, clock=utc_now)
        deps = replace(
            bench.dependencies(), settings=settings, fetcher=fetcher, reader=reader, clock=utc_now, shots=shots
        )
        await run_watch(watch, deps)
        assert await shots.settle(300) == 0
        await shots.aclose()
        await fetcher.aclose()
    await screenshots.aclose()


def opened(bench: Bench) -> dict[EvidenceKind, list[bytes]]:
    """Every file, unpacked where it is packed."""
    found: dict[EvidenceKind, list[bytes]] = {}
    for item in bench.store.evidence.all("default"):
        body = open_sealed(bench.settings.vault_dir / item.file.path, bench.identity)
        found.setdefault(item.kind, []).append(unpacked(body))
    return found


def unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    whole = b""
    while body:  # a WARC is packed record by record
        one = zlib.decompressobj(31)
        whole += one.decompress(body)
        body = one.unused_data
    return whole


def holds(file: bytes, picture: bytes) -> bool:
    """Any run of its bytes, also in base64."""
    begin = picture.index(b"\xff\xda") + 14  # behind the tables, which are the same in many JPEG files
    runs = [picture[at : at + 16] for at in range(begin, len(picture) - 16, 16)]
    text = base64.b64encode(picture)
    runs += [text[at : at + 24] for at in range(begin // 3 * 4 + 4, len(text) - 24, 24)]
    return any(run in file for run in runs)


def is_written(file: bytes, picture: bytes, written: str) -> bool:
    """Any run of it, as it was written into the page, behind what is the same in many JPEG files."""
    text = written.encode()
    begin = len(text) * (picture.index(b"\xff\xda") + 14) // len(picture)
    return holds(file, picture) or any(text[at : at + 24] in file for at in range(begin, len(text) - 80, 24))


def stray_colour(piece: bytes) -> int:
    """Pixels with a colour outside the box of ours."""
    seen = np.asarray(Image.open(io.BytesIO(piece)).convert("RGB")).astype(int)
    has_colour = seen.max(2) - seen.min(2) > 16
    across = has_colour.sum(0)
    begin = max(range(seen.shape[1] - SHOWN_WIDTH + 1), key=lambda left: across[left : left + SHOWN_WIDTH].sum())
    box = has_colour[:, begin : begin + SHOWN_WIDTH]
    rows = np.flatnonzero(box.sum(1) > SHOWN_WIDTH // 4)
    inside = box[rows.min() : rows.max() + 1].sum()
    assert inside > SHOWN_WIDTH * 50, "ours is shown"
    assert np.all(np.diff(rows) == 1), "in one place"
    return int(has_colour.sum() - inside)


@pytest.mark.parametrize(
    "render", [Render.HTTP, pytest.param(Render.BROWSER, marks=pytest.mark.long)], ids=["plain", "rendered"]
)
async def test_of_49_others_nothing_is_kept(bench: Bench, render: Render) -> None:
    ours = copy_of(PHOTOS[0])
    shown = every_way(ours)
    await bench.enroll(PHOTOS[:1])
    async with serving(shown) as served:
        await passed(bench, served, render)
    (sighting,) = bench.store.sightings.all()
    assert sighting.place.image_url.endswith(OURS)
    files = opened(bench)
    assert files[EvidenceKind.IMAGE] == [ours] and len(files[EvidenceKind.PAGE]) == 1
    for kind, bodies in files.items():
        for body in bodies:
            assert not any(holds(body, other) for other in shown.others), kind
            assert not [written[:60] for picture, written in shown.hidden if is_written(body, picture, written)], kind
    (shot,) = files[EvidenceKind.SCREENSHOT]
    assert stray_colour(shot) <= SLACK
    assert len(shot) < 1_000_000
    assert served.agents == {bench.settings.network.user_agent}, "the browser that draws asked for nothing"
