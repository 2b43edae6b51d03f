"""Composition root, fourth part: what keeps the whole going over the years. Nothing here opens anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.settings import Settings
from monitor.ports import Store

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.model.backup import BackupMade
    from monitor.model.staff import StaffName
    from monitor.services.admitting import Admission, RoleQuestion
    from monitor.services.backups import BackupService
    from monitor.services.evidence_check import EvidenceCheckService
    from monitor.services.staff import StaffService


class UpkeepParts:
    """Of the app, which sets these three."""

    settings: Settings
    store: Store
    clock: Clock

    @cached_property
    def backups(self) -> BackupService:
        from monitor.services.backups import BackupService

        return BackupService(self.store, self.settings, self.clock)

    def back_up(self, should_stop: Callable[[], bool]) -> BackupMade | None:
        """By schedule, where one is due. Raises MonitorError."""
        return self.backups.make_by_schedule(should_stop)

    @cached_property
    def evidence_check(self) -> EvidenceCheckService:
        from monitor.services.evidence_check import EvidenceCheckService

        return EvidenceCheckService(self.store, self.settings, self.clock)

    @cached_property
    def staff(self) -> StaffService:
        from monitor.services.staff import StaffService

        return StaffService(self.store, self.clock)

    def admit(self, name: StaffName, question: RoleQuestion) -> Admission | None:
        from monitor.services.admitting import admitted

        return admitted(self.store, name, question, self.clock())
