"""The one picture that a session is shown: by an address that works once, and for half a minute."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from monitor.review.port.showing import PictureShown

SHOWN_FOR = timedelta(seconds=30)


def _ticket() -> str:
    return secrets.token_urlsafe(24)


@dataclass(slots=True)
class ShownOnce:
    """item: what it is of. back: the page that it was asked for on. picture: None once it was handed out, or its time
    is over: its bytes are nowhere then."""

    item: str
    back: str
    until: datetime
    picture: PictureShown | None
    ticket: str = field(default_factory=_ticket)
    has_page: bool = False

    @classmethod
    def begun(cls, item: str, picture: PictureShown, now: datetime) -> ShownOnce:
        """In a running loop, which drops the bytes in time also where nobody asks again."""
        back = f"/evidence/find/{picture.find}" if picture.find else "/evidence/own"
        made = cls(item, back, now + SHOWN_FOR, picture)
        asyncio.get_running_loop().call_later(SHOWN_FOR.total_seconds(), made.drop)
        return made

    def is_for(self, untrusted: str, now: datetime) -> bool:
        return compare_digest(self.ticket.encode(), untrusted.encode()) and now < self.until

    def take(self) -> bytes:
        """Once; b'' from then on."""
        picture, self.picture = self.picture, None
        return picture.png if picture is not None else b""

    def drop(self) -> None:
        self.picture = None
