"""Values and a small outbox in memory that keeps the promises of `ports.Alerts`, for tests of the alerts."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP

from monitor.model.alert import FURTHEST, Alert, AlertKind, Answer, Delivery, Outstanding, Part
from monitor.model.case import Attestation, Authority, Case
from monitor.model.fingerprint import Reference
from monitor.model.match import Match, Method, Tier
from monitor.model.run import Run, RunStatus
from monitor.model.settings import AlertSettings, AlertUrl, Secret, Settings
from monitor.model.sighting import Place, Sighting, Status

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


class _Alerts:
    def __init__(self) -> None:
        self.rows: dict[str, Alert] = {}
        self.retry_at: dict[str, datetime] = {}
        self.all_parts: dict[tuple[str, str], Part] = {}

    def get(self, case: str, alert: str) -> Alert | None:
        found = self.rows.get(alert)
        return found if found is not None and found.case == case else None

    def waiting(self, case: str, subject: str) -> Alert | None:
        found = [
            alert
            for alert in self.rows.values()
            if (alert.case, alert.subject, alert.delivery, alert.attempts) == (case, subject, Delivery.WAITING, 0)
        ]
        return max(found, key=lambda alert: alert.created_at, default=None)

    def due(self, now: datetime, limit: int = 50, *, urgent: bool | None = None) -> Sequence[Alert]:
        return [
            alert
            for alert in self.open(free_at=now)
            if (alert.not_before <= now or alert.not_before > now + FURTHEST)
            and (urgent is None or alert.urgent is urgent)
        ][:limit]

    def open(self, case: str | None = None, limit: int = 10_000, *, free_at: datetime | None = None) -> Sequence[Alert]:
        found = (
            alert
            for alert in self.rows.values()
            if alert.delivery in (Delivery.WAITING, Delivery.PARTLY)
            and (free_at is None or not free_at < self.retry_at.get(alert.id, free_at) <= free_at + FURTHEST)
        )
        return sorted(found, key=lambda a: (not a.urgent, a.kind is AlertKind.DIGEST, a.created_at, a.id))[:limit]

    def all(self, case: str | None = None, *, newest: int | None = None) -> Sequence[Alert]:
        of_case = [alert for alert in self.rows.values() if case in (None, alert.case)]
        return sorted(of_case, key=lambda alert: alert.created_at, reverse=True)[:newest]

    def outstanding(self, case: str | None = None) -> Outstanding:
        waiting = [alert for alert in self.rows.values() if alert.delivery is Delivery.WAITING]
        return Outstanding(
            waiting=len(waiting),
            tried=sum(alert.attempts > 0 for alert in waiting),
            partly=sum(alert.delivery is Delivery.PARTLY for alert in self.rows.values()),
            oldest=min((alert.created_at for alert in waiting), default=None),
            finds=frozenset(name for alert in waiting for name in alert.sightings),
        )

    def sent_since(self, since: datetime, until: datetime) -> int:
        taken = (part for part in self.all_parts.values() if part.answer is Answer.TAKEN)
        return len({part.alert for part in taken if since < part.changed_at <= until})

    def save(self, alert: Alert) -> None:
        self.rows[alert.id] = alert

    def claim(self, alert: str, attempt: int, retry_at: datetime) -> bool:
        row = self.rows[alert]
        if row.attempts != attempt or row.delivery not in (Delivery.WAITING, Delivery.PARTLY):
            return False
        self.rows[alert] = replace(row, attempts=attempt + 1)
        self.retry_at[alert] = retry_at
        return True

    def renew(self, alert: str, attempt: int, retry_at: datetime) -> bool:
        row = self.rows[alert]
        if row.attempts != attempt or row.delivery not in (Delivery.WAITING, Delivery.PARTLY):
            return False
        self.retry_at[alert] = retry_at
        return True

    def parts(self, alert: str) -> Sequence[Part]:
        return [part for part in self.all_parts.values() if part.alert == alert]

    def save_part(self, part: Part) -> None:
        self.all_parts[part.alert, part.target] = part

    def refusing(self, case: str | None = None) -> Sequence[Part]:
        last = {part.target: part for part in sorted(self.all_parts.values(), key=lambda part: part.changed_at)}
        return [part for part in last.values() if part.answer is Answer.REFUSED or part.is_spent]


class _Sightings:
    def __init__(self) -> None:
        self.rows: dict[str, Sighting] = {}

    def get(self, case: str, sighting: str) -> Sighting | None:
        found = self.rows.get(sighting)
        return found if found is not None and found.case == case else None

    def all(self, case: str | None = None) -> Sequence[Sighting]:
        return list(self.rows.values())

    def save(self, sighting: Sighting) -> None:
        self.rows[sighting.id] = sighting


class _Cases:
    """Everybody is known and has attested, but who is `unknown`."""

    def get(self, case: str) -> Case | None:
        return None if case in self.unknown else Case(case, attestation=Attestation(Authority.SELF, NOW))

    def all(self) -> Sequence[Case]:
        return [Case("default", attestation=Attestation(Authority.SELF, NOW))]

    def __init__(self) -> None:
        self.unknown: set[str] = set()


class _Runs:
    def __init__(self) -> None:
        self.rows: list[Run] = []

    def save(self, run: Run) -> None:
        self.rows.append(run)

    def last(self, case: str, watch: str) -> Run | None:
        return next((row for row in reversed(self.rows) if (row.case, row.watch) == (case, watch)), None)

    def last_look(self, case: str, watch: str) -> datetime | None:
        return next((row.finished_at for row in reversed(self.rows) if row.watch == watch and not row.is_offline), None)

    def last_good(self, case: str, watch: str) -> datetime | None:
        good = [r.finished_at for r in self.rows if r.watch == watch and r.status is not RunStatus.FAILED]
        return max(good, default=None)

    def failed_in_a_row(self, case: str, watch: str) -> tuple[int, datetime | None]:
        failed: list[Run] = []
        for row in self.rows:
            if row.watch == watch:
                failed = [*failed, row] if row.status is RunStatus.FAILED else []
        return len(failed), failed[0].finished_at if failed else None

    def since(self, case: str, since: datetime) -> Sequence[Run]:
        return [row for row in self.rows if row.finished_at >= since]


class _Notes:
    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.rows.get(key)

    def set(self, key: str, value: str) -> None:
        self.rows[key] = value


class _Reports:
    def all(self, case: str | None = None) -> Sequence[Any]:
        return []


class _Candidates:
    def __init__(self) -> None:
        self.forgotten: list[tuple[str, datetime]] = []

    def forget_before(self, case: str, before: datetime) -> int:
        self.forgotten.append((case, before))
        return 0


class _References:
    def __init__(self) -> None:
        self.since: dict[str, datetime] = {}

    def folded(self, case: str) -> dict[str, datetime]:
        return self.since

    def all(self, case: str) -> list[Reference]:
        return [Reference(id_, case, f"label of {id_}", None, at, folded_at=at) for id_, at in self.since.items()]  # type: ignore[arg-type]


class MemoryStore:
    """As much of `ports.Store` as alerts, digest and daemon use."""

    def __init__(self) -> None:
        self.alerts = _Alerts()
        self.sightings = _Sightings()
        self.runs = _Runs()
        self.cases = _Cases()
        self.notes = _Notes()
        self.reports = _Reports()
        self.candidates = _Candidates()
        self.references = _References()

    def clock_set_back(self, by: timedelta, now: datetime) -> None:
        for alert in self.alerts.rows.values():
            if alert.not_before > now:
                self.alerts.save(replace(alert, not_before=alert.not_before - by))
        for key, value in self.notes.rows.items():
            if key.startswith("digest:last:") and datetime.fromisoformat(value) > now:
                self.notes.set(key, (datetime.fromisoformat(value) - by).isoformat())

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        yield


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
                await asyncio.wait_for(connection.over.wait(), 30)


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
