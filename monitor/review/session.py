"""Who was let in. Kept in memory alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest

from monitor.model.ids import CaseId
from monitor.review.shown_once import ShownOnce


@dataclass(slots=True)
class Session:
    """id: in the cookie. token: in every form, so that no other page can send one. told: shown once, at the top of the
    next page; focus: the element of it that has the focus. keys: single keys do something on an item.
    shown: the one picture that is shown. answers: what came of forms, by name, for the page after them."""

    id: str
    token: str
    since: datetime
    last_asked: datetime
    case: CaseId | None = None
    told: str = ""
    focus: str = ""
    keys: bool = True
    shown: ShownOnce | None = None
    answers: dict[str, object] = field(default_factory=dict)

    def has_token(self, untrusted: str) -> bool:
        return compare_digest(self.token.encode(), untrusted.encode())


@dataclass(slots=True)
class Sessions:
    open: dict[str, Session] = field(default_factory=dict)

    def begin(self, now: datetime) -> Session:
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), now, now)
        self.open[session.id] = session
        return session

    def of_cookie(self, untrusted: str) -> Session | None:
        return self.open.get(untrusted)

    def end(self, session: Session) -> None:
        self.open.pop(session.id, None)
