"""A small pool of disposable confined workers (`ports.Reader`).

Each worker is a process of its own, made by exec with an empty environment and one open descriptor, confined before it
reads the first byte from outside. It is killed when a job runs too long, replaced after many jobs or much memory, and
sent home when there is nothing to do. A job whose worker died or hung is tried once more in a fresh one, then given up.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

import monitor
from monitor.errors import UnreadableImage
from monitor.model.fingerprint import Fingerprint, ImageReading
from monitor.model.page import Outcome, OutcomeKind, PageContent, ParseJob
from monitor.ports import Detail
from monitor.reader import arrays, messages
from monitor.reader.messages import Answer, BadAnswer, Confinement, Job

MIB = 1024 * 1024
BUFFER_BYTES = MIB  # the kernel may give less
_PACKAGES = str(Path(monitor.__file__).parent.parent)
BOOTSTRAP = (
    "import sys; sys.path.insert(0, sys.argv[3]); from monitor.reader.worker import main; "
    "main(sys.argv[1], int(sys.argv[2]))"
)
_NO_ENVIRONMENT: dict[str, str] = {}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Of one class of worker. wall_s, cpu_s: of one job; CPU ends it first on a machine that is not busy."""

    wall_s: float
    cpu_s: int
    memory_mib: int  # address space beyond what the libraries take
    max_jobs: int = 1000  # then a fresh one: nothing that was read stays for long
    max_resident_mib: int = 700
    start_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    # A page of 10 MiB takes about 2 s; a nested one can keep the HTML parser busy for minutes.
    page: WorkerLimits = field(default_factory=lambda: WorkerLimits(wall_s=40, cpu_s=8, memory_mib=768))
    # 80 megapixels of AVIF take about 6 s; a progressive JPEG with 10,000 scans runs for minutes.
    image: WorkerLimits = field(default_factory=lambda: WorkerLimits(wall_s=60, cpu_s=15, memory_mib=1536))
    idle_s: float = 20.0  # a worker without a job for this long goes home: the daemon idles small


