"""The core's way to a part: many questions at once, and what becomes of them when it ends, hangs or lies."""

from __future__ import annotations

import ast
import asyncio
import inspect
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from types import ModuleType

import msgspec
import pytest

from monitor import __version__
from monitor.daemon.logs import JournalFormatter
from monitor.errors import HowLost, PartLost, PartMismatch
from monitor.parts.asking import MAX_CALLS, Asker
from monitor.parts.confine import browser, core, fetcher, network
from monitor.parts.confine.layers import lacking_layers
from monitor.parts.connection import Connection, hear_alone, say_alone
from monitor.parts.frames import BadMessage, FrameKind, FrameReader, Parcel, line_of
from monitor.parts.greeting import PROTOCOL, Greeting
from monitor.parts.link import Link
from monitor.parts.messages import packed
from monitor.parts.serving import Handlers, serve_part
from monitor.parts.starting import ENDS_WITHIN_S, ProgramPart
from monitor.parts.talk import AHEAD, Sent, TalkOver
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


# -- parts that are not as they should be


def greeting(part: ProgramPart = ProgramPart.FETCHER, protocol: int = PROTOCOL, version: str = __version__) -> bytes:
    return packed(Greeting(protocol, version, part, 1))


def saying(*frames: bytes, waits: bool = True) -> Begins:
    """Greets as it should; then, once it was asked something, says these."""

    async def begin(pipe: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await say_alone(pipe, FrameKind.GREETING, greeting())
        await hear_alone(pipe, {FrameKind.SETUP: 1000})
        await say_alone(pipe, FrameKind.READY)
        await loop.sock_recv(pipe, 1)
        await loop.sock_sendall(pipe, b"".join(frames))
        if waits:
            await asyncio.Event().wait()

    return begin


def greeting_with(said: bytes, kind: FrameKind = FrameKind.GREETING) -> Begins:
    async def begin(pipe: socket.socket) -> None:
        await say_alone(pipe, kind, said)
        await hear_alone(pipe, {FrameKind.SETUP: 1000})
        await asyncio.Event().wait()

    return begin


async def ends(pipe: socket.socket) -> None:
    pass


def failing_at_start(pipe: socket.socket) -> Awaitable[None]:
    @asynccontextmanager
    async def opened(told: Told) -> AsyncIterator[Handlers]:
        raise RuntimeError("words")
        yield Handlers()

    return serve_part(pipe, ProgramPart.FETCHER, Told, opened)


NOT_BEGUN: dict[str, tuple[Begins, str]] = {
    "ends at once": (ends, "could not be started: its last words"),
    "says bytes": (lambda pipe: asyncio.get_running_loop().sock_sendall(pipe, b"\xff" * 100), "a frame of kind 255"),
    "answers before it greeted": (greeting_with(b"", FrameKind.ANSWER), "ANSWER, which cannot come now"),
    "a greeting of nothing": (greeting_with(b""), "no greeting"),
    "a greeting of noise": (greeting_with(os.urandom(200)), "no greeting"),
    "a greeting far too long": (greeting_with(bytes(100_000)), "a header of 100000 bytes"),
    "is another part": (greeting_with(greeting(ProgramPart.BROWSER)), "it is the browser, and not the fetcher"),
    "fails at its setup": (failing_at_start, "it failed at it (RuntimeError"),
}


@pytest.mark.parametrize(("begin", "why"), NOT_BEGUN.values(), ids=NOT_BEGUN)
async def test_what_does_not_begin(begin: Begins, why: str) -> None:
    async with linked(begin, serving(Echo())) as (link, parts):
        with pytest.raises(PartLost) as lost:
            await pinged(link)
        assert lost.value.how is HowLost.NOT_STARTED
        assert why in str(lost.value) and lost.value.remedy
        assert await pinged(link, "a fresh one") == ("a fresh one", b"")
        assert parts.started == 2


@pytest.mark.parametrize(
    ("protocol", "version", "older"),
    [
        pytest.param(PROTOCOL, "0.0.9", "the fetcher is older", id="an older part"),
        pytest.param(PROTOCOL, "17.2", "the program is older", id="a newer part"),
        pytest.param(PROTOCOL - 1, "17.2", "the fetcher is older", id="what crosses is older"),
        pytest.param(PROTOCOL + 1, __version__, "the program is older", id="what crosses is newer"),
        pytest.param(PROTOCOL, "by\x1bhand", "the fetcher is older", id="no version at all"),
    ],
)
async def test_parts_of_two_versions(protocol: int, version: str, older: str) -> None:
    async with linked(greeting_with(greeting(protocol=protocol, version=version))) as (link, _):
        with pytest.raises(PartMismatch) as lost:
            await pinged(link)
        assert str(lost.value).endswith(older)
        assert "\x1b" not in str(lost.value)
        assert "start them again" in lost.value.remedy


async def test_a_greeting_of_later_days_is_still_told_by_its_version() -> None:
    later = msgspec.msgpack.encode({"type": "Hail", "protocol": PROTOCOL + 5, "version": "9.9", "more": [1, 2]})
    async with linked(greeting_with(later)) as (link, _):
        with pytest.raises(PartMismatch, match=r"version 9\.9"):
            await pinged(link)


async def test_what_cannot_be_started_is_not_tried_again_at_once() -> None:
    parts = PartsInLoop(serving(Echo()), refuses=[OSError(24, "Too many open files")] * 3)
    link = Link(parts, ProgramPart.FETCHER, Told)
    for _ in range(3):
        with pytest.raises(PartLost, match="it may open no more files here"):
            await pinged(link)
    for _ in range(50):
        with pytest.raises(PartLost, match="3 times in a row; the next try is in 1 s") as lost:
            await pinged(link)
    assert lost.value.how is HowLost.NOT_STARTED and parts.started == 0
    await link.aclose()


def said(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"type": "Pong", **fields})


