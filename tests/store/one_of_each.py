"""One of everything that a store keeps of a case, by ids that are given: for tests of who sees what of whom, and of
what the files of the database show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from monitor.model.alert import Alert, AlertKind, Answer, Part
from monitor.model.audit import AuditAct
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.capture import Capture, CaptureCause, CaptureState, Missing
from monitor.model.case import Case
from monitor.model.channel_health import ChannelHealth
from monitor.model.custody import CustodyAct
from monitor.model.deciding import DecisionAct, DecisionVia, MadeDecision, SaidBefore
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.fingerprint import Frame, Hash, HashAlgorithm, Reference, Version, VersionKind
from monitor.model.ids import CaptureId, CaseId, ReferenceId, SightingId, digest_of
from monitor.model.match import Tier
from monitor.model.observation import Observation
from monitor.model.own_evidence import OwnEntry, OwnFile, OwnWords, SaidTime
from monitor.model.presence import Change, ChangeKind, PlannedLook, Presence, ServerMark, Trace, Truth
from monitor.model.quota import QuotaKind, QuotaUse
from monitor.model.removal import DraftFile, FileKind, Removal
from monitor.model.report import Frozen, Report
from monitor.model.run import Run
from monitor.model.sighting import CopySpot, Dismissal, Place, SeenAddress, Sighting, Status
from monitor.model.staff import Role, StaffMember, StaffName
from monitor.model.stamp import StampTry, TimeStamp
from monitor.model.tick import Tick
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.wish import Wish, WishKind
from monitor.ports.facts import ClaimedPage, Led, Watching
from monitor.ports.places import TaughtPlace
from monitor.store.store import SqlStore
from tests.store.store_values import NOW, a_fingerprint, a_run, a_sighting


class OneOfEach:
    """mark: two hexadecimal digits, of which every id is made. word: in everything that tells of somebody,
    behind the kind of thing that it is."""

    def __init__(self, case: str, mark: str, word: str = "") -> None:
        self.case, self.mark, self._word = CaseId(case), mark, word or mark * 3
        self.words: set[str] = set()
        self.id, self.digest = mark * 8, digest_of(f"content {self._word}".encode())
        self.hash = bytes.fromhex(digest_of(f"picture {self._word}".encode()))
        self.watch, self.host = self.told("Watch"), f"{self.told('Host').lower()}.example"
        self.page, self.media = f"https://{self.host}/{self.told('Page')}", f"https://{self.host}/{self.told('Media')}"
        self.list_page, self.path = f"https://{self.host}/{self.told('List')}", f"/drafts/{self.told('File')}.txt"

    def told(self, kind: str) -> str:
        self.words.add(f"Told{kind}{self._word}")
        return f"Told{kind}{self._word}"

    def whole(self) -> dict[str, Any]:
        """What names its own case, by its type's name."""
        found = (
            self.alert,
            self.candidate,
            self.capture,
            self.draft_file,
            self.visit,
            self.item,
            self.decision,
            self.own,
        )
        others = (self.reference, self.removal, self.report, self.run, self.sighting, self.member, self.place)
        return {type(one).__name__: one for one in (*found, *others, self.tick, self.stamp, self.wish)}

    @property
    def the_case(self) -> Case:
        return Case(self.case, self.told("Name"), None, NOW)

    @property
    def reference(self) -> Reference:
        prints = replace(a_fingerprint(), pdq=Hash(HashAlgorithm.PDQ, self.hash, "d"))
        further = Version(
            fingerprint=prints, name=self.told("Version"), enrolled_at=NOW, kind=VersionKind.FILE, onto_best=None
        )
        return Reference(
            self.id, self.case, self.told("Label"), prints, NOW, name=self.told("Photo"), further=(further,)
        )

    @property
    def sighting(self) -> Sighting:
        seen = SeenAddress(self.told("Before"), f"{self.media}/before", NOW, NOW)
        return a_sighting(
            case=self.case,
            id=SightingId(self.id),
            incident=self.id,
            reference=self.id,
            watch=self.watch,
            place=Place(
                page_url=self.page,
                image_url=self.media,
                account=self.told("Account"),
                title=self.told("Title"),
                posted_at=self.told("Posted"),
                result_url=f"https://{self.host}/{self.told('Result')}",
                claimed_url=f"https://{self.host}/{self.told('Claim')}",
                claimed_account=self.told("Claimant"),
                permalink=f"https://{self.host}/{self.told('Permalink')}",
                seen_in=self.list_page,
                said_from=f"https://{self.host}/{self.told('From')}",
            ),
            match=replace(a_sighting(reference=self.id).match, label=self.told("Label"), reason=self.told("Reason")),
            image_digest=self.digest,
            presence=Presence(page=Trace(seen_at=NOW, why=self.told("Why"))),
            other_addresses=(seen,),
            addresses_seen=2,
        )

    @property
    def spot(self) -> CopySpot:
        return self.sighting.spot

    @property
    def candidate(self) -> Candidate:
        frames = (Frame(self.hash * 8, 80, None, "d"),)
        return Candidate(self.digest, self.case, NOW, NOW, self.page, self.media, self.watch, frames)

    @property
    def seen(self) -> SeenUrl:
        content = self.told("Content").encode()
        return SeenUrl(self.media, self.told("Etag"), self.told("Modified"), self.digest, NOW, "ok", content)

    @property
    def alert(self) -> Alert:
        return Alert(
            id=self.id,
            case=self.case,
            kind=AlertKind.NEW,
            subject=self.told("Subject"),
            message_id=f"<{self.id}@x>",
            created_at=NOW,
            not_before=NOW,
            sightings=(SightingId(self.id),),
            last_error=self.told("Answer"),
        )

    @property
    def part(self) -> Part:
        return Part(self.id, self.told("Target"), "1 (mailto)", Answer.LATER, 1, NOW, NOW, self.told("Said"))

    @property
    def run(self) -> Run:
        error = Observation(self.page, "timeout", self.told("Message"), "Wait.")  # type: ignore[arg-type]
        return a_run(self.watch, case=self.case, errors=(error,))

    @property
    def item(self) -> EvidenceItem:
        file = SealedFile(f"{self.id}.age", self.digest, "cd" * 32, 12)
        return EvidenceItem(
            self.id, self.case, SightingId(self.id), EvidenceKind.IMAGE, NOW, "image/jpeg", file, CaptureId(self.id)
        )

    @property
    def capture(self) -> Capture:
        missing = (Missing(EvidenceKind.SCREENSHOT, self.told("Missing")),)
        return Capture(
            id=CaptureId(self.id),
            case=self.case,
            page_url=self.page,
            state=CaptureState.WANTED,
            cause=CaptureCause.SEEN,
            asked_at=NOW,
            why=self.told("Hindered"),
            missing=missing,
            sightings=(SightingId(self.id),),
        )

    @property
    def report(self) -> Report:
        made = Report.drafted(
            id=self.id,
            case=self.case,
            sightings=[SightingId(self.id)],
            channel=self.told("Desk"),
            route="platform",
            at=NOW,
            file=self.path,
        )
        step = replace(made.events[0], text=self.told("Step"), number=self.told("Number"))
        return replace(made, events=(step,), frozen=Frozen(), follows=self.id)

    @property
    def own(self) -> OwnEntry:
        files = (OwnFile(item=self.id, name=self.told("Upload")),)
        return OwnEntry(
            id=self.id,
            case=self.case,
            added_at=NOW,
            words=OwnWords(what=self.told("Words")),
            record=self.id,
            sighting=SightingId(self.id),
            files=files,
        )

    @property
    def wish(self) -> Wish:
        return Wish(self.id, self.case, WishKind.LOOK, self.told("About"), NOW, said=(self.told("Wish"),))

    @property
    def decision(self) -> MadeDecision:
        return MadeDecision(
            case=self.case,
            sighting=SightingId(self.id),
            act=next(iter(DecisionAct)),
            at=NOW,
            via=next(iter(DecisionVia)),
            batch=self.id,
            before=SaidBefore(Status.NEW),
            text=self.told("Decision"),
        )

    @property
    def stamp(self) -> TimeStamp:
        return TimeStamp(
            case=self.case,
            number=1,
            authority="https://tsa.example/",
            at=NOW,
            told=NOW,
            data=self.told("Stamped").encode(),
            query=b"q",
            reply=b"r",
            chain=b"c",
        )

    @property
    def tick(self) -> Tick:
        return Tick(self.case, self.id, SaidTime(self.told("When")), NOW, self.told("Note"))

    @property
    def visit(self) -> DueVisit:
        return DueVisit(self.watch, self.case, NOW, next(iter(VisitReason)), NOW, grp=self.id)

    @property
    def place(self) -> TaughtPlace:
        return TaughtPlace(self.case, self.watch, f'{{"{self.told("Memory")}":1}}', (self.host,), NOW)

    @property
    def member(self) -> StaffMember:
        return StaffMember(self.case, StaffName(self.told("Person")), Role.WORKS, NOW, StaffName(self.told("Chief")))

    @property
    def look(self) -> DeskLook:
        return DeskLook(f"https://{self.host}/desk", NOW, next(iter(DeskAnswer)), self.told("Desks"))

    @property
    def planned(self) -> PlannedLook:
        return PlannedLook(SightingId(self.id), Truth.PAGE, NOW, ServerMark(self.told("Mark"), self.told("Since")))

    @property
    def change(self) -> Change:
        return Change(SightingId(self.id), NOW, next(iter(ChangeKind)), self.told("Changed"))

    @property
    def dismissal(self) -> Dismissal:
        return Dismissal(self.digest, self.hash, Tier.MATCH)

    @property
    def draft_file(self) -> DraftFile:
        return DraftFile(self.case, SightingId(self.id), self.path)

    @property
    def removal(self) -> Removal:
        return Removal(self.case, next(iter(FileKind)), self.path)


