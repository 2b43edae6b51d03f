"""What one pass over one watch did: the `runs` of `watch run --json`, kept in the store as coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId
from monitor.model.observation import Covers, Observation, RunStatus, RunTrouble, Weight, foremost
from monitor.model.outcome import OutcomeKind


class LimitKind(StrEnum):
    """What a run can have too much of."""

    PAGES = "pages"
    IMAGES = "images"
    BYTES = "bytes"
    SECONDS = "seconds"
    FEATURES = "features"  # seconds of the detector
    EVIDENCE_BYTES = "evidence_bytes"
    CLAIMS = "claims"
    REQUESTS = "requests"  # of its case, in a day


@dataclass(frozen=True, slots=True)
class LimitReached:
    """at: the cap that was reached. site: '' when it is a cap of the whole run, else the one site that took its share
    of it. left_out: pictures, or pages of
    links that the program chose, that were not looked at for it."""

    what: LimitKind
    at: int
    site: str = ""
    left_out: int = 0

    @property
    def observed(self) -> Observation:
        """As a run tells it."""
        site = f" of {self.site}" if self.site else ""
        message = f"it ended at its limit of {self.at} {self.what}{site}; what lay beyond was not seen"
        if self.left_out and self.what is LimitKind.PAGES:
            message += f": {self.left_out} pages that were found"
        elif self.left_out:
            message += f": {self.left_out} pictures, the least promising of their pages"
        weight = Weight.SAID if self.what is LimitKind.CLAIMS else Weight.PART  # other sites wait for their turn
        return Observation("", RunTrouble.CUT, message, self._when + LIMIT_REMEDIES[self.what], Covers.PLACE, weight)

    @property
    def _when(self) -> str:
        """When what was left out is looked at; a run takes as many new pictures as its cap says."""
        if self.left_out and self.what is LimitKind.PAGES:
            return "The next runs go on with what was not looked at for longest. "
        if self.what is not LimitKind.IMAGES or not self.left_out:
            return ""
        runs = -(-self.left_out // max(self.at, 1))
        return f"If the place stays as it is, all are seen after {runs} more {'run' if runs == 1 else 'runs'}. "


LIMIT_REMEDIES: Mapping[LimitKind, str] = {
    LimitKind.PAGES: "Raise follow.max_pages in the watch if the rest matters.",
    LimitKind.IMAGES: "The next runs go on with the rest. Raise images.max_images in the watch to see more at once.",
    LimitKind.BYTES: "The next run goes on. Raise [crawl] max_run_bytes to see more at once.",
    LimitKind.SECONDS: "The next run goes on. Raise [crawl] max_run_seconds to see more at once.",
    LimitKind.EVIDENCE_BYTES: (
        "The finds are recorded. Raise max_run_bytes or max_day_bytes in [evidence] to keep more."
    ),
    LimitKind.CLAIMS: "The next runs look at the rest.",
    LimitKind.REQUESTS: "The runs after that day look at the rest. The quota of the case ([quota] requests) sets it.",
    LimitKind.FEATURES: (
        "The thorough comparison of the rest waits for the next run. Raise [match] budget for more at once."
    ),
}


def observed_limits(limits: Iterable[LimitReached]) -> tuple[Observation, ...]:
    """What could not be kept whole is told by an error of its own (`blindness.tell_of_evidence`)."""
    return tuple(limit.observed for limit in limits if limit.what is not LimitKind.EVIDENCE_BYTES)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a pass did with links of one shape, where the program chose them. pages: visited. left_out: for the cap on
    pages. not_tried: they promised too little."""

    shape: str
    pages: int
    left_out: int = 0
    not_tried: int = 0


UNANSWERED = (OutcomeKind.DNS, OutcomeKind.CONNECTION, OutcomeKind.TIMEOUT, OutcomeKind.PROXY)
"""Nobody said anything."""


@dataclass(frozen=True, slots=True)
class Run:
    """errors: what was observed on the way. limits: caps that were reached. `observed` is both: the one list that the
    status rests on. pages, images: asked for, or known to be unchanged. pages_seen, images_seen: those of them that
    could be read; this is what "nothing new" rests on. new_images: fetched and hashed now for the first time.
    not_modified: pages and images known to be unchanged. matches: pictures of tier `match`. bytes: on the wire.
    appeared: pictures that nothing was known of before, and appeared_hers, those of them that match: in a first look
    all of them, so what they say of a place only `tracking.posting` knows. requests: sent, redirects too. sight: a mark
    of what was looked at; '' where it is not known."""

    watch: str
    case: CaseId
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    pages: int = 0
    images: int = 0
    new_images: int = 0
    not_modified: int = 0
    matches: int = 0
    new_sightings: int = 0
    bytes: int = 0
    errors: tuple[Observation, ...] = ()
    limits: tuple[LimitReached, ...] = ()
    pages_seen: int = 0
    images_seen: int = 0
    appeared: int = 0
    appeared_hers: int = 0
    requests: int = 0
    sight: str = ""
    followed: tuple[Followed, ...] = ()  # told by the command that looks; not kept

    @property
    def is_offline(self) -> bool:
        """This machine had no network: no look at all, and nothing is said of the place by it."""
        return self.status is RunStatus.FAILED and not self.pages_seen and self.lost_network

    @property
    def observed(self) -> tuple[Observation, ...]:
        """All of it, in the order in which it is told."""
        return (*self.errors, *observed_limits(self.limits))

    @property
    def is_closed(self) -> bool:
        """All that it would have looked at was closed as under 18: seen by nobody any more, as was wanted."""
        return bool(self.errors) and all(error.kind == RunTrouble.UNDER_18 for error in self.errors)

    @property
    def lost_network(self) -> bool:
        return any(error.kind == OutcomeKind.OFFLINE for error in self.errors)

    @property
    def is_unanswered(self) -> bool:
        """Nobody answered anything: it may be the places, or what lies between them and this machine."""
        silent = self.status is RunStatus.FAILED and not self.pages_seen and not self.bytes and bool(self.errors)
        return silent and all(error.kind in UNANSWERED for error in self.errors)

    @property
    def is_own_trouble(self) -> bool:
        """A part of this program failed: no look at all, and it was not the place."""
        is_met = any(error.kind == OutcomeKind.PART for error in self.errors)
        return self.status is RunStatus.FAILED and not self.pages_seen and is_met

    @property
    def cause(self) -> Observation | None:
        """What is to be told of this run when only one thing can be: what made it blind comes first."""
        return foremost(self.observed)
