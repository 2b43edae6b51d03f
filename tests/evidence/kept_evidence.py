"""A case with real sealed files, a log, manifests and a time stamp, for the tests that change one thing in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.evidence.holding import holds
from monitor.evidence.manifest import Manifest, ManifestFile, render_manifest
from monitor.evidence.stamps import check_reply, load_certificates, query_for, stamped_data, told_in_log
from monitor.model.capture import Capture, CaptureCause, CaptureState
from monitor.model.case import Attestation, Authority, Case
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import DEFAULT_CASE, CaptureId, SightingId, new_id
from monitor.model.settings import DatabaseSettings, EvidenceSettings, Secret, Settings
from monitor.model.stamp import TimeStamp
from monitor.services.evidence_check import EvidenceCheckService
from monitor.store.store import SqlStore, open_store
from monitor.vault.age import AgeVault
from monitor.vault.identity import identity_file, new_identity
from tests.evidence.authority import the_authority
from tests.store.store_values import a_sighting
from tests.stores import a_store_for

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
CASE = DEFAULT_CASE
KEY = Secret("0f" * 32)


@dataclass
class KeptEvidence:
    """early: a copy of the store before the last capture."""

    folder: Path
    identity: Path
    settings: Settings
    store: SqlStore
    early: Path

    @property
    def vault(self) -> Path:
        return self.settings.vault_dir

    def check(self, now: datetime | None = None) -> EvidenceCheckService:
        return EvidenceCheckService(self.store, self.settings, lambda: now or datetime.now(UTC) + timedelta(hours=2))

    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.settings)


def kept_evidence(folder: Path, captures: int = 3) -> KeptEvidence:
    identity, recipient = new_identity()
    (folder / "identity.txt").write_bytes(identity_file(identity))
    evidence = EvidenceSettings(recipients=(recipient,))
    made = Settings(
        path=None, data_dir=folder, watchlist_dir=folder, database=DatabaseSettings(key=KEY), evidence=evidence
    )
    store = a_store_for(made)
    store.cases.save(Case(CASE, attestation=Attestation(Authority.SELF, NOW), created_at=NOW))
    kept = KeptEvidence(folder, folder / "identity.txt", made, store, folder / "early.db")
    vault = AgeVault(made.vault_dir, [recipient])
    for number in range(captures):
        if number == captures - 1:
            store.close()
            shutil.copy(folder / "store.db", kept.early)
            kept.store = store = open_store(made)
        _capture(kept, vault, number)
        if number == 0:
            _stamp(kept)
    own = vault.seal(new_id(NOW), b"a threat, word for word")
    item = EvidenceItem(new_id(NOW), CASE, SightingId(""), EvidenceKind.OWN, NOW, "text/plain", own)
    store.evidence.save(item)
    store.custody.note(CASE, CustodyAct.ADD, {"entry": item.id, "file 1": own.plain_digest}, NOW)
    return kept


def _capture(kept: KeptEvidence, vault: AgeVault, number: int) -> None:
    store = kept.store
    sighting, name = a_sighting(number), CaptureId(new_id(NOW))
    url = f"https://forum.example/t/{number}"
    store.sightings.save(sighting)
    state = CaptureState.WHOLE
    store.captures.save(Capture(name, CASE, url, state, CaptureCause.SEEN, NOW, NOW, sightings=(sighting.id,)))
    contents = (
        (EvidenceKind.PAGE, "text/html", f"<p>page {number}".encode() * 50, SightingId("")),
        (EvidenceKind.IMAGE, "image/jpeg", bytes([number]) * 2000, sighting.id),
        (EvidenceKind.RECORD, "application/json", b'{"n":%d}' % number, sighting.id),
    )
    listed, items = [], []
    for kind, media_type, plain, whose in contents:
        file = vault.seal(new_id(NOW), plain)
        item = EvidenceItem(new_id(NOW), CASE, whose, kind, NOW, media_type, file, name)
        store.evidence.save(item)
        items.append(item)
        listed.append(ManifestFile(item.id, kind.value, media_type, file.size, file.plain_digest, "as served", whose))
    told = Manifest(name, url, "seen", NOW, "reupload-monitor 0", store.custody.head(CASE), tuple(listed))
    sealed = vault.seal(new_id(NOW), render_manifest(told))
    store.evidence.save(
        EvidenceItem(new_id(NOW), CASE, SightingId(""), EvidenceKind.MANIFEST, NOW, "application/json", sealed, name)
    )
    about = {"capture": name, "manifest": sealed.plain_digest, "sightings": sighting.id, **holds(items)}
    store.custody.note(CASE, CustodyAct.CAPTURE, about, NOW)
    shot = vault.seal(new_id(NOW), b"\x89PNG" + bytes([number]) * 500)
    store.evidence.save(
        EvidenceItem(new_id(NOW), CASE, sighting.id, EvidenceKind.SCREENSHOT, NOW, "image/png", shot, name)
    )
    store.custody.note(
        CASE, CustodyAct.SHOT, {"capture": name, "sighting": sighting.id, "sha256": shot.plain_digest}, NOW
    )


def _stamp(kept: KeptEvidence) -> None:
    head, authority = kept.store.custody.head(CASE), the_authority()
    data = stamped_data(head, b"s" * 32)
    query = query_for(data)
    reply = authority.reply(query)
    token = check_reply(reply, query=query, data=data, roots=load_certificates(authority.root))
    stamp = TimeStamp(CASE, head.number, "https://tsa.example/", NOW, token.told, data, query, reply, token.chain)
    kept.store.time_stamps.save(stamp)
    kept.store.custody.note(CASE, CustodyAct.STAMP, told_in_log(stamp), NOW)
