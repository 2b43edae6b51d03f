"""Destinations that the owner wrote, asked by the fetcher for a process that opens no connection; and the door for
counts, at which that process does not listen itself."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import pytest
from aiohttp import web

from monitor.errors import PingFailed, StampFailed
from monitor.model.settings import MonitoringSettings, NetworkSettings, Secret, Settings
from monitor.outbound import counts_door, own_serving
from monitor.outbound.own_link import LinkDoor, LinkOwnWays
from monitor.outbound.own_ways import OwnWays
from monitor.outbound.ping import ping
from monitor.outbound.timestamps import Authorities
from monitor.parts.asking import Sent
from monitor.parts.link import Link
from monitor.parts.messages import own
from monitor.parts.messages.own import OwnRequest
from tests.outbound.test_outbound_ping import HERE
from tests.parts.processes import PartsAsProcesses, fetcher_link, kill_part
from tests.patience import WITHIN_S
from tests.serving.web import answering

QUESTION = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def settings(url: str = "", proxy: str = "") -> Settings:
    monitoring = MonitoringSettings(ping_url=Secret(url) if url else None)
    return Settings(
        path=None, data_dir=HERE, watchlist_dir=HERE, monitoring=monitoring, network=NetworkSettings(proxy=proxy)
    )


async def stamp_of(own: OwnWays, url: str) -> bytes:
    return await Authorities(settings(), own).ask(url, b"query")


async def test_each_is_asked_by_the_fetcher() -> None:
    asked: list[tuple[str, str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((request.method, request.path, await request.read()))
        if request.path == "/page":
            return web.Response(text="<h1>")
        if request.path == "/long":
            return web.Response(body=b"x" * 300_000, content_type="application/timestamp-reply")
        return web.Response(body=b"reply", content_type="application/timestamp-reply")

    async with answering(take) as port, fetcher_link() as link:
        own, at = LinkOwnWays(link), f"http://127.0.0.1:{port}"
        await ping(settings(f"{at}/1b"), own, well=True)
        assert await stamp_of(own, f"{at}/stamp") == b"reply"
        for path, says in (("/page", "a page of text"), ("/long", "too long")):
            with pytest.raises(StampFailed, match=says):
                await stamp_of(own, at + path)
        reply, _ = await own.ask(OwnRequest("GET", "http://x/" + "a" * 200_000, {}, 1.0))
        assert "longer" in reply.failed
    assert asked[:2] == [("GET", "/1b", b""), ("POST", "/stamp", b"query")]


async def test_who_asks_imports_nothing_of_the_network_and_listens_nowhere() -> None:
    """With the parts as the program starts them."""
    asked = list[str]()

    async def take(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"reply", content_type="application/timestamp-reply")

    async with answering(take) as port:
        core = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.outbound.own_in_core"),
            *(f"http://127.0.0.1:{port}", f"json://127.0.0.1:{port}/alert"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]},
        )
        assert core.stdout is not None and core.stdin is not None
        told_of = json.loads(await core.stdout.readline())
        door = told_of.pop("port")
        assert told_of == {"imported": [], "said": [], "stamp": "reply"}
        assert (await ask(door)).endswith(b"counts 1\n")
        assert sockets_of_the_internet(core.pid) == []
        core.stdin.close()
        assert await core.wait() == 0
    assert asked == ["/ping", "/stamp", "/alert"]


def sockets_of_the_internet(pid: int) -> list[str]:
    """Of that process, whatever state they are in."""
    held = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
    lines = [line.split() for kind in ("tcp", "tcp6", "udp", "udp6") for line in proc_net(pid, kind)]
    return [fields[1] for fields in lines if f"socket:[{fields[9]}]" in held]


def proc_net(pid: int, kind: str) -> list[str]:
    return Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]


async def test_a_fetcher_that_cannot_be_had_is_said_as_such() -> None:
    async with fetcher_link(PartsAsProcesses(sys.executable, "-c", "raise SystemExit(3)")) as link:
        own = LinkOwnWays(link)
        with pytest.raises(PingFailed, match="could not be asked: the fetcher could not be started"):
            await ping(settings("http://127.0.0.1:9/secret-1b"), own, well=True)
        with pytest.raises(StampFailed, match="could not be asked"):
            await stamp_of(own, "http://127.0.0.1:9/")


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(QUESTION)
        return await asyncio.wait_for(reader.read(), WITHIN_S)
    finally:
        writer.close()


async def told(port: int) -> bytes:
    """Once somebody listens."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                if answer := await ask(port):
                    return answer
            except OSError:
                pass
            await asyncio.sleep(0.02)


async def test_counts_are_told_by_the_fetcher_and_listening_ends_with_the_door() -> None:
    async with fetcher_link() as link:
        door, asked = LinkOwnWays(link).door(), 0

        def counts() -> str:
            nonlocal asked
            asked += 1
            return f"counts {asked}\n"

        port = await door.open(0, counts)
        answers = await asyncio.gather(*(ask(port) for _ in range(4)))
        assert sorted(answer.rpartition(b"\r\n")[2] for answer in answers) == [b"counts %d\n" % n for n in (1, 2, 3, 4)]
        await door.aclose()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        again = LinkOwnWays(link).door()
        assert await again.open(port, counts) == port, "nothing of it is left: a reload opens the same port"
        await again.aclose()


async def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with fetcher_link() as link:
            door = LinkOwnWays(link).door()
            with pytest.raises(OSError):
                await door.open(other.getsockname()[1], lambda: "")
            await door.aclose()


async def test_a_door_that_was_lost_with_the_fetcher_is_opened_again() -> None:
    port = free_port()
    async with fetcher_link() as link:
        door = LinkDoor(link, again_after_s=0.05)
        await door.open(port, lambda: "counts 1\n")
        for _ in range(2):
            assert (await told(port)).endswith(b"counts 1\n")
            await killed(link)
        assert (await told(port)).endswith(b"counts 1\n")
        await door.aclose()


async def killed(link: Link) -> None:
    before = link.pid
    kill_part(link)
    async with asyncio.timeout(WITHIN_S):
        while link.pid == before:
            await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class SlowCore:
    """The other end of a talk about a door: says what it is told to say, when it is told."""

    def __init__(self) -> None:
        self.port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.wanted, self.answers = asyncio.Queue[object](), asyncio.Queue[object]()

    async def say(self, message: object) -> None:
        if isinstance(message, own.DoorIsOpen):
            self.port.set_result(message.port)
        else:
            self.wanted.put_nowait(message)

    async def hear(self) -> Sent[object]:
        return Sent(await self.answers.get())


async def test_an_answer_that_comes_too_late_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    core = SlowCore()
    open_door = asyncio.create_task(own_serving._OwnServing().keep_door(Sent(own.OpenDoor(0)), core))  # type: ignore[arg-type]
    port = await core.port
    monkeypatch.setattr(counts_door, "HEAD_WITHIN_S", 0.05)
    assert await ask(port) == b"", "the core is busy"
    monkeypatch.setattr(counts_door, "HEAD_WITHIN_S", WITHIN_S)
    second = asyncio.create_task(ask(port))
    for _ in range(2):
        await core.wanted.get()
    for text in ("as it was then", "as it is now"):
        core.answers.put_nowait(own.CountsText(text))
    assert (await second).endswith(b"as it is now")
    core.answers.put_nowait(own.ShutDoor())
    await open_door
