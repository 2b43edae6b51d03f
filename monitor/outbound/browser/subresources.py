"""What came along with a rendered page, out of its own traffic: nothing of it is asked for a second time."""

from __future__ import annotations

from datetime import datetime

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest
from playwright.async_api import Response

from monitor.crawl.outcome import outcome_of_body
from monitor.hosts import host_of
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.outbound.browser.traffic import Traffic

MAX_LOADED_IMAGES = 400
MAX_IMAGE_BYTES_OF_LOAD = 128 * 1024 * 1024
MAX_DATA_BYTES = 1024 * 1024  # of one JSON answer
MAX_DATA_BYTES_OF_LOAD = 4 * 1024 * 1024


async def images_of(traffic: Traffic, at: datetime, max_bytes: int) -> tuple[Fetched, ...]:
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
        found.append(_beside(traffic, response, Purpose.IMAGE, body, at))
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


def _beside(traffic: Traffic, response: Response, purpose: Purpose, body: bytes, at: datetime) -> Fetched:
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
    )
