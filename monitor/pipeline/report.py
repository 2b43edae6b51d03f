"""The report of a pass while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.errors import UnreadableImage
from monitor.model.page import Fetched, Outcome
from monitor.model.run import LimitReached, RunError, RunReport, RunStatus
from monitor.model.watch import Watch

MAX_ERRORS = 200  # kept of one run; the rest is counted in one last row


@dataclass
class Tally:
    watch: Watch
    started_at: datetime
    pages: int = 0
    good_looks: int = 0
    images: int = 0
    new_images: int = 0
    not_modified: int = 0
    matches: int = 0
    new_sightings: int = 0
    bytes: int = 0
    errors: list[RunError] = field(default_factory=list)
    more_errors: int = 0
    limits: dict[str, int] = field(default_factory=dict)
    blind: bool = False  # good looks that did not show what is known to be there

    def fetched(self, fetched: Fetched) -> None:
        self.bytes += fetched.wire_bytes

    def failed(self, url: str, outcome: Outcome) -> None:
        self.error(url, outcome.kind.value, outcome.message, outcome.remedy)

    def unreadable(self, url: str, error: UnreadableImage) -> None:
        self.error(url, error.kind, str(error), error.remedy)

    def error(self, url: str, kind: str, message: str, remedy: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RunError(url[:2000], kind, message, remedy))
        else:
            self.more_errors += 1

    def limit(self, what: str, at: int) -> None:
        self.limits[what] = at

    def finish(self, now: datetime) -> RunReport:
        errors = list(self.errors)
        if self.more_errors:
            errors.append(RunError("", "budget", f"{self.more_errors} more errors of this run are not listed", ""))
        if self.good_looks == 0 or self.blind:
            status = RunStatus.FAILED
        else:
            status = RunStatus.PARTIAL if errors else RunStatus.OK
        return RunReport(
            watch=self.watch.name,
            case=self.watch.case,
            status=status,
            started_at=self.started_at,
            finished_at=now,
            pages=self.pages,
            images=self.images,
            new_images=self.new_images,
            not_modified=self.not_modified,
            matches=self.matches,
            new_sightings=self.new_sightings,
            bytes=self.bytes,
            errors=tuple(errors),
            limits=tuple(LimitReached(what, at) for what, at in sorted(self.limits.items())),
        )
