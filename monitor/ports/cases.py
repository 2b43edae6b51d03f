"""What is kept of a case beside its person: what was set for it alone, and what it has used of its quota."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from monitor.model.ids import CaseId
from monitor.model.quota import QuotaKind, QuotaUse


class CaseSettingRows(Protocol):
    """By the name of the key (`config_cases.CASE_KEYS`); values as TOML would have them."""

    def of(self, case: CaseId) -> Mapping[str, Any]: ...
    def every(self, section: str = "") -> Mapping[CaseId, Mapping[str, Any]]:
        """Of the cases that have set anything. section: anything of that one."""
        ...

    def having(self, name: str) -> frozenset[CaseId]:
        """Cases that have set this."""
        ...

    def save(self, case: CaseId, name: str, value: object, at: datetime) -> None: ...
    def drop(self, case: CaseId, name: str) -> bool:
        """Whether it was there."""
        ...


class CaseUse(Protocol):
    def get(self, case: CaseId, kind: QuotaKind) -> QuotaUse | None: ...
    def save(self, case: CaseId, kind: QuotaKind, use: QuotaUse) -> None: ...


class CasesKept(Protocol):
    @property
    def case_settings(self) -> CaseSettingRows: ...
    @property
    def case_use(self) -> CaseUse: ...
