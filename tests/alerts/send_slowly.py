"""Run by test_alerts_killed: a whole sender of its own, which is killed while a slow server has it.

python -m tests.alerts.send_slowly FOLDER MAIL_URL NOW
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from monitor.alerts.sending import send_due
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from tests.alerts.alert_helpers import settings
from tests.store.store_values import opened


async def main(folder: Path, url: str, now: datetime) -> None:
    store, chosen = opened(folder), settings(url)
    channel = AppriseChannel(chosen)
    await send_due(store, channel, chosen, lambda: now)
    await channel.aclose()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])))
