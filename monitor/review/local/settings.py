"""What stands in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from monitor.config_places import calling
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.review.port.settings import SettingsTold, SettingTold


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """in_force: for a case, and the names of what is set for it alone."""

    in_force: Callable[[CaseId], tuple[Settings, Collection[str]]]

    async def told(self, case: CaseId) -> SettingsTold:
        from monitor.services.settings_told import settings_seen

        settings, own = self.in_force(case)
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
                one.own_name,
            )
            for one in settings_seen(settings, case, own)
        )
        return SettingsTold(str(settings.path or ""), calling(settings.path), seen)
