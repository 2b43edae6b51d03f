"""What locks by itself: the evidence, then the page, then the process. No handler has to think of it.

The identity that opens evidence lives behind the port (`core.showing`); here is only said when it has to go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from monitor.model.staff import NO_PERSON, StaffName
from monitor.review.links import Links
from monitor.review.session import Session, Sessions

log = logging.getLogger(__name__)

ENDS_AFTER = timedelta(minutes=30)
"""Without a page: then nobody needs the process."""


@dataclass(slots=True)
class PageKeeper:
    """core: the one that is open; None as long as none is. evidence_s, page_s: seconds without a press. exit_url: where
    leaving leads; '' = an empty page. busy: answers that are under way, of which one may take long. person: whose link
    it is that lets in. stays: it does not end by itself."""

    sessions: Sessions
    links: Links
    core: Callable[[], Any | None] = lambda: None
    evidence_s: int = 300
    page_s: int = 900
    exit_url: str = ""
    last_page: datetime | None = None
    busy: int = 0
    person: StaffName = NO_PERSON
    stays: bool = False

    async def leave(self, session: Session) -> None:
        """At once, and nothing is kept of it: the session first, since what locks evidence may take a moment."""
        self.sessions.end(session)
        await self._shut_evidence(session)

    async def lock(self, session: Session) -> None:
        """What it holds waits for a new link in the same browser."""
        self.sessions.lock(session)
        await self._shut_evidence(session)

    def is_in(self, session: Session) -> bool:
        return self.sessions.open.get(session.id) is session

    async def sweep(self, session: Session) -> None:
        """After an answer: what it began for a session that was locked or left meanwhile is not left behind."""
        if not self.is_in(session):
            session.forget()
            if await self.has_evidence_open(session):
                await self._shut_evidence(session)

    async def leave_all(self) -> None:
        for session in (*self.sessions.open.values(), *self.sessions.locked.values()):
            await self.leave(session)

    async def tick(self, now: datetime) -> None:
        """To be called every second or so."""
        for session in list(self.sessions.open.values()):
            if session.is_idle(now, self.page_s):
                await self.lock(session)
            elif session.is_idle(now, self.evidence_s) and await self.has_evidence_open(session):
                await self._shut_evidence(session)

    def is_over(self, now: datetime) -> bool:
        """Whether the process may end."""
        if self.last_page is None or self.last_page > now:
            self.last_page = now
        return not self.stays and not self.busy and now - self.last_page >= ENDS_AFTER

    async def has_evidence_open(self, session: Session) -> bool:
        showing = self._showing()
        return showing is not None and bool(await showing.is_open(session.id))

    async def _shut_evidence(self, session: Session) -> None:
        showing = self._showing()
        if showing is not None:
            try:
                await showing.lock(session.id)
            except Exception:  # whatever it is: the page is locked all the same
                log.exception("the evidence could not be shut", extra={"action": "lock_failed"})

    def _showing(self) -> Any | None:
        return getattr(self.core(), "showing", None)


def keeper_of(request: Request) -> PageKeeper:
    keeper: PageKeeper = request.app.state.keeper
    return keeper
