"""Values, a mail server and a webhook, for tests of the alerts."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP

from monitor.model.match import Match, Method, Tier
from monitor.model.run import Run, RunStatus
from monitor.model.settings import AlertSettings, AlertUrl, Secret, Settings
from monitor.model.sighting import Place, Sighting, Status
from tests.patience import WITHIN_S

NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)


def sighting(number: int = 1, *, incident: str = "inc1", **changes: Any) -> Sighting:
    base = Sighting(
        id=f"s{number}",
        incident=incident,
        case="default",
        watch="forum-jane-doe",
        place=Place(
            page_url=f"https://forum.example/threads/{number}",
            image_url=f"https://cdn.example/{number}.jpg",
            title="Jane Doe nudes leaked",
        ),
        match=Match(
            tier=Tier.MATCH,
            score=0.97,
            reason="PDQ distance 4 of 256",
            reference="r1",
            label="bedroom",
            method=Method.PDQ,
            distance=4,
        ),
        status=Status.NEW,
        first_seen=NOW,
        last_seen=NOW,
    )
    return replace(base, **changes)


def run(watch: str = "forum", *, at: datetime = NOW, status: RunStatus = RunStatus.OK, **changes: Any) -> Run:
    base = Run(
        watch=watch,
        case="default",
        status=status,
        started_at=at - timedelta(minutes=1),
        finished_at=at,
        pages=3,
        images=40,
        new_images=5,
        pages_seen=3,
        images_seen=40,
    )
    return replace(base, **changes)


def settings(*urls: str | AlertUrl, proxy: str = "", **alerts: Any) -> Settings:
    made = tuple(url if isinstance(url, AlertUrl) else AlertUrl(url=Secret(url)) for url in urls)
    base = Settings(path=None, data_dir=Path("/nonexistent"), watchlist_dir=Path("/nonexistent"))
    return replace(
        base,
        alerts=AlertSettings(urls=made, **alerts),
        network=replace(base.network, proxy=proxy),
        digest=replace(base.digest, timezone="UTC"),
    )


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


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


@dataclass
class Endpoint:
    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""
    elsewhere: int = 0  # requests that followed a redirect

    def url(self, more: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/hook{more}"


@contextlib.asynccontextmanager
async def endpoint() -> AsyncIterator[Endpoint]:
    state = Endpoint()

    async def take(request: web.Request) -> web.Response:
        if state.location:
            return web.Response(status=307, headers={"Location": state.location})
        state.bodies.append(await request.json())
        state.agents.append(request.headers.get("User-Agent", ""))
        return web.Response(status=state.status)

    async def elsewhere(request: web.Request) -> web.Response:
        state.elsewhere += 1
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    app.router.add_post("/elsewhere", elsewhere)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    state.port = runner.addresses[0][1]
    try:
        yield state
    finally:
        await runner.cleanup()