def a_frame(kind: int, call: int, header: bytes = b"", body: bytes = b"") -> bytes:
    return struct.pack(">BBHIII", kind, 0, 0, call, len(header), len(body)) + header + body


PONG = packed(Pong("x"))
OUTSIDE: dict[str, bytes] = {
    "about nothing that was asked": a_frame(FrameKind.ANSWER, 77, PONG),
    "a second answer": a_frame(FrameKind.ANSWER, 1, PONG) + a_frame(FrameKind.ANSWER, 1, PONG),
    "a longer body than was asked for": a_frame(FrameKind.ANSWER, 1, PONG, bytes(MOST_BODY + 1)),
    "a longer header than the answer has": a_frame(FrameKind.ANSWER, 1, bytes(1001)),
    "noise for an answer": a_frame(FrameKind.ANSWER, 1, os.urandom(300)),
    "another message for the answer": a_frame(FrameKind.ANSWER, 1, packed(Ping("x"))),
    "a text that is too long": a_frame(FrameKind.ANSWER, 1, said(text="x" * 101)),
    "a field more": a_frame(FrameKind.ANSWER, 1, said(text="x", more=1)),
    "a number for a text": a_frame(FrameKind.ANSWER, 1, said(text=7)),
    "half a surrogate": a_frame(FrameKind.ANSWER, 1, b"\x82\xa4type\xa4Pong\xa4text\xa3\xed\xa0\x80"),
    "a talk where none is": a_frame(FrameKind.SAY, 1, PONG),
    "more room where no talk is": a_frame(FrameKind.MORE, 1),
    "the end of a talk where none is": a_frame(FrameKind.OVER, 1),
    "given up unasked": a_frame(FrameKind.GIVEN_UP, 1),
    "a question of its own": a_frame(FrameKind.ASK, 1, PONG),
    "another greeting": a_frame(FrameKind.GREETING, 1, greeting()),
    "ready twice": a_frame(FrameKind.READY, 0),
    "a failure with a novel": a_frame(FrameKind.FAILED, 1, bytes(5000)),
    "a failure in noise": a_frame(FrameKind.FAILED, 1, os.urandom(50)),
    "no frame": b"\xde\xad\xbe\xef" * 5,
}


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
async def test_what_answers_outside_its_limits_is_killed_and_replaced(words: bytes) -> None:
    """What was in hand fails as such; where one of it had been answered before, it has its answer."""
    async with linked(saying(words), serving(Echo())) as (link, parts):
        others = [
            asyncio.create_task(link.ask(Wait(), answer=Pong, within_s=WITHIN_S, max_body=MOST_BODY)) for _ in range(3)
        ]
        for lost in await asyncio.gather(*others, return_exceptions=True):
            if isinstance(lost, PartLost):
                assert lost.how is HowLost.OUTSIDE_LIMITS
            else:
                assert lost == Sent(Pong("x"))
        assert await pinged(link, "a fresh one") == ("a fresh one", b"")
        assert (parts.started, parts.ended) == (2, [0.0])


