"""The core's way to a part: many questions at once, and what becomes of them when it ends, hangs or lies."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from monitor.errors import HowLost, PartLost
from monitor.parts.frames import line_of
from monitor.parts.link import Link
from monitor.parts.starting import ProgramPart
from monitor.parts.talk import TalkOver
from tests.parts.in_loop import (
    HEARD,
    MOST_BODY,
    Begins,
    Count,
    Echo,
    Fail,
    Line,
    PartsInLoop,
    Ping,
    Pong,
    Told,
    Wait,
    serving,
)
from tests.patience import WITHIN_S


@asynccontextmanager
async def linked(
    *begins: Begins, word: str = "", idle_s: float | None = None
) -> AsyncIterator[tuple[Link, PartsInLoop]]:
    parts = PartsInLoop(*begins)
    link = Link(parts, ProgramPart.FETCHER, lambda: Told(word), idle_s=idle_s)
    try:
        yield link, parts
    finally:
        await link.aclose()
        await parts.aclose()


async def pinged(link: Link, text: str = "", body: bytes = b"") -> tuple[str, bytes]:
    said = await link.ask(Ping(text), body, answer=Pong, within_s=WITHIN_S, max_body=MOST_BODY)
    return said.message.text, said.body


async def test_many_at_once_each_with_its_own_answer() -> None:
    async with linked(serving(Echo()), word="!") as (link, parts):
        bodies = [os.urandom(1 + number * 9_001) for number in range(100)]
        said = await asyncio.gather(*(pinged(link, str(number), body) for number, body in enumerate(bodies)))
        assert said == [(f"{number}!", body) for number, body in enumerate(bodies)]
        assert parts.started == 1


async def test_a_line_each_way() -> None:
    async with linked(serving(Echo())) as (link, _):
        ours, theirs = socket.socketpair()
        said = await link.ask(Line(), fds=[theirs.detach()], answer=Pong, within_s=WITHIN_S, max_fds=1)
        assert ours.recv(100) == b"through the line"
        line = line_of(*said.fds)
        assert line.family == socket.AF_UNIX
        line.close()
        ours.close()


async def test_a_talk_in_which_both_say_more_than_there_is_room_for() -> None:
    async with linked(serving(Echo())) as (link, _), link.talk(Count(100), heard=HEARD, max_body=MOST_BODY) as talk:

        async def say() -> None:
            for number in range(100):
                await talk.say(Ping(str(number)), bytes(number))

        saying = asyncio.create_task(say())
        heard = [await talk.hear(WITHIN_S) for _ in range(200)]
        await saying
        assert [(one.message.text, len(one.body)) for one in heard] == 2 * [(str(n), n) for n in range(100)]
        with pytest.raises(TalkOver):
            await talk.hear(WITHIN_S)


async def test_what_nobody_waits_for_is_given_up() -> None:
    echo = Echo()
    async with linked(serving(echo)) as (link, parts):
        asked = asyncio.create_task(link.ask(Wait(), answer=Pong, within_s=WITHIN_S))
        while not echo.waiting:
            await pinged(link)
        asked.cancel()
        while not echo.given_up:
            await pinged(link)
        assert parts.started == 1


async def test_what_takes_too_long_is_lost_alone() -> None:
    async with linked(serving(Echo())) as (link, parts):
        with pytest.raises(PartLost, match="too long") as lost:
            await link.ask(Wait(), answer=Pong, within_s=0)
        assert lost.value.how is HowLost.HUNG
        assert await pinged(link, "still there") == ("still there", b"")
        assert parts.started == 1


async def test_a_failure_is_of_one_question_and_tells_no_words_of_a_site() -> None:
    async with linked(serving(Echo())) as (link, parts):
        with pytest.raises(PartLost, match="ValueError") as lost:
            await link.ask(Fail(), answer=Pong, within_s=WITHIN_S)
        assert lost.value.how is HowLost.FAILED
        assert "words of a site" not in str(lost.value)
        assert await pinged(link, "still there") == ("still there", b"")
        assert parts.started == 1
