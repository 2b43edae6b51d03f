"""The children that run Apprise, and one talk with one of them. See `send` for why they are processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import monitor
from monitor.clock import monotonic
from monitor.errors import AlertFailed
from monitor.model.alert import Answer
from monitor.ports import Recipients
from monitor.tracking.falls import FallingPart, Falls

CHILD_IDLE_S = 20.0  # a child is kept for the next alert of the same pass, not longer
MAX_REPLY = 1024 * 1024

# What a child sees of the environment: no proxy variables (the configuration decides), no credentials directory.
_PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY")

Child = asyncio.subprocess.Process


class Pool:
    """Children that wait for work, and those that have it. `aclose` ends them all; it may be called twice."""

    def __init__(self) -> None:
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self.falls = Falls(FallingPart.ALERT_SENDER)

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        idle, self._idle = self._idle, []
        for child in (*idle, *self._busy):
            await _end(child)
        if self._ending:
            await asyncio.wait(self._ending)

    @contextlib.asynccontextmanager
    async def child(self) -> AsyncIterator[Child]:
        """One to talk with. It is ended when the talk does not come to its end. Raises AlertFailed, at once where it
        fell lately, until its gap is over."""
        if wait := self.falls.wait_s(monotonic()):
            raise AlertFailed(
                f"The alert sender ended {self.falls.state.falls} times in a row; the next try is in {wait:.0f} s.",
                remedy="It is kept and tried again. `alerts test` tries every channel now.",
            )
        child = await self._take()
        self._busy.add(child)
        try:
            yield child
        except BaseException:
            # What it is sending now may have arrived: that is written down already.
            await asyncio.shield(_end(child))
            raise
        else:
            self._idle.append(child)
            self._end_later()
        finally:
            self._busy.discard(child)

    async def _take(self) -> Child:
        while self._idle:
            child = self._idle.pop()
            if child.returncode is None:
                return child
            await _end(child)
        return await _start()

    def _end_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(CHILD_IDLE_S, self._end_idle)

    def _end_idle(self) -> None:
        idle, self._idle = self._idle, []
        for child in idle:
            task = asyncio.ensure_future(_end(child))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


class ChannelTalk:
    """One alert through one channel. target: the channel's (`alerts.health.channel_target`). began: the child has
    started, which takes its time on a busy machine. handed: it was handed over to somebody; taken: somebody has it.
    login_refused: the server does not let us in."""

    def __init__(self, name: str, target: str, job: dict[str, Any], recipients: Recipients, silent_s: float) -> None:
        self.name, self.began, self.handed, self.taken, self.asked = name, False, False, False, False
        self.login_refused = False
        self._let_in = self._refused = False
        self._target, self._job, self._recipients, self._silent_s = target, job, recipients, silent_s

    async def run(self, pool: Pool) -> str:
        """'' or what went wrong. Raises AlertFailed when the child does not come to an end of it."""
        said = ""
        try:
            said = await self._run(pool)
        except AlertFailed as error:
            said = str(error)
            raise
        finally:
            if self.taken or said:
                self.note(said)
        return said

    def note(self, said: str) -> None:
        """How it stands with the channel. Where others have the message, that one recipient refuses it says nothing of
        the channel."""
        if self.taken or not (self._refused and self._recipients.told):
            self._recipients.channel(self._target, self.name, taken=self.taken, said=said, let_in=self._let_in)

    async def _run(self, pool: Pool) -> str:
        try:
            async with pool.child() as child:
                await _write(child, self._job)
                while True:
                    async with asyncio.timeout(self._silent_s):
                        line = await _read(child)
                    self.began = True
                    pool.falls.worked()
                    if line.get("end"):
                        self.login_refused = bool(line.get("login"))
                        self._let_in = bool(line.get("let_in"))
                        return str(line["said"])
                    reply = self._reply(line)
                    if reply is not None:
                        await _write(child, reply)
        except (TimeoutError, OSError, ValueError, LookupError, TypeError) as error:
            if not (self.began and isinstance(error, TimeoutError)):  # then it is the server that says nothing
                pool.falls.fell(monotonic(), f"it did not answer ({type(error).__name__})")
            raise AlertFailed(
                f"The alert sender did not answer ({type(error).__name__}).",
                remedy="It is kept and tried again. `alerts test` tries every channel now.",
            ) from error

    def _reply(self, line: dict[str, Any]) -> dict[str, Any] | None:
        label = str(line.get("label", ""))
        name = f"{self.name}, {label}" if label else self.name
        if line.get("ask") == "wanted":
            wanted = [self._recipients.wanted(str(target)) for target in line["targets"]]
            self.asked = self.asked or any(wanted)
            return {"wanted": wanted}
        if line.get("ask") == "has":
            return {"has": self._recipients.has(str(line["target"]))}
        if line.get("ask") == "hand":
            go = self._recipients.handing_over(str(line["target"]), name)
            self.handed = self.handed or go
            return {"go": go}
        answer = Answer(line["answer"])
        self._recipients.answered(str(line["target"]), name, answer, str(line["said"]))
        self.taken = self.taken or answer is Answer.TAKEN
        self._refused = self._refused or answer is Answer.REFUSED
        return None


async def _write(child: Child, line: dict[str, Any]) -> None:
    if child.stdin is None:
        raise OSError("the child has no pipes")
    child.stdin.write(json.dumps(line).encode() + b"\n")
    await child.stdin.drain()


async def _read(child: Child) -> dict[str, Any]:
    if child.stdout is None:
        raise OSError("the child has no pipes")
    line = await child.stdout.readline()
    if not line.endswith(b"\n"):
        raise OSError("the child ended")
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError("the child answered something else")
    return found


async def _end(child: Child) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
    await child.communicate()  # closes the pipes and takes the exit status


async def _start() -> Child:
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    environment["PYTHONPATH"] = str(Path(monitor.__file__).parent.parent)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-W", "ignore", "-m", "monitor.outbound.alerts.child", str(os.getpid())),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a library's traceback may hold a URL
        env=environment,
        limit=MAX_REPLY,
        start_new_session=True,  # Ctrl-C and systemd's SIGTERM to the group leave it to us to end it
    )
