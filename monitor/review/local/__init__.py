"""The port, answered over the services of an opened App in this very process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from monitor.model.settings import Settings
from monitor.ports import Store
from monitor.review.local.cases import LocalCases
from monitor.review.local.wishes import LocalWishes
from monitor.services.cases import CaseService
from monitor.services.decisions import DecisionService
from monitor.services.wishes import WishService


class AppParts(Protocol):
    """What of an App is asked here."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]

    @property
    def cases(self) -> CaseService: ...

    @property
    def decisions(self) -> DecisionService: ...

    @property
    def wishes(self) -> WishService: ...


@dataclass(frozen=True)
class LocalCore:
    parts: AppParts

    @cached_property
    def cases(self) -> LocalCases:
        return LocalCases(self.parts.cases)

    @cached_property
    def wishes(self) -> LocalWishes:
        return LocalWishes(self.parts.wishes, self.parts.decisions)
