"""The store as the rest sees it: `open_store`, and one attribute for each aggregate."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.errors import NoWriting
from monitor.model.alert import case_letters
from monitor.model.ids import CaseId
from monitor.model.settings import Secret, Settings
from monitor.ports.host_gate import HostGate
from monitor.store.alert_parts import SqlAlertParts
from monitor.store.alerts import SqlAlerts
from monitor.store.backups import SqlBackups
from monitor.store.candidates import SqlCandidates
from monitor.store.captures import SqlCaptures
from monitor.store.case_settings import SqlCaseSettings
from monitor.store.case_use import SqlCaseUse
from monitor.store.cases import SqlCases
from monitor.store.changes import SqlChanges
from monitor.store.channel_health import SqlChannelHealth
from monitor.store.claimed_pages import SqlClaimedPages
from monitor.store.closed_for_all import SqlClosedForAll
from monitor.store.custody import SqlCustody
from monitor.store.desk_looks import SqlDeskLooks
from monitor.store.digests import SqlDigests
from monitor.store.dismissals import SqlDismissals
from monitor.store.draft_files import SqlDraftFiles
from monitor.store.due_visits import SqlDueVisits
from monitor.store.engine import Database
from monitor.store.evidence import SqlEvidence
from monitor.store.floods import SqlFloods
from monitor.store.foreign_lists import SqlForeignLists
from monitor.store.hosting import SqlHostLookups
from monitor.store.hosts import SqlHostGate
from monitor.store.incident_id import incident_id
from monitor.store.incidents import SqlIncidents
from monitor.store.installation import SqlInstallation
from monitor.store.intents import SqlIntents
from monitor.store.kept_watches import SqlKeptWatches
from monitor.store.keys import load_key
from monitor.store.leap import set_back
from monitor.store.link_shapes import SqlLinkShapes
from monitor.store.lock import Company, join_company
from monitor.store.logins import SqlLogins
from monitor.store.machine import SqlMachine
from monitor.store.made_decisions import SqlMadeDecisions
from monitor.store.opening import FILE, open_database, open_to_read, refuse_absent
from monitor.store.own_evidence import SqlOwnEntries
from monitor.store.pair_tracks import SqlPairTracks
from monitor.store.rechecks import SqlRechecks
from monitor.store.references import Codec, SqlReferences
from monitor.store.refused_accounts import SqlRefusedAccounts
from monitor.store.removals import SqlRemovals
from monitor.store.rendering import SqlRendering
from monitor.store.reports import SqlDeadAddresses, SqlReports
from monitor.store.reserve import ReserveFile
from monitor.store.robots_copies import SqlRobotsCopies
from monitor.store.runs import SqlRuns
from monitor.store.seen_urls import SqlSeenUrls
from monitor.store.sightings import SqlSightings
from monitor.store.staff import SqlAudit, SqlStaff
from monitor.store.standstills import SqlStandstills
from monitor.store.swapping import finish_swap
from monitor.store.taught_places import SqlTaughtPlaces
from monitor.store.ticks import SqlTicks
from monitor.store.time_stamps import SqlTimeStamps
from monitor.store.watch_facts import SqlWatchFacts
from monitor.store.wishes import SqlWishes

if TYPE_CHECKING:
    from monitor.model.fingerprint import Fingerprint


def _dumped(fingerprint: Fingerprint) -> bytes:
    from monitor.matching.serialise import dump_fingerprint  # loads NumPy, which few that open the store need

    return dump_fingerprint(fingerprint)


def _loaded(content: bytes) -> Fingerprint:
    from monitor.matching.serialise import load_fingerprint

    return load_fingerprint(content)


def open_store(
    settings: Settings, *, new: bool = False, to_read: bool = False, waits_s: float = 0, company: Company | None = None
) -> SqlStore:
    """Opened, upgraded if it is older; made only where `new` says so. to_read: one that cannot be written is opened for
    reading alone. waits_s: at most, for another process that writes; 0 = as commands do. company: that this process
    keeps, where it has joined it already. Raises Locked (no key, wrong key), NeedsUser (no store), StoreError."""
    if settings.database.url is not None:
        return _on_postgres(settings, settings.database.url, waits_s, company)
    path = settings.data_dir / FILE
    finish_swap(settings.data_dir)
    if not new:
        refuse_absent(path)
    key = load_key(settings)
    database = open_to_read(path, key) if to_read else _opened(path, key, new=new)
    return _store(database, settings, waits_s, company)


def _on_postgres(settings: Settings, url: Secret, waits_s: float, company: Company | None) -> SqlStore:
    from monitor.store.postgres.opening import open_postgres  # and psycopg: few need them

    return _store(open_postgres(url, settings.data_dir, load_key(settings)), settings, waits_s, company)


def _store(database: Database, settings: Settings, waits_s: float, company: Company | None) -> SqlStore:
    if waits_s:
        database.wait_at_most(waits_s)
    try:
        return SqlStore(database, Codec(_dumped, _loaded), company or join_company(settings.data_dir))
    except BaseException:  # its key may turn out to be another one
        database.close()
        raise


def _opened(path: Path, key: Secret, *, new: bool) -> Database:
    """A start on a full disk has the reserve's room."""
    try:
        return open_database(path, key, new=new)
    except NoWriting as error:
        if not (error.is_full and ReserveFile(path.parent).give_away()):
            raise
    return open_database(path, key, new=new)


