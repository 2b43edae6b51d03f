"""Ways out to what the owner wrote, for one test: opened by this process, and closed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from monitor.outbound.own_local import LocalOwnWays


@contextlib.asynccontextmanager
async def local_own() -> AsyncIterator[LocalOwnWays]:
    own = LocalOwnWays()
    try:
        yield own
    finally:
        await own.aclose()
