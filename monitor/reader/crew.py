"""Workers of one kind: started when needed, limited, ended, replaced. Core's side; knows nothing of what they read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import struct
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from monitor.clock import monotonic
from monitor.errors import UnreadableKind
from monitor.marks import got_on
from monitor.parts.confine.layers import Confinement, lacking_layers
from monitor.parts.interpreter import fresh_interpreter
from monitor.reader import messages
from monitor.reader.messages import WorkerKind
from monitor.reader.starting import opened_to_ask, why_not_started
from monitor.tracking.falls import AT_WORK, FallingPart, Falls

log = logging.getLogger(__name__)

START_SECONDS = 60.0  # a worker is up in one; on a small machine that is busy starting other things, much later
_LENGTH = struct.Struct(">I")
_PIPE_BYTES = 1024 * 1024  # asked for; what the kernel grants mostly holds a whole picture
_LATELY = 32  # jobs
_PAGE_SIZE = resource.getpagesize()

Value = TypeVar("Value")


class WorkerLost(Exception):
    """The job has no answer: its worker ended, hung, or answered outside its limits. kind: of `UnreadableImage`."""

    def __init__(self, kind: UnreadableKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Seconds and `max_answer` are of one job, `jobs` and `max_resident` (bytes) of
    one worker's life."""

    kind: WorkerKind
    workers: int
    wall_s: float
    cpu_s: float
    max_answer: int
    jobs: int = 2000
    max_resident: int = 400 * 1024 * 1024
    idle_s: float = 30.0
    module: str = "monitor.reader.child.worker"


