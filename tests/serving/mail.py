"""A real SMTP server that keeps what it gets."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from tests.patience import WITHIN_S


@dataclass
class MailServer:
    """A real SMTP server; `refuse`: what it answers instead of taking mail; `away`: it hangs up before a greeting."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    ehlo: list[str] = field(default_factory=list)
    refuse: str = ""
    refuse_recipient: str = ""
    away: bool = False

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

    def __init__(self, handler: MailServer, loop: asyncio.AbstractEventLoop, **more: Any) -> None:
        super().__init__(handler, hostname="localhost", loop=loop, **more)
        self.over = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.event_handler.away:
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.over.set()


@contextlib.asynccontextmanager
async def mail_server(
    port: int = 0,
    *,
    login: tuple[str, str] | None = None,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[MailServer]:
    """login: user name and password that it asks for. starttls: it takes no mail in clear; tls: not even a greeting."""
    handler = MailServer()
    loop = asyncio.get_running_loop()
    more: dict[str, Any] = {"tls_context": starttls, "require_starttls": starttls is not None}

    def may_come_in(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        known = login is not None and (given.login, given.password) == (login[0].encode(), login[1].encode())
        return AuthResult(success=known, handled=False)

    if login is not None:
        more |= {"auth_required": True, "auth_require_tls": starttls is not None, "authenticator": may_come_in}
    connections: list[_Connection] = []

    def connect() -> _Connection:
        with warnings.catch_warnings():  # a log-in in clear is what some tests want
            warnings.simplefilter("ignore")
            connections.append(_Connection(handler, loop, **more))
        return connections[-1]

    server = await loop.create_server(connect, "127.0.0.1", port, ssl=tls)
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


@contextlib.contextmanager
def mail_server_beside(**how: Any) -> Iterator[MailServer]:
    """In a thread of its own, for a command that runs a loop itself. how: as `mail_server`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def enter() -> tuple[contextlib.AsyncExitStack, MailServer]:
        stack = contextlib.AsyncExitStack()
        return stack, await stack.enter_async_context(mail_server(**how))

    try:
        stack, server = asyncio.run_coroutine_threadsafe(enter(), loop).result(WITHIN_S)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(WITHIN_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WITHIN_S)
        loop.close()
