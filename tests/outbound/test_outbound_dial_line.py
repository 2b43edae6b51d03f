"""The browser's only way out, without a browser: a line for each load, and whoever dials by it is held to the guard."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound.browser.line import LineDialler
from monitor.outbound.dial import LocalDialler
from monitor.outbound.dial_here import LocalDialWays
from monitor.outbound.dial_line import MAX_DIALLED, DialLine, serve_terms
from monitor.outbound.dial_ways import line_terms
from monitor.outbound.dialling import DialFailed, Streams
from monitor.outbound.guard import AddressRules
from monitor.outbound.relaying import Patience
from monitor.parts.messages import packed
from monitor.parts.messages.browsing import MAX_DIAL_BYTES, Dial, LineOver
from tests.patience import WITHIN_S
from tests.serving.streams import listening

NAMES = {"good.test": ["127.0.0.1"], "inside.test": ["10.0.0.1"], "mixed.test": ["127.0.0.1", "10.0.0.1"]}
LOOPBACK = (ip_network("127.0.0.1/32"),)
SOON = Patience(idle=0.3, half=0.1, linger=0.1)


async def resolve(host: str, port: int) -> Sequence[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


async def echoes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
    writer.close()


class Line:
    """Both ends: who dials, and what came of it at the other."""

    def __init__(self, port: int, patience: Patience, **most: int) -> None:
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        rules = AddressRules(LOOPBACK, {80, 443, port})
        self.end, self.dialler = here, LineDialler(here)
        bytes_, dials = most.get("max_bytes", 1_000_000), most.get("max_dials", 200)
        serving = DialLine(there, LocalDialler(rules, resolve), max_bytes=bytes_, max_dials=dials, patience=patience)
        self.over: asyncio.Task[LineOver] = asyncio.ensure_future(serving.serve())


@asynccontextmanager
async def standing(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] = echoes,
    patience: Patience | None = None,
    **most: int,
) -> AsyncIterator[tuple[Line, int]]:
    async with listening(serve) as port:
        line = Line(port, patience or Patience(), **most)
        try:
            yield line, port
        finally:
            line.dialler.close()
            async with asyncio.timeout(WITHIN_S):
                await line.over


async def said(streams: Streams, sent: bytes) -> bytes:
    """What came back until it ended."""
    streams[1].write(sent)
    streams[1].write_eof()
    got = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(WITHIN_S):
            while piece := await streams[0].read(65536):
                got += piece
    streams[1].close()
    return got


async def test_bytes_go_both_ways_and_are_counted() -> None:
    async with standing() as (line, port):
        streams, ip = await line.dialler.dial("good.test", port)
        assert ip == "127.0.0.1"
        assert await said(streams, b"x" * 300_000) == b"x" * 300_000
        line.dialler.close()
        assert await line.over == LineOver(bytes=600_000, dials=1, is_bad=False)


@pytest.mark.parametrize(
    ("host", "port", "kind"),
    [
        pytest.param("inside.test", 80, OutcomeKind.REFUSED, id="a name that leads inside"),
        pytest.param("mixed.test", 80, OutcomeKind.REFUSED, id="outside and inside"),
        pytest.param("169.254.169.254", 80, OutcomeKind.REFUSED, id="a cloud's own address"),
        pytest.param("2130706434", 80, OutcomeKind.REFUSED, id="a number"),
        pytest.param("::1", 80, OutcomeKind.REFUSED, id="this computer, in IPv6"),
        pytest.param("good.test", 22, OutcomeKind.REFUSED, id="another port"),
        pytest.param("no-such.test", 80, OutcomeKind.DNS, id="nobody"),
        pytest.param("a b", 80, OutcomeKind.REFUSED, id="no name"),
        pytest.param("", 80, OutcomeKind.REFUSED, id="nothing"),
        pytest.param("x" * 5000, 80, OutcomeKind.REFUSED, id="without end"),
        pytest.param("good.test", 80, OutcomeKind.CONNECTION, id="where nobody listens"),
    ],
)
async def test_the_guard_stands_where_the_socket_is_opened(host: str, port: int, kind: OutcomeKind) -> None:
    async with standing() as (line, _):
        with pytest.raises(DialFailed) as failed:
            await line.dialler.dial(host, port)
        assert failed.value.outcome.kind is kind
        assert failed.value.outcome.message.isprintable()


async def test_with_its_line_closed_nothing_of_a_load_goes_on() -> None:
    async with standing() as (line, port):
        streams, _ = await line.dialler.dial("good.test", port)
        line.dialler.close()
        async with asyncio.timeout(WITHIN_S):
            await line.over
            assert await streams[0].read() == b""
        with pytest.raises(DialFailed) as failed:
            await line.dialler.dial("good.test", port)
        assert failed.value.outcome.kind is OutcomeKind.CONNECTION
        streams[1].close()


async def test_a_dial_that_is_cut_off_before_it_began_leaves_no_file_open() -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours, theirs = socket.socketpair()
    with ours:
        with here:  # closed as soon as it dialled, as the line of a load that is over
            socket.send_fds(here, [packed(Dial("good.test", 80))], [theirs.fileno()])
        theirs.close()
        with warnings.catch_warnings(record=True, action="always") as noted:
            await DialLine(there, LocalDialler(AddressRules(), resolve), max_bytes=1, max_dials=1).serve()
            gc.collect()
        assert [str(one.message) for one in noted] == []  # Python closes what is forgotten, and says so
        assert ours.recv(1) == b""


async def test_no_more_goes_through_than_may() -> None:
    async with standing(max_bytes=100_000) as (line, port):
        streams, _ = await line.dialler.dial("good.test", port)
        assert len(await said(streams, b"x" * 300_000)) < 300_000
        with pytest.raises(DialFailed) as failed:
            await line.dialler.dial("good.test", port)
        assert failed.value.outcome.kind is OutcomeKind.TOO_LARGE


async def test_only_so_many_are_open_at_once() -> None:
    async with standing() as (line, port):
        opened = [await line.dialler.dial("good.test", port) for _ in range(MAX_DIALLED)]
        with pytest.raises(DialFailed):
            await line.dialler.dial("good.test", port)
        for streams, _ in opened:
            streams[1].close()


async def test_a_line_that_dials_without_end_is_cut() -> None:
    async with standing(max_dials=3) as (line, _):
        for _ in range(3):
            with pytest.raises(DialFailed):
                await line.dialler.dial("no-such.test", 80)
        with pytest.raises(DialFailed):
            await line.dialler.dial("no-such.test", 80)
        assert (await line.over).is_bad


async def test_what_stands_still_is_let_go() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with standing(silent, SOON) as (line, port):
        streams, _ = await line.dialler.dial("good.test", port)
        async with asyncio.timeout(WITHIN_S):
            assert await streams[0].read() == b""
        streams[1].close()


def stream_pair() -> tuple[list[int], list[socket.socket]]:
    one, other = socket.socketpair()
    return [one.detach()], [other]


def nothing() -> tuple[list[int], list[socket.socket]]:
    return [], []


def two() -> tuple[list[int], list[socket.socket]]:
    one, other = socket.socketpair()
    return [one.detach(), os.dup(other.fileno())], [other]


def file() -> tuple[list[int], list[socket.socket]]:
    return [os.open(Path(__file__), os.O_RDONLY)], []


def tcp() -> tuple[list[int], list[socket.socket]]:
    return [socket.socket().detach()], []


def packets() -> tuple[list[int], list[socket.socket]]:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return [one.detach()], [other]


GOOD = packed(Dial(host="good.test", port=80))


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        pytest.param(GOOD, nothing, id="no stream"),
        pytest.param(GOOD, two, id="two streams"),
        pytest.param(GOOD, file, id="an open file"),
        pytest.param(GOOD, tcp, id="a socket of a network"),
        pytest.param(GOOD, packets, id="another line"),
        pytest.param(b"\x00", stream_pair, id="no message"),
        pytest.param(GOOD + b"\x00", stream_pair, id="more than a message"),
        pytest.param(GOOD.replace(b"good.test", b"good.t\xff\xff\xff"), stream_pair, id="no text"),
        pytest.param(b"x" * (MAX_DIAL_BYTES + 1), stream_pair, id="too long"),
    ],
)
async def test_who_says_what_no_browser_of_ours_says_is_cut_off(
    sent: bytes, given: Callable[[], tuple[list[int], list[socket.socket]]]
) -> None:
    before = open_files()
    async with standing() as (line, _):
        files, kept = given()
        socket.send_fds(line.end, [sent], files)
        for descriptor in files:
            os.close(descriptor)
        async with asyncio.timeout(WITHIN_S):
            assert (await line.over).is_bad
        for other in kept:
            other.close()
    assert open_files() == before


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_whatever_is_said_on_a_line_nobody_else_is_harmed(said: list[bytes]) -> None:
    async def run() -> None:
        async with standing() as (line, port):
            for one in said:
                try:
                    socket.send_fds(line.end, [one], [])
                except OSError:
                    break
            line.end.close()
            async with asyncio.timeout(WITHIN_S):
                await line.over
            other = Line(port, Patience())
            streams, _ = await other.dialler.dial("good.test", port)
            assert await said_back(streams)
            other.dialler.close()
            await other.over

    asyncio.run(run())


async def said_back(streams: Streams) -> bool:
    return await said(streams, b"hello") == b"hello"


async def test_a_proxy_that_is_not_there_is_what_failed() -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = f"socks5://127.0.0.1:{taken.getsockname()[1]}"
        terms = line_terms(AddressRules(), proxy, max_bytes=1000, max_dials=5, identity="a" * 32)
        over = asyncio.ensure_future(serve_terms(terms, there, resolve))
        dialler = LineDialler(here)
        with pytest.raises(DialFailed) as failed:
            await dialler.dial("good.test", 80)
        assert failed.value.outcome.kind is OutcomeKind.PROXY
        dialler.close()
        await over


async def test_a_way_of_this_process_ends_with_its_block() -> None:
    async with listening(echoes) as port:
        rules = AddressRules(LOOPBACK, {port})
        async with LocalDialWays(resolve).line(line_terms(rules, "", max_bytes=1000, max_dials=5, identity="")) as line:
            dialler = LineDialler(socket.socket(fileno=line.take()))
            streams, _ = await dialler.dial("good.test", port)
            assert await said_back(streams)
            dialler.close()
        assert not line.is_bad and line.lost is None


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_what_failed_is_told_in_words_of_its_own() -> None:
    assert str(DialFailed(Outcome(OutcomeKind.DNS, "the name is not known"))) == "the name is not known"
