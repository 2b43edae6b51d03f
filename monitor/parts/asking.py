"""Who asks over one connection: any number of calls at once, each with limits of its own for what may come back.

A call ends when the other side says so, also one whose answer nobody wants any more: until then it counts among those
in hand, and where that does not come, the other side hangs.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from monitor.errors import HowLost, PartLost
from monitor.parts.connection import Connection, was_taken_back
from monitor.parts.frames import BadMessage, FrameKind, Parcel, Prelude, check_sizes, close_files
from monitor.parts.greeting import PartFailed
from monitor.parts.messages import OneOf, Wanted, one_of, packed
from monitor.parts.talk import Sent, Talk, TalkOver

MAX_CALLS = 256  # in hand at once over one connection
GIVES_UP_WITHIN_S = 15.0
"""So long a part may take to say that it has given up; it says so at once, unless its loop stands still."""

_NUMBERS = 2**32


class Asker:
    """name: of the part, in words. lost: called once when the connection broke, with what every call in hand gets."""

    def __init__(self, pipe: socket.socket, name: str, lost: Callable[[PartLost], None] = lambda _: None) -> None:
        """The socket is closed with it. Its events go to the running loop."""
        self.name, self._lost = name, lost
        self._connection = Connection(pipe, self._expects, self._takes, self._broke)
        self._calls: dict[int, _Call] = {}
        self._room = asyncio.Semaphore(MAX_CALLS)
        self._last = 0
        self.ended: PartLost | None = None
        self.why, self.lost_in_hand = "", 0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._connection.loop

    @property
    def in_hand(self) -> int:
        return len(self._calls)

    async def ask(
        self,
        question: Struct,
        body: bytes | memoryview = b"",
        fds: Sequence[int] = (),
        *,
        answer: type[Wanted] | OneOf[Wanted],
        within_s: float,
        max_body: int = 0,
        max_fds: int = 0,
    ) -> Sent[Wanted]:
        """Raises PartLost; BadMessage where the question holds not its own maxima. fds: see `Sent`."""
        async with self._called(question, body, fds, one_of(answer), max_body, max_fds, within_s) as call:
            said: Sent[Wanted] = await call.answer
            call.is_taken = True
            return said

    @asynccontextmanager
    async def talk(
        self,
        opening: Struct,
        body: bytes | memoryview = b"",
        fds: Sequence[int] = (),
        *,
        heard: type[Wanted] | OneOf[Wanted],
        max_body: int = 0,
        max_fds: int = 0,
        max_bodies: int | None = None,
    ) -> AsyncIterator[Talk[Wanted]]:
        """max_bodies: see `Talk`. Leaving the block ends it, on the other side too. Raises as `ask`; `hear` and `say`
        raise PartLost."""
        wanted = one_of(heard)
        async with self._called(opening, body, fds, wanted, max_body, max_fds, None, max_bodies) as call:
            assert call.talk is not None  # noqa: S101  # without a time it is a talk
            yield call.talk

    def close(self, how: HowLost = HowLost.CLOSED, why: str = "it was ended by the program") -> None:
        """Every call in hand fails so."""
        if self.ended is not None:
            return
        self.ended, self.why = self._no_answer(how, why), why
        self._connection.close()
        calls, self._calls = self._calls, {}
        self.lost_in_hand = len(calls)
        for call in calls.values():
            self._room.release()
            call.end(self._no_answer(how, why))
        self._lost(self.ended)

    @asynccontextmanager
    async def _called(
        self,
        question: Struct,
        body: bytes | memoryview,
        fds: Sequence[int],
        wanted: OneOf[Any],
        max_body: int,
        max_fds: int,
        within_s: float | None,
        max_bodies: int | None = None,
    ) -> AsyncIterator[_Call]:
        """In hand until it ended; given up where the block is left before. within_s: None of a talk."""
        given = list(fds)
        try:
            header = packed(question)
            await self._room.acquire()
            if self.ended is not None:
                self._room.release()
                raise self._no_answer(self.ended.how, self.why)
            call = self._begun(wanted, max_body, max_fds, within_s, max_bodies)
            out, given = given, []
            try:
                with contextlib.suppress(OSError):  # then the call ends so
                    await self._connection.send(FrameKind.ASK, call.number, header, body, out)
                yield call
            except asyncio.CancelledError as cancelled:
                if was_taken_back(cancelled):
                    self._over(call)
                raise
            finally:
                call.leave()
                self._ask_to_give_up(call)
        finally:
            close_files(given)

    def _begun(
        self, wanted: OneOf[Any], max_body: int, max_fds: int, within_s: float | None, max_bodies: int | None
    ) -> _Call:
        self._last = next(
            number % _NUMBERS
            for number in range(self._last + 1, self._last + 2 + len(self._calls))
            if number % _NUMBERS not in self._calls
        )
        call = _Call(self._last, wanted, max_body, max_fds, self.loop.create_future())
        if within_s is None:
            call.talk = Talk(
                self._connection,
                call.number,
                wanted,
                max_body=max_body,
                max_fds=max_fds,
                max_bodies=max_bodies,
                overdue=lambda: self._overdue(call),
            )
        else:
            call.timer = self.loop.call_later(within_s, self._overdue, call)
        self._calls[call.number] = call
        return call

    def _overdue(self, call: _Call) -> None:
        """The other side is asked to give it up. Where it does, only this call is lost."""
        self._ask_to_give_up(call)

    def _ask_to_give_up(self, call: _Call) -> None:
        if call.number in self._calls and not call.is_given_up:
            call.is_given_up = True
            self._connection.post(FrameKind.GIVE_UP, call.number)
            call.time(self.loop.call_later(GIVES_UP_WITHIN_S, self._hangs))

    def _hangs(self) -> None:
        self.close(HowLost.HUNG, "it hung")

    def _over(self, call: _Call) -> None:
        if self._calls.pop(call.number, None) is not None:
            call.time(None)
            self._room.release()

    # -- what comes

    def _expects(self, prelude: Prelude) -> None:
        call = self._calls.get(prelude.call)
        if call is None:
            raise BadMessage("about no question that was asked")
        match prelude.kind:
            case FrameKind.ANSWER if call.talk is None:
                check_sizes(prelude, header=call.wanted.most, body=call.max_body, files=call.max_fds)
            case FrameKind.SAY | FrameKind.MORE if call.talk is not None:
                call.talk.expects(prelude)
            case FrameKind.OVER if call.talk is not None:
                check_sizes(prelude)
            case FrameKind.GIVEN_UP if call.is_given_up:
                check_sizes(prelude)
            case FrameKind.FAILED:
                check_sizes(prelude, header=PartFailed.most)
            case _:
                raise BadMessage(f"{prelude.kind.name}, which cannot come now")

    def _takes(self, parcel: Parcel) -> None:
        call = self._calls[parcel.call]
        if call.talk is not None and parcel.kind in (FrameKind.SAY, FrameKind.MORE):
            call.talk.takes(parcel)
            if call.is_left:
                call.talk.forget()
            return
        try:
            ended = self._end_of(call, parcel)
        except BadMessage:
            close_files(parcel.files)
            raise
        self._over(call)
        call.end(ended)

    def _end_of(self, call: _Call, parcel: Parcel) -> Sent[Any] | Exception:
        if parcel.kind is FrameKind.ANSWER:
            return Sent(call.wanted.unpack(parcel.header), parcel.body, parcel.files)
        if parcel.kind is FrameKind.OVER:
            return TalkOver()
        if parcel.kind is FrameKind.FAILED:
            what = one_of(PartFailed).unpack(parcel.header).what
            shown = "".join(sign if sign.isprintable() else " " for sign in what)
            return self._no_answer(HowLost.FAILED, f"it failed at it ({shown})")
        return self._no_answer(HowLost.HUNG, "it took too long")

    def _no_answer(self, how: HowLost, why: str) -> PartLost:
        return PartLost(f"{self.name} gave no answer: {why}", how=how, remedy=_REMEDIES[how])

    def _broke(self, error: Exception) -> None:
        if isinstance(error, BadMessage):
            self.close(HowLost.OUTSIDE_LIMITS, f"it answered outside its limits ({error})")
        else:
            self.close(HowLost.ENDED, "it ended")


class _Call:
    def __init__(
        self, number: int, wanted: OneOf[Any], max_body: int, max_fds: int, answer: asyncio.Future[Any]
    ) -> None:
        self.number, self.wanted, self.max_body, self.max_fds, self.answer = number, wanted, max_body, max_fds, answer
        self.talk: Talk[Any] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.is_given_up = self.is_left = self.is_taken = False

    def time(self, timer: asyncio.TimerHandle | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = timer

    def leave(self) -> None:
        """Nobody waits for it any more."""
        self.is_left = True
        if self.talk is not None:
            self.talk.forget()
        if not self.answer.done():
            self.answer.cancel()
        elif not self.is_taken and not self.answer.cancelled() and self.answer.exception() is None:
            close_files(self.answer.result().fds)  # who asked was cancelled at that very moment

    def end(self, how: Sent[Any] | Exception) -> None:
        self.time(None)
        if isinstance(how, Exception) and self.talk is not None:
            self.talk.end(how)
        elif self.answer.done():
            if isinstance(how, Sent):
                close_files(how.fds)
        elif isinstance(how, Exception):
            self.answer.set_exception(how)
        else:
            self.answer.set_result(how)


_AGAIN = "It is started anew for the next request; what failed is tried again."
_REMEDIES = {
    HowLost.ENDED: _AGAIN,
    HowLost.HUNG: _AGAIN,
    HowLost.OUTSIDE_LIMITS: _AGAIN,
    HowLost.FAILED: "It is tried again; where it stays so, `reupload-monitor doctor` says what is missing here.",
    HowLost.CLOSED: "",
    HowLost.NOT_STARTED: "`reupload-monitor doctor` says what is missing here.",
}
