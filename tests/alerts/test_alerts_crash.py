"""kill -9 at the named points of a sending, on the real store: no alert is lost, and the one that may go out twice has
the same Message-ID."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.outbox import Sending, alert_for
from monitor.alerts.sending import send_due
from monitor.model.alert import Delivery
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from tests.alerts.alert_helpers import NOW, Clock, settings, sighting, unnumbered
from tests.serving.mail import mail_server
from tests.store.store_values import opened
from tests.stores import every_alert

ROOT = str(Path(__file__).parents[2])


async def send_and_die(folder: Path, url: str, point: str) -> int:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.alerts.send_and_die", str(folder), url, point),
        env={"PYTHONPATH": ROOT, "PATH": os.environ["PATH"]},
    )
    return await child.wait()


@pytest.mark.parametrize(
    ("point", "arrived"),
    [
        pytest.param("before the claim", 0, id="before the claim"),
        pytest.param("between claim and sending", 0, id="between claim and sending"),
        pytest.param("between 250 and commit", 1, id="between 250 and commit"),
    ],
)
async def test_kill_9_while_sending(point: str, arrived: int, tmp_path: Path) -> None:
    store, clock = opened(tmp_path), Clock()
    found = sighting(1)
    with store.transaction():
        store.sightings.save(found)
        store.alerts.save(alert_for(found, None, now=NOW, urgent=False, settings=settings().alerts))
    async with mail_server() as mail:
        assert await send_and_die(tmp_path, mail.url(), point) == -signal.SIGKILL
        assert len(mail.mails) == arrived
        clock.forward(minutes=2)
        chosen = settings(mail.url())
        channel = AppriseChannel(chosen)
        again = await send_due(store, channel, chosen, clock)
        assert again == (Sending(sent=1) if point == "before the claim" else Sending(waiting=1))  # claimed: later
        clock.forward(minutes=20)
        await send_due(store, channel, chosen, clock)
        clock.forward(days=1)
        assert await send_due(store, channel, chosen, clock) == Sending()
        await channel.aclose()
    (alert,) = every_alert(store)
    store.close()
    assert alert.delivery is Delivery.SENT
    assert [got["Message-ID"] for got in mail.mails] == [alert.message_id] * (arrived + 1)


async def test_the_real_store_groups_and_claims_as_the_outbox_means_it(tmp_path: Path) -> None:
    store, clock = opened(tmp_path), Clock()
    other = opened(tmp_path)  # another process's view
    async with mail_server() as mail:
        chosen = settings(mail.url())
        for number in range(30):
            found = replace(sighting(number), first_seen=clock(), last_seen=clock())
            with store.transaction():
                store.sightings.save(found)
                waiting = store.alerts.waiting("default", found.incident)
                store.alerts.save(alert_for(found, waiting, now=clock(), urgent=False, settings=chosen.alerts))
            clock.forward(seconds=19)
        clock.now = NOW + timedelta(minutes=10)
        channels = [AppriseChannel(chosen), AppriseChannel(chosen)]
        done = await asyncio.gather(
            send_due(store, channels[0], chosen, clock), send_due(other, channels[1], chosen, clock)
        )
        for channel in channels:
            await channel.aclose()
    assert sorted(one.sent for one in done) == [0, 1]
    assert [unnumbered(got["Subject"]) for got in mail.mails] == ["Monitor: 30 new entries"]
    store.close()
    other.close()