async def test_what_ends_fails_what_was_in_hand_and_the_next_question_has_a_fresh_one() -> None:
    answered = a_frame(FrameKind.ANSWER, 1, PONG)
    async with linked(saying(answered, waits=False), serving(Echo())) as (link, parts):
        first, *others = [asyncio.create_task(pinged(link, str(number))) for number in range(4)]
        assert await first == ("x", b"")
        for lost in await asyncio.gather(*others, return_exceptions=True):
            assert isinstance(lost, PartLost) and lost.how is HowLost.ENDED
        assert await pinged(link, "a fresh one") == ("a fresh one", b"")
        assert parts.started == 2


async def test_what_it_said_before_it_ended_counts_also_where_it_takes_nothing_more() -> None:
    """The answer waits in the socket while the next question finds nobody."""
    ours, theirs = socket.socketpair()
    asker = Asker(ours, "the fetcher")
    first = asyncio.create_task(asker.ask(Ping(), answer=Pong, within_s=WITHIN_S))
    await asyncio.sleep(0)
    theirs.sendall(a_frame(FrameKind.ANSWER, 1, PONG))
    theirs.close()
    with pytest.raises(PartLost) as lost:
        await asker.ask(Ping(), answer=Pong, within_s=WITHIN_S)
    assert lost.value.how is HowLost.ENDED
    assert (await first).message == Pong("x")


async def test_what_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.parts.asking.GIVES_UP_WITHIN_S", 0)
    async with linked(saying(), serving(Echo())) as (link, parts):
        others = asyncio.create_task(link.ask(Wait(), answer=Pong, within_s=WITHIN_S))
        with pytest.raises(PartLost, match="it hung") as lost:
            await link.ask(Wait(), answer=Pong, within_s=0)
        assert lost.value.how is HowLost.HUNG
        with pytest.raises(PartLost, match="it hung"):
            await others
        assert await pinged(link, "a fresh one") == ("a fresh one", b"")
        assert parts.ended == [0.0]


async def test_a_talk_that_is_flooded_ends_with_the_part() -> None:
    flood = a_frame(FrameKind.SAY, 1, PONG) * (AHEAD + 1)
    async with linked(saying(flood), serving(Echo())) as (link, _):
        with pytest.raises(PartLost, match="more than there is room for"):
            async with link.talk(Count(1), heard=HEARD) as talk:
                while True:
                    await talk.say(Ping())
        assert await pinged(link, "a fresh one") == ("a fresh one", b"")


async def test_an_idle_part_is_ended_in_order_and_the_next_question_has_a_fresh_one() -> None:
    async with linked(serving(Echo()), idle_s=0) as (link, parts):
        assert await pinged(link, "one") == ("one", b"")
        while not parts.ended:
            await asyncio.sleep(0)
        assert parts.ended == [ENDS_WITHIN_S]
        assert await pinged(link, "two") == ("two", b"")
        assert parts.started == 2


