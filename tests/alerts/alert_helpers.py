"""Values and a webhook, for tests of the alerts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from monitor.model.alert import counted_of, number_of
from monitor.model.match import Match, Method, Tier
from monitor.model.observation import RunStatus
from monitor.model.run import Run
from monitor.model.settings import AlertSettings, AlertUrl, Secret, Settings
from monitor.model.sighting import Place, Sighting, Status
from monitor.outbound.alerts.apprise_channel import Limits
from monitor.parts.messages.own import SendJob, SendWaits
from tests.serving.web import answering

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


def send_job(**given: Any) -> SendJob:
    waits = {name: getattr(Limits(), name) for name in SendWaits.__struct_fields__}
    return SendJob(**{"url": "", "product": "Monitor", "waits": SendWaits(**waits)} | given)


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


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
    async with answering(app) as state.port:
        yield state


def unnumbered(subject: str) -> str:
    """A subject without the number behind it, which the store counts."""
    words, comma, number = subject.rpartition(", ")
    return words if comma and number == number_of(counted_of(number)) else subject
