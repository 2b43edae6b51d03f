"""The children that run Apprise, one talk at a time each. See `apprise_channel` for why they are processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from monitor.outbound.alerts.senders import SenderLost
from monitor.parts.frames import BadMessage
from monitor.parts.interpreter import fresh_interpreter
from monitor.parts.messages import own
from monitor.room import lack_in

CHILD_IDLE_S = 20.0  # a child is kept for the next alert of the same pass, not longer

# What a child sees of the environment: no proxy variables (the configuration decides), no credentials directory. What
# a notification on this desktop needs comes with its job.
_PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")

Child = asyncio.subprocess.Process


class Pool:
    """`senders.Senders` in this process: children that wait for work, and those that have it. `aclose` ends them all;
    it may be called twice."""

    def __init__(self) -> None:
        self._idle: list[tuple[str, Child]] = []  # the proxy that it is bent to, for good
        self._busy: set[Child] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        idle, self._idle = self._idle, []
        for child in (*(child for _, child in idle), *self._busy):
            await _end(child)
        if self._ending:
            await asyncio.wait(self._ending)

    @contextlib.asynccontextmanager
    async def talk(self, job: own.SendJob) -> AsyncIterator[ChildTalk]:
        """The child is ended when the talk does not come to its end."""
        child = await self._take(job.proxy)
        self._busy.add(child)
        try:
            talk = ChildTalk(child)
            await talk.begin(job)
            yield talk
            if not talk.ended:
                raise SenderLost("it was left in the middle")
        except BaseException:
            # What it is sending now may have arrived: that is written down already.
            await asyncio.shield(_end(child))
            raise
        else:
            self._idle.append((job.proxy, child))
            self._end_later()
        finally:
            self._busy.discard(child)

    async def _take(self, proxy: str) -> Child:
        for one in [one for one in reversed(self._idle) if one[0] == proxy]:
            self._idle.remove(one)
            if one[1].returncode is None:
                return one[1]
            await _end(one[1])
        try:
            return await _start()
        except OSError as error:
            lack = lack_in(error, starting=True)
            raise SenderLost(lack.why if lack else type(error).__name__) from error

    def _end_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(CHILD_IDLE_S, self._end_idle)

    def _end_idle(self) -> None:
        idle, self._idle = self._idle, []
        for _, child in idle:
            task = asyncio.ensure_future(_end(child))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


class ChildTalk:
    """ended: the child said that it is done with it."""

    def __init__(self, child: Child) -> None:
        if child.stdin is None or child.stdout is None:
            raise SenderLost("it has no pipes")
        self._to, self._from = child.stdin, child.stdout
        self.ended = False

    async def begin(self, job: own.SendJob) -> None:
        try:
            frame = own.child_frame(job)
        except BadMessage as error:
            raise SenderLost("the message is longer than can be sent", is_its_own=False) from error
        await self._send(frame)

    async def hear(self) -> own.OfSender:
        try:
            head = await self._from.readexactly(own.HEAD_BYTES)
            said = own.OF_SENDER.unpack(await self._from.readexactly(own.frame_length(head, own.MOST_SAID_BYTES)))
        except (OSError, EOFError, BadMessage) as error:  # of a child that ended: IncompleteReadError
            raise SenderLost(type(error).__name__) from error
        self.ended = isinstance(said, own.TalkEnded)
        return said

    async def say(self, reply: own.ToSender) -> None:
        await self._send(own.child_frame(reply))

    async def _send(self, frame: bytes) -> None:
        try:
            self._to.write(frame)
            await self._to.drain()
        except OSError as error:
            raise SenderLost(type(error).__name__) from error


async def _end(child: Child) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
    await child.communicate()  # closes the pipes and takes the exit status


async def _start() -> Child:
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *fresh_interpreter("monitor.outbound.alerts.child", str(os.getpid())),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a library's traceback may hold a URL
        env=environment,
        start_new_session=True,  # Ctrl-C and systemd's SIGTERM to the group leave it to us to end it
    )
