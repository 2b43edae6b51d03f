"""The set of a person's photos: enrolled from files, taken in from hash lists, forgotten. No photo is kept."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import UsageError
from monitor.model.case import Authority
from monitor.model.enrolment import UNTOLD, FileSteps, LeftOut, TakenIn
from monitor.model.fingerprint import MOST_VERSIONS, Reference, ReferenceOrigin, Version
from monitor.model.ids import CaseId, ReferenceId, new_id
from monitor.model.settings import Secret, Settings
from monitor.ports import Matcher, Reader, Store

if TYPE_CHECKING:  # numpy comes with them: imported where they are used
    from monitor.matching.interchange import ImportedHash, ImportedList
    from monitor.model.enrolment import Enrolment, FileMatch
    from monitor.services.carrying import OpenedSet, SealingWish
    from monitor.services.enrolling import Enrolling

log = logging.getLogger(__name__)

MAX_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class ReferenceService:
    """Each takes the case, and finds what is of it alone. reader, matcher: made when first asked for; matcher of a
    case."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    reader: Callable[[], Reader]
    matcher: Callable[[CaseId], Awaitable[Matcher]]

    def all(self, case: CaseId) -> Sequence[Reference]:
        return self.store.references.all(case)

    def count(self, case: CaseId) -> int:
        return self.store.references.count(case)

    def find(self, given: str, *, case: CaseId) -> Reference:
        """By id, by label, by the name of a version, or by an unambiguous beginning of an id. Raises UsageError."""
        known = self.all(case)
        found = (
            [item for item in known if item.id == given]
            or [item for item in known if item.label == given]
            or [item for item in known if any(version.name == given for version in item.further)]
            or [item for item in known if item.id.startswith(given)]
        )
        if len(found) != 1:
            what = "no enrolled photo" if not found else f"{len(found)} enrolled photos"
            raise UsageError(
                f"there is {what} for {given!r}",
                remedy=f"`reupload-monitor references list --case {case}` shows those of this case; another case: "
                "--case NAME.",
            )
        return found[0]

    async def enroll(
        self,
        paths: Sequence[Path],
        *,
        case: CaseId,
        label: str | None = None,
        steps: FileSteps = UNTOLD,
    ) -> Enrolment:
        """Every file becomes one row: enrolled, or skipped with the reason. Raises AttestationMissing."""
        from monitor.services.enrolling import enroll_files

        return await enroll_files(
            paths,
            case=case,
            label=label,
            features=self.settings.match.features,
            store=self.store,
            reader=self.reader(),
            now=self.clock(),
            steps=steps,
        )

    def enrolling(self, case: CaseId) -> Enrolling:
        """For photos that come one after another, and from no file. Raises AttestationMissing."""
        from monitor.services.enrolling import Enrolling

        features = self.settings.match.features
        return Enrolling(self.store, self.reader(), case, features=features, now=self.clock())

    async def match(self, paths: Sequence[Path], *, case: CaseId, steps: FileSteps = UNTOLD) -> tuple[FileMatch, ...]:
        """A dry run of the matcher: one row a file."""
        from monitor.services.enrolling import match_files

        matcher = await self.matcher(case)
        return await match_files(paths, reader=self.reader(), matcher=matcher, steps=steps)

    def remove(self, references: Sequence[Reference]) -> None:
        """Forgets them, all or none. Sightings that they led to stay."""
        with self.store.transaction():
            for reference in references:
                self.store.references.remove(reference.case, reference.id)

    def tell_one_by_one(self, reference: Reference) -> None:
        """Of one that turned up on so many sites that it is told of once an hour."""
        from monitor.pipeline import flood

        flood.lift(self.store, reference.case, reference.id, self.clock())

    def export(self, case: CaseId, *, as_json: bool) -> str:
        """With the mark by which this store knows its own list again."""
        from monitor.matching.interchange import export_csv, export_json

        write = export_json if as_json else export_csv
        return write(self.all(case), lambda content: self.store.mark(case, content))

    def export_sealed(self, case: CaseId, out: Path, wish: SealingWish) -> int:
        """With everything that they are found by. How many photos. Raises UsageError, SealError, WorkFailed."""
        from monitor.services.carrying import write_sealed

        return write_sealed(self.store, case, out, wish)

    def open_sealed(self, path: Path, *, identity: Path | None, ask: Callable[[bool], Secret | None]) -> OpenedSet:
        """As `services.carrying.open_sealed_set`."""
        from monitor.services.carrying import open_sealed_set

        return open_sealed_set(self.store, path, identity=identity, ask=ask, clock=self.clock)

    def take_in_sealed(self, opened: OpenedSet, *, case: CaseId, authority: Authority | None, reason: str) -> TakenIn:
        """One that this store wrote for this case, or that a passphrase opened, as it was; with authority and reason
        another one, which is logged and matches by hash only. Raises UsageError."""
        from monitor.services.carrying import take_in_carried

        reason, now = reason.strip()[:MAX_REASON_CHARS], self.clock()
        return take_in_carried(
            self.store,
            opened,
            case,
            may_be_foreign=authority is Authority.REPRESENTATIVE and bool(reason),
            log=lambda count: self._log_foreign(case, count, reason, now),
            now=now,
        )

    def is_own_list(self, untrusted: ImportedList, *, case: CaseId) -> bool:
        """Whether this store exported it for this case, and nobody changed it since."""
        return untrusted.own(case, lambda content: self.store.mark(case, content))

    def take_in(
        self, untrusted: ImportedList, *, case: CaseId, name: str, authority: Authority | None, reason: str
    ) -> TakenIn:
        """A hash list: one that this store exported as it was, or with authority and reason a foreign one, which is
        logged and matches by hash only. name: of its file, as it was given. All or nothing; a hash that is enrolled
        already stays as it is: it may have features that no list holds. Raises UsageError."""
        own = self.is_own_list(untrusted, case=case)
        if untrusted.hashes and not own and (authority is not Authority.REPRESENTATIVE or not reason.strip()):
            raise UsageError(
                f"{name} is not a list that this store exported for case {case!r}: {untrusted.why_foreign()}",
                remedy='A foreign list needs --authorised representative --reason "...": it is logged, and matches '
                "by hash only.",
            )
        now, store = self.clock(), self.store
        known = {version.fingerprint.pdq.bits for reference in self.all(case) for version in reference.versions}
        taken = {reference.id for reference in self.all(case)}
        restored = dict[str, Reference]()  # by the id that the list gives
        kept: list[tuple[str, str]] = []
        with store.transaction():
            for item in untrusted.hashes:
                if item.fingerprint.pdq.bits in known:
                    continue
                known.add(item.fingerprint.pdq.bits)
                picture = self._picture(item, restored, case) if own else None
                if picture is not None:
                    version = Version(item.fingerprint, item.label, now, item.kind)
                    restored[item.reference] = replace(picture, further=(*picture.further, version))
                    store.references.add(restored[item.reference])
                    kept.append((picture.id, item.label))
                    continue
                its_own = own and item.reference not in taken and item.reference.isalnum()
                id_ = ReferenceId(item.reference if its_own else new_id(now))
                taken.add(id_)
                is_foreign = not own or item.origin == ReferenceOrigin.FOREIGN_LIST
                origin = ReferenceOrigin.FOREIGN_LIST if is_foreign else ReferenceOrigin.OWN_LIST
                made = Reference(id_, case, item.label, item.fingerprint, now, origin, kind=item.kind)
                restored[item.reference] = made
                store.references.add(restored[item.reference])
                kept.append((id_, item.label))
            if not own and kept:
                self._log_foreign(case, len(kept), reason.strip()[:MAX_REASON_CHARS], now)
        return TakenIn(
            references=tuple(kept),
            left_out=tuple(LeftOut(problem.line, problem.message) for problem in untrusted.problems),
            repaired=tuple(untrusted.repaired),
            hashes=len(untrusted.hashes),
        )

    def _picture(self, item: ImportedHash, restored: Mapping[str, Reference], case: CaseId) -> Reference | None:
        """That it is another version of: restored before it, or enrolled."""
        if not item.is_version:
            return None
        picture = restored.get(item.reference) or self.store.references.get(case, ReferenceId(item.reference))
        return picture if picture is not None and len(picture.further) < MOST_VERSIONS else None

    def _log_foreign(self, case: CaseId, count: int, reason: str, now: datetime) -> None:
        entry = {"count": count, "reason": reason}
        self.store.foreign_lists.add(case, new_id(now), now, count=count, reason=reason)
        log.warning("a foreign hash list was taken in", extra={"action": "foreign_list", "case": case, **entry})
