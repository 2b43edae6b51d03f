"""A sender of messages that dies again and again, and what waited while urgent messages could not go out."""

from __future__ import annotations

import asyncio

import pytest

from monitor.errors import AlertFailed
from monitor.outbound.alerts import channel_talk, pool
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from monitor.tracking.falls import STARTING
from tests.alerts.alert_helpers import endpoint, settings


async def test_a_sender_that_dies_is_started_in_gaps_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now, starts, real = [1000.0], list[None](), pool._start

    async def dead() -> asyncio.subprocess.Process:
        starts.append(None)
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec("false", stdin=pipe, stdout=pipe)

    monkeypatch.setattr(channel_talk, "monotonic", lambda: now[0])
    monkeypatch.setattr(pool, "_start", dead)
    async with endpoint() as there:
        channel = AppriseChannel(settings(there.url()))

        async def send() -> str:
            try:
                await channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="urgent")
            except AlertFailed as error:
                return str(error)
            return ""

        try:
            said = [await send() for _ in range(20)]
            assert len(starts) == STARTING.free + 1, "nothing is started while it rests"
            assert "did not answer" in said[0] and "times in a row" in said[-1]
            assert all(one.endswith(".") and ".." not in one and ".;" not in one for one in said), "one full stop each"
            monkeypatch.setattr(pool, "_start", real)
            now[0] += STARTING.longest_s
            assert await send() == "" and len(there.bodies) == 1
            assert channel.falls.state.falls == 0
        finally:
            await channel.aclose()
