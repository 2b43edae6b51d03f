"""The port, answered over the services of an opened App in this very process."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from monitor.alerts.zone import zone_of
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.ports import Reader, Store
from monitor.review.local.cases import LocalCases
from monitor.review.local.course import LocalCourse
from monitor.review.local.digest import LocalDigest
from monitor.review.local.evidence import LocalEvidence
from monitor.review.local.finds import LocalFinds
from monitor.review.local.guide import LocalGuide
from monitor.review.local.inbox import LocalInbox
from monitor.review.local.links import LocalLinks
from monitor.review.local.reports import LocalReports
from monitor.review.local.settings import LocalSettings
from monitor.review.local.showing import LocalShowing
from monitor.review.local.staff import LocalStaff
from monitor.review.local.watches import LocalWatches
from monitor.review.local.wishes import LocalWishes

if TYPE_CHECKING:  # the process of the page holds what it uses, and little else: 90 MB at most
    from monitor.services.alerts import AlertService
    from monitor.services.cases import CaseService
    from monitor.services.course import CourseService
    from monitor.services.decisions import DecisionService
    from monitor.services.drafting import DraftService
    from monitor.services.escalation import EscalationService
    from monitor.services.evidence import EvidenceService
    from monitor.services.evidence_check import EvidenceCheckService
    from monitor.services.found_links import LinkService
    from monitor.services.guide_ticks import TickService
    from monitor.services.inbox import InboxService
    from monitor.services.own_evidence import OwnEvidenceService
    from monitor.services.packets import PacketService
    from monitor.services.reports import ReportService
    from monitor.services.showing import ShowingService
    from monitor.services.watches import WatchService
    from monitor.services.wishes import WishService


class AppParts(Protocol):
    """What of an App is asked here."""

    settings: Settings
    store: Store

    def settings_of(self, case: CaseId) -> Settings: ...

    clock: Callable[[], datetime]

    @property
    def cases(self) -> CaseService: ...

    @property
    def decisions(self) -> DecisionService: ...

    @property
    def inbox(self) -> InboxService: ...

    @property
    def wishes(self) -> WishService: ...

    @property
    def evidence(self) -> EvidenceService: ...

    @property
    def own_evidence(self) -> OwnEvidenceService: ...

    @property
    def evidence_check(self) -> EvidenceCheckService: ...

    @property
    def packets(self) -> PacketService: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def reports(self) -> ReportService: ...

    @property
    def drafts(self) -> DraftService: ...

    @property
    def escalation(self) -> EscalationService: ...

    @property
    def course(self) -> CourseService: ...

    @property
    def alerts(self) -> AlertService: ...

    @property
    def watches(self) -> WatchService: ...

    @property
    def found_links(self) -> LinkService: ...

    @property
    def ticks(self) -> TickService: ...


@dataclass(frozen=True)
class LocalCore:
    parts: AppParts

    def followed(self) -> LocalCore:
        """For settings that changed: a new one, in which what was opened to be shown stays open."""
        core = LocalCore(self.parts)
        if (shows := self.__dict__.get("_shows")) is not None:
            shows.settings = self.parts.settings
            core.__dict__["_shows"] = shows
        return core

    def lock_evidence(self) -> None:
        """Whoever has it open."""
        if "_shows" in self.__dict__:
            self._shows.lock_all()

    @cached_property
    def cases(self) -> LocalCases:
        return LocalCases(self.parts.cases)

    @cached_property
    def staff(self) -> LocalStaff:
        return LocalStaff(self.parts.store, self.parts.clock)

    @cached_property
    def inbox(self) -> LocalInbox:
        return LocalInbox(self.parts.inbox, self.parts.decisions, self._zone())

    @cached_property
    def wishes(self) -> LocalWishes:
        return LocalWishes(self.parts.wishes, self.parts.decisions)

    @cached_property
    def _shows(self) -> ShowingService:
        from monitor.services.showing import ShowingService

        return ShowingService(self.parts.store, self.parts.settings, self.parts.clock, lambda: self.parts.reader)

    @cached_property
    def showing(self) -> LocalShowing:
        return LocalShowing(self._shows)

    @cached_property
    def evidence(self) -> LocalEvidence:
        from dataclasses import replace

        def packets() -> PacketService:
            return replace(self.parts.packets, stamp=_daemons)

        parts = self.parts
        return LocalEvidence(
            parts.evidence, lambda: parts.own_evidence, lambda: parts.evidence_check, packets, lambda: self._shows
        )

    @cached_property
    def finds(self) -> LocalFinds:
        parts = self.parts
        return LocalFinds(parts.store, parts.clock, parts.decisions, parts.course, parts.evidence, parts.inbox)

    @cached_property
    def reports(self) -> LocalReports:
        parts = self.parts
        return LocalReports(parts.store, parts.clock, self._zone, parts.reports, parts.drafts, parts.escalation)

    @cached_property
    def course(self) -> LocalCourse:
        return LocalCourse(self.parts.course)

    @cached_property
    def digest(self) -> LocalDigest:
        parts = self.parts
        return LocalDigest(parts.store, lambda: parts.settings, parts.alerts, parts.watches, parts.inbox)

    def _zone(self) -> tzinfo:
        return zone_of(self.parts.settings.digest.timezone)

    @cached_property
    def watches(self) -> LocalWatches:
        return LocalWatches(self.parts.watches, self.wishes)

    @cached_property
    def links(self) -> LocalLinks:
        return LocalLinks(self.parts.found_links)

    @cached_property
    def guide(self) -> LocalGuide:
        return LocalGuide(self.parts.ticks, self.parts.clock)

    @cached_property
    def settings(self) -> LocalSettings:
        return LocalSettings(self._in_force)

    def _in_force(self, case: CaseId) -> tuple[Settings, Collection[str]]:
        return self.parts.settings_of(case), self.parts.store.case_settings.of(case).keys()


async def _daemons(case: CaseId) -> None:
    """To ask for trusted time takes a network: the daemon does it."""
