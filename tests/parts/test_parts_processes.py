"""The same with processes: what a part that was taken over does harms nobody else, and none is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from monitor.errors import HowLost, PartLost, PartMismatch
from monitor.parts.asking import Asker
from monitor.parts.connection import hear_alone, say_alone
from monitor.parts.frames import BadMessage, FrameKind
from monitor.parts.greeting import Greeting, PartFailed
from monitor.parts.link import Link
from monitor.parts.messages import packed
from monitor.parts.serving import Server
from monitor.parts.starting import ProgramPart
from monitor.parts.talk import Sent, TalkOver
from tests.parts.in_loop import HEARD, MOST_BODY, Count, Echo, Line, Ping, Pong, Told, Wait
from tests.parts.test_parts_link import a_frame, pinged
from tests.parts.turned_part import ChildParts
from tests.patience import WITHIN_S


@pytest.mark.parametrize(
    ("deed", "how"),
    [
        pytest.param("dies", HowLost.ENDED, id="killed"),
        pytest.param("ends", HowLost.ENDED, id="ended"),
        pytest.param("stands still", HowLost.HUNG, id="its loop stands still"),
        pytest.param("noise", HowLost.OUTSIDE_LIMITS, id="taken over"),
    ],
)
async def test_what_becomes_of_it_is_nobody_else_s(deed: str, how: HowLost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.parts.asking.GIVES_UP_WITHIN_S", 0)
    parts, others = ChildParts(deed, "serves"), ChildParts("serves")
    link, other = (Link(some, ProgramPart.FETCHER, Told) for some in (parts, others))
    try:
        in_hand = [asyncio.create_task(link.ask(Wait(), answer=Pong, within_s=WITHIN_S)) for _ in range(5)]
        await pinged(link)
        in_hand.append(asyncio.create_task(link.ask(Ping("now"), answer=Pong, within_s=WITHIN_S, max_body=MOST_BODY)))
        await asyncio.sleep(0)
        with pytest.raises(PartLost):  # behind it, so that one that stands still by then gives nothing up
            await link.ask(Wait(), answer=Pong, within_s=0 if how is HowLost.HUNG else WITHIN_S)
        for lost in await asyncio.gather(*in_hand, return_exceptions=True):
            assert isinstance(lost, PartLost) and lost.how is how
        assert await pinged(other, "as before") == ("as before", b"")
        assert await pinged(link, "a fresh one") == ("a fresh one", b"")
    finally:
        await asyncio.gather(link.aclose(), other.aclose())
    assert not parts.running and not others.running
    assert others.codes == [0], "it ended by itself"
    assert parts.codes == [{"ends": 3}.get(deed, -signal.SIGKILL), 0]


async def test_of_two_versions() -> None:
    parts = ChildParts("another version")
    link = Link(parts, ProgramPart.FETCHER, Told)
    with pytest.raises(PartMismatch, match=r"the fetcher is of version 0\.0\.1"):
        await pinged(link)
    await link.aclose()
    assert not parts.running


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        pytest.param("serves", 0, id="in order"),
        pytest.param("stands still, and is alone", 1, id="where its loop stands still"),
    ],
)
async def test_it_ends_when_who_asked_has_gone(deed: str, code: int) -> None:
    parts = ChildParts(deed)
    pipe = await parts.connect(ProgramPart.FETCHER)
    pipe.setblocking(False)
    await hear_alone(pipe, {FrameKind.GREETING: Greeting.most})
    await say_alone(pipe, FrameKind.SETUP, packed(Told()))
    await hear_alone(pipe, {FrameKind.READY: 0})
    await say_alone(pipe, FrameKind.ASK, packed(Ping("now")))
    if deed == "serves":
        await hear_alone(pipe, {FrameKind.ANSWER: Pong.most})
    else:
        assert await asyncio.get_running_loop().sock_recv(pipe, 1) == b"!"
    pipe.close()
    assert await asyncio.to_thread(parts.running[pipe].wait, WITHIN_S) == code
    await parts.aclose()


# -- noise


class Noise:
    """Frames that are nearly right, as somebody makes them who knows the form; and bytes that are nothing."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def message(self, calls: int) -> bytes:
        pick = self._random
        if pick.random() < 0.05:
            return pick.randbytes(pick.randrange(1, 200))
        header = pick.choice(_HEADERS) if pick.random() < 0.7 else pick.randbytes(pick.randrange(300))
        if header and pick.random() < 0.3:
            at = pick.randrange(len(header))
            header = header[:at] + pick.randbytes(pick.randrange(4)) + header[at + pick.randrange(3) :]
        body = pick.randbytes(pick.randrange(2_000)) if pick.random() < 0.3 else b""
        kind = pick.choice(list(FrameKind)) if pick.random() < 0.95 else pick.randrange(256)
        return a_frame(kind, pick.randrange(1, calls + 3), header, body)


