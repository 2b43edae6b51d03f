"""What places have taught about how much happens there, for watches that adapt, and what is left of their budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TaughtPlace:
    """memory: as `crawl.adapting.kept` writes it. domains: registrable ones, of what the watch visits first. at: of the
    last change."""

    case: str
    watch: str
    memory: str
    domains: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """tokens: requests that might be made at that time; below nothing, they are owed."""

    tokens: float
    at: datetime


class TaughtPlaces(Protocol):
    """Of every case: they share one budget, and what one teaches of the hours of the day helps the others."""

    def all(self) -> Sequence[TaughtPlace]: ...
    def save(self, place: TaughtPlace) -> None: ...
    def budget(self) -> BudgetLeft | None: ...
    def save_budget(self, left: BudgetLeft) -> None: ...
    def forget_before(self, case: str, before: datetime) -> int: ...
    def forget(self, case: str) -> None: ...


class PlacesKept(Protocol):
    """Of `ports.Store`."""

    @property
    def places(self) -> TaughtPlaces: ...
