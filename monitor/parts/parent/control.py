"""What a core asks of the process that starts its parts, and what it is answered: one packet each, on a pair of
SOCK_SEQPACKET. By hand and not by msgspec, which would be a quarter of so small a process.

Nothing else crosses. Each packet begins with the turn of the question that it is, or answers. A number names one
process of a part, as long as the pair lasts.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

MAX_PACKET = 2048
MAX_LAST_WORDS_CHARS = 300

_REQUEST = struct.Struct(">IBIIB")  # turn, what, number, milliseconds, length of the part's name
_REPLY = struct.Struct(">IBIiIH")  # turn, what, number, exit code, pid, length of the words
_START, _END = 1, 2
_STARTED, _NOT_STARTED, _ENDED = 1, 2, 3


class BadControl(ValueError):
    """A packet that no core, or no parent, of this version sends."""


class StartPart(NamedTuple):
    """A fresh process of that part. Answered by PartStarted with its connection attached, or by PartNotStarted."""

    part: str


class EndPart(NamedTuple):
    """Killed, if it does not end by itself within so many milliseconds. Answered by EndOfPart, once it has ended."""

    number: int
    within_ms: int = 0


class PartStarted(NamedTuple):
    number: int
    pid: int


class PartNotStarted(NamedTuple):
    words: str


class EndOfPart(NamedTuple):
    """code: as `subprocess` has it, minus a signal's number where one killed it. words: the last line that it wrote to
    its standard error."""

    number: int
    code: int
    words: str


ControlRequest = StartPart | EndPart
ControlReply = PartStarted | PartNotStarted | EndOfPart


def pack_request(turn: int, asked: ControlRequest) -> bytes:
    if isinstance(asked, EndPart):
        return _REQUEST.pack(turn, _END, asked.number, asked.within_ms, 0)
    name = asked.part.encode("ascii")
    return _REQUEST.pack(turn, _START, 0, 0, len(name)) + name


def unpack_request(packet: bytes) -> tuple[int, ControlRequest]:
    """Raises BadControl."""
    turn, what, number, within_ms, length, rest = _taken_apart(_REQUEST, packet)
    if len(rest) != length:
        raise BadControl("a length that is not so")
    if what == _END and not length:
        return turn, EndPart(number, within_ms)
    if what == _START and not number and not within_ms and rest.isascii() and rest.isalpha():
        return turn, StartPart(rest.decode("ascii"))
    raise BadControl("no request")


def pack_reply(turn: int, said: ControlReply) -> bytes:
    match said:
        case PartStarted(number, pid):
            return _REPLY.pack(turn, _STARTED, number, 0, pid, 0)
        case PartNotStarted(words):
            return _with_words(turn, _NOT_STARTED, 0, 0, words)
        case EndOfPart(number, code, words):
            return _with_words(turn, _ENDED, number, code, words)


def unpack_reply(packet: bytes) -> tuple[int, ControlReply]:
    """Raises BadControl."""
    turn, what, number, code, pid, length, rest = _taken_apart(_REPLY, packet)
    if len(rest) != length:
        raise BadControl("a length that is not so")
    try:
        words = rest.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadControl("words that are no text") from error
    if len(words) > MAX_LAST_WORDS_CHARS:
        raise BadControl("too many words")
    if what == _STARTED and pid and not code and not words:
        return turn, PartStarted(number, pid)
    if what == _NOT_STARTED and not (number or code or pid):
        return turn, PartNotStarted(words)
    if what == _ENDED and not pid:
        return turn, EndOfPart(number, code, words)
    raise BadControl("no reply")


def _with_words(turn: int, what: int, number: int, code: int, words: str) -> bytes:
    text = words[:MAX_LAST_WORDS_CHARS].encode("utf-8", "replace")
    return _REPLY.pack(turn, what, number, code, 0, len(text)) + text


def _taken_apart(head: struct.Struct, packet: bytes) -> tuple[Any, ...]:
    """The numbers of its head, and the bytes behind them."""
    if not head.size <= len(packet) <= MAX_PACKET:
        raise BadControl(f"{len(packet)} bytes")
    return (*head.unpack_from(packet), packet[head.size :])
