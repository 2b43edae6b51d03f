"""What a page was asked, and the ways to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.catalogue import said
from monitor.errors import UsageError
from monitor.loopback import is_loopback
from monitor.model.ids import CaseId
from monitor.review.keeping import keeper_of
from monitor.review.links import refusals_told
from monitor.review.port import Core
from monitor.review.port.first_use import FirstUse
from monitor.review.rendering import Renderer
from monitor.review.session import Session

MAX_FIELDS = 500


class NoCaseChosen(UsageError):
    """There are several, and the page asks whose finds are meant."""


@dataclass(frozen=True, slots=True)
class SentForm:
    """What was typed and chosen, in its order."""

    fields: tuple[tuple[str, str], ...] = ()

    def one(self, name: str) -> str:
        """'' where it is not there."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.fields if key == name)


NOTHING_TYPED = SentForm()


def form_of(untrusted: bytes) -> SentForm:
    """Of an urlencoded body. Raises UsageError."""
    try:
        return SentForm(tuple(parse_qsl(untrusted.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)))
    except ValueError as error:  # UnicodeDecodeError too
        raise UsageError(
            said("what was sent is no form of this page"), remedy=said("Open the page again, and send it anew.")
        ) from error


@dataclass(frozen=True, slots=True)
class PageAsked:
    """opens: the store, when it is first asked of; raises MonitorError. visitor: None on a page for anybody. case:
    whose finds; None where no case is chosen yet. evidence_open: the vault's passphrase was given, and holds still.
    reading: why nothing can be saved now; '' where it can. is_staffed: `cases` are those of the person who asks, and
    there may be others. only_reads: by their role in the chosen one."""

    request: Request
    opens: Callable[[], Core]
    visitor: Session | None
    now: datetime
    zone: tzinfo
    renderer: Renderer
    case_chosen: CaseId | None = None
    cases: tuple[CaseId, ...] = ()
    form: SentForm = NOTHING_TYPED
    query: SentForm = NOTHING_TYPED
    path: Mapping[str, str] = field(default_factory=dict)
    first_use: FirstUse | None = None
    evidence_open: bool = False
    reading: str = ""
    is_staffed: bool = False
    only_reads: bool = False

    @property
    def core(self) -> Core:
        return self.opens()

    @property
    def session(self) -> Session:
        """Of who is in. Raises LookupError on a page for anybody."""
        if self.visitor is None:
            raise LookupError("nobody is let in yet")
        return self.visitor

    @property
    def case(self) -> CaseId:
        """Raises NoCaseChosen where there is none."""
        if self.case_chosen is None:
            raise NoCaseChosen(
                said("no case is chosen"), remedy=said("Choose at the top of the page whose finds are to be shown.")
            )
        return self.case_chosen

    @property
    def is_here(self) -> bool:
        """Whether it came by an address that no other machine reaches, and from one."""
        ends = (self.request.scope.get("server"), self.request.scope.get("client"))
        return all(end is not None and is_loopback(str(end[0])) for end in ends)

    def other_case(self, token: str) -> CaseId | None:
        """Of a form: the case that its page was about, where another one is chosen since."""
        meant = token.partition(".")[2]
        return CaseId(meant) if meant and self.case_chosen is not None and meant != self.case_chosen else None

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        told, focus = "", ""
        if self.visitor is not None:
            refused = refusals_told(keeper_of(self.request).links.take_untold())
            told, focus = f"{self.visitor.told} {refused}".strip(), self.visitor.focus
            self.visitor.told = self.visitor.focus = ""
        html = self.renderer.render(
            template,
            now=self.now,
            zone=self.zone,
            token=self.visitor.form_token(self.case_chosen) if self.visitor else "",
            asked=self,
            told=told,
            focus=focus,
            **values,
        )
        return HTMLResponse(html, status_code=status)

    def back(self, path: str, *, told: str = "", focus: str = "") -> Response:
        """After what was sent is done: to that page, where `told` stands once. path: on this server."""
        if self.visitor is not None:
            self.visitor.told, self.visitor.focus = told, focus
        return RedirectResponse(path, status_code=303)
