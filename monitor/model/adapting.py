"""What is told of watches that adapt: why each is visited as often as it is, and what all of them need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WhySoOften:
    """gap_s: between two visits, as things stand. a_day: pictures; None while too little is known. busy: from hour to
    hour, local, where most of them come. new, ours: pictures, ever. raised_until: something of hers was found there or
    near. spent: the budget that the ceilings alone use up, requests a day, so that nothing else counts; None where some
    is left to adapt with."""

    gap_s: int
    a_day: float | None
    busy: tuple[int, int] | None
    new: int
    ours: int
    raised_until: datetime | None
    spent: int | None = None


@dataclass(frozen=True, slots=True)
class NeededBudget:
    """Requests a day. least: what the ceilings alone ask for. would_do: a budget with which most of it is free to go
    where it is worth most."""

    watches: int
    budget: int
    least: int
    would_do: int

    @property
    def is_spent(self) -> bool:
        """By the ceilings alone."""
        return self.watches > 0 and self.least >= self.budget
