"""Who was let in. Kept in memory alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from monitor.model.ids import CaseId
from monitor.model.staff import NO_PERSON, StaffName
from monitor.review.shown_once import ShownOnce

_MOST_LOCKED = 20


@dataclass(frozen=True, slots=True)
class UnsentForm:
    """What was sent when the page was locked. fields: without its token. typed: what of them a person wrote."""

    path: str
    fields: tuple[tuple[str, str], ...]
    typed: tuple[str, ...]


@dataclass(slots=True)
class Session:
    """id: in the cookie. token: in every form, so that no other page can send one. told: shown once, at the top of the
    next page; focus: the element of it that has the focus. keys: single keys do something on an item.
    holding: what the inbox is filtered by.
    shown: the one picture that is shown. answers: what came of forms, by name, for the page after them.
    unsent: what was typed and came when the page was locked; it is offered again. busy: answers under way.
    person: who it is; it is theirs alone."""

    id: str
    token: str
    since: datetime
    last_asked: datetime
    case: CaseId | None = None
    told: str = ""
    focus: str = ""
    holding: str = ""
    keys: bool = True
    shown: ShownOnce | None = None
    answers: dict[str, object] = field(default_factory=dict)
    unsent: UnsentForm | None = None
    busy: int = 0
    person: StaffName = NO_PERSON

    def has_token(self, untrusted: str) -> bool:
        """Behind it a form names its case (`form_token`)."""
        return compare_digest(self.token.encode(), untrusted.partition(".")[0].encode("utf-8", "replace"))

    def form_token(self, case: CaseId | None) -> str:
        """A form is about the case that its page was shown for, whatever is chosen since."""
        return f"{self.token}.{case}" if case else self.token

    def forget(self) -> None:
        """What was shown, and what came of forms."""
        if self.shown is not None:
            self.shown.drop()
        self.shown, self.told, self.focus, self.holding = None, "", "", ""
        self.answers.clear()

    def is_idle(self, now: datetime, after_s: int) -> bool:
        """A clock that was set back makes nobody idle for ever: it counts from then on."""
        self.last_asked = min(self.last_asked, now)
        return not self.busy and now - self.last_asked >= timedelta(seconds=after_s)


@dataclass(slots=True)
class Sessions:
    """open: by id. locked: as open ones, of whom was there too long without a press; a new link in the same browser
    goes on with what they hold, and nothing else does."""

    open: dict[str, Session] = field(default_factory=dict)
    locked: dict[str, Session] = field(default_factory=dict)

    def begin(self, now: datetime, *, after: Session | None = None, person: StaffName = NO_PERSON) -> Session:
        """after: the same browser's, which was locked; what another person left in it is not gone on with."""
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), now, now, person=person)
        if after is not None and after.person == person:
            session.case, session.keys, session.unsent = after.case, after.keys, after.unsent
            self.locked.pop(after.id, None)
        self.open[session.id] = session
        return session

    def of_cookie(self, untrusted: str) -> Session | None:
        return self.open.get(untrusted)

    def locked_of(self, untrusted: str) -> Session | None:
        return self.locked.get(untrusted)

    def lock(self, session: Session) -> None:
        session.forget()
        if self.open.pop(session.id, None) is not None:
            self.locked[session.id] = session
        while len(self.locked) > _MOST_LOCKED:
            del self.locked[next(iter(self.locked))]

    def end(self, session: Session) -> None:
        """With everything that it holds."""
        self.open.pop(session.id, None)
        self.locked.pop(session.id, None)
        session.forget()
        session.unsent = None
