"""Run by test_alerts_crash: sends what is due and is killed at a named point, as power loss would.

python -m tests.alerts.send_and_die FOLDER MAIL_URL POINT
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.alerts.sending import send_due
from monitor.model.alert import Answer
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from tests.alerts.alert_helpers import NOW, settings
from tests.store.store_values import opened


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def clock() -> datetime:
    return NOW + timedelta(minutes=2)


async def main(folder: Path, url: str, point: str) -> None:
    store, chosen = opened(folder), settings(url)
    channel = AppriseChannel(chosen)
    if point == "before the claim":
        store.alerts.claim = die  # type: ignore[method-assign]
    elif point == "between claim and sending":
        channel.send = die  # type: ignore[method-assign]
    elif point == "between 250 and commit":
        keep = store.alert_parts.save
        store.alert_parts.save = (  # type: ignore[method-assign]
            lambda case, part: die() if part.answer is Answer.TAKEN else keep(case, part)
        )
    await send_due(store, channel, chosen, clock)
    await channel.aclose()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
