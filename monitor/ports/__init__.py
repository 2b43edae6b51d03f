"""What the pipeline needs of the outside, as small Protocols with plain values in and out, so that each part can be
a process of its own. Implementations: `outbound/` (Fetcher, AlertChannel), `reader/` (Reader), `vault/` (Vault),
`store/` (everything that is kept). `tests/fakes.py` has one fake for each that is not cheap to run for real.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model.alert import Answer
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.case import Case
from monitor.model.evidence import SealedFile
from monitor.model.fingerprint import Detail as Detail  # by this name for scripts outside, too
from monitor.model.fingerprint import ImageReading, PicturePart, Reference, Window
from monitor.model.ids import CaseId, ContentDigest, ReferenceId
from monitor.model.match import Match
from monitor.model.page import Fetched, ParseJob, Request
from monitor.model.removal import PutAside, Removal, TakenAway
from monitor.model.run import Run
from monitor.model.screenshot import SavedPage, Screenshot
from monitor.model.settings import Secret
from monitor.model.visit import LooksBefore
from monitor.model.watch import Watch
from monitor.ports.backups import BackupsKept
from monitor.ports.cases import CasesKept
from monitor.ports.closed import ClosedKept
from monitor.ports.custody import CustodyKept
from monitor.ports.deciding import DecisionsKept
from monitor.ports.evidence import Captures, EvidenceItems, Intents
from monitor.ports.facts import Facts
from monitor.ports.found import AlertParts, Alerts, Dismissals, Incidents, Sightings
from monitor.ports.host_gate import HostGate as HostGate
from monitor.ports.installation import InstallationKept
from monitor.ports.other_cases import PhotoHashes
from monitor.ports.own_evidence import OwnKept
from monitor.ports.places import PlacesKept
from monitor.ports.readers import Reader as Reader
from monitor.ports.reports import DeadAddresses, DraftFiles, Reports
from monitor.ports.reserve import RoomReserve
from monitor.ports.staff import StaffKept
from monitor.ports.ticks import TicksKept
from monitor.ports.visits import VisitsKept
from monitor.ports.wishes import WishesKept


class Fetcher(Protocol):
    """The one way out: polite (gap, robots.txt, Retry-After) and guarded. Never raises for what a site does."""

    async def fetch(self, request: Request) -> Fetched: ...
    def allow_ports_of(self, urls: Iterable[str]) -> None:
        """Of addresses that the person wrote herself, other ports than the usual ones too."""
        ...


class Screenshots(Protocol):
    """Shows what was saved to a browser that has no network."""

    async def make(self, saved: SavedPage) -> Screenshot:
        """Never raises for what is in the page, nor where there is no browser: `Screenshot.why_not` says it."""
        ...


class Paper(Protocol):
    """Prints what this program wrote itself."""

    async def print(self, html: str) -> bytes:
        """PDF: tagged, with outline, language and title. Raises WorkFailed, where there is no browser too."""
        ...


class Source(Protocol):
    """A kind of watch: says what to fetch and how it is to be read; never fetches."""

    def seeds(self, watch: Watch) -> Sequence[Request]:
        """What a pass begins with."""
        ...

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        """How to read what came back `depth` links away from the seeds."""
        ...

    def disclosure(self, watch: Watch) -> str:
        """What looking there tells whom beyond the visit itself, for `watch check`; '' when nothing."""
        ...


class Matcher(Protocol):
    def fast(self, reading: ImageReading) -> Match:
        """By hashes alone. Always the best guess, with tier `none` where it is below the tiers."""
        ...

    def wants_features(self, reading: ImageReading, fast: Match) -> bool: ...

    def full(self, reading: ImageReading) -> Match: ...

    def wants_windows(self, reading: ImageReading, full: Match) -> Sequence[Sequence[PicturePart]]:
        """Parts that are worth a look by themselves, in lots: the likeliest first."""
        ...

    def closer(self, windows: Sequence[Window]) -> Match:
        """What one lot of them says, its places as shares of the whole picture."""
        ...

    def same_picture(self, one: ReferenceId, other: ReferenceId) -> bool:
        """Whether two enrolled photos are copies of one picture, which an earlier release enrolled apart."""
        ...


class SealedFiles(Protocol):
    """What lies in the vault, by name: to keep and to remove it takes no key and no recipient. A name is that of
    `SealedFile.path`; what is put aside keeps it."""

    def names(self) -> Mapping[str, datetime]:
        """All that is in its place, the store's sealed key aside, and when it was written. Empty where there is no
        vault."""
        ...

    def aside(self) -> Mapping[str, Sequence[PutAside]]:
        """What is put aside, by the name that it had in its place."""
        ...

    def put_aside(self, names: Iterable[str]) -> int:
        """Kept, but not in its place. Returns how many."""
        ...

    def take_back(self, names: Iterable[str]) -> int:
        """Into its place, never over another file. Returns how many."""
        ...

    def remove(self, *names: str) -> Mapping[str, TakenAway]:
        """What lies under each name, in its place and put aside. Durable (folders synced) when it returns. Never raises
        for what a disk does."""
        ...

    def why_not_there(self, *, had_key: bool) -> str:
        """Why the folder in its place cannot be the vault that was written to (its disk is not mounted); '' where it is
        that one. had_key: the store's sealed key was once seen in it."""
        ...

    def has_key(self) -> bool: ...