async def test_what_is_asked_keeps_it_from_being_idle() -> None:
    echo = Echo()
    async with linked(serving(echo), idle_s=0) as (link, parts):
        async with link.talk(Count(0), heard=HEARD):
            for _ in range(5):
                await pinged(link)
        assert parts.started == 1


async def test_closed_in_the_middle() -> None:
    echo = Echo()
    async with linked(serving(echo)) as (link, parts):
        asked = [asyncio.create_task(link.ask(Wait(), answer=Pong, within_s=WITHIN_S)) for _ in range(3)]
        while echo.waiting < 3:
            await pinged(link)
        await link.aclose()
        for lost in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(lost, PartLost) and lost.how is HowLost.CLOSED
        assert echo.given_up == 3, "the part was told, and put away what it held"
        with pytest.raises(PartLost, match="ended by the program"):
            await pinged(link)
        assert parts.started == 1


async def test_closed_while_it_starts() -> None:
    async with linked(saying(), idle_s=None) as (link, parts):
        asked = asyncio.create_task(pinged(link))
        await asyncio.sleep(0)
        await link.aclose()
        with pytest.raises(PartLost, match="ended by the program"):
            await asked
    assert not parts.tasks


async def test_renewed_it_has_the_new_setup() -> None:
    words = ["?", "!"]
    parts = PartsInLoop(*(serving(Echo()) for _ in words))
    link = Link(parts, ProgramPart.FETCHER, lambda: Told(words.pop()))
    assert await pinged(link, "so") == ("so!", b"")
    await link.renew()
    assert await pinged(link, "so") == ("so?", b"")
    await link.aclose()


async def test_a_forked_process_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words would come between those of the process it was forked from."""
    async with linked(serving(Echo())) as (link, _):
        await pinged(link)
        pid = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: pid + 1)
        with pytest.raises(PartLost):
            await pinged(link)
        monkeypatch.undo()
        assert await pinged(link, "as before") == ("as before", b"")


def test_another_loop_has_a_part_of_its_own() -> None:
    parts = PartsInLoop(serving(Echo()))
    link = Link(parts, ProgramPart.FETCHER, Told)
    assert asyncio.run(pinged(link, "one")) == ("one", b"")

    async def rest() -> None:
        assert await pinged(link, "two") == ("two", b"")
        await link.aclose()

    asyncio.run(rest())
    assert parts.started == 2


async def test_many_wait_for_one_start() -> None:
    async with linked(serving(Echo())) as (link, parts):
        await asyncio.gather(*(pinged(link) for _ in range(50)))
        assert parts.started == 1


async def test_no_more_at_once_than_there_is_room_for_and_none_is_lost() -> None:
    echo = Echo()
    async with linked(serving(echo)) as (link, parts):
        waiting = [asyncio.create_task(link.ask(Wait(), answer=Pong, within_s=WITHIN_S)) for _ in range(MAX_CALLS + 20)]
        while echo.waiting < MAX_CALLS:
            await asyncio.sleep(0)
        for one in waiting[:100]:
            one.cancel()
        while echo.waiting < MAX_CALLS + 20:
            await asyncio.sleep(0)
        assert await pinged(link, "room again") == ("room again", b"")
        assert parts.started == 1


async def test_what_is_not_out_yet_is_taken_back() -> None:
    """The other end reads nothing: the frame that was begun goes out whole, those behind it do not."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    asker = Asker(ours, "the fetcher")
    body = bytes(3_000_000)
    asked = [asyncio.create_task(asker.ask(Ping(str(n)), body, answer=Pong, within_s=WITHIN_S)) for n in range(3)]
    await asyncio.sleep(0)
    for one in asked[:2]:
        one.cancel()
    await asyncio.wait(asked[:2])
    assert asker.in_hand == 2, "the one that was begun, until it is given up; and the third"
    come: list[Parcel] = []
    reader = FrameReader(lambda _: None, come.append)
    while len(come) < 3:
        await asyncio.sleep(0)
        try:
            reader.read(theirs)
        except BlockingIOError:
            continue
    assert [(one.kind, one.call, len(one.body)) for one in come] == [
        (FrameKind.ASK, 1, len(body)),
        (FrameKind.ASK, 3, len(body)),
        (FrameKind.GIVE_UP, 1, 0),
    ]
    asker.close()
    theirs.close()
    assert isinstance((await asyncio.gather(asked[2], return_exceptions=True))[0], PartLost)


