"""What the tests of Chromium share: settings, a gallery, a visit, and how a table of rows is walked."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from monitor.clock import utc_now
from monitor.model.page import Fetched, Request
from monitor.model.page import OutcomeKind as K
from monitor.model.settings import NetworkSettings, Settings
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser_link import LinkBrowser, open_browser_link
from monitor.outbound.dial_here import LocalDialWays
from monitor.outbound.guard import AddressRules
from monitor.parts.messages.browsing import BrowserSetup
from tests.hostile.hostile_rows import Row
from tests.hostile.hostile_site import Names, Site, ok, site
from tests.parts.part_processes import PartProcesses

Looks = BrowserFetcher | LinkBrowser
AT_ONCE = 6  # visits mostly wait; in use it is two


def jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, 90, 200)).save(out, "JPEG")
    return out.getvalue()


def settings(**network: object) -> Settings:
    values: dict[str, object] = {
        "allow_networks": ("127.0.0.1/32",),
        "timeout_s": 20,
        "max_page_bytes": 300_000,
        **network,
    }
    return Settings(
        path=None,
        data_dir=Path("/nowhere"),
        watchlist_dir=Path("/nowhere"),
        network=NetworkSettings(**values),  # type: ignore[arg-type]
    )


def fetcher(names: Names, **network: object) -> BrowserFetcher:
    made = settings(**network)
    return BrowserFetcher(made, AddressRules.of(made.network), names, at_once=AT_ONCE, clock=utc_now)


def fetcher_apart(names: Names, **network: object) -> LinkBrowser:
    """The same in a process of its own, with no way out but the line of each load."""
    made = settings(**network)
    link = open_browser_link(PartProcesses(), lambda: BrowserSetup(at_once=AT_ONCE))
    return LinkBrowser(link, LocalDialWays(names), made, AddressRules.of(made.network), clock=utc_now)


async def visit(browser: Looks, served: Site, url: str) -> Fetched:
    browser._rules.ports.add(served.port)
    return await browser.fetch(Request(url, browser=True))


async def browser_visit(browser: Looks, served: Site, path: str = "/page") -> Fetched:
    return await visit(browser, served, served.url(path))


def answering(page: bytes) -> object:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(ok(jpeg(len(path)), "Content-Type: image/jpeg") if path.endswith(".jpg") else page)

    return answer


async def walk(browser: Looks, rows: Sequence[Row], timeout_s: float) -> dict[str, str]:
    """What went wrong, by row: typed wrongly, too slow, reached inside, or an ordinary page beside it that was not
    read. Several at a time."""
    wrong: dict[str, str] = {}
    before = browser._settings
    browser._settings = replace(before, network=replace(before.network, timeout_s=timeout_s))

    async def one(row: Row) -> None:
        async with site(row.answer) as served:
            fetched = await visit(browser, served, served.url(row.path))
            kinds = row.browser or row.kinds
            if fetched.outcome.kind not in kinds:
                wrong[row.id] = f"{fetched.outcome.kind.value}: {fetched.outcome.message}"
            if not fetched.outcome.is_good_look and not fetched.outcome.remedy:
                wrong[row.id] = "no remedy"
            if not fetched.outcome.message.isprintable() or len(fetched.outcome.message) > 400:
                wrong[row.id] = repr(fetched.outcome.message)
            if served.inside or len(fetched.body) > 300_000:
                wrong[row.id] = f"inside {served.inside}, {len(fetched.body)} bytes"

    async def ordinary() -> None:
        """All the while."""
        async with site(ok()) as served:
            while True:
                fetched = await visit(browser, served, served.url("/fine"))
                late = fetched.outcome.kind is K.TIMEOUT  # both cores are with pages that compute: looked at again
                if late and timeout_s >= 10:
                    fetched = await visit(browser, served, served.url("/fine"))
                    late = False
                if fetched.outcome.kind is not K.OK and not late:
                    wrong[f"an ordinary page beside {len(wrong)}"] = fetched.outcome.message
                await asyncio.sleep(3.0)  # a visit takes half a second of computing

    beside = asyncio.ensure_future(ordinary())
    waiting = iter(rows)

    async def one_after_another() -> None:
        for row in waiting:
            await one(row)

    try:
        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE - 1)))
        beside.cancel()
        for row in rows:  # typed by what both cores had no time for? Once more, alone. What reached inside stays
            if row.id in wrong and not wrong[row.id].startswith("inside"):
                del wrong[row.id]
                await one(row)
    finally:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
        browser._settings = before
    return wrong
