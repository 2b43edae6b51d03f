"""What stands in the configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.config_places import calling
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.review.port.settings import SettingsTold, SettingTold


@dataclass(frozen=True, slots=True)
class LocalSettings:
    settings: Callable[[], Settings]

    async def told(self, case: CaseId) -> SettingsTold:
        from monitor.services.settings_told import settings_seen

        settings = self.settings()
        seen = tuple(
            SettingTold(
                one.section,
                one.key,
                one.value,
                one.is_set,
                one.is_secret,
                one.origin.value,
                one.line,
                one.name,
                one.right,
            )
            for one in settings_seen(settings, case)
        )
        return SettingsTold(str(settings.path or ""), calling(settings.path), seen)
