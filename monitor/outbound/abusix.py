"""Abusix's list of abuse contacts, over DNS: only where the person switched it on, for it tells a third party which
addresses she asks about. By the machine's own resolver; never past a proxy. What comes back is read by a reader."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path

ZONE = "abuse-contacts.abusix.zone"  # as the crate abuse-contact 0.2.0 and the package querycontacts have it
_ANSWER_S = 5.0
_RESOLVER = Path("/etc/resolv.conf")
_PORT = 53
_TXT, _INTERNET = 16, 1  # RFC 1035 section 3.2


AskList = Callable[[str], Awaitable[bytes]]


class AbusixList:
    """`monitor.ports.hosting.ContactList`. ask_list: puts the question to a resolver."""

    def __init__(self, ask_list: AskList) -> None:
        self._ask = ask_list

    def question(self, address: str) -> str:
        pointer = ip_address(address).reverse_pointer
        return f"{pointer.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{ZONE}"

    async def ask(self, address: str) -> bytes:
        return await self._ask(self.question(address))


async def asked_of_list(name: str, server: tuple[str, int] | None = None) -> bytes:
    """server: a resolver's address and port; None: the system's first."""
    server = server or _system_resolver()
    if server is None:
        return b""
    number = secrets.token_bytes(2)
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bytes] = loop.create_future()
    try:
        async with asyncio.timeout(_ANSWER_S):
            transport, _ = await loop.create_datagram_endpoint(lambda: _Listening(number, came), remote_addr=server)
            try:
                transport.sendto(number + _asked(name))
                return await came
            finally:
                transport.close()
    except (OSError, TimeoutError):
        return b""


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, number: bytes, came: asyncio.Future[bytes]) -> None:
        self._number, self._came = number, came

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data[:2] == self._number and not self._came.done():
            self._came.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._came.done():
            self._came.set_exception(exc)


def _asked(name: str) -> bytes:
    """All but the number in front."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack(">5H", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", _TXT, _INTERNET)


def _system_resolver() -> tuple[str, int] | None:
    try:
        lines = _RESOLVER.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    named = (line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1)
    return next(((address, _PORT) for address in named), None)