class ByteSource(Protocol):
    """A file that is open for reading, or what acts as one."""

    def read(self, size: int, /) -> bytes: ...


class Vault(SealedFiles, Protocol):
    """Can write what it cannot read."""

    def seal(self, name: str, plain: bytes | ByteSource) -> SealedFile:
        """Durable (file and folder synced) when it returns; from any thread. Raises SealError, and what reading `plain`
        raises: nothing is left then."""
        ...

    def has_room(self) -> bool:
        """Whether evidence is written now; else `seal` raises EvidenceWaits."""
        ...

    def seal_store_key(self, key: Secret) -> SealedFile:
        """In the place of the one that lies there. Raises SealError."""
        ...


class Recipients(Protocol):
    """Who has one alert, kept while a channel talks. target, name: as in `model.alert.PicturePart`."""

    @property
    def told(self) -> bool:
        """Somebody had it before this try: only those are asked that are known and still to get it."""
        ...

    def wanted(self, target: str) -> bool:
        """Whether this one is asked now."""
        ...

    def has(self, target: str) -> bool:
        """Whether this one took it in an earlier try."""
        ...

    def handing_over(self, target: str, name: str) -> bool:
        """Before the channel hands the message over. False: it must not."""
        ...

    def answered(self, target: str, name: str, answer: Answer, said: str = "") -> None: ...
    def channel(self, target: str, name: str, *, taken: bool, said: str, let_in: bool) -> None:
        """What came of one channel in this try, as `model.channel_health` has it."""
        ...

    def missed(self) -> None:
        """A channel of several that are all to have it was cut short: whom it leads to is not known in full."""
        ...


class AlertChannel(Protocol):
    """Everything in `[alerts] urls` that carries the tag: tried in order until one takes it, or all of it, as `[alerts]
    send` says."""

    async def send(
        self,
        *,
        title: str,
        text: str,
        html: str,
        message_id: str,
        tag: str,
        recipients: Recipients | None = None,
        apart: str = "",
    ) -> Sequence[str]:
        """What went wrong on the way, in words; raises AlertFailed when nobody took it. recipients: None = all, and
        nothing is kept. apart: the name of a channel that it is about: the others alone get it."""
        ...


class Cases(Protocol):
    def get(self, case: CaseId) -> Case | None: ...
    def all(self) -> Sequence[Case]: ...
    def save(self, case: Case) -> None: ...
    def clear(self, case: CaseId) -> None:
        """Everything that is kept of it, whatever it is, but that it is there and which files are still to go."""
        ...

    def remove(self, case: CaseId) -> None:
        """One that is cleared, with the key that its rows were sealed by. Raises StoreError where it is not cleared."""
        ...


class References(Protocol):
    @property
    def hashes(self) -> PhotoHashes: ...
    def get(self, case: CaseId, reference: ReferenceId) -> Reference | None: ...
    def all(self, case: CaseId) -> Sequence[Reference]: ...
    def count(self, case: CaseId) -> int: ...
    def add(self, reference: Reference) -> None: ...
    def remove(self, case: CaseId, reference: ReferenceId) -> bool: ...
    def fold(self, case: CaseId, reference: ReferenceId, at: datetime | None) -> None:
        """Its finds are told in one message an hour, since then; None: one by one again."""
        ...

    def folded(self, case: CaseId) -> Mapping[ReferenceId, datetime]:
        """By id, since when."""
        ...

    def revision(self, case: CaseId) -> str:
        """Changes with every change of the set: what `Candidate.matched_against` remembers."""
        ...


