"""Run by test_alerts_killed: a whole sender of its own, which is killed while a slow server has it.

python -m tests.alerts.send_slowly FOLDER MAIL_URL NOW [apart]

apart: by the program's own parts, as it starts them.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from monitor.alerts.sending import send_due
from monitor.app_own import own_ways
from monitor.app_parts import Outside
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from monitor.parts.here import end_parts_here, parts_here
from tests.alerts.alert_helpers import settings
from tests.store.store_values import opened


async def main(folder: Path, url: str, now: datetime, apart: bool) -> None:
    store, chosen = opened(folder), settings(url)
    parts = parts_here() if apart else None
    outside = Outside(parts) if parts is not None else None
    own = own_ways(outside)
    channel = AppriseChannel(chosen, None, own.senders)
    await send_due(store, channel, chosen, lambda: now)
    await channel.aclose()
    await own.aclose()
    if outside is not None:
        await outside.aclose()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3]), "apart" in sys.argv))
    end_parts_here()