class Crew:
    """At most `plan.workers` processes; jobs are taken in the order in which they came."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._turn = asyncio.Semaphore(plan.workers)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._ending: set[asyncio.Future[int]] = set()
        self._closed = False
        self._weak = False  # said once that some confinement is missing
        part = FallingPart.PAGE_READER if plan.kind is WorkerKind.PAGE else FallingPart.PICTURE_READER
        self._starts = Falls(part, name=f"{plan.kind}, starting")
        self._jobs = Falls(part, AT_WORK, name=plan.kind)

    async def do(self, task: messages.Task, untrusted: bytes, check: Callable[[messages.WorkerAnswer], Value]) -> Value:
        """check: the answer's last check and its value; raises BadAnswer and nothing else. Raises WorkerLost, after a
        second try in a fresh worker."""
        async with self._turn:
            try:
                return await self._once(task, untrusted, check, fresh=False)
            except WorkerLost:
                if self._closed:
                    raise
            try:
                return await self._once(task, untrusted, check, fresh=True)
            except WorkerLost as lost:
                if self._closed:
                    raise
                raise WorkerLost(lost.kind, f"{lost}; it was tried twice") from lost

    async def layers(self) -> tuple[Confinement, ...]:
        """As a worker that is running now said them. Raises WorkerLost."""
        async with self._turn:
            worker = await self._take(fresh=False)
            self._put_back(worker)
            return worker.layers

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(worker.pid for worker in self._all)

    async def aclose(self) -> None:
        """Jobs under way are lost; no process is left."""
        self._closed = True
        for worker in tuple(self._all):
            self._end(worker)
        while self._ending:
            await asyncio.gather(*self._ending)

    async def _once(
        self, task: messages.Task, untrusted: bytes, check: Callable[[messages.WorkerAnswer], Value], *, fresh: bool
    ) -> Value:
        worker = await self._take(fresh=fresh, hint=_hint(untrusted))
        try:
            value = await self._answered(worker, task, untrusted, check)
        except WorkerLost as lost:
            self._jobs.fell(monotonic(), str(lost))
            raise
        self._jobs.worked()
        got_on()
        self._put_back(worker)
        return value

    async def _answered(
        self,
        worker: _Worker,
        task: messages.Task,
        untrusted: bytes,
        check: Callable[[messages.WorkerAnswer], Value],
    ) -> Value:
        try:
            async with asyncio.timeout(self.plan.wall_s):
                return check(await worker.ask(task, untrusted, self.plan))
        except TimeoutError:
            self._end(worker)
            raise WorkerLost(
                UnreadableKind.READER_TIMEOUT, f"it took longer than {self.plan.wall_s:g} s to read"
            ) from None
        except messages.BadAnswer as error:
            self._end(worker)
            raise WorkerLost(UnreadableKind.READER_DIED, f"the reader answered outside its limits: {error}") from error
        except (EOFError, OSError) as error:
            raise await self._explained(worker) from error
        except BaseException:  # cancelled half-way: what the worker says next would be the answer to this job
            self._end(worker)
            raise

    async def _explained(self, worker: _Worker) -> WorkerLost:
        code = await asyncio.shield(self._end(worker))
        if self._closed:
            return _shut_down()
        if worker.is_exhausted or code == -signal.SIGXCPU:
            return WorkerLost(
                UnreadableKind.READER_TIMEOUT, f"it took more than {self.plan.cpu_s:g} s of computing to read"
            )
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return WorkerLost(UnreadableKind.READER_DIED, f"the reader ended while reading it ({how})")

    async def _take(self, *, fresh: bool, hint: int = 0) -> _Worker:
        """One that was asked about the same bytes lately, where one is idle: it may still have them decoded."""
        while self._idle and not fresh:
            worker = next((one for one in self._idle if hint in one.lately), self._idle[-1])
            self._idle.remove(worker)
            worker.cancel_retirement()
            if worker.is_quiet():
                return worker
            self._end(worker)
        if self._closed:
            raise _shut_down()
        return await self._start()

    async def _start(self) -> _Worker:
        """Raises WorkerLost: at once where none could be started lately, until its gap is over."""
        if wait := self._starts.wait_s(monotonic()):
            raise WorkerLost(
                UnreadableKind.READER_DIED,
                f"no reader could be started {self._starts.state.falls} times in a row; the next try: in {wait:.0f} s "
                f"({self._starts.state.why})",
            )
        await asyncio.sleep(self._jobs.wait_s(monotonic()))
        try:
            worker = await self._started()
        except WorkerLost as lost:
            if not self._closed:
                self._starts.fell(monotonic(), str(lost))
            raise
        self._starts.worked()
        return worker

    async def _started(self) -> _Worker:
        try:
            worker = _Worker(self.plan)
        except OSError as error:
            raise WorkerLost(
                UnreadableKind.READER_DIED, f"no reader could be started: {why_not_started(error)}"
            ) from error
        self._all.add(worker)
        try:
            async with asyncio.timeout(START_SECONDS):
                await worker.greet()
        except (TimeoutError, EOFError, OSError, messages.BadAnswer) as error:
            said = worker.last_words()
            self._end(worker)
            if self._closed:
                raise _shut_down() from error
            raise WorkerLost(
                UnreadableKind.READER_DIED, f"no reader could be started: {why_not_started(error, said)}"
            ) from error
        except BaseException:
            self._end(worker)
            raise
        missing = lacking_layers(worker.layers)
        if missing and not self._weak:
            self._weak = True
            log.warning("readers run with less confinement", extra={"action": "reader_weak", "missing": missing})
        return worker

    def _put_back(self, worker: _Worker) -> None:
        if self._closed or worker.jobs >= self.plan.jobs or worker.resident() > self.plan.max_resident:
            self._end(worker)
            return
        self._idle.append(worker)
        worker.retire_after(self.plan.idle_s, lambda: self._retire(worker))

    def _retire(self, worker: _Worker) -> None:
        self._idle.remove(worker)
        self._end(worker)

    def _end(self, worker: _Worker) -> asyncio.Future[int]:
        """Killed at once; the future is its exit code. There is nothing in it that would be lost."""
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.ended is None:
            worker.kill()
            worker.ended = asyncio.ensure_future(asyncio.to_thread(worker.wait))
            self._ending.add(worker.ended)
            worker.ended.add_done_callback(self._ending.discard)
            worker.ended.add_done_callback(lambda _: worker.close())
        return worker.ended


def _shut_down() -> WorkerLost:
    return WorkerLost(UnreadableKind.READER_DIED, "the readers were shut down")


class _Worker:
    """One child process and our end of its pipe."""

    def __init__(self, plan: Plan) -> None:
        """Raises OSError."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PIPE_BYTES)
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  # our own interpreter and words
                fresh_interpreter(plan.module, plan.kind, str(os.getpid())),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        self._pipe = ours
        self.pid = self._process.pid
        # Now: once confined it is hidden where /proc has hidepid.
        self._statm = opened_to_ask(f"/proc/{self.pid}/statm")
        self.jobs = 0
        self.lately: deque[int] = deque(maxlen=_LATELY)
        self.layers: tuple[Confinement, ...] = ()
        self.ended: asyncio.Future[int] | None = None
        self.is_exhausted = False
        self._retirement: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None

    async def greet(self) -> None:
        self.layers = messages.unpack_hello(await self._receive(messages.MAX_HELLO)).layers
        if self._process.stderr is not None:
            self._process.stderr.close()

    async def ask(self, task: messages.Task, untrusted: bytes, plan: Plan) -> messages.WorkerAnswer:
        """Raises BadAnswer, EOFError, OSError."""
        self.jobs += 1
        self.lately.append(_hint(untrusted))
        self._watch(self._computed(), plan.cpu_s)
        try:
            return await self._answer(task, untrusted, plan)
        finally:
            if self._watching is not None:
                self._watching.cancel()

    async def _answer(self, task: messages.Task, untrusted: bytes, plan: Plan) -> messages.WorkerAnswer:
        loop, nonce = asyncio.get_running_loop(), os.urandom(8)
        header = messages.pack_message(messages.Job(nonce, len(untrusted), task))
        opening = _LENGTH.pack(len(header)) + header
        sent = self._pipe.sendmsg((opening, untrusted))  # together: the worker wakes up once; is idle, so it takes much
        if sent < len(opening):
            raise EOFError
        if sent < len(opening) + len(untrusted):
            await loop.sock_sendall(self._pipe, memoryview(untrusted)[sent - len(opening) :])
        answer = messages.unpack_answer(await self._receive(plan.max_answer))
        if answer.nonce != nonce:
            raise messages.BadAnswer("to another question")
        return answer

    def _watch(self, began: float, seconds: float) -> None:
        """Ends the worker when it has computed for `seconds` since `began`, however much else the machine had to do."""
        with contextlib.suppress(OSError):  # it has ended meanwhile
            left = began + seconds - self._computed()
            if left > 0:
                self._watching = asyncio.get_running_loop().call_later(max(left, 0.01), self._watch, began, seconds)
            else:
                self.is_exhausted = True
                self._process.kill()

    def _computed(self) -> float:
        """Seconds on the process's own CPU clock, as clock_getcpuclockid(3) finds it. Raises OSError."""
        return time.clock_gettime((~self.pid << 3) | 2)

    async def _receive(self, most: int) -> memoryview:
        (size,) = _LENGTH.unpack(await self._exactly(_LENGTH.size))
        if size > most:
            raise messages.BadAnswer(f"{size} bytes, more than {most}")
        return await self._exactly(size)

    async def _exactly(self, size: int) -> memoryview:
        loop, buffer = asyncio.get_running_loop(), memoryview(bytearray(size))
        at = 0
        while at < size:
            count = await loop.sock_recv_into(self._pipe, buffer[at:])
            if count == 0:
                raise EOFError
            at += count
        return buffer

    def is_quiet(self) -> bool:
        """Alive, and has said nothing unasked."""
        try:
            self._pipe.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return self._process.poll() is None
        except OSError:
            return False
        return False

    def resident(self) -> int:
        """Bytes in memory; 0 where that cannot be asked."""
        try:
            pages = os.pread(self._statm, 200, 0).split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * _PAGE_SIZE

    def last_words(self) -> str:
        """Why it did not start: the last line of its standard error."""
        if self._process.stderr is None or self._process.stderr.closed:
            return ""
        os.set_blocking(self._process.stderr.fileno(), False)
        said = self._process.stderr.read(65_536) or b""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else ""

    def retire_after(self, seconds: float, retire: Callable[[], None]) -> None:
        self._retirement = asyncio.get_running_loop().call_later(seconds, retire)

    def cancel_retirement(self) -> None:
        if self._retirement is not None:
            self._retirement.cancel()

    def kill(self) -> None:
        self.cancel_retirement()
        self._process.kill()

    def close(self) -> None:
        """Only when it has ended: whoever waits for its answer hears of that through the pipe."""
        self._pipe.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        if self._statm >= 0:
            os.close(self._statm)
            self._statm = -1

    def wait(self) -> int:
        return self._process.wait()


def _hint(untrusted: bytes) -> int:
    """Nearly always another one for other bytes; cheap for many."""
    return hash((len(untrusted), untrusted[-64:]))
