"""What crosses between the program's own processes: whoever is at the other end may have been taken over."""

from __future__ import annotations

import importlib
import pkgutil
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from types import ModuleType

from msgspec import Struct, msgpack

import monitor.parts.messages
from monitor.errors import PartMismatch
from monitor.parts.frames import BadMessage, FrameKind, FrameReader, close_files
from monitor.parts.greeting import PROTOCOL, Greeting, PartFailed, greeted
from monitor.parts.messages import OneOf, packed, tag_of
from monitor.parts.starting import ProgramPart
from monitor.reader import messages
from monitor.reader.messages import BadAnswer
from tests.fuzz.samples import sample
from tests.fuzz.target import Target


def crossing() -> Iterator[type[Struct]]:
    """Every message of every subject, found by itself: a new one is fuzzed from its first day."""
    for found in pkgutil.iter_modules(monitor.parts.messages.__path__):
        module = importlib.import_module(f"{monitor.parts.messages.__name__}.{found.name}")
        yield from _tagged(module)
    yield from (Greeting, PartFailed)


def _tagged(module: ModuleType) -> Iterator[type[Struct]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Struct) and value.__module__ == module.__name__:
            if tag_of(value) != "None":
                yield value


def _samples_of(message: type[Struct]) -> Sequence[bytes]:
    made: list[bytes] = []
    pick = random.Random(message.__name__)
    for _ in range(60):
        try:
            made.append(packed(sample(message, pick)))
        except (BadMessage, ValueError):  # what a check of its own refuses, or is too long together
            continue
    return made or [b""]


def _both_ways(kinds: OneOf[Struct], data: bytes) -> None:
    """What is taken can be sent on, and comes to the same."""
    message = kinds.unpack(data)
    again = kinds.unpack(packed(message))
    assert again == message or again != again or repr(again) == repr(message)  # NaN is no other than itself


def _message(message: type[Struct]) -> Target:
    return Target(
        name=f"message-{message.__name__}",
        take=partial(_both_ways, OneOf[Struct](message)),
        seeds=partial(_samples_of, message),
        refuses=(BadMessage,),
        words=[field.encode() for field in message.__struct_fields__],
        tries=40,
        share=0.3,
    )


def _worker(name: str, unpack: Callable[[bytes], object], kinds: object) -> Target:
    def seeds() -> Sequence[bytes]:
        pick = random.Random(name)
        return [msgpack.encode(sample(kinds, pick)) for _ in range(60)]

    return Target(name=name, take=unpack, seeds=seeds, refuses=(BadAnswer,), tries=60)


def _frames(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 256 * 1024)
        ours.setblocking(False)
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        reader = FrameReader(lambda _: None, lambda parcel: close_files(parcel.files))
        try:
            with suppress(EOFError):
                while True:
                    reader.read(ours)
        finally:
            reader.close()


def _some_frames() -> Sequence[bytes]:
    one = [bytes([kind, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 5]) + b"abc12345" for kind in FrameKind]
    return [*one, b"".join(one)]


MESSAGES = [
    *(_message(message) for message in crossing()),
    _worker("worker-answer", messages.unpack_answer, messages.WorkerAnswer),
    _worker("worker-hello", messages.unpack_hello, messages.Hello),
    Target(
        name="greeting",
        take=partial(greeted, part=ProgramPart.FETCHER),
        seeds=lambda: [packed(Greeting(PROTOCOL, version, ProgramPart.FETCHER, 7)) for version in ("0.1.0", "9.9")],
        refuses=(BadMessage, PartMismatch),
    ),
    Target(name="frames", take=_frames, seeds=_some_frames, refuses=(BadMessage,)),
]
