"""What came along with a rendered page, out of its own traffic: nothing of it is asked for a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from playwright.async_api import CDPSession, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest

from monitor.crawl.outcome import outcome_of_body
from monitor.hosts import host_of
from monitor.model.exchange import Exchange
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.outbound.browser.network_log import bytes_of
from monitor.outbound.browser.page_script import CHARACTER_SET, run_script
from monitor.outbound.browser.traffic import Traffic, chain_of

MAX_LOADED_IMAGES = 400
MAX_IMAGE_BYTES_OF_LOAD = 128 * 1024 * 1024
MAX_LOADED_SHEETS = 20
MAX_SHEET_BYTES = 1024 * 1024
MAX_SHEET_BYTES_OF_LOAD = 4 * 1024 * 1024
MAX_PROVED = 16  # origins whose certificates are asked for
MAX_DATA_BYTES = 1024 * 1024  # of one JSON answer
MAX_DATA_BYTES_OF_LOAD = 4 * 1024 * 1024


Proofs = Mapping[str, tuple[bytes, ...]]
"""Certificates by origin."""
NO_PROOFS: Proofs = MappingProxyType({})


async def images_of(traffic: Traffic, at: datetime, max_bytes: int, proofs: Proofs) -> tuple[Fetched, ...]:
    """max_bytes: of one picture. One that is larger, or still on its way, is fetched like
    any other: the page is in hand, and does not wait for it."""
    found: list[Fetched] = []
    total = 0
    for response in traffic.images[:MAX_LOADED_IMAGES]:
        if response.status != 200 or response.request in traffic.under_way or announced(response) > max_bytes:
            continue
        try:
            body = await response.body()
        except PlaywrightError:
            continue  # dropped from Chromium's memory: it is fetched like any other
        total += len(body)
        if total > MAX_IMAGE_BYTES_OF_LOAD:
            break
        found.append(_beside(traffic, response, Purpose.IMAGE, body, at, proofs))
    return tuple(found)


async def styles_of(traffic: Traffic, at: datetime, proofs: Proofs) -> tuple[Fetched, ...]:
    """Style sheets that the page was shown with, as far as they are there."""
    found: list[Fetched] = []
    total = 0
    for response in traffic.sheets[:MAX_LOADED_SHEETS]:
        if response.status != 200 or response.request in traffic.under_way or announced(response) > MAX_SHEET_BYTES:
            continue
        try:
            body = await response.body()
        except PlaywrightError:
            continue  # dropped from Chromium's memory: it is fetched like any other
        if 0 < len(body) <= MAX_SHEET_BYTES and total + len(body) <= MAX_SHEET_BYTES_OF_LOAD:
            total += len(body)
            found.append(_beside(traffic, response, Purpose.STYLE, body, at, proofs))
    return tuple(found)


async def data_of(traffic: Traffic, at: datetime) -> tuple[Fetched, ...]:
    """JSON that the page's scripts were given, as far as it is there."""
    found: list[Fetched] = []
    total = 0
    for response in traffic.data:
        if response.request in traffic.under_way or announced(response) > MAX_DATA_BYTES:
            continue
        try:
            body = await response.body()
        except PlaywrightError:
            continue  # dropped from Chromium's memory
        if 0 < len(body) <= MAX_DATA_BYTES and total + len(body) <= MAX_DATA_BYTES_OF_LOAD:
            total += len(body)
            found.append(_beside(traffic, response, Purpose.API, body, at))
    return tuple(found)


async def served_of(session: CDPSession, traffic: Traffic, response: Response) -> bytes:
    """The page that is shown, as the server sent it, unpacked; b'' where that is not to be had whole and exactly."""
    served = traffic.log.served
    if served.url != response.url.partition("#")[0]:
        return b""  # another answer came after it, which is not shown
    await asyncio.gather(*traffic.following, return_exceptions=True)
    return await bytes_of(session, served, lambda: run_script(session, traffic.frame, CHARACTER_SET))


async def proofs_of(session: CDPSession, traffic: Traffic) -> Proofs:
    """Of the page that is shown and of what came along with it."""
    urls = (traffic.page.url, *(one.url for one in (*traffic.images, *traffic.sheets)))
    origins = dict.fromkeys(_origin(url) for url in urls if url.startswith("https:"))
    return {origin: await chain_of(session, origin) for origin in list(origins)[:MAX_PROVED]}


def exchanges_of(traffic: Traffic, response: Response, at: datetime, proofs: Proofs) -> tuple[Exchange, ...]:
    """Of an answer of this load, first hop to last."""
    return traffic.log.exchanges(response.url, at, traffic.load.ips, lambda url: proofs.get(_origin(url), ()))


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def announced(response: Response) -> int:
    """Bytes, 0 where nothing is said."""
    length = response.headers.get("content-length", "")
    return int(length[:20]) if length.isdecimal() else 0


def redirects(request: PageRequest) -> tuple[str, ...]:
    """Where it came by, first to last, without where it ended."""
    chain: list[str] = []
    before = request.redirected_from
    while before is not None:
        chain.append(before.url)
        before = before.redirected_from
    return tuple(reversed(chain))


def _beside(
    traffic: Traffic, response: Response, purpose: Purpose, body: bytes, at: datetime, proofs: Proofs = NO_PROOFS
) -> Fetched:
    chain = redirects(response.request)
    return Fetched.of(
        Request(chain[0] if chain else response.url, purpose, referrer=traffic.page.url),
        outcome_of_body(purpose, Outcome(OutcomeKind.OK), body),
        response.url,
        at,
        status=200,
        headers=tuple(response.headers.items()),
        body=body,
        ip=traffic.load.ips.get(host_of(response.url), ""),
        redirects=chain,
        hops=exchanges_of(traffic, response, at, proofs),
    )
