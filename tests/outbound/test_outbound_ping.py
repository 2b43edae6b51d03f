"""What the address in `[monitoring] ping_url` gets, from real servers on loopback, and what it can do to us."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from monitor.errors import PingFailed
from monitor.model.settings import MonitoringSettings, NetworkSettings, Secret, Settings
from monitor.outbound.ping import ping, ping_address
from tests.own_ways import local_own
from tests.serving.streams import listening
from tests.serving.web import answering

HERE = Path("/nowhere")


def settings(url: str, proxy: str = "") -> Settings:
    monitoring = MonitoringSettings(ping_url=Secret(url) if url else None)
    return Settings(
        path=None, data_dir=HERE, watchlist_dir=HERE, monitoring=monitoring, network=NetworkSettings(proxy=proxy)
    )


async def told(chosen: Settings, *, well: bool, within_s: float = 10.0) -> None:
    async with local_own() as own:
        await ping(chosen, own, well=well, within_s=within_s)


@pytest.mark.parametrize(
    ("url", "failing"),
    [
        pytest.param("https://hc-ping.com/1b-2c", "https://hc-ping.com/1b-2c/fail", id="a check's own address"),
        pytest.param("https://hc-ping.com/key/slug?create=1", "https://hc-ping.com/key/slug/fail?create=1", id="query"),
        pytest.param("https://ping.example/x/", "https://ping.example/x/fail", id="slash at the end"),
        pytest.param("https://ping.example", "https://ping.example/fail", id="no path"),
    ],
)
def test_where_it_is_said_that_something_is_wrong(url: str, failing: str) -> None:
    assert (ping_address(url, well=True), ping_address(url, well=False)) == (url, failing)
    starting = ping_address(url, well=True, starts=True)
    assert starting == failing.replace("/fail", "/start")


async def test_it_gets_the_request_and_nothing_about_whom() -> None:
    asked: list[tuple[str, str, dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        return web.Response(text="OK", headers={"Set-Cookie": "who=you"})

    async with answering(take) as port:
        for well in (True, False):
            await told(settings(f"http://127.0.0.1:{port}/1b?create=1"), well=well)
    assert [(method, path, body) for method, path, _, body in asked] == [
        ("GET", "/1b?create=1", b""),
        ("GET", "/1b/fail?create=1", b""),
    ]
    for _, _, heads, _ in asked:
        assert {name.lower() for name in heads} <= {"host", "user-agent", "accept", "connection"}
        assert "monitor" not in str(heads).lower()


async def test_without_an_address_nothing_is_asked() -> None:
    await told(settings(""), well=True)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        pytest.param(302, "another address", id="led elsewhere"),
        pytest.param(404, "status 404", id="no such check"),
        pytest.param(409, "status 409", id="a slug of two checks"),
        pytest.param(500, "status 500", id="broken"),
    ],
)
async def test_what_does_not_take_it_is_told_without_the_address(status: int, says: str) -> None:
    asked = 0

    async def refuse(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with answering(refuse) as port:
        with pytest.raises(PingFailed, match=says) as caught:
            await told(settings(f"http://127.0.0.1:{port}/secret-1b"), well=True)
    assert asked == 1 and "secret-1b" not in f"{caught.value} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("bytes_sent", "says"),
    [
        pytest.param(b"", "did not answer within", id="silence"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", "did not answer within", id="half a head"),
        pytest.param(b"SSH-2.0-x\r\n\r\n", "broken|reached", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, "did not answer|broken|reached", id="endless head"),
    ],
)
async def test_a_server_that_means_harm_ends_in_time(bytes_sent: bytes, says: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes_sent)
        await reader.read()

    async with listening(serve) as port:
        with pytest.raises(PingFailed, match=says):
            await told(settings(f"http://127.0.0.1:{port}/x"), well=True, within_s=0.5)


async def test_an_endless_body_is_not_read() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except OSError:
            pass

    async with listening(serve) as port:
        await told(settings(f"http://127.0.0.1:{port}/x"), well=True)


async def test_with_a_proxy_nothing_goes_past_it() -> None:
    straight: list[str] = []

    async def take(request: web.Request) -> web.Response:
        straight.append(request.path)
        return web.Response()

    async with answering(take) as port:
        with pytest.raises(PingFailed):
            await told(settings(f"http://127.0.0.1:{port}/x", proxy="socks5h://127.0.0.1:9"), well=True)
    assert straight == []
