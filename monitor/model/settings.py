"""The configuration as frozen values. Made from config.toml by `monitor.config`; handed down, never looked up.

Units stand in the names, reasons beside the defaults. A secret's `repr` is masked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from pathlib import Path

from monitor.model.case import Authority
from monitor.model.ids import DEFAULT_CASE, CaseId

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Secret:
    value: str = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSettings:
    """Who the notices speak for. `jurisdiction`: ISO country code, chooses the routes that are offered first."""

    id: CaseId = DEFAULT_CASE
    name: str = ""
    email: str = ""
    jurisdiction: str = ""
    role: Authority = Authority.SELF


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """key: of SQLCipher; None = from the keyring. url: of a PostgreSQL, with whatever password stands in it; None = the
    store is a file in data_dir."""

    key: Secret | None = None
    url: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """url: of the PostgreSQL whose queue the workers take their work from; None = everything is done by `run` itself,
    as one person needs it."""

    url: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    proxy: str = ""  # http://, https://, socks5://, socks5h:// or tor://; with one set, no packet goes past it
    # An ordinary browser's string by default: telling a hostile site who is asking is a safety matter.
    user_agent: str = (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
    )
    allow_networks: tuple[str, ...] = ()  # CIDR ranges that would otherwise be refused
    allow_ports: tuple[int, ...] = ()  # beside 80, 443 and the ports that the watches' own URLs name
    timeout_s: float = 60.0  # a whole request, redirects and body included
    max_page_bytes: int = 40 * MIB  # decoded; a million links are 32 MB, of which the reader takes what it can
    max_image_bytes: int = 30 * MIB  # decoded; a 12-megapixel JPEG has about 6
    ask_registries: bool = True  # who hosts the places of finds: tells the registries those names and addresses
    ask_abusix: bool = False  # where a registry names no desk: tells a third party those addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSettings:
    concurrency: int = 8  # requests under way at once, over all hosts
    per_host_delay_s: float = 5.0  # between two requests to one host; robots.txt may only raise it
    browser_path: str = ""  # '' = found by itself
    night: bool = False  # visit only between 01:00 and 06:00 local time
    weekend: bool = False  # visit only on Saturdays and Sundays, local time; with `night`, in the nights too
    adapt_requests: int = 5000  # a day, over all watches with `adapt`: one in 17 s, for fifty places as for one
    max_run_seconds: int = 3600  # one pass over one watch
    max_run_bytes: int = 2048 * MIB
    max_site_share: float = 0.5  # of what a run may take, for one site, when the run has others too


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSettings:
    pdq_match: int = 50  # bits, over eight turns; the nearest unrelated picture lay at 84 (bench/README.md)
    pdq_possible: int = 64  # bits
    phash_match: int = 6  # bits of 64; a second opinion: lifts what PDQ leaves open by one tier
    phash_possible: int = 10
    min_quality: int = 50  # PDQ's measure, 0-100: where both pictures are flatter, hashes say nothing
    features: bool = True  # local features: finds edited copies, but is as private as the photo
    budget_seconds: int = 600  # the detector's time in one run
    flood_hosts: int = 20  # domains in a day; a photo seen on more is told of once an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertUrl:
    """One Apprise URL. tags: `urgent`, `digest`; none = everything."""

    url: Secret
    tags: tuple[str, ...] = ()


class AlertDetail(StrEnum):
    """How much an alert says to whoever reads along."""

    DISCREET = "discreet"  # not what it is about
    SUMMARY = "summary"
    FULL = "full"  # with addresses


class AlertSend(StrEnum):
    """Through which of several channels an alert goes."""

    FIRST = "first"  # in order, until one takes it
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    urls: tuple[AlertUrl, ...] = ()
    send: AlertSend = AlertSend.FIRST
    sender_name: str = ""  # whom a mail is from, in words; '' = product_name
    detail: AlertDetail = AlertDetail.DISCREET
    product_name: str = "Monitor"  # the word in subjects: nothing that tells what it is about
    quiet_hours: tuple[time, time] | None = None  # local time; urgent alerts do not wait
    group_for_s: int = 60  # an incident must have been quiet for this long, at most 10 minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    weekday: str = "sunday"
    at: time = time(18, 0)
    timezone: str = ""  # '' = the machine's


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    recipients: tuple[str, ...] = ()  # age public keys; none = no evidence is kept
    keep_images: bool = True
    max_run_bytes: int = 256 * MIB  # of plaintext, that one pass over one watch may seal
    max_day_bytes: int = 1024 * MIB  # ... and all of them together in a day
    timestamp_urls: tuple[str, ...] = ()  # of authorities (RFC 3161), each asked; none = the machine's clock alone
    timestamp_roots: tuple[str, ...] = ()  # files of certificates (PEM), beside the usual roots


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long each kind of row that grows is kept; `store/keeping.py` says which, and why the others stay."""

    candidates_days: int = 180
    runs_days: int = 365
    alerts_days: int = 730  # that somebody has: a message can be looked up by its number for that long
    facts_days: int = 400  # of a case, after they last changed: longer than a place that was taken down is watched
    machine_facts_days: int = 90  # found out anew where it is still asked for
    wishes_days: int = 30  # what came of a wish is told beside what it was about
    upgrade_copies_days: int = 30  # who has not gone back by then does not


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """By schedule. folder: '' = `backups` in data_dir, and then the store alone: the evidence would lie twice on one
    disk, and help nobody when that breaks."""

    every_s: int = 24 * 3600  # 0 = never
    keep: int = 3  # of those by schedule; the newest good one always
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSettings:
    """ping_url: asked for again and again while all is well, so that somebody else notices when it stops. Whoever has
    the address can answer in its place: it is kept as a secret. heartbeat: a sign of life once a week, half a week
    after the weekly summary, so that silence is noticed soon. metrics: counts for a Prometheus of the person's own, on
    this machine alone; other accounts of it can read them, so it is off."""

    ping_url: Secret | None = None
    heartbeat: bool = True
    metrics: bool = False
    metrics_port: int = 9464


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """The page of `review`. address: '' = one of 127.0.0.0/8 that is drawn at each start; any but a loopback one is
    served by TLS. certificate: a PEM file with chain and key, for that; '' = one is made at each start. exit_url: where
    the button for leaving leads; '' = an empty page of its own.

    socket: where a log-in stands before the page: the Unix socket on which its proxy reaches it; '' = none does, and
    whoever has the link is in. proxy_account: of the proxy, and the only one that may connect. proxy_header: in which
    it names who asks. proxy_host: how browsers spell the page's address, without https://."""

    address: str = ""
    port: int = 8765
    certificate: str = ""
    exit_url: str = ""
    socket: str = ""
    proxy_account: str = ""
    proxy_header: str = "X-Forwarded-Email"  # as oauth2-proxy calls it
    proxy_host: str = ""
    lock_evidence_after_s: int = 300  # without a press of a key or button
    lock_after_s: int = 900  # ... the whole page


