"""The commands that the sheet of a draft names for its own report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commands:
    """program: as it is called. report: the id of the draft's report."""

    program: str
    report: str

    @property
    def sent(self) -> str:
        return f"{self.program} reports sent {self.report}"

    @property
    def response(self) -> str:
        """Without the outcome."""
        return f"{self.program} reports response {self.report} --outcome"
