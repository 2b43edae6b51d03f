"""kill -9 of a real sender at many points of a slow talk: everybody gets each message, once, or twice where it was just
being handed over; and no talk goes on when its sender is gone."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.outbox import alert_for
from monitor.alerts.retrying import LEASE, UNSURE_FIRST
from monitor.alerts.sending import send_due
from monitor.model.alert import Alert, Delivery
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import Clock, settings, sighting
from tests.serving.smtp_script import DATA, EHLO, END, GREETING, MAIL, RCPT, Script, scripted
from tests.store.store_values import opened

ROOT = str(Path(__file__).parents[2])
PEOPLE = ("a@x.test", "b@y.test", "c@z.test")
SLOW = {GREETING: 0.05, EHLO: 0.05, MAIL: 0.05, RCPT: 0.05, DATA: 0.05, END: 0.15}
TALK_S = 1.3  # a whole one: connecting, and the three


async def killed_at(offset: float, folder: Path, server: Script, clock: Clock, *how: str) -> int:
    """The pid of the sender, which is dead `offset` seconds after it came to the server."""
    before = server.talks
    sender = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.alerts.send_slowly", str(folder), server.url(",".join(PEOPLE))),
        clock().isoformat(),
        *how,
        env={"PYTHONPATH": ROOT, "PATH": os.environ["PATH"]},
    )
    while server.talks == before and sender.returncode is None:
        await asyncio.sleep(0.005)
    await asyncio.sleep(offset)
    if sender.returncode is None:
        sender.send_signal(signal.SIGKILL)
    await sender.wait()
    return sender.pid


def one_more(number: int, store: SqlStore, clock: Clock) -> Alert:
    found = replace(sighting(number, incident=f"inc{number}"), first_seen=clock(), last_seen=clock())
    alert = alert_for(found, None, now=clock(), urgent=True, settings=settings().alerts)
    with store.transaction():
        store.sightings.save(found)
        store.alerts.save(alert)
    return alert


@pytest.mark.long
@pytest.mark.parametrize("how", [(), ("apart",)], ids=["its own children", "the program's parts"])
@pytest.mark.parametrize("points", [2, pytest.param(200, marks=pytest.mark.long)])
async def test_killed_in_a_slow_talk(points: int, how: tuple[str, ...], tmp_path: Path) -> None:
    store, clock, seed = opened(tmp_path), Clock(), random.randrange(10**6)
    dice, copies = random.Random(seed), Counter[int]()
    print(f"seed {seed}")
    async with scripted() as server:
        chosen = settings(server.url(",".join(PEOPLE)))
        channel = AppriseChannel(chosen)
        for number in range(points):
            alert = one_more(number, store, clock)
            server.slow, handed = dict(SLOW), server.ends
            await killed_at((number + dice.random()) * TALK_S / points, tmp_path, server, clock, *how)
            if how:
                await server.idle()  # its end is heard by one process after the other
            await asyncio.sleep(0.05)  # what was on its way
            handed = server.ends - handed
            await server.idle()
            mine = [to for to, mail in server.got if mail["Message-ID"] == alert.message_id]
            assert len(mine) <= handed, "a talk went on without its sender"
            server.slow = {}
            for later in (LEASE, UNSURE_FIRST):
                clock.now += later
                await send_due(store, channel, chosen, clock)
            after = store.alerts.get(alert.case, alert.id)
            assert after is not None and after.delivery is Delivery.SENT
            got = Counter(to for to, mail in server.got if mail["Message-ID"] == alert.message_id)
            assert set(got) == set(PEOPLE) and max(got.values()) <= 2
            assert sum(got.values()) - len(PEOPLE) <= 1, "only the one that was being handed over"
            copies.update(got.values())
            clock.now += timedelta(hours=1)
        await channel.aclose()
    store.close()
    print(f"{points} kills, {points * len(PEOPLE)} messages: {copies[1]} once, {copies[2]} twice")
    assert copies.total() == points * len(PEOPLE)