async def test_files_of_an_answer_that_nobody_took_are_closed() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for kind in ("before", "as it came"):
        ours, theirs = socket.socketpair()
        asker = Asker(ours, "the fetcher")
        asked = asyncio.create_task(asker.ask(Ping(), answer=Pong, within_s=WITHIN_S, max_fds=1))
        await asyncio.sleep(0)
        if kind == "before":
            asked.cancel()
            await asyncio.wait((asked,))
        answer = struct.pack(">BBHIII", FrameKind.ANSWER, 1, 0, 1, len(PONG), 0) + PONG
        socket.send_fds(theirs, [answer], [0])
        if kind == "as it came":
            asker._connection._readable()
            asked.cancel()
            await asyncio.wait((asked,))
        else:
            while asker.in_hand:
                await asyncio.sleep(0)
        asker.close()
        theirs.close()
    assert len(os.listdir("/proc/self/fd")) == before


async def test_a_question_outside_its_own_limits_does_not_leave() -> None:
    before = len(os.listdir("/proc/self/fd"))
    async with linked(serving(Echo())) as (link, parts):
        await pinged(link)
        with pytest.raises(BadMessage):
            await link.ask(Ping("x" * 101), fds=[os.dup(0)], answer=Pong, within_s=WITHIN_S)
        assert await pinged(link, "still there") == ("still there", b"")
        assert parts.started == 1
    assert len(os.listdir("/proc/self/fd")) == before


async def test_what_cannot_be_taken_in_ends_the_connection() -> None:
    """No memory for it, say: what follows would be read as if it were a beginning."""
    ours, theirs = socket.socketpair()
    told: list[Exception] = []

    def takes(parcel: Parcel) -> None:
        raise MemoryError

    connection = Connection(ours, lambda _: None, takes, told.append)
    theirs.sendall(a_frame(FrameKind.SAY, 1))
    with pytest.raises(MemoryError):
        connection._readable()
    assert not connection.is_open and isinstance(told[0], BadMessage)
    theirs.close()


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        pytest.param([("other user", False, "it stays root")], "missing=other-user", id="one, of two words"),
        pytest.param([("landlock", False, "x"), ("network", False, "y")], "missing=landlock,network", id="two"),
        pytest.param([("landlock", True, ""), ("other user", True, "")], "", id="none"),
    ],
)
async def test_what_is_missing_is_named_once_with_the_part(
    layers: list[tuple[str, bool, str]], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with linked(serving(Echo(), layers=layers)) as (link, _):
        for _ in range(2):
            await pinged(link)
            await link.renew()
    told = [JournalFormatter(priorities=False).format(one) for one in caplog.records if "confinement" in one.message]
    line = "a part runs with less confinement action=part_weak part=fetcher "
    assert told == ([line + says] if says else [])


@pytest.mark.parametrize("part", [core, fetcher, browser, network])
def test_each_layer_has_a_name_that_the_journal_can_say(part: ModuleType) -> None:
    """Read, not run: they would hold in this process."""
    calls = [one for one in ast.walk(ast.parse(inspect.getsource(part))) if isinstance(one, ast.Call)]
    names = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "layer"]
    said = [one.value if isinstance(one, ast.Constant) else vars(part)[one.id] for one in names]  # type: ignore[attr-defined]
    assert said
    record = logging.makeLogRecord(
        {"name": "monitor.x", "msg": "-"} | {"missing": lacking_layers((one, False, "") for one in said)}
    )
    assert JournalFormatter(priorities=False).format(record).count(",") == len(said) - 1
