"""Tor itself, which reaches nobody here: what it takes our requests for, as it tells who asks at its control port. Each
stream that it keeps apart by its user name would go by a circuit of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.model.page import OutcomeKind, Purpose, Request
from monitor.model.proxy import Proxy
from monitor.model.settings import NetworkSettings
from monitor.model.visitor import Visitor
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.proxy import open_through
from tests.patience import WITHIN_S
from tests.real.real_programs import free_port, need_debian, started

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

JANE, JOHN = Visitor("jane"), Visitor("john")
BY_PORT = "127.0.0.9"  # Tor's usual port there: nobody else has it
STREAM = re.compile(r"STREAM \d+ NEW 0 (\S+):\d+ .*PURPOSE=USER(.*)")


class Told:
    """Streams that were asked for, in order: host and user name, and whether Tor keeps it apart by that."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def streams(self, many: int) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        async with asyncio.timeout(WITHIN_S):
            while len(found) < many:
                if (match := STREAM.search((await self._reader.readline()).decode())) is None:
                    continue
                name = re.search(r'SOCKS_USERNAME="(\w+)"', match[2])
                fields = re.search(r"ISO_FIELDS=(\S+)", match[2])
                assert name and fields and "SOCKS_USERNAME" in fields[1].split(","), match[0]
                found.append((match[1], name[1]))
        return found


@pytest.fixture(scope="module")
def ports(place: Path) -> Sequence[int]:
    need_debian("tor")
    return free_port(), free_port()


@asynccontextmanager
async def tor(place: Path, ports: Sequence[int], log: Path) -> AsyncIterator[Told]:
    """The only authority that it knows does not answer: it builds no circuit, and asks nobody in the world."""
    socks, control = ports
    data = place / "tor"
    data.mkdir(mode=0o700, exist_ok=True)
    nobody = "0" * 39 + "1"
    command = ["/usr/sbin/tor", "--ignore-missing-torrc", "-f", place / "none", "--DataDirectory", data]
    command += ["--SocksPort", f"127.0.0.1:{socks}", "--SocksPort", f"{BY_PORT}:9050", "--ControlPort", str(control)]
    command += ["--DirAuthority", f"none orport=1 v3ident={nobody} 127.0.0.1:9 {nobody}"]
    with started(command, log=log, port=control):
        reader, writer = await asyncio.open_connection("127.0.0.1", control)
        writer.write(b'AUTHENTICATE ""\r\nSETEVENTS STREAM\r\n')
        assert [await reader.readline() for _ in range(2)] == [b"250 OK\r\n"] * 2
        yield Told(reader)
        writer.close()


@pytest.mark.parametrize("proxy", ["tor://127.0.0.1:{socks}", f"socks5h://{BY_PORT}:9050"])
async def test_tor_keeps_our_visitors_apart(proxy: str, place: Path, ports: Sequence[int], tmp_path: Path) -> None:
    async with tor(place, ports, tmp_path / "tor.log") as told:
        settings = NetworkSettings(proxy=proxy.format(socks=ports[0]), timeout_s=1)
        client = GuardedClient(settings, AddressRules.of(settings))
        page = Request("http://one.example/", visitor=JANE)
        part = Request("http://cdn.example/1.png", Purpose.IMAGE, referrer=page.url, visitor=JANE)
        asked = [page, part, Request(page.url, visitor=JOHN), Request("http://two.example/", visitor=JANE)]
        for request in asked:
            fetched = await client.fetch(request)
            assert fetched.outcome.kind in (OutcomeKind.TIMEOUT, OutcomeKind.CONNECTION), fetched.outcome
        own = asyncio.create_task(open_through(Proxy.of(settings.proxy), "mail.example", 587))
        streams = await told.streams(5)
        own.cancel()
        await asyncio.gather(own, return_exceptions=True)
        await client.aclose()
    assert [host for host, _ in streams] == ["one.example", "cdn.example", "one.example", "two.example", "mail.example"]
    first, of_its_picture, of_john, elsewhere, mail = (name for _, name in streams)
    assert first == of_its_picture
    assert len({first, of_john, elsewhere, mail}) == 4
