"""Run by test_outbound_own_link, as a process that uses the program's own parts: asks every kind of destination that
the owner wrote, keeps the door for counts open until its input ends, and says what of the network it has imported.

python -m tests.outbound.own_in_core URL ALERT_URL: prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from monitor.app_own import own_ways
from monitor.app_parts import Outside
from monitor.model.settings import AlertSettings, AlertUrl, MonitoringSettings, Secret, Settings
from monitor.outbound.alerts import open_channel
from monitor.outbound.ping import ping
from monitor.outbound.timestamps import Authorities
from monitor.parts.here import end_parts_here, parts_here

OF_THE_NETWORK = ("apprise", "requests", "urllib3", "httpx", "httpcore", "aiohttp", "smtplib")  # asyncio imports ssl


async def main(url: str, alert_url: str) -> None:
    settings = Settings(
        path=None,
        data_dir=Path("/nowhere"),
        watchlist_dir=Path("/nowhere"),
        alerts=AlertSettings(urls=(AlertUrl(url=Secret(alert_url)),)),
        monitoring=MonitoringSettings(ping_url=Secret(f"{url}/ping")),
    )
    parts = parts_here()
    assert parts is not None
    outside = Outside(parts)
    own = own_ways(outside)
    await ping(settings, own, well=True)
    stamp = await Authorities(settings, own).ask(f"{url}/stamp", b"query")
    channel = open_channel(settings, own)
    said = await channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="")
    await channel.aclose()
    port = await own.door().open(0, lambda: "counts 1\n")
    imported = [name for name in OF_THE_NETWORK if name in sys.modules]
    print(json.dumps({"imported": imported, "said": list(said), "stamp": stamp.decode(), "port": port}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await own.aclose()
    await outside.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
    end_parts_here()
