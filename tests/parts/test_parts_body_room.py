"""Room for what several parts bring at once."""

from __future__ import annotations

import asyncio

import pytest

from monitor.parts.body_room import BodyRoom


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("most", "wanted", "together"),
    [
        pytest.param(10, [4, 4, 4], [2, 1], id="what has no room waits"),
        pytest.param(10, [10, 1, 10], [1, 1, 1], id="in the order in which it was asked for"),
        pytest.param(10, [99, 2], [1, 1], id="more than all has it alone"),
        pytest.param(10, [2, 2, 2, 2, 2], [5], id="what fits does not wait"),
    ],
)
async def test_room_is_given_in_turn(most: int, wanted: list[int], together: list[int]) -> None:
    room, inside, leave = BodyRoom(most), list[int](), asyncio.Event()

    async def one(size: int) -> None:
        async with room.taken(size):
            inside.append(size)
            await leave.wait()

    tasks = [asyncio.create_task(one(size)) for size in wanted]
    for count in together:
        await settle()
        assert len(inside) == count
        inside.clear()
        leave.set()
        now, leave = leave, asyncio.Event()
        assert now.is_set()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("is_given", [False, True], ids=["while it waits", "at the moment at which it is given"])
async def test_who_gives_up_waiting_keeps_no_room(is_given: bool) -> None:
    room = BodyRoom(10)

    async def one() -> None:
        async with room.taken(10):
            pass

    async with room.taken(10):
        waiting, next_one = asyncio.create_task(one()), asyncio.create_task(one())
        await settle()
        if not is_given:
            waiting.cancel()
            await settle()
    if is_given:
        waiting.cancel()
    await asyncio.gather(waiting, next_one, return_exceptions=True)
    assert waiting.cancelled() and not next_one.cancelled()
    async with asyncio.timeout(10), room.taken(10):
        pass
