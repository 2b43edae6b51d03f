"""A browser's requests without a browser or a socket, of a person who was let in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from starlette.types import ASGIApp

from monitor.model.ids import CaseId
from monitor.model.staff import StaffName
from monitor.review.links import Links
from monitor.review.port import Core
from monitor.review.port.staff import CaseWaiting
from monitor.review.server import served
from monitor.review.session import Sessions

HOST = "127.7.7.7:8080"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class OneCase:
    async def names(self) -> tuple[CaseId, ...]:
        return (CaseId("default"),)


class NobodyNamed:
    """Who is here is the owner."""

    async def cases_of(self, person: StaffName) -> None:
        return None

    async def waiting(self, person: StaffName, cases: tuple[CaseId, ...]) -> tuple[CaseWaiting, ...]:
        return tuple(CaseWaiting(case, place) for place, case in enumerate(cases))


class NothingFound:
    """A core with one case and nothing in it."""

    cases = OneCase()
    staff = NobodyNamed()


def application_over(
    core: Core, *, host: str = HOST, clock: Callable[[], datetime] = lambda: NOW
) -> tuple[ASGIApp, Links]:
    """The whole page, and the one-time links that let in."""
    links, first_use = Links(), getattr(core, "first_use", None)
    return served(lambda: core, links, Sessions(), frozenset({host}), clock, UTC, first_use=first_use), links


@asynccontextmanager
async def asking(
    core: Core, *, enters: bool = True, clock: Callable[[], datetime] = lambda: NOW
) -> AsyncIterator[httpx.AsyncClient]:
    page, links = application_over(core, clock=clock)
    # https: `__Host-` cookies are kept by httpx for it alone; browsers take loopback as well.
    said = {"origin": f"https://{HOST}", "sec-fetch-site": "same-origin"}  # as a browser says of our own forms
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(page), base_url=f"https://{HOST}", headers=said
    ) as client:
        if enters:
            entered = await client.post("/enter", data={"link": links.new(clock())})
            assert entered.status_code == 303, entered.text
        yield client
