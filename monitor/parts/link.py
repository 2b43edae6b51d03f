"""The core's way to one part: started by need, asked many things at once, ended when idle, and replaced where it ended,
hung or answered outside its limits. What was in hand then fails as such (`PartLost`), and nothing else does.

Of one event loop; threads ask by `asyncio.run_coroutine_threadsafe`. A process that was forked off asks nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

from monitor.clock import monotonic
from monitor.errors import HowLost, MonitorError, PartLost
from monitor.marks import got_on
from monitor.parts.asking import Asker
from monitor.parts.confine.layers import lacking_layers
from monitor.parts.connection import hear_alone, say_alone
from monitor.parts.frames import BadMessage, FrameKind, close_files
from monitor.parts.greeting import Greeting, Layer, PartFailed, greeted
from monitor.parts.messages import OneOf, Wanted, one_of, packed
from monitor.parts.starting import ENDS_WITHIN_S, FALLING, PartEnded, ProgramPart, ProgramParts
from monitor.parts.talk import Sent, Talk
from monitor.room import lack_in, lack_said
from monitor.tracking.falls import AT_WORK, Falls

log = logging.getLogger(__name__)

PART_STARTS_WITHIN_S = 60.0
"""A part is up in one or two; on a small machine that is busy starting other things, much later."""
_FINISHES_WITHIN_S = 2.0
"""A process whose connection has ended is about to end by itself, and says how."""
_DOCTOR = "`reupload-monitor doctor` says what is missing here."


class Link:
    """setup: asked at each start. idle_s: None: it goes on until it is ended. name: which, where there are several of
    one part."""

    def __init__(
        self,
        parts: ProgramParts,
        part: ProgramPart,
        setup: Callable[[], Struct],
        *,
        idle_s: float | None = None,
        name: str = "",
    ) -> None:
        self.part, self._parts, self._setup, self._idle_s = part, parts, setup, idle_s
        self._words, self._name = f"the {part}", name or str(part)
        self._starts = Falls(FALLING[part], name=f"{self._name}, starting")
        self._work = Falls(FALLING[part], AT_WORK, name=self._name)
        self._asker: Asker | None = None
        self._greeting: Greeting | None = None
        self._starting: asyncio.Task[Asker] | None = None
        self._ending: set[asyncio.Task[PartEnded]] = set()
        self._retirement: asyncio.TimerHandle | None = None
        self._process = os.getpid()
        self._weak = False  # said once that some confinement is missing
        self._closed = False
        self._users = 0

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
        """within_s: from when the part is up; beyond it the question is given up, and where the part does not even do
        that, it is killed. Raises PartLost; BadMessage where the question holds not its own maxima. fds: see `Sent`."""
        async with self._used(fds) as asker:
            said = await asker.ask(
                question, body, fds, answer=answer, within_s=within_s, max_body=max_body, max_fds=max_fds
            )
        self._work.worked()
        got_on()
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
        """`async with link.talk(opening, heard=X) as talk`: leaving the block ends it, on the other side too."""
        async with (
            self._used(fds) as asker,
            asker.talk(
                opening, body, fds, heard=heard, max_body=max_body, max_fds=max_fds, max_bodies=max_bodies
            ) as talk,
        ):
            yield talk
        self._work.worked()

    async def greeting(self) -> Greeting:
        """Of the part that is up now; it is started where none is. Raises PartLost, PartMismatch."""
        async with self._used(()):
            assert self._greeting is not None  # noqa: S101  # whoever is up has greeted
            return self._greeting

    async def layers(self) -> tuple[Layer, ...]:
        return (await self.greeting()).layers

    @property
    def pid(self) -> int:
        """As it said itself; 0: none is up."""
        return self._greeting.pid if self._greeting is not None and self._asker is not None else 0

    async def renew(self) -> None:
        """What is in hand is lost; the next question begins with a fresh part and setup."""
        self._close()
        await self._ended()

    async def aclose(self) -> None:
        """As `renew`, for good. No process is left."""
        self._closed = True
        await self.renew()

    # -- the part that is up

    @asynccontextmanager
    async def _used(self, fds: Sequence[int]) -> AsyncIterator[Asker]:
        try:
            asker = await self._up()
        except BaseException:
            close_files(fds)
            raise
        self._users += 1
        if self._retirement is not None:
            self._retirement.cancel()
        try:
            yield asker
        finally:
            self._users -= 1
            if not self._users and self._idle_s is not None and self._asker is asker:
                self._retirement = asker.loop.call_later(self._idle_s, self._close)

    async def _up(self) -> Asker:
        if self._closed or self._process != os.getpid():
            raise self._closed_by_us()
        loop = asyncio.get_running_loop()
        if self._asker is not None and self._asker.loop is not loop:  # of a loop that has ended
            self._close()
        if self._asker is not None:
            return self._asker
        if self._starting is None or self._starting.done() or self._starting.get_loop() is not loop:
            self._starting = loop.create_task(self._start())
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())  # all may have gone
        starting, task = self._starting, asyncio.current_task()
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            if starting.cancelled() and task is not None and not task.cancelling():
                raise self._closed_by_us() from None
            raise

    def _closed_by_us(self) -> PartLost:
        return PartLost(f"{self._words} was ended by the program", how=HowLost.CLOSED)

    async def _start(self) -> Asker:
        """Raises PartLost: at once where it could not be started lately, until its gap is over."""
        if wait := self._starts.wait_s(monotonic()):
            lack = lack_said(self._starts.state.why)
            raise PartLost(
                f"{self._words} could not be started {self._starts.state.falls} times in a row; "
                f"the next try is in {wait:.0f} s (the last time: {self._starts.state.why})",
                how=HowLost.NOT_STARTED,
                remedy=lack.right if lack else _DOCTOR,
            )
        await asyncio.sleep(self._work.wait_s(monotonic()))
        try:
            asker = await self._started()
        except PartLost as lost:
            self._starts.fell(monotonic(), str(lost))
            raise
        self._starts.worked()
        return asker

    async def _started(self) -> Asker:
        setup = packed(self._setup())
        try:
            pipe = await self._parts.connect(self.part)
        except OSError as error:
            raise self._not_started(error.strerror or type(error).__name__) from error
        except RuntimeError as error:
            if lack_in(error) is None:
                raise
            raise self._not_started(str(error)) from error
        except PartLost:
            raise
        except MonitorError as error:
            raise PartLost(str(error), how=HowLost.NOT_STARTED, remedy=error.remedy) from error
        try:
            async with asyncio.timeout(PART_STARTS_WITHIN_S):
                self._greeting = await begun(pipe, self.part, setup)
        except (TimeoutError, EOFError, OSError, BadMessage, FailedAtStart) as error:
            ended = await self._parts.end(pipe, within_s=_FINISHES_WITHIN_S if _has_gone(error) else 0.0)
            raise self._not_started(_why(error, ended)) from error
        except BaseException:
            self._end(pipe)
            raise
        self._tell_missing(self._greeting)
        asker = Asker(pipe, self._words, lambda lost: self._lost(pipe, lost))
        self._asker = asker
        return asker

    def _not_started(self, why: str) -> PartLost:
        lack = lack_said(why)
        shown = lack.why if lack else "".join(sign if sign.isprintable() else " " for sign in why)
        words = f"{self._words} could not be started: {shown}"
        return PartLost(words, how=HowLost.NOT_STARTED, remedy=lack.right if lack else _DOCTOR)

    def _tell_missing(self, greeting: Greeting) -> None:
        missing = lacking_layers(greeting.layers)
        if missing and not self._weak:
            self._weak = True
            # For the journal; to a person at a terminal `doctor` says it, with what to do.
            said = {"action": "part_weak", "part": self._name, "missing": missing}
            log.info("a part runs with less confinement", extra=said)

    # -- its end

    def _lost(self, pipe: socket.socket, lost: PartLost) -> None:
        """The connection is closed by now, by whom ever."""
        in_hand = self._asker.lost_in_hand if self._asker is not None else 0
        self._asker = None
        if lost.how is HowLost.CLOSED:
            self._end(pipe, within_s=ENDS_WITHIN_S)
            return
        if in_hand or lost.how is not HowLost.ENDED:
            self._work.fell(monotonic(), str(lost))
        log.warning("a part was lost", extra={"action": "part_lost", "part": str(self.part), "how": str(lost.how)})
        self._end(pipe, within_s=_FINISHES_WITHIN_S if lost.how is HowLost.ENDED else 0.0)

    def _close(self) -> None:
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
        if self._retirement is not None:
            self._retirement.cancel()
        if self._asker is not None:
            self._asker.close()

    def _end(self, pipe: socket.socket, within_s: float = 0.0) -> None:
        try:
            task = asyncio.get_running_loop().create_task(self._parts.end(pipe, within_s=within_s))
        except RuntimeError:  # between two loops: it ends by itself
            return
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _ended(self) -> None:
        if self._starting is not None and self._starting.get_loop() is asyncio.get_running_loop():
            await asyncio.wait((self._starting,))
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)


async def begun(pipe: socket.socket, part: ProgramPart, setup: bytes) -> Greeting:
    """The first words of a connection, to its end. setup: packed. Raises OSError, EOFError, BadMessage, PartMismatch,
    FailedAtStart."""
    pipe.setblocking(False)
    _, said = await hear_alone(pipe, {FrameKind.GREETING: Greeting.most})
    greeting = greeted(said, part)
    await say_alone(pipe, FrameKind.SETUP, setup)
    kind, said = await hear_alone(pipe, {FrameKind.READY: 0, FrameKind.FAILED: PartFailed.most})
    if kind is FrameKind.FAILED:
        raise FailedAtStart(one_of(PartFailed).unpack(said).what)
    return greeting


class FailedAtStart(Exception):
    """It said itself at what."""


def _has_gone(error: Exception) -> bool:
    return isinstance(error, EOFError | ConnectionError)


def _why(error: Exception, ended: PartEnded) -> str:
    if isinstance(error, TimeoutError):
        return f"it did not greet within {PART_STARTS_WITHIN_S:g} s"
    if isinstance(error, FailedAtStart):
        return f"it failed at it ({error})"
    if isinstance(error, BadMessage):
        return f"it said something else than it should ({error})"
    return ended.words or (f"it ended at once (code {ended.code})" if ended.code is not None else "it ended at once")
