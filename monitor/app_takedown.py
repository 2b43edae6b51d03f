"""Composition root, second half: what asks for pictures to be taken down. Nothing here opens anything."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.settings import Settings
from monitor.ports import Store

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.services.channels import ChannelService
    from monitor.services.course import CourseService
    from monitor.services.drafting import DraftService
    from monitor.services.escalation import EscalationService
    from monitor.services.guide_ticks import TickService
    from monitor.services.reports import ReportService
    from monitor.takedown.channel import Channels


class TakedownParts:
    """Of the app, which sets these three."""

    settings: Settings
    store: Store
    clock: Clock

    @property
    def channels(self) -> Channels:
        """As they are now: the person may confirm one while the daemon goes on. What is shipped is read once."""
        from monitor.takedown.channel_files import load_channels

        return load_channels(self.settings.channels_dir)

    @cached_property
    def drafts(self) -> DraftService:
        from monitor.services.drafting import DraftService

        return DraftService(self.store, self.settings, lambda: self.channels, self.clock)

    @cached_property
    def course(self) -> CourseService:
        from monitor.services.course import CourseService

        return CourseService(self.store, self.clock)

    @cached_property
    def reports(self) -> ReportService:
        from monitor.services.reports import ReportService

        return ReportService(self.store, self.settings, self.clock)

    @cached_property
    def desks(self) -> ChannelService:
        from monitor.services.channels import ChannelService

        return ChannelService(self.store, self.settings, lambda: self.channels, self.clock)

    @cached_property
    def ticks(self) -> TickService:
        from monitor.services.guide_ticks import TickService

        return TickService(self.store, self.settings, self.clock)

    @cached_property
    def escalation(self) -> EscalationService:
        from monitor.services.escalation import EscalationService

        return EscalationService(self.store, self.drafts, self.clock)

    def draft_next(self) -> int:
        """Drafts whom to ask next, of every case. Returns how many."""
        return self.escalation.of_every_case()
