"""What comes over a socket is whole frames with their files, or it is refused before it is taken in."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.parts.frames import (
    MAX_FDS,
    MAX_FRAME_BODY,
    MAX_FRAME_HEADER,
    BadMessage,
    FrameKind,
    FrameReader,
    Outgoing,
    Parcel,
    Prelude,
    check_sizes,
    close_files,
    line_of,
    plain_frame,
    prelude_of,
)

PRELUDE = struct.Struct(">BBxxIII")
Pair = tuple[socket.socket, socket.socket]


@contextlib.contextmanager
def a_pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        other.setblocking(False)
        yield one, other


@contextlib.contextmanager
def files(count: int) -> Iterator[list[int]]:
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    try:
        yield opened
    finally:
        close_files(opened)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def taken(
    pipe: socket.socket, send: Callable[[], None] = lambda: None, expects: Callable[[Prelude], None] = lambda _: None
) -> list[Parcel]:
    come: list[Parcel] = []
    reader = FrameReader(expects, come.append)
    send()
    try:
        with contextlib.suppress(BlockingIOError):
            while True:
                reader.read(pipe)
    finally:
        reader.close()
    return come


FRAMES = st.lists(
    st.tuples(
        st.sampled_from(FrameKind),
        st.integers(0, 2**32 - 1),
        st.one_of(st.binary(max_size=40), st.integers(0, 40_000).map(bytes)),
        st.one_of(st.binary(max_size=40), st.integers(0, 200_000).map(bytes)),
        st.integers(0, MAX_FDS),
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(frames=FRAMES, cuts=st.lists(st.integers(1, 70_000), max_size=8))
def test_what_is_written_is_read_however_it_is_cut(
    frames: list[tuple[FrameKind, int, bytes, bytes, int]], cuts: list[int]
) -> None:
    """Each with its own files, in order, and no file is left open."""
    before = open_files()
    with a_pair() as (one, other):
        come: list[Parcel] = []
        reader = FrameReader(lambda _: None, come.append)
        sizes = iter(cuts)
        for kind, call, header, body, count in frames:
            with files(count) as given_files:
                frame = Outgoing(kind, call, header, body, [os.dup(one_of) for one_of in given_files])
            while True:
                # a small buffer: it goes out in pieces that no frame knows of
                one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, next(sizes, 200_000))
                with contextlib.suppress(BlockingIOError):
                    if frame.write(one):
                        break
                with contextlib.suppress(BlockingIOError):
                    reader.read(other)
        with contextlib.suppress(BlockingIOError):
            while True:
                reader.read(other)
        assert [(one_of.kind, one_of.call, one_of.header, one_of.body, len(one_of.files)) for one_of in come] == frames
        for one_of in come:
            assert all(os.readlink(f"/proc/self/fd/{file}") == os.devnull for file in one_of.files)
            close_files(one_of.files)
    assert open_files() == before


def frame(kind: int = FrameKind.SAY, files: int = 0, header: int = 0, body: int = 0, call: int = 1) -> bytes:
    return PRELUDE.pack(kind, files, call, header, body)


def rights(count: int) -> list[tuple[int, int, array.array[int]]]:
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * count))] if count else []


BAD: dict[str, Sequence[tuple[bytes, int]]] = {
    "a kind that is none": [(frame(kind=200), 0)],
    "kind 0": [(frame(kind=0), 0)],
    "something where nothing stands": [(frame()[:2] + b"\x01" + frame()[3:], 0)],
    "a header over the limit": [(frame(header=MAX_FRAME_HEADER + 1), 0)],
    "a body over the limit": [(frame(body=MAX_FRAME_BODY + 1), 0)],
    "more files than may be named": [(frame(files=MAX_FDS + 1), 0)],
    "more files than may come": [(frame(files=MAX_FDS), MAX_FDS + 20)],
    "files that did not come": [(frame(files=1), 0)],
    "fewer files than were named": [(frame(files=2), 1)],
    "files that nobody named": [(frame(), 1)],
    "files in the middle of a body": [(frame(body=100) + b"x", 0), (b"x", 1)],
    "files in the middle of a header": [(frame(header=100) + b"x", 0), (b"x", 1)],
    "files of one frame with another": [(frame() + frame(files=1), 1), (frame(), 1)],
    "many small ones with files nobody named": [(b"\x07", 1), (b"\x00", 1), (b"\x00", 1), (b"\x00", 1), (b"\x00", 1)],
}


@pytest.mark.parametrize("pieces", BAD.values(), ids=BAD)
def test_what_is_no_frame_is_refused(pieces: Sequence[tuple[bytes, int]]) -> None:
    """And nothing that came with it stays open."""
    before = open_files()
    with a_pair() as (one, other):
        come: list[Parcel] = []
        reader = FrameReader(lambda _: None, come.append)
        with pytest.raises(BadMessage):
            for data, count in pieces:
                one.sendmsg([data], rights(count))
                reader.read(other)
            reader.read(other)
        reader.close()
        for parcel in come:
            close_files(parcel.files)
    assert open_files() == before


def test_what_may_not_come_now_is_refused_before_a_byte_of_it_is_taken_in() -> None:
    def expects(prelude: Prelude) -> None:
        check_sizes(prelude, header=10, body=100)

    with a_pair() as (one, other):
        one.sendall(frame(body=50_000_000))
        with pytest.raises(BadMessage, match="a body of 50000000 bytes, more than 100"):
            FrameReader(expects, lambda _: None).read(other)


def test_what_a_frame_makes_of_things_counts_for_the_next_in_the_same_piece() -> None:
    seen: list[int] = []

    def expects(prelude: Prelude) -> None:
        if prelude.call in seen:
            raise BadMessage("twice")

    with a_pair() as (one, other):
        reader = FrameReader(expects, lambda parcel: seen.append(parcel.call))
        one.sendall(frame(call=1) + frame(call=2) + frame(call=1))
        with pytest.raises(BadMessage, match="twice"):
            reader.read(other)
        assert seen == [1, 2]


def test_whoever_closes_while_a_frame_is_given_gets_no_other() -> None:
    seen: list[int] = []
    with a_pair() as (one, other):

        def takes(parcel: Parcel) -> None:
            seen.append(parcel.call)
            reader.close()

        reader = FrameReader(lambda _: None, takes)
        one.sendall(frame(call=1) + frame(call=2))
        reader.read(other)
        assert seen == [1]


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 18, 20, 25])
def test_the_end_in_the_middle(cut: int) -> None:
    whole = plain_frame(FrameKind.SAY, b"head") + frame(files=1)
    before = open_files()
    with a_pair() as (one, other):
        come: list[Parcel] = []
        reader = FrameReader(lambda _: None, come.append)
        if cut:
            one.sendmsg([whole[:cut]], [])
        if cut > 20:
            one.sendmsg([b"\0"], rights(1))
        one.close()
        with pytest.raises(EOFError):
            for _ in range(4):
                reader.read(other)
        reader.close()
        assert len(come) == (cut >= 20)
    assert open_files() == before


def test_a_body_is_taken_over_without_a_copy_of_its_own() -> None:
    """One large body costs its own size, and not twice that: it is read into what is given out."""
    body = os.urandom(300_000)
    with a_pair() as (one, other):
        come: list[Parcel] = []
        reader = FrameReader(lambda _: None, come.append)
        out = Outgoing(FrameKind.ANSWER, 7, b"", body)
        done = False
        while not come:
            with contextlib.suppress(BlockingIOError):
                done = done or out.write(one)
            with contextlib.suppress(BlockingIOError):
                reader.read(other)
        assert type(come[0].body) is bytes and come[0].body == body


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: os.open(os.devnull, os.O_RDONLY), id="a file"),
        pytest.param(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).detach(), id="a way to the network"),
        pytest.param(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach(), id="a way to the journal"),
    ],
)
def test_what_is_no_line_is_closed(make: Callable[[], int]) -> None:
    before = open_files()
    with pytest.raises(BadMessage, match="no line"):
        line_of(make())
    assert open_files() == before


@given(st.binary(min_size=16, max_size=16))
def test_any_prelude_is_one_or_is_refused(packed: bytes) -> None:
    try:
        prelude = prelude_of(packed)
    except BadMessage:
        return
    assert prelude.header <= MAX_FRAME_HEADER and prelude.body <= MAX_FRAME_BODY and prelude.files <= MAX_FDS
    assert packed[2:4] == b"\0\0"
