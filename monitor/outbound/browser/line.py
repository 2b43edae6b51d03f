"""What the browser's proxy dials through, where it may open no socket itself: a line to the part that may."""

from __future__ import annotations

import asyncio
import socket

from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound.browser.page_telling import outcome_of
from monitor.outbound.dial_line import ANSWER_LENGTH_BYTES
from monitor.outbound.dialling import DialFailed, Streams
from monitor.parts.frames import BadMessage
from monitor.parts.messages import one_of, packed
from monitor.parts.messages.browsing import MAX_DIAL_BYTES, Dial, Dialled

DIAL_WITHIN_S = 180.0  # the other side has its own, shorter ones: a name has several addresses, and Tor takes its time


class LineDialler:
    """`Dialler`. line: SOCK_SEQPACKET, which is closed with it."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self._line = line

    def close(self) -> None:
        self._line.close()

    async def dial(self, host: str, port: int) -> tuple[Streams, str]:
        try:
            asked = packed(Dial(host=host, port=port))
        except BadMessage as error:
            why = Outcome(OutcomeKind.REFUSED, f"not visited: {host[:80]!r} is not the name of a host")
            raise DialFailed(why) from error
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                await self._send(asked, theirs)
            streams = await asyncio.open_unix_connection(sock=ours)
        except OSError as error:
            ours.close()
            raise DialFailed(_LOST) from error
        except BaseException:
            ours.close()
            raise
        try:
            return streams, await _answer(streams[0])
        except BaseException:
            streams[1].transport.abort()
            raise

    async def _send(self, asked: bytes, stream: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                socket.send_fds(self._line, [asked], [stream.fileno()], socket.MSG_NOSIGNAL)
                return
            except BlockingIOError:
                room: asyncio.Future[None] = loop.create_future()
                loop.add_writer(self._line.fileno(), _now, room)
                try:
                    await room
                finally:
                    loop.remove_writer(self._line.fileno())


async def _answer(stream: asyncio.StreamReader) -> str:
    """The address that was dialled. Raises DialFailed."""
    try:
        async with asyncio.timeout(DIAL_WITHIN_S):
            length = int.from_bytes(await stream.readexactly(ANSWER_LENGTH_BYTES), "big")
            if length > MAX_DIAL_BYTES:
                raise BadMessage("too long an answer")
            told = one_of(Dialled).unpack(await stream.readexactly(length))
    except TimeoutError as error:
        raise DialFailed(Outcome(OutcomeKind.TIMEOUT, "no answer in time")) from error
    except (OSError, EOFError, BadMessage) as error:
        raise DialFailed(_LOST) from error
    if told.failure is not None:
        raise DialFailed(outcome_of(told.failure))
    return told.ip


_LOST = Outcome(OutcomeKind.CONNECTION, "the connection could not be made: the part of the program that dials ended")


def _now(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)
