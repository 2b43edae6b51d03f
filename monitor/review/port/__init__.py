"""What the pages ask for: frozen plain values in and out, so that a socket can stand between. Everything raises
MonitorError, whose words and remedy the page shows."""

from __future__ import annotations

from typing import Protocol

from monitor.review.port.cases import CasesPart
from monitor.review.port.course import CoursePart
from monitor.review.port.digest import DigestPart
from monitor.review.port.evidence import EvidencePart
from monitor.review.port.finds import FindsPart
from monitor.review.port.guide import GuidesPart
from monitor.review.port.inbox import InboxPart
from monitor.review.port.links import LinksPart
from monitor.review.port.reports import ReportsPart
from monitor.review.port.settings import SettingsPart
from monitor.review.port.showing import ShowingPart
from monitor.review.port.staff import StaffPart
from monitor.review.port.watches import WatchesPart
from monitor.review.port.wishes import WishesPart


class Core(Protocol):
    """A part for each thing that pages are about; made when it is first asked for."""

    @property
    def cases(self) -> CasesPart: ...

    @property
    def staff(self) -> StaffPart: ...

    @property
    def inbox(self) -> InboxPart: ...
    @property
    def wishes(self) -> WishesPart: ...

    @property
    def showing(self) -> ShowingPart: ...

    @property
    def evidence(self) -> EvidencePart: ...

    @property
    def finds(self) -> FindsPart: ...

    @property
    def reports(self) -> ReportsPart: ...

    @property
    def course(self) -> CoursePart: ...

    @property
    def digest(self) -> DigestPart: ...

    @property
    def watches(self) -> WatchesPart: ...

    @property
    def links(self) -> LinksPart: ...

    @property
    def guide(self) -> GuidesPart: ...

    @property
    def settings(self) -> SettingsPart: ...
