"""To the address that is told, again and again, that all is well: `[monitoring] ping_url`, as healthchecks gives them
out (https://healthchecks.io/docs/http_api/). It learns this machine's address and the time, and nothing else."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from monitor.errors import PingFailed
from monitor.model.proxy import Proxy
from monitor.model.settings import Settings
from monitor.outbound.own_destination import FAILURES, REDIRECTS, in_words, request_to, transport_to

PING_WITHIN_S = 10.0
"""For everything: to dial, to ask, and the answer's head."""


def ping_address(url: str, *, well: bool, starts: bool = False) -> str:
    """`/start` behind the path at a start, `/fail` where something is wrong."""
    if well and not starts:
        return url
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{'start' if starts else 'fail'}").geturl()


async def ping(settings: Settings, *, well: bool, starts: bool = False, within_s: float = PING_WITHIN_S) -> None:
    """Does nothing where no address is set. Raises PingFailed; the address, which is a secret, stands in no message."""
    url = settings.monitoring.ping_url
    if url is None:
        return
    proxy = Proxy.of(settings.network.proxy) if settings.network.proxy else None
    # The same as everywhere: who asks for what else from here is not told by another.
    headers = {"User-Agent": settings.network.user_agent, "Accept": "*/*"}
    try:
        async with asyncio.timeout(within_s), transport_to(proxy) as transport:
            answer = await transport.handle_async_request(
                request_to("GET", ping_address(url.value, well=well, starts=starts), headers)
            )
            status = answer.status_code
            await answer.aclose()  # what it says beyond that is not read
    except TimeoutError as error:
        raise PingFailed(f"it did not answer within {within_s:g} seconds") from error
    except FAILURES as error:
        raise PingFailed(in_words(error)) from error
    if status in REDIRECTS:
        raise PingFailed("it leads to another address, which is not followed")
    if not 200 <= status < 300:
        raise PingFailed(f"it answered with status {status}")
