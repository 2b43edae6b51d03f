"""The real daemon with one part of it stopped: what systemd is told, which part is named, what is started anew. The
allowances are shorter than the program's own (`hanging`); how long each is, `test_daemon_progress` and
`test_daemon_lookout` say on a clock in the hand."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest
from aiohttp import web

from monitor.model.settings import Secret
from monitor.outbound.browser.finding import find_chromium
from monitor.store.sqlite import connect
from tests.daemon.test_daemon_process import Daemon, Gate, daemon, gate, mail, ready
from tests.patience import WITHIN_S
from tests.serving.web import answering

__all__ = ["gate", "mail", "ready"]
pytestmark = [pytest.mark.long]


def hanging(folder: Path, what: str, *allowances: str) -> contextlib.AbstractAsyncContextManager[Daemon]:
    words = ("-m", "tests.daemon.hanging", what, str(folder / "config.toml"), *allowances)
    return daemon(folder, program=words)


async def silence(running: Daemon, looks: int = 4) -> list[str]:
    """What systemd is told in the time of so many looks, which come twice a second."""
    while not running._messages.empty():
        running._messages.get_nowait()
    await asyncio.sleep(looks * 0.5)
    return [running._messages.get_nowait() for _ in range(running._messages.qsize())]


async def test_a_loop_that_stands(ready: Path) -> None:
    async with hanging(ready, "schedule", "schedule=5", "mended=2", "taken=2") as running:
        await running.until_told("READY=1")
        await running.until_told("STATUS=Stands still since")
        assert "WATCHDOG=1" not in await silence(running, 2)
        assert await running.end() == 1, "and systemd starts it anew"
    (said,) = [line for line in running.said.splitlines() if "action=stall " in line]
    assert "loop=schedule" in said and "at=" in said
    assert "loop=schedule" in next(line for line in running.said.splitlines() if "action=stall_end" in line)


async def test_a_store_that_another_process_holds(ready: Path, gate: Gate) -> None:
    gate.opened.set()
    async with hanging(ready, "store", "store=3", "mended=3600") as running:
        await running.until_told("READY=1")
        await running.until_said("action=watch_done")
        other = connect(ready / "data" / "reupload-monitor" / "store.db", Secret((ready / "key").read_text().strip()))
        other.execute("BEGIN IMMEDIATE")
        try:
            (ready / "watchlists" / "mine.toml").touch()
            running.process.send_signal(signal.SIGHUP)  # what stood in the files is kept, if nothing else is written
            await running.until_told("STATUS=Stands still since")
            await running.until_said("action=stall loop=store")
            assert "WATCHDOG=1" not in await silence(running)
        finally:
            other.close()
        await running.until_said("action=stall_over loop=store")
        await running.until_told("WATCHDOG=1")
        running.process.terminate()
        assert await running.end() == 0


async def test_a_request_that_never_ends(ready: Path) -> None:
    async with hanging(ready, "fetcher", "fetcher=3", "mended=2") as running:
        await running.until_told("STATUS=Stands still since")
        await running.until_said("action=stall_end loop=fetcher work=request")
        running.process.send_signal(signal.SIGTERM)  # who waits no longer for the work in hand
        assert await running.end() == 1


@pytest.mark.skipif(find_chromium("") is None, reason="needs Chromium")
async def test_a_browser_that_is_stopped_is_ended_and_the_watch_goes_on(ready: Path) -> None:
    asked = asyncio.Event()

    async def page(request: web.Request) -> web.StreamResponse:
        if not asked.is_set():
            asked.set()
            await asyncio.Event().wait()
        return web.Response(text="<p>there", content_type="text/html")

    app = web.Application()
    app.router.add_get("/slow", page)
    async with answering(app) as port:
        (ready / "watchlists" / "mine.toml").write_text(
            f'[[watch]]\nname = "slow"\nkind = "page"\nurl = "http://127.0.0.1:{port}/slow"\nevery = "2h"\n'
            'render = "browser"\n'
        )
        async with hanging(ready, "browser", "fetcher=20", "mended=3600") as running:  # Chromium starts in it, too
            await asyncio.wait_for(asked.wait(), WITHIN_S)
            for pid in browsers_of(running.process.pid):
                os.kill(pid, signal.SIGSTOP)
            await running.until_told("STATUS=Stands still since")
            await running.until_said("action=stall loop=fetcher work=browser")
            await running.until_said("action=stall_over loop=fetcher")
            await running.until_said("action=watch_done")
            await running.until_told("WATCHDOG=1")
            running.process.terminate()
            assert await running.end() == 0


async def test_a_process_that_is_stopped_as_a_whole_accuses_nobody(ready: Path, gate: Gate) -> None:
    gate.opened.set()
    async with hanging(ready, "nothing", "schedule=5") as running:
        await running.until_said("action=watch_done")
        running.process.send_signal(signal.SIGSTOP)
        try:
            assert "WATCHDOG=1" not in (await silence(running, 40))[2:]
        finally:
            running.process.send_signal(signal.SIGCONT)
        await running.until_told("WATCHDOG=1")
        running.process.terminate()
        assert await running.end() == 0
    assert "action=stall" not in running.said


def browsers_of(pid: int) -> list[int]:
    """Its children's children too: the browser is the driver's child."""
    found, look_at = list[int](), [pid]
    while look_at:
        one = look_at.pop()
        children = Path(f"/proc/{one}/task/{one}/children")
        with contextlib.suppress(OSError):
            look_at += (new := [int(word) for word in children.read_text().split()])
            found += [each for each in new if b"--reupload-monitor=" in Path(f"/proc/{each}/cmdline").read_bytes()]
    return found