class SqlStore:
    """`monitor.ports.Store`."""

    def __init__(self, database: Database, codec: Codec, company: Company) -> None:
        self._db, self._company = database, company
        self.reserve = database.reserve
        self.machine = SqlMachine(database)
        self._salt = self.machine.salt
        self.standstills = SqlStandstills(database)
        self.cases = SqlCases(database)
        self.case_settings = SqlCaseSettings(database)
        self.case_use = SqlCaseUse(database)
        self.references = SqlReferences(database, codec)
        self.candidates = SqlCandidates(database)
        self.seen = SqlSeenUrls(database, self._salt)
        self.closed_for_all = SqlClosedForAll(database, self._salt)
        self.sightings = SqlSightings(database, self.closed_for_all)
        self.incidents = SqlIncidents(database, self.sightings)
        self.dismissals = SqlDismissals(database)
        self.alerts = SqlAlerts(database, self.letters_of)
        self.alert_parts = SqlAlertParts(database)
        self.runs = SqlRuns(database)
        self.hosts = _host_gate(database)
        self.installation = SqlInstallation(database)
        self.reports = SqlReports(database)
        self.dead_addresses = SqlDeadAddresses(database)
        self.captures = SqlCaptures(database)
        self.evidence = SqlEvidence(database)
        self.custody = SqlCustody(database)
        self.time_stamps = SqlTimeStamps(database)
        self.staff = SqlStaff(database)
        self.audit = SqlAudit(database)
        self.own = SqlOwnEntries(database)
        self.ticks = SqlTicks(database)
        self.backups = SqlBackups(database)
        self.wishes = SqlWishes(database)
        self.made_decisions = SqlMadeDecisions(database)
        self.draft_files = SqlDraftFiles(database)
        self.removals = SqlRemovals(database)
        self.intents = SqlIntents(database)
        self.claimed_pages = SqlClaimedPages(database)
        self.floods = SqlFloods(database)
        self.rechecks = SqlRechecks(database)
        self.changes = SqlChanges(database)
        self.kept_watches = SqlKeptWatches(database)
        self.watch_facts = SqlWatchFacts(database)
        self.visits = SqlDueVisits(database)
        self.places = SqlTaughtPlaces(database)
        self.link_shapes = SqlLinkShapes(database)
        self.desk_looks = SqlDeskLooks(database)
        self.hosting = SqlHostLookups(database)
        self.digests = SqlDigests(database)
        self.channel_health = SqlChannelHealth(database)
        self.foreign_lists = SqlForeignLists(database)
        self.rendering = SqlRendering(database)
        self.pair_tracks = SqlPairTracks(database)
        self.logins = SqlLogins(database)
        self.robots_copies = SqlRobotsCopies(database)
        self.refused_accounts = SqlRefusedAccounts(database)

    def transaction(self) -> AbstractContextManager[None]:
        return self._db.transaction()

    def writings(self) -> object:
        return self._db.writings()

    def keep_time(self, own: Clock) -> Clock:
        return self._db.keep_time(own)

    def clock_set_back(self, by: timedelta, now: datetime) -> None:
        if not self._db.is_shared:  # else it was not the clock that anything of it goes by
            set_back(self._db, by, now)

    def incident_id(self, case: CaseId, domain: str) -> str:
        return incident_id(self._salt, case, domain)

    def run_name(self, of: str, at: datetime) -> str:
        said = json.dumps([of, at.isoformat()]).encode()
        return hashlib.blake2b(said, key=self._salt, digest_size=6, person=b"run name").hexdigest()

    def mark_for_all(self, content: bytes) -> str:
        return hashlib.blake2b(content, key=self._salt, digest_size=16, person=b"all cases").hexdigest()

    def letters_of(self, case: CaseId) -> str:
        return case_letters(
            hashlib.blake2b(case.encode(), key=self._salt, digest_size=8, person=b"case letters").digest()
        )

    def mark(self, case: CaseId, content: bytes) -> str:
        # Of a key of its own, so that what is hashed with the salt elsewhere is never a mark.
        key = hashlib.blake2b(json.dumps(["hash list", case]).encode(), key=self._salt, digest_size=32).digest()
        return hmac.digest(key, content, "sha256").hex()

    @property
    def reading(self) -> NoWriting | None:
        """Why nothing can be saved; None where it can."""
        return self._db.reading

    def close(self) -> None:
        self._db.close()
        self._company.leave()


def _host_gate(database: Database) -> HostGate:
    if not database.is_shared:
        return SqlHostGate(database)
    from monitor.store.postgres.host_gate import SharedHostGate  # few need it

    return SharedHostGate(database)
