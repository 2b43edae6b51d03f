"""The ports of what was found, of what the person said about it, and of whom it was told. As all of `monitor.ports`,
whose `Store` has them; each question takes the case, and knows nothing of another's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.alert import Alert, Outstanding, Part
from monitor.model.figures import FindsAlike
from monitor.model.ids import CaseId, ContentDigest, ReferenceId
from monitor.model.incident import WaitingFinds, WaitingIncidents
from monitor.model.outline import FindOutline
from monitor.model.sighting import CopySpot, Dismissal, Sighting, Status


class Sightings(Protocol):
    def at(self, case: CaseId, spots: Iterable[CopySpot]) -> Sequence[Sighting]:
        """That stand there now, closed ones too, and what was dismissed there of the same bytes, where the spot tells
        them; by id."""
        ...

    def near(
        self, case: CaseId, references: Iterable[ReferenceId], pages: Iterable[str], lists: Iterable[str], *, limit: int
    ) -> Sequence[Sighting]:
        """Of these photos, on one of these pages (at most 500) or shown by one of these lists, without closed ones:
        those that were seen last come first."""
        ...

    def get(self, case: CaseId, sighting: str) -> Sighting | None:
        """By its whole id. Another case's is not known here."""
        ...

    def named(self, case: CaseId, typed: str) -> Sighting | None:
        """By what a person types: its number, its id, or a beginning of the id that only one of the case has."""
        ...

    def all(self, case: CaseId | None = None) -> Sequence[Sighting]:
        """By id, which is the order in which they were found. To be asked by what really needs every one: ten
        thousand take a second and 50 MB."""
        ...

    def listed(
        self, case: CaseId, *, limit: int, after: str = "", statuses: Collection[Status] = ()
    ) -> Sequence[Sighting]:
        """A part of the list, by id: those behind the id `after`. statuses: only these; none named = all."""
        ...

    def numbered(
        self, case: CaseId, *, limit: int, after: int = 0, statuses: Collection[Status] = ()
    ) -> Sequence[Sighting]:
        """A part of the list, by number: those behind the number `after`. statuses: as with `listed`."""
        ...

    def counts(self, case: CaseId) -> Mapping[Status, int]:
        """How many there are of each status; none of those that there are not. In the order of the oldest of each."""
        ...

    def alike(self, case: CaseId, since: datetime | None) -> Sequence[FindsAlike]:
        """All of the case, counted by the facts that `tracking.figures` asks. since: as `FindsAlike` has it; None: all
        count."""
        ...

    def outlines(self, case: CaseId, ids: Iterable[str] | None = None) -> Sequence[FindOutline]:
        """What is needed to count finds, at a part of what they cost whole: of all, by id, or of these."""
        ...

    def of_ids(self, case: CaseId, ids: Iterable[str]) -> Sequence[Sighting]:
        """By whole ids; what is not there, or is another case's, is left out."""
        ...

    def of_images(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        """By media URL, as it was saved, be it the present one or another that is kept."""
        ...

    def of_digests(self, case: CaseId, digests: Iterable[ContentDigest]) -> Sequence[Sighting]:
        """By content. '' is not a content: those without a digest are never given."""
        ...

    def on_pages(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        """By present page URL, as it was saved."""
        ...

    def shown_on(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        """On one of these pages, or shown by it as by a list."""
        ...

    def of_incident(self, case: CaseId, incident: str) -> Sequence[Sighting]:
        """All that were ever found on that site, closed ones too. What waits there: `Incidents`."""
        ...

    def copies_on_site(self, sighting: Sighting) -> Sequence[Sighting]:
        """Of the same photo and incident, itself too where it is saved."""
        ...

    def of_reference(self, case: CaseId, reference: ReferenceId) -> Sequence[Sighting]: ...
    def claimed_by(self, case: CaseId, watch: str) -> Sequence[Sighting]:
        """Found by that watch, and said to be from elsewhere, where nobody has looked yet; dismissed ones too."""
        ...

    def searched_by(self, case: CaseId, watch: str) -> Sequence[Sighting]:
        """Found by that watch in what a search showed; dismissed ones too."""
        ...

    def dismissed_before(self, case: CaseId, before: datetime) -> Sequence[Sighting]:
        """As not theirs, at a time that is known and not after `before`, and with sealed files still there."""
        ...

    def closed_addresses(self, case: CaseId) -> frozenset[str]:
        """Page and media URLs of what was closed as under 18, all that are kept, and the media URLs of what any other
        case has closed: never fetched again."""
        ...

    def touched_since(self, case: CaseId, since: datetime) -> Sequence[Sighting]:
        """First or last seen, or found to be removed, since then."""
        ...

    def save(self, sighting: Sighting) -> None:
        """`evidence` and `reports` are not saved with it: they are read from their own aggregates. `number` is given by
        the first save, whatever stands in it."""
        ...

    def domains_since(self, case: CaseId, reference: ReferenceId, since: datetime) -> int:
        """Registrable domains on which it was first seen since then, as a match, and not dismissed."""
        ...


class Incidents(Protocol):
    """What waits for the person's word: new, or back again, neither hearsay nor closed as under 18, and not put aside
    until later than `now`."""

    def waiting(self, of: CaseId, now: datetime, *, limit: int, offset: int = 0, holding: str = "") -> WaitingIncidents:
        """By site: what is back first, then what shows a photo of hers for sure, each the newest first. holding: only
        finds with that in the name of their host, their account or their photo."""
        ...

    def first_of(
        self, of: CaseId, incidents: Iterable[str], now: datetime, many: int
    ) -> Mapping[str, Sequence[Sighting]]:
        """Of each incident so many that wait: the sure ones first, each the newest first."""
        ...

    def lacking(self, of: CaseId, incidents: Iterable[str], now: datetime) -> Mapping[str, int]:
        """By incident, how many of the finds that wait there have no evidence of their own; nothing where each has."""
        ...

    def finds_waiting(self, of: CaseId, now: datetime, incident: str, *, host: str = "", limit: int) -> WaitingFinds:
        """By id. host: only those whose page is there."""
        ...

    def is_known(self, of: CaseId, incident: str) -> bool:
        """Whether anything was ever found there."""
        ...

    def put_aside(self, of: CaseId, now: datetime, *, limit: int) -> Sequence[Sighting]:
        """What is to come back later than `now`, the soonest first."""
        ...


class Dismissals(Protocol):
    """What the person has said is not theirs stays quiet, at new URLs too, until it is taken back."""

    def of(self, case: CaseId, reference: ReferenceId) -> Sequence[Dismissal]: ...
    def add(self, case: CaseId, reference: ReferenceId, dismissed: Dismissal) -> None:
        """The same bytes again replace what was kept of them."""
        ...

    def remove(self, case: CaseId, reference: ReferenceId, image_digest: ContentDigest) -> bool: ...
    def revision(self, case: CaseId) -> str:
        """The same for the same ones alone; '' where there are none."""
        ...


class Alerts(Protocol):
    def get(self, case: CaseId, alert: str) -> Alert | None:
        """Read it again after a claim: it may have grown since `due`."""
        ...

    def by_number(self, case: CaseId, number: str) -> Alert | None:
        """As the person types it. Raises ValueError where it is none (`model.alert.counted_of`)."""
        ...

    def waiting(self, case: CaseId, subject: str) -> Alert | None:
        """The alert that a further sighting may join: waiting and not yet claimed by anybody."""
        ...

    def cases_due(self, now: datetime) -> frozenset[str]:
        """Of all at once: which have something that is due, as `due` says."""
        ...

    def due(
        self, now: datetime, limit: int = 50, *, urgent: bool | None = None, outlet: CaseId | None = None
    ) -> Sequence[Alert]:
        """What may be tried now: urgent ones first, digests last, each in the order in which they were made. urgent:
        only these, or only the others. outlet: of a case that has channels of its own; '': of all that have none."""
        ...

    def due_outlets(self, now: datetime) -> Collection[CaseId]:
        """Cases with channels of their own of which something may be tried now."""
        ...

    def open(
        self, case: CaseId | None = None, limit: int = 10_000, *, free_at: datetime | None = None
    ) -> Sequence[Alert]:
        """All that is not done, due or not, in the order of `due`. free_at: only what nobody has in hand then."""
        ...

    def recent(self, case: CaseId, limit: int) -> Sequence[Alert]:
        """The newest, for showing. Nothing is counted on it: what waits is told by `open` and `outstanding`."""
        ...

    def about_finds(self, case: CaseId, since: datetime) -> Sequence[Alert]:
        """Those that tell of finds and were made since then, the newest (at most 500)."""
        ...

    def outstanding(self, case: CaseId | None = None) -> Outstanding: ...
    def save(self, alert: Alert) -> None: ...
    def claim(self, case: CaseId, alert: str, attempt: int, retry_at: datetime) -> bool:
        """Compare-and-set: `attempt` is the value of `attempts` that the caller read; afterwards it is one more. Only
        one sender gets it. It is offered again after `retry_at` unless saved as sent."""
        ...

    def forget_before(self, case: CaseId, before: datetime) -> int:
        """Those that somebody has since before then, or that a later one told, with what became of each recipient. The
        newest row of all stays: numbers go on from it."""
        ...

    def renew(self, case: CaseId, alert: str, attempt: int, retry_at: datetime) -> bool:
        """Holds a claim for longer. False: it was lost. `attempt`: the value of `attempts` since the claim."""
        ...

    def free_claims(self, now: datetime) -> int:
        """Of senders that are known to be no more. Returns how many."""
        ...


class AlertParts(Protocol):
    """One for each alert and each recipient that it was offered to."""

    def of(self, case: CaseId, alert: str) -> Sequence[Part]: ...
    def save(self, case: CaseId, part: Part) -> None:
        """Nothing where the case has no such alert."""
        ...

    def refusing(self, case: CaseId | None = None) -> Sequence[Part]:
        """Recipients that, asked last, refused for good or had it handed over twice without an answer."""
        ...

    def last(self, case: CaseId | None = None) -> Sequence[Part]:
        """What each recipient answered last."""
        ...

    def unsure(self) -> int:
        """How many were handed over, without a word since, of alerts that are still open."""
        ...

    def taken_between(self, since: datetime, until: datetime, outlet: CaseId | None = None) -> int:
        """Alerts that some recipient took in that time. outlet: as `Alerts.due` has it."""
        ...
