"""What a pass counts and observes on its way; `finish` makes the run of it that is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.model.ids import ContentDigest
from monitor.model.observation import Covers, ErrorKind, Noted, Observation, RunTrouble, Weight, named, status_of
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.run import Followed, LimitKind, LimitReached, Run, observed_limits
from monitor.model.watch import Watch
from monitor.plain import plain

# Not there for anybody, or (an icon in SVG, say) nothing that is compared.
NOT_THERE = frozenset({OutcomeKind.GONE, UnreadableKind.UNSUPPORTED, UnreadableKind.FEATURELESS})
# Of what only may be a picture: it is none, or is not there for anybody.
_NO_PICTURE_THERE = NOT_THERE | {
    OutcomeKind.MOVED,
    OutcomeKind.EMPTY,
    OutcomeKind.UNREADABLE,  # a page
    UnreadableKind.NOT_AN_IMAGE,
}
UNREADABLE_REMEDIES = {
    UnreadableKind.NOT_AN_IMAGE: (
        'Open it in a browser. If it shows there, the site gives it only to browsers: set render = "browser", or log '
        "in with `watch login`."
    ),
    UnreadableKind.UNSUPPORTED: (
        "This program cannot read it. Look at it yourself if it may be a photo or a film; a drawing or an icon needs "
        "nothing."
    ),
    UnreadableKind.TOO_LARGE: "Look at it yourself. It is larger than any picture that this program reads.",
    UnreadableKind.TOO_MANY_PIXELS: "Look at it yourself. So large a one may be a trap, and is not read.",
    UnreadableKind.BROKEN: (
        "Open it in a browser. If it shows there, look at it yourself. It is asked for again at the next visit: it may "
        "have been half made. While it stays so, it is asked for less and less often."
    ),
    UnreadableKind.FEATURELESS: "Nothing to do: there is nothing in it that could be told from others.",
    UnreadableKind.READER_DIED: (
        "The confined reader kept it away from all else. If it happens with every picture: `doctor`."
    ),
    UnreadableKind.READER_TIMEOUT: (
        "It is tried again when the photos that you enrolled change. If it happens with every picture: `doctor`."
    ),
}
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
    closed: int = 0  # images that are closed as under 18
    errors: list[Observation] = field(default_factory=list)
    more_errors: int = 0
    limits: dict[tuple[LimitKind, str], int] = field(default_factory=dict)
    left_out: dict[tuple[LimitKind, str], int] = field(default_factory=dict)  # pictures, by the limit that did it
    unseen: int = 0  # images that could not be had or read
    more_inside: tuple[str, Noted] | None = None  # pictures that hold more than is looked at: the first, and how many
    refused: int = 0  # those of them that are most likely there for others: not gone, and a kind that is read here
    followed: tuple[Followed, ...] = ()
    appeared: set[ContentDigest] = field(default_factory=set)
    appeared_hers: set[ContentDigest] = field(default_factory=set)  # those of them that match

    def image_failed(self, url: str, outcome: Outcome, *, is_sure: bool = True) -> None:
        """is_sure: of `ImageRef`. What only may be a picture, and is none, is missing to nobody."""
        self.image_unseen(outcome.kind, is_sure=is_sure)
        if is_sure or outcome.kind not in _NO_PICTURE_THERE:
            # What is gone, the person would not see there either.
            weight = Weight.SAID if outcome.kind is OutcomeKind.GONE else Weight.PART
            self.error(url, outcome.kind, outcome.message, outcome.remedy, covers=Covers.PICTURE, weight=weight)

    def image_unreadable(self, url: str, error: UnreadableImage, *, is_sure: bool = True) -> None:
        self.image_unseen(error.kind, is_sure=is_sure)
        if is_sure or error.kind not in _NO_PICTURE_THERE:
            self.unreadable(url, error)

    def image_unseen(self, kind: OutcomeKind | UnreadableKind, *, is_sure: bool = True) -> None:
        self.unseen += 1
        self.refused += kind not in (NOT_THERE if is_sure else _NO_PICTURE_THERE)

    def unreadable(self, url: str, error: UnreadableImage) -> None:
        """With a remedy for a picture on a site: the reader's own is for a file of the person's."""
        remedy = UNREADABLE_REMEDIES.get(error.kind, error.remedy)
        self.error(url, error.kind, str(error), remedy, covers=Covers.PICTURE)

    def failed(self, url: str, outcome: Outcome) -> None:
        self.error(url, outcome.kind, outcome.message, outcome.remedy)

    def error(
        self,
        url: str,
        kind: ErrorKind,
        message: str,
        remedy: str,
        *,
        covers: Covers = Covers.PAGE,
        weight: Weight = Weight.PART,
    ) -> None:
        self.observe(Observation(url[:2000], kind, message, remedy, covers, weight))

    def note(self, noted: Noted, url: str) -> None:
        """What has words of its own (`observation.NAMED`)."""
        self.observe(self.words_of(noted, url))

    def left_inside(self, url: str, what: str) -> None:
        """A picture holds more than is looked at in one. Told once in a run: a forum may be full of such animations."""
        first, noted = self.more_inside or (url, Noted(RunTrouble.MORE_INSIDE, 0, what))
        self.more_inside = first, replace(noted, count=noted.count + 1)

    def words_of(self, noted: Noted, url: str) -> Observation:
        return named(noted, url[:2000], watch=self.watch.name, what=plain(noted.what, 100))

    def observe(self, observation: Observation) -> None:
        """What makes the whole place blind is told first: nothing else that was met matters as much."""
        if observation.is_blinding:
            self.errors.insert(0, observation)
        elif len(self.errors) < MAX_ERRORS or observation.covers is Covers.PLACE:
            self.errors.append(observation)
        else:
            self.more_errors += 1

    def note_blind(self, url: str, kind: ErrorKind, message: str, remedy: str) -> None:
        self.error(url, kind, message, remedy, covers=Covers.PLACE, weight=Weight.BLIND)

    @property
    def images_seen(self) -> int:
        return max(self.images - self.unseen, 0)

    def limit(self, what: LimitKind, at: int, site: str = "", *, left_out: int = 0) -> None:
        """left_out: pictures that were not looked at for it."""
        self.limits[what, site] = at
        self.left_out[what, site] = self.left_out.get((what, site), 0) + left_out

    def add_finds(self, other: Tally) -> None:
        """What was found elsewhere counts, what failed there does not."""
        self.new_images += other.new_images
        self.matches += other.matches
        self.new_sightings += other.new_sightings

    def finish(self, now: datetime, *, taken: int = 0, requests: int = 0, sight: str = "") -> Run:
        """taken: bytes, on the wire. sight: as the run has it."""
        reached = sorted(self.limits.items())
        limits = tuple(LimitReached(key[0], at, key[1], self.left_out.get(key, 0)) for key, at in reached)
        errors = list(self.errors)
        if self.more_inside:
            url, noted = self.more_inside
            errors.append(self.words_of(noted, url))
        if self.more_errors:
            message = f"{self.more_errors} more errors of this run are not listed"
            errors.append(Observation("", OutcomeKind.BUDGET, message, "Most likely they are like those that are."))
        return Run(
            watch=self.watch.name,
            case=self.watch.case,
            status=status_of((*errors, *observed_limits(limits)), good_looks=self.good_looks),
            started_at=self.started_at,
            finished_at=now,
            pages=self.pages,
            images=self.images,
            new_images=self.new_images,
            not_modified=self.not_modified,
            matches=self.matches,
            new_sightings=self.new_sightings,
            bytes=taken,
            errors=tuple(errors),
            limits=limits,
            pages_seen=self.good_looks,
            images_seen=self.images_seen,
            appeared=len(self.appeared),
            appeared_hers=len(self.appeared_hers),
            requests=requests,
            sight=sight,
            followed=self.followed,
        )