def kept(store: SqlStore, one: OneOfEach) -> None:
    """All of it, in the store."""
    case = one.case
    store.cases.save(one.the_case)
    store.references.add(one.reference)
    store.sightings.save(one.sighting)
    store.candidates.save(one.candidate)
    store.seen.save(case, one.seen)
    store.dismissals.add(case, ReferenceId(one.id), one.dismissal)
    store.alerts.save(one.alert)
    store.alert_parts.save(case, one.part)
    store.runs.save(one.run)
    store.captures.save(one.capture)
    store.evidence.save(one.item)
    store.reports.save(one.report)
    store.custody.note(case, next(iter(CustodyAct)), {"of": one.told("Custody")}, NOW)
    store.time_stamps.save(one.stamp)
    store.time_stamps.note_try(case, StampTry(1, NOW, NOW, one.told("Tried")))
    store.own.add(one.own)
    store.ticks.save(one.tick)
    store.wishes.add(one.wish)
    store.made_decisions.add(one.decision)
    store.draft_files.add(one.draft_file)
    store.removals.add(one.removal)
    store.intents.to_draft(case, one.path, NOW)
    store.claimed_pages.save(case, {one.told("Claimed"): ClaimedPage(1, NOW)})
    store.floods.lifted(case, one.id, NOW)
    store.rechecks.save(case, [one.planned])
    store.changes.add(case, one.change)
    store.kept_watches.save(case, one.watch, f'"{one.told("Settings")}"', NOW)
    store.watch_facts.tell_blindness(case, one.watch, NOW)
    store.visits.plan(one.visit)
    store.places.save(one.place)
    store.link_shapes.save(case, one.watch, {one.told("Shape"): Led(1, 1)}, NOW)
    store.desk_looks.save(case, one.look)
    store.hosting.want(case, one.host, NOW)
    store.hosting.check(case, f"{one.told('Contact')}@x.example", NOW)
    store.digests.queued(case, NOW, Watching((one.watch,), 1, False))
    store.foreign_lists.add(case, one.id, NOW, count=1, reason=one.told("Foreign"))
    store.logins.save(case, one.watch, f'"{one.told("Login")}"')
    store.case_settings.save(case, "takedown.name", one.told("Setting"), NOW)
    store.case_use.save(case, QuotaKind.REQUESTS, QuotaUse(NOW, 1))
    store.channel_health.save(
        ChannelHealth(target=one.told("Channel"), name="1 (mailto)", tried_at=NOW, said=one.told("Server"), case=case)
    )
    store.staff.save(one.member)
    store.audit.note(case, next(iter(AuditAct)), {"of": one.told("Audit")}, NOW)
