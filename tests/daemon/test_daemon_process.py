"""The real command as a process of its own, as systemd starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

import monitor
from tests.alerts.alert_helpers import unnumbered
from tests.patience import WITHIN_S
from tests.serving.mail import MailServer, mail_server
from tests.serving.web import answering

PHOTOS = Path(monitor.__file__).parent / "demo" / "photos"
NEVER_LOADED = (
    "cv2",
    "scipy",
    "alembic",
    "apprise",
    "requests",
    "smtplib",
    "playwright",
    "PIL",
    "httpx",
    "aiohttp",
    "yarl",
    "brotli",
    "zstandard",
)
PARENT_LIMIT_KIB = 24 * 1024  # measured: 15,000, of which most is Python's own and shared with the core
IDLE_LIMIT_KIB = 128 * 1024  # measured: 110,100 to 125,692 KiB, by how the allocator fared


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    root = str(Path(__file__).parents[2])
    return kept | {"XDG_DATA_HOME": str(folder / "data"), "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"} | more


async def command(folder: Path, *words: str) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", *words),
        env=environment(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    return child.returncode or 0, said.decode()


class Daemon:
    """`said`: its stderr so far, read all the time, so that a full pipe never stops it; so is what it tells systemd, of
    which the kernel keeps ten messages and drops the next."""

    def __init__(self, process: asyncio.subprocess.Process, told: socket.socket) -> None:
        self.process, self.told, self.said = process, told, ""
        self._more = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())
        self._messages: asyncio.Queue[str] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(told, self._hear)

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            async with self._more:
                self.said += line.decode()
                self._more.notify_all()

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._messages.put_nowait(self.told.recv(4096).decode())

    async def until_told(self, word: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not (await self._messages.get()).startswith(word):
                pass

    async def until_said(self, words: str) -> None:
        async with asyncio.timeout(WITHIN_S), self._more:
            await self._more.wait_for(lambda: words in self.said)

    async def end(self) -> int:
        async with asyncio.timeout(WITHIN_S):
            await self._reading
            return await self.process.wait()


@contextlib.asynccontextmanager
async def daemon(folder: Path, *words: str, program: tuple[str, ...] = ()) -> AsyncIterator[Daemon]:
    """program: in the place of the command itself."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(folder / "notify"))
        told.setblocking(False)
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                *(program or ("-X", "importtime", "-m", "monitor", "run", *words)),
                *(() if program else ("--config", str(folder / "config.toml"))),
            ),
            env=environment(folder, NOTIFY_SOCKET=str(folder / "notify"), WATCHDOG_USEC="2000000"),
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        running = Daemon(process, told)
        try:
            yield running
        finally:
            if process.returncode is None:
                process.kill()
            await running.end()
            asyncio.get_running_loop().remove_reader(told)
            (folder / "notify").unlink()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


class Gate:
    """The page is answered only once the gate is open."""

    def __init__(self) -> None:
        self.asked, self.opened = asyncio.Event(), asyncio.Event()


@pytest.fixture
async def gate() -> Gate:
    return Gate()


@pytest.fixture
async def ready(tmp_path: Path, mail: MailServer, gate: Gate) -> AsyncIterator[Path]:
    """A folder as `init` leaves it, a photo enrolled, and a watch on a page, served here, that shows it and another."""

    async def page(request: web.Request) -> web.Response:
        gate.asked.set()
        await gate.opened.wait()
        shown = '<html><body><img src="/enrolled/owl.jpg"><img src="/others/cow.jpg"></body></html>'
        return web.Response(text=shown, content_type="text/html")

    app = web.Application()
    app.router.add_get("/jane-doe", page)
    app.router.add_static("/", PHOTOS)
    async with answering(app) as port:
        code, said = await command(
            tmp_path,
            *(
                "init",
                "--yes",
                "--adult",
                "--authorised",
                "self",
                "--name",
                "N",
                "--email",
                "n@mail.test",
                "--no-vault",
            ),
            *("--store-key-file", str(tmp_path / "key"), "--config", str(tmp_path / "config.toml")),
        )
        assert code == 0, said
        config = tmp_path / "config.toml"
        written = config.read_text().replace("[alerts]\n", f'[alerts]\nurls = ["{mail.url()}"]\n', 1)
        config.write_text(written + '\n[network]\nallow_networks = ["127.0.0.0/8"]\n\n[crawl]\nper_host_delay = 0\n')
        code, said = await command(tmp_path, "enroll", str(PHOTOS / "enrolled" / "owl.jpg"), "--config", str(config))
        assert code == 0, said
        (tmp_path / "watchlists" / "mine.toml").write_text(
            f'[[watch]]\nname = "jane-doe"\nkind = "page"\nurl = "http://127.0.0.1:{port}/jane-doe"\nevery = "2h"\n'
        )
        yield tmp_path


def core_of(parent: int) -> int:
    """The first child of `run`."""
    return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])


def resident_of(pid: int) -> int:
    """KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


async def test_kill_9_ready_visit_reload_stop(ready: Path, mail: MailServer, gate: Gate) -> None:
    """One story, because each start of the program costs seconds on a small machine."""
    async with daemon(ready) as killed:
        await killed.until_told("READY=1")
        await asyncio.wait_for(gate.asked.wait(), WITHIN_S)
        killed.process.kill()  # in the middle of its visit
    gate.opened.set()
    async with daemon(ready) as running:
        await running.until_told("READY=1")
        assert "action=recovered cut_off=True" in running.said
        await running.until_said("watch looked at action=watch_done watch=1 status=ok pages=1 images=2 new_sightings=1")
        await running.until_told("WATCHDOG=1")
        code, said = await command(ready, "run", "--config", str(ready / "config.toml"))
        assert code == 1 and f"process {running.process.pid}" in said and "Traceback" not in said
        with (ready / "watchlists" / "mine.toml").open("a") as watchlist:
            watchlist.write('[[watch]]\nname = "broken"\n')
        running.process.send_signal(signal.SIGHUP)
        await running.until_told("RELOADING=1")
        await running.until_told("READY=1")
        await running.until_said("watchlist: ")
        parent, core = resident_of(running.process.pid), resident_of(core_of(running.process.pid))
        assert not re.search(r"/libssl|/_ssl", Path(f"/proc/{core_of(running.process.pid)}/maps").read_text())
        running.process.terminate()
        await running.until_told("STOPPING=1")
        assert await running.end() == 0
    loaded = set(re.findall(r"\| +([a-zA-Z0-9_]+)", running.said))
    assert "monitor" in loaded and not loaded & set(NEVER_LOADED)
    assert core < IDLE_LIMIT_KIB and parent < PARENT_LIMIT_KIB
    lines = [line for line in running.said.splitlines() if not line.startswith("import time:")]
    assert "daemon stopped action=stopped" in lines
    assert not any("127.0.0.1" in line or "jane" in line for line in lines if "mine.toml" not in line)
    # Its incident had not fallen quiet, but nothing more can come: the stop sends what waits.
    subjects = [unnumbered(got["Subject"]) for got in mail.mails]
    assert subjects.count("Monitor: 1 new entry") == 1
    # That a watch is broken is told too where its round, every minute, came before the stop.
    assert set(subjects) <= {"Monitor: 1 new entry", "Monitor: checks cannot run"}