class _Died(Exception):
    """kind: `reader_died` or `reader_timeout`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ReaderPool:
    """Belongs to one event loop; `aclose` (or `async with`) ends every worker. workers: how many read at once."""

    def __init__(
        self, limits: ReaderLimits | None = None, *, workers: int | None = None, bootstrap: str = BOOTSTRAP
    ) -> None:
        self._limits = limits or ReaderLimits()
        self._bootstrap = bootstrap
        self._turns = asyncio.Semaphore(workers or os.cpu_count() or 2)
        self._idle: dict[str, list[Worker]] = {"page": [], "image": []}
        self._all: set[Worker] = set()
        self._spares: set[asyncio.Task[None]] = set()
        self._closing = False
        self.confinement: tuple[Confinement, ...] = ()  # of the latest worker

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def page(self, job: ParseJob, untrusted: bytes) -> PageContent:
        """Never raises for what is in the bytes."""
        try:
            return await self._run(
                "page", messages.PageJob(job, untrusted), lambda answer: messages.checked_page(answer, job)
            )
        except _Died as error:
            remedy = "The page is left out. If an ordinary browser shows it quickly, please report this."
            return PageContent(url=job.url, problem=Outcome(OutcomeKind.UNREADABLE, str(error), remedy))

    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        """Raises UnreadableImage."""
        return await self._picture(messages.ImageJob(int(detail), untrusted), arrays.checked_reading)

    async def photo(self, untrusted: bytes, *, features: bool) -> Fingerprint:
        """Raises UnreadableImage."""
        return await self._picture(messages.PhotoJob(features, untrusted), arrays.checked_fingerprint)

    async def aclose(self) -> None:
        self._closing = True
        for task in self._spares:
            task.cancel()
        await asyncio.gather(*self._spares, return_exceptions=True)
        for worker in list(self._all):
            self._retire(worker)

    async def _picture(self, job: messages.ImageJob | messages.PhotoJob, check: Callable[[Answer], _T]) -> _T:
        def checked(answer: Answer) -> _T | messages.Refused:
            if isinstance(answer, messages.Refused):
                return messages.checked_refusal(answer)
            return check(answer)

        try:
            result = await self._run("image", job, checked)
        except _Died as error:
            remedy = "The picture is left out. Open it in an image viewer and save it again if it is yours."
            raise UnreadableImage(str(error), kind=error.kind, remedy=remedy) from error
        if isinstance(result, messages.Refused):
            raise UnreadableImage(result.message, kind=result.kind, remedy=result.remedy)
        return result

    async def _run(self, kind: str, job: Job, check: Callable[[Answer], _T]) -> _T:
        """Raises _Died when two workers in a row did not live through it."""
        if len(job.untrusted) > messages.MAX_JOB_BYTES:
            raise _Died("reader_died", f"{len(job.untrusted)} bytes are more than a reader takes")
        packed = messages.pack(job)
        async with self._turns:
            try:
                return await self._attempt(kind, packed, check, fresh=False)
            except _Died:
                return await self._attempt(kind, packed, check, fresh=True)

    async def _attempt(self, kind: str, packed: bytes, check: Callable[[Answer], _T], *, fresh: bool) -> _T:
        limits = self._limits.image if kind == "image" else self._limits.page
        worker = await self._worker(kind, limits, fresh=fresh)
        try:
            worker.allow_cpu(limits.cpu_s)
            async with asyncio.timeout(limits.wall_s):
                result = check(messages.unpack_answer(await worker.ask(packed)))
        except TimeoutError as error:
            self._retire(worker)
            raise _Died("reader_timeout", f"reading it took longer than {limits.wall_s:g} s") from error
        except (BadAnswer, OSError, EOFError) as error:
            code = self._retire(worker)
            if code == -24:  # SIGXCPU
                raise _Died("reader_timeout", f"reading it took more than {limits.cpu_s} s of work") from error
            raise _Died("reader_died", f"the process that read it ended: {error or f'exit {code}'}") from error
        except BaseException:  # cancelled midway: nobody knows what it would answer next
            self._retire(worker)
            raise
        worker.jobs += 1
        if worker.jobs >= limits.max_jobs or worker.resident_mib() > limits.max_resident_mib:
            self._retire(worker)
            self._start_spare(kind, limits)
        else:
            self._park(worker)
        return result

    async def _worker(self, kind: str, limits: WorkerLimits, *, fresh: bool) -> Worker:
        idle = self._idle[kind]
        while idle and not fresh:
            worker = idle.pop()
            worker.stop_waiting()
            if worker.is_alive():
                return worker
            self._retire(worker)
        return await self._start(kind, limits)

    async def _start(self, kind: str, limits: WorkerLimits) -> Worker:
        """Raises _Died when it does not come up: then nothing can be read, and it is said for each thing."""
        worker = Worker(kind, limits.memory_mib, self._bootstrap)
        self._all.add(worker)
        try:
            async with asyncio.timeout(limits.start_s):
                ready = messages.unpack_answer(await worker.hear())
        except (TimeoutError, BadAnswer, OSError, EOFError) as error:
            code = self._retire(worker)
            raise _Died("reader_died", f"no reader could be started (exit {code}): see `doctor`") from error
        except BaseException:
            self._retire(worker)
            raise
        if isinstance(ready, messages.Ready):
            self.confinement = ready.confinement
        return worker

    def _start_spare(self, kind: str, limits: WorkerLimits) -> None:
        """So that the next job need not wait for the libraries to load."""

        async def start() -> None:
            with suppress(_Died):
                self._park(await self._start(kind, limits))

        if not self._closing:
            task = asyncio.get_running_loop().create_task(start())
            self._spares.add(task)
            task.add_done_callback(self._spares.discard)

    def _park(self, worker: Worker) -> None:
        if self._closing:
            self._retire(worker)
            return
        self._idle[worker.kind].append(worker)
        worker.wait(self._limits.idle_s, lambda: self._retire(worker))

    def _retire(self, worker: Worker) -> int:
        """Ends it now. Returns its exit code."""
        self._all.discard(worker)
        if worker in self._idle[worker.kind]:
            self._idle[worker.kind].remove(worker)
        return worker.end()


class Worker:
    """One process and the socket to it."""

    def __init__(self, kind: str, memory_mib: int, bootstrap: str = BOOTSTRAP) -> None:
        self.kind = kind
        self.jobs = 0
        self._timer: asyncio.TimerHandle | None = None
        self.socket, theirs = socket.socketpair()
        for end in (self.socket, theirs):  # a picture goes through in few steps
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter, constant words
                [sys.executable, "-I", "-c", bootstrap, kind, str(memory_mib), _PACKAGES],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_NO_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for the command, which ends its workers itself
            )
        self.socket.setblocking(False)

    async def ask(self, packed: bytes) -> bytearray:
        await asyncio.get_running_loop().sock_sendall(self.socket, packed)
        return await self.hear()

    async def hear(self) -> bytearray:
        """One answer, not larger than it may be. Raises BadAnswer, EOFError, OSError."""
        length = messages.LENGTH.unpack(await self._receive(messages.LENGTH.size))[0]
        if length > messages.MAX_ANSWER_BYTES:
            raise BadAnswer(f"an answer of {length} bytes")
        return await self._receive(length)

    async def _receive(self, size: int) -> bytearray:
        loop = asyncio.get_running_loop()
        buffer = bytearray(size)
        view, got = memoryview(buffer), 0
        while got < size:
            count = await loop.sock_recv_into(self.socket, view[got:])
            if count == 0:
                raise EOFError("it closed its end")
            got += count
        return buffer

    def allow_cpu(self, seconds: int) -> None:
        """From now on, for one job. Where this is not allowed, the worker's own lifetime limit and the clock stand."""
        with suppress(OSError, ValueError):
            used = time.clock_gettime((~self._process.pid << 3) | 2)  # clock_getcpuclockid(3) of that process
            _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_CPU)
            resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (int(used) + 1 + seconds, hard))

    def resident_mib(self) -> float:
        try:
            statm = Path(f"/proc/{self._process.pid}/statm").read_bytes()
        except OSError:
            return 0.0
        return float(int(statm.split()[1]) * resource.getpagesize() / MIB)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self, seconds: float, then: Callable[[], object]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self) -> int:
        """A confined process cannot catch or ignore SIGKILL, and holds nothing worth finishing."""
        self.stop_waiting()
        self.socket.close()
        code = self._process.poll()
        if code is None:
            self._process.kill()
            code = self._process.wait()
        return code


def active_confinement() -> tuple[Confinement, ...]:
    """What confines a reader on this machine, found out by starting one. For `doctor` and `status`."""

    async def ask() -> tuple[Confinement, ...]:
        async with ReaderPool(workers=1) as pool:
            await pool.page(ParseJob("image", "http://localhost/"), b"")
            return pool.confinement

    found = asyncio.run(ask())
    return found or (Confinement("reader", False, "no reader could be started"),)
