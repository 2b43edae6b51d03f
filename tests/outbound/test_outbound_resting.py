"""What the fetcher holds after large answers goes back to the system once nothing is asked any more."""

from __future__ import annotations

import asyncio

import pytest

from monitor import memory
from monitor.outbound.resting import Rests


async def test_it_rests_once_nothing_is_asked_and_only_when_it_grew(monkeypatch: pytest.MonkeyPatch) -> None:
    held, given = [40 * 2**20], list[int]()

    def give_back() -> None:
        given.append(held[0])
        held[0] = 45 * 2**20

    monkeypatch.setattr(memory, "resident", lambda: held[0])
    monkeypatch.setattr(memory, "give_back", give_back)
    rests = Rests(after_s=0)

    async def after_work(holds: int) -> list[int]:
        with rests.at_work():
            with rests.at_work():
                held[0] = holds * 2**20
            for _ in range(5):
                await asyncio.sleep(0)  # the other is still in hand
        before = len(given)
        for _ in range(5):
            await asyncio.sleep(0)
        return given[before:]

    assert await after_work(50) == []
    assert await after_work(90) == [90 * 2**20]
    assert await after_work(56) == []
    with rests.at_work():
        held[0] = 90 * 2**20
    rests.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert given == [90 * 2**20]
