"""kill -9 of each part of the real daemon in the middle of its work: the others go on or end cleanly, nothing is lost,
and it is back. A look at a place of its own for each moment, so that what became of every single one is seen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from aiohttp import web

from monitor.outbound.browser.finding import find_chromium
from tests.daemon.test_daemon_process import PHOTOS, Daemon, Gate, command, core_of, daemon, mail, ready
from tests.patience import WITHIN_S
from tests.serving.mail import MailServer
from tests.serving.web import answering

__all__ = ["mail", "ready"]

MOMENTS = int(os.environ.get("KILLED_MOMENTS", "200"))
SPREAD_S = 1.5  # from a place that is asked for to a find that is told: the moments lie within


@pytest.fixture
async def gate() -> Gate:
    gate = Gate()
    gate.opened.set()
    return gate


class Places:
    """Each shows the photo that is enrolled, at an address of its own. asked: when one is."""

    def __init__(self, folder: Path, port: int, more: str = "") -> None:
        self._file, self._port, self._more = folder / "watchlists" / "places.toml", port, more
        self.made = 0
        self.asked = asyncio.Event()

    def add(self) -> None:
        self.made += 1
        self.asked.clear()
        with self._file.open("a") as file:
            address = f"http://127.0.0.1:{self._port}/place/{self.made}"
            file.write(f'[[watch]]\nname = "place-{self.made}"\nkind = "page"\nurl = "{address}"\nevery = "2h"\n')
            file.write(self._more)


@contextlib.asynccontextmanager
async def places(folder: Path, more: str = "") -> AsyncIterator[Places]:
    async def place(request: web.Request) -> web.Response:
        made.asked.set()
        number = request.match_info["number"]
        return web.Response(text=f'<html><body><img src="/photo/{number}.jpg"></body></html>', content_type="text/html")

    async def photo(request: web.Request) -> web.FileResponse:
        return web.FileResponse(PHOTOS / "enrolled" / "owl.jpg")

    app = web.Application()
    app.router.add_get("/place/{number}", place)
    app.router.add_get("/photo/{number}.jpg", photo)
    async with answering(app) as port:
        made = Places(folder, port, more)
        yield made


def parts_of(parent: int, part: str) -> list[int]:
    found = []
    for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{word}/cmdline").read_bytes().split(b"\0")
            if b"monitor.parts.parent.beginning" in words and part.encode() in words:
                found.append(int(word))
    return found


async def found(folder: Path) -> list[int]:
    """At which places, each as often as it stands in the store."""
    code, said = await command(folder, "sightings", "list", "--json", "--config", str(folder / "config.toml"))
    assert code == 0, said
    return sorted(int(one["page_url"].rpartition("/")[2]) for one in json.loads(said)["sightings"])


async def looked_at(folder: Path, running: Daemon, number: int) -> None:
    """Said by whichever core did; one may have been killed between its last row and its word."""
    line = f"action=watch_done watch={number} status=ok"
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                async with asyncio.timeout(10), running._more:
                    await running._more.wait_for(lambda: line in running.said)
                    return
            except TimeoutError:
                if number in await found(folder):
                    return


Kill = Callable[[Daemon], Awaitable[None]]


async def kill_core(running: Daemon) -> None:
    os.kill(core_of(running.process.pid), signal.SIGKILL)
    await running.until_told("STATUS=The core was killed")
    await running.until_told("READY=1")


async def kill_fetcher(running: Daemon) -> None:
    kill_all(parts_of(running.process.pid, "fetcher"))


async def kill_browser(running: Daemon) -> None:
    kill_all(parts_of(running.process.pid, "browser"))


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def killed_in_the_middle(folder: Path, mail: MailServer, kills: Iterable[Kill], more: str = "") -> None:
    (folder / "watchlists" / "mine.toml").unlink()
    dice = random.Random(18)
    async with places(folder, more) as made, daemon(folder) as running:
        await running.until_told("READY=1")
        for kill in kills:
            await visited(made, running)
            await asyncio.sleep(dice.random() * SPREAD_S)
            await kill(running)
            await looked_at(folder, running, made.made)
        await visited(made, running)  # in peace, so that what waits is told at the end
        await looked_at(folder, running, made.made)
        running.process.terminate()
        assert await running.end() == 0
        assert await found(folder) == list(range(1, made.made + 1)), "a find at each place, and one"
    assert any("new entr" in str(got["Subject"]) for got in mail.mails)


async def visited(made: Places, running: Daemon) -> None:
    """Another place is, from now on."""
    made.add()
    running.process.send_signal(signal.SIGHUP)
    await asyncio.wait_for(made.asked.wait(), WITHIN_S)


async def test_core_and_fetcher_in_turn(ready: Path, mail: MailServer) -> None:
    await killed_in_the_middle(ready, mail, [kill_core, kill_fetcher])


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("kill", "more"),
    [
        pytest.param(kill_core, "", id="core"),
        pytest.param(kill_fetcher, "", id="fetcher"),
        pytest.param(
            kill_browser,
            'render = "browser"\n',
            id="browser",
            marks=pytest.mark.skipif(find_chromium("") is None, reason="needs Chromium"),
        ),
    ],
)
async def test_at_two_hundred_moments(ready: Path, mail: MailServer, kill: Kill, more: str) -> None:
    await killed_in_the_middle(ready, mail, [kill] * MOMENTS, more)


@pytest.mark.long
@pytest.mark.timeout(7200)
async def test_the_parent_at_two_hundred_moments(ready: Path, mail: MailServer) -> None:
    (ready / "watchlists" / "mine.toml").unlink()
    dice = random.Random(18)
    async with places(ready) as made:
        for _ in range(MOMENTS):
            made.add()
            async with daemon(ready) as running:
                await asyncio.wait_for(made.asked.wait(), WITHIN_S)
                await asyncio.sleep(dice.random() * SPREAD_S)
                running.process.kill()
        made.add()
        async with daemon(ready) as running, asyncio.timeout(WITHIN_S):  # which has much to make up for
            while len(set(await found(ready))) < made.made:
                pass
            running.process.terminate()
            assert await running.end() == 0
        assert await found(ready) == list(range(1, made.made + 1)), "a find at each place, and one"
    assert any("new entr" in str(got["Subject"]) for got in mail.mails)