_HEADERS = [b"", *(packed(one) for one in (Ping("x"), Pong("y"), Wait(), Line(), Count(3), Told("z"), PartFailed("w")))]


async def beside(asker: Asker) -> None:
    """Somebody else's question, all the while."""
    said = await asker.ask(Ping("beside"), b"body", answer=Pong, within_s=WITHIN_S, max_body=MOST_BODY)
    assert said == Sent(Pong("beside"), b"body")


@contextlib.asynccontextmanager
async def an_honest_pair() -> AsyncIterator[Asker]:
    ours, theirs = socket.socketpair()
    asker, server = Asker(ours, "the other"), Server(theirs, Echo().handlers())
    running = asyncio.create_task(server.run())
    yield asker
    asker.close()
    await running


async def noise_to_an_asker(messages: int, seed: int) -> int:
    """Returns how many connections it took."""
    noise, connections, sent = Noise(seed), 0, 0
    async with an_honest_pair() as other:
        while sent < messages:
            connections += 1
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            asker = Asker(ours, "the fetcher")
            asked: list[asyncio.Task[object]] = []
            for number in range(20):
                if number % 3:
                    asked.append(asyncio.create_task(asker.ask(Ping(), answer=Pong, within_s=WITHIN_S, max_body=1000)))
                else:
                    asked.append(asyncio.create_task(_listened(asker)))
            asked[0].cancel()
            while asker.ended is None and sent < messages:
                sent += 1
                with contextlib.suppress(OSError):
                    theirs.sendall(noise.message(20))
                await asyncio.sleep(0)
                if sent % 100 == 0:
                    await beside(other)
            asker.close()
            theirs.close()
            for one in await asyncio.gather(*asked, return_exceptions=True):
                assert isinstance(one, PartLost | TalkOver | asyncio.CancelledError | Sent | None), repr(one)
        await beside(other)
    return connections


async def _listened(asker: Asker) -> None:
    async with asker.talk(Count(1), heard=HEARD, max_body=1000) as talk:
        while True:
            await talk.hear()


async def noise_to_a_server(messages: int, seed: int) -> int:
    noise, connections, sent = Noise(seed), 0, 0
    async with an_honest_pair() as other:
        while sent < messages:
            connections += 1
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            server = Server(theirs, Echo().handlers())
            running = asyncio.create_task(server.run())
            while not running.done() and sent < messages:
                sent += 1
                with contextlib.suppress(OSError):
                    ours.sendall(noise.message(5))
                await asyncio.sleep(0)
                if sent % 100 == 0:
                    await beside(other)
            ours.close()
            (ended,) = await asyncio.gather(running, return_exceptions=True)
            assert ended is None or isinstance(ended, BadMessage), repr(ended)
        await beside(other)
    return connections


TO = {"who asks": noise_to_an_asker, "who answers": noise_to_a_server}


@pytest.mark.parametrize("send", TO.values(), ids=TO)
@pytest.mark.parametrize("messages", [1_500, pytest.param(100_000, marks=pytest.mark.long)])
async def test_random_messages_bring_nobody_down(send: Callable[[int, int], Awaitable[int]], messages: int) -> None:
    before = len(os.listdir("/proc/self/fd"))
    assert await send(messages, 18) > messages // 100, "most of what is not right ends it"
    assert len(os.listdir("/proc/self/fd")) == before