@dataclass(frozen=True, slots=True, kw_only=True)
class TakedownSettings:
    """What the notices need beside the case. `signature` is typed by the person, as the law allows. address, phone: for
    the laws that want them, and in no other draft."""

    signature: str = ""
    contact_email: str = ""
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSettings:
    """The most that one case may take, so that none takes the room of the others; 0 = as much as it asks for. One
    person alone needs none. What is over it waits or is left out, and the case is told."""

    watches: int = 0  # that are switched on: the first of them in their files go on
    requests: int = 0  # in 24 hours: of visits, of looks whether finds are still there, and for evidence
    evidence_bytes: int = 0  # sealed, of all that is kept for it: finds are recorded beyond that, without it
    captures: int = 0  # in 24 hours: looks at pages that are kept as evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who the notices of one case speak for. `[case]` and `[takedown]` are of the case that `[case] id` names, and of
    no other; each further case has settings of its own (`case set`), or `[cases.NAME]` of an earlier version."""

    case: CaseSettings
    takedown: TakedownSettings
    further: bool = True

    @property
    def is_empty(self) -> bool:
        return not (self.case.name or self.case.email or self.takedown.contact_email)

    @property
    def in_case(self) -> str:
        """Where name and e-mail are to be written."""
        return "case set" if self.further else "[case]"

    @property
    def in_takedown(self) -> str:
        return self.in_case if self.further else "[takedown]"


ENGINE_KEYS = frozenset(
    "like url path search answers first_page first_offset per_page results link image thumbnail title envelope error "
    "no_error unresponsive none blocked redirect discloses cx header.NAME query.NAME".split()
)
"""All that may be said of a search engine; engines.toml tells what each is. NAME: any."""


def is_engine_key(key: str) -> bool:
    return key in ENGINE_KEYS or key.startswith(("header.", "query."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """A search engine as data: overrides or adds to the shipped engines.toml."""

    name: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSettings:
    """Account data. hosts: where they may go, and nowhere else, as `monitor.hosts.own_host` spells them."""

    name: str
    hosts: tuple[str, ...] = ()
    values: tuple[tuple[str, Secret], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything config.toml says. `path` is the file it came from (None: environment only)."""

    path: Path | None
    data_dir: Path
    watchlist_dir: Path
    case: CaseSettings = field(default_factory=CaseSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    crawl: CrawlSettings = field(default_factory=CrawlSettings)
    match: MatchSettings = field(default_factory=MatchSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    digest: DigestSettings = field(default_factory=DigestSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    takedown: TakedownSettings = field(default_factory=TakedownSettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    quota: QuotaSettings = field(default_factory=QuotaSettings)
    further: tuple[Contact, ...] = ()  # [cases.NAME]; of settings in force for one case, that case's alone
    left_out: tuple[str, ...] = ()  # secrets that no backup holds, as `network.proxy`, and that were not given since
    engines: tuple[EngineSettings, ...] = ()
    credentials: tuple[CredentialSettings, ...] = ()
    secret_files: tuple[Path, ...] = ()  # that `<key>_file` names, as far as they could be read
    # Of settings in force for one further case (`pipeline.case_settings`): what `digest.timezone` is without its own.
    # None: these are the installation's.
    common_timezone: str | None = None

    @property
    def is_of_further_case(self) -> bool:
        return self.common_timezone is not None

    @property
    def visits_timezone(self) -> str:
        """By which watches are visited: one for all cases, as they share hosts, hours and the daemon."""
        return self.digest.timezone if self.common_timezone is None else self.common_timezone

    def contact(self, case: str) -> Contact | None:
        """Of that case alone: one person's name never stands in for another's."""
        if case == self.case.id and not self.is_of_further_case:
            return Contact(case=self.case, takedown=self.takedown, further=False)
        return next((contact for contact in self.further if contact.case.id == case), None)

    @property
    def vault_dir(self) -> Path:
        return self.data_dir / "vault"

    @property
    def channels_dir(self) -> Path | None:
        return self.path.parent / "channels.d" if self.path else None