class Candidates(Protocol):
    def get(self, case: CaseId, digests: Iterable[ContentDigest]) -> Mapping[ContentDigest, Candidate]: ...
    def save(self, *candidates: Candidate) -> None: ...
    def stale(self, case: CaseId, revision: str, limit: int) -> Sequence[Candidate]:
        """Candidates last compared with another reference set, newest first."""
        ...

    def forget_before(self, case: CaseId, before: datetime) -> int: ...
    def forget(self, case: CaseId, digest: ContentDigest) -> None: ...


class SeenUrls(Protocol):
    """Per case and URL."""

    def get(self, case: CaseId, urls: Iterable[str]) -> Mapping[str, SeenUrl]: ...
    def looked_at(self, case: CaseId, urls: Iterable[str]) -> Mapping[str, datetime]:
        """When those that are known were asked for last."""
        ...

    def save(self, case: CaseId, *seen: SeenUrl) -> None: ...
    def forget(self, case: CaseId, urls: Iterable[str]) -> None: ...
    def forget_before(self, case: CaseId, before: datetime) -> int:
        """Those last asked for before then. Returns how many."""
        ...


class Runs(Protocol):
    def save(self, run: Run) -> None: ...
    def last(self, case: CaseId, watch: str) -> Run | None: ...
    def last_look(self, case: CaseId, watch: str) -> datetime | None:
        """The end of the last run that this machine had a network for."""
        ...

    def last_good(self, case: CaseId, watch: str) -> datetime | None: ...
    def last_seeing(self, case: CaseId, watch: str) -> Run | None:
        """The last run that was not blind and saw a picture."""
        ...

    def failed_in_a_row(self, case: CaseId, watch: str) -> tuple[int, datetime | None]:
        """How many of the last runs were blind, and when the first of them ended; those without network aside."""
        ...

    def looks_before(self, case: CaseId, watch: str, sight: str) -> LooksBefore:
        """The next one of it, at what has the mark `sight`."""
        ...

    def most_images(self, case: CaseId, watch: str, since: datetime) -> int:
        """Seen in one run."""
        ...

    def since(self, case: CaseId, since: datetime) -> Sequence[Run]: ...
    def forget_before(self, case: CaseId, before: datetime) -> int: ...


class Removals(Protocol):
    """Files that are to go: `pipeline/removing.py` takes them away."""

    def add(self, *wanted: Removal) -> None: ...
    def all(self, case: CaseId | None = None) -> Sequence[Removal]: ...
    def done(self, *gone: Removal) -> None: ...


class Store(
    Facts,
    CasesKept,
    CustodyKept,
    OwnKept,
    InstallationKept,
    TicksKept,
    WishesKept,
    DecisionsKept,
    BackupsKept,
    VisitsKept,
    PlacesKept,
    StaffKept,
    ClosedKept,
    Protocol,
):
    @property
    def cases(self) -> Cases: ...
    @property
    def references(self) -> References: ...
    @property
    def candidates(self) -> Candidates: ...
    @property
    def seen(self) -> SeenUrls: ...
    @property
    def sightings(self) -> Sightings: ...
    @property
    def incidents(self) -> Incidents: ...
    @property
    def dismissals(self) -> Dismissals: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def alert_parts(self) -> AlertParts: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def hosts(self) -> HostGate: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def dead_addresses(self) -> DeadAddresses: ...
    @property
    def captures(self) -> Captures: ...
    @property
    def evidence(self) -> EvidenceItems: ...
    @property
    def draft_files(self) -> DraftFiles: ...
    @property
    def removals(self) -> Removals: ...
    @property
    def reserve(self) -> RoomReserve: ...
    @property
    def intents(self) -> Intents: ...

    def clock_set_back(self, by: timedelta, now: datetime) -> None:
        """What waits for a time waits no longer by it. now: by the new clock."""
        ...

    def writings(self) -> object:
        """Another value after anything was written, here or by another process: whoever found nothing to do need not
        look again as long as it is the same."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, durable when it ends; nested ones join the outer one. Outside of one, every save is its own
        transaction."""
        ...

    def incident_id(self, case: CaseId, domain: str) -> str:
        """Always the same for the two, and salted with what only this store knows: it tells nothing outside."""
        ...

    def mark(self, case: CaseId, content: bytes) -> str:
        """64 hexadecimal digits that only this store can make: `content` came from it, for this case."""
        ...

    def close(self) -> None: ...
