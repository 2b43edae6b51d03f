"""To the address that is told, again and again, that all is well: `[monitoring] ping_url`, as healthchecks gives them
out (https://healthchecks.io/docs/http_api/). It learns this machine's address and the time, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from monitor.errors import PingFailed
from monitor.model.settings import Settings
from monitor.outbound.own_ways import REDIRECTS, OwnWays
from monitor.parts.messages.own import OwnRequest

PING_WITHIN_S = 10.0
"""For everything: to dial, to ask, and the answer's head."""


def ping_address(url: str, *, well: bool, starts: bool = False) -> str:
    """`/start` behind the path at a start, `/fail` where something is wrong."""
    if well and not starts:
        return url
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{'start' if starts else 'fail'}").geturl()


async def ping(
    settings: Settings, own: OwnWays, *, well: bool, starts: bool = False, within_s: float = PING_WITHIN_S
) -> None:
    """Does nothing where no address is set. Raises PingFailed; the address, which is a secret, stands in no message."""
    url = settings.monitoring.ping_url
    if url is None:
        return
    # The same as everywhere: who asks for what else from here is not told by another.
    headers = {"User-Agent": settings.network.user_agent, "Accept": "*/*"}
    address = ping_address(url.value, well=well, starts=starts)
    reply, _ = await own.ask(OwnRequest("GET", address, headers, within_s, proxy=settings.network.proxy))
    if reply.late:
        raise PingFailed(f"it did not answer within {within_s:g} seconds")
    if reply.failed:
        raise PingFailed(reply.failed)
    if reply.status in REDIRECTS:
        raise PingFailed("it leads to another address, which is not followed")
    if not 200 <= reply.status < 300:
        raise PingFailed(f"it answered with status {reply.status}")
