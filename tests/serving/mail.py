"""A real SMTP server that keeps what it gets."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.patience import WITHIN_S


@dataclass
class MailServer:
    """A real SMTP server; `refuse`: what it answers instead of taking mail."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    ehlo: list[str] = field(default_factory=list)
    refuse: str = ""
    refuse_recipient: str = ""

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str, responses: list[str]) -> Any:
        session.host_name = host
        self.ehlo.append(host)
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == self.refuse_recipient:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.raw.append(envelope.content)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 kept"

    def url(self, more: str = "") -> str:
        return f"mailto://127.0.0.1:{self.port}/?mode=insecure&from=watch@mail.test&to=person@mail.test{more}"


class _Connection(SMTP):
    """Says when it is over, so that no test leaves a half-closed connection behind."""

    def __init__(self, handler: MailServer, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(handler, hostname="localhost", loop=loop)
        self.over = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.over.set()


@contextlib.asynccontextmanager
async def mail_server(port: int = 0) -> AsyncIterator[MailServer]:
    handler = MailServer()
    loop = asyncio.get_running_loop()
    connections: list[_Connection] = []

    def connect() -> _Connection:
        connections.append(_Connection(handler, loop))
        return connections[-1]

    server = await loop.create_server(connect, "127.0.0.1", port)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        server.close()
        await server.wait_closed()
        for connection in connections:
            if connection.transport is not None:
                connection.transport.abort()
                await asyncio.wait_for(connection.over.wait(), WITHIN_S)
