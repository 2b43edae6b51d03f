"""What is kept of each find, what it lacks, and what the person added."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.errors import Locked, NeedsUser
from monitor.homes import at_home, home_if_any
from monitor.model.capture import CaptureState
from monitor.model.evidence import EvidenceItem, EvidenceKind, can_be_shown
from monitor.model.ids import CaseId
from monitor.model.own_evidence import OwnEntry
from monitor.model.sighting import Sighting
from monitor.review.port.evidence import (
    CheckDone,
    FaultFound,
    GivenContent,
    KeptFile,
    KeptFind,
    KeptPage,
    LackingKind,
    NotTaken,
    OwnAdded,
    OwnKeptEntry,
    OwnTyped,
    PacketDone,
)
from monitor.services.evidence import EvidenceService, Holding
from monitor.services.named_find import find_named
from monitor.services.packet_choice import why_not_handed_on

if TYPE_CHECKING:  # loaded when a page first needs them
    from monitor.services.evidence_check import EvidenceCheckService
    from monitor.services.own_evidence import OwnEvidenceService, ToldWords
    from monitor.services.packets import PacketService
    from monitor.services.showing import ShowingService


_KINDS = tuple(dict.fromkeys((EvidenceKind.IMAGE, EvidenceKind.SCREENSHOT, *EvidenceKind)))
"""What can be shown stands first."""


@dataclass(frozen=True, slots=True)
class LocalEvidence:
    """Each service is made when it is first asked. packets: without the network: time stamps are the daemon's."""

    service: EvidenceService
    owns: Callable[[], OwnEvidenceService]
    checks: Callable[[], EvidenceCheckService]
    packets: Callable[[], PacketService]
    shows: Callable[[], ShowingService]

    async def page(self, case: CaseId, after: int, limit: int) -> KeptPage:
        sightings = self.service.store.sightings
        found = sightings.numbered(case, limit=limit + 1, after=after)
        return KeptPage(
            tuple(self._find(self.service.of(one)) for one in found[:limit]),
            sum(sightings.counts(case).values()),
            len(self.owns().listed(case)),
            found[limit - 1].number if len(found) > limit else 0,
        )

    async def of(self, case: CaseId, find: str) -> KeptFind:
        holding = self.service.of(find_named(find, case=case, store=self.service.store))
        kept = [one for one in holding.items if one.kind is not EvidenceKind.OWN]
        kept.sort(key=lambda one: (_KINDS.index(one.kind), one.captured_at))
        return replace(self._find(holding), files=tuple(self._files(kept)))

    async def own(self, case: CaseId) -> tuple[OwnKeptEntry, ...]:
        entries = sorted(self.owns().listed(case), key=lambda one: one.added_at, reverse=True)
        about = self.service.store.sightings.of_ids(case, {one.sighting for one in entries if one.sighting})
        finds = {one.id: one for one in about}
        return tuple(self._own(one, finds.get(one.sighting)) for one in entries)

    async def add(
        self, case: CaseId, typed: OwnTyped, paths: tuple[str, ...], given: AsyncIterator[GivenContent] | None = None
    ) -> OwnAdded:
        work = self.owns().begin(
            _told(typed), case=case, sighting=typed.sighting, has_files=bool(paths) or given is not None
        )
        try:
            for path in paths:
                await asyncio.to_thread(work.take_file, at_home(path))
            if given is not None:
                async for one in given:
                    if one.reason:
                        work.skip(one.name, one.reason)
                    else:
                        await asyncio.to_thread(work.take, one.name, one.content)
            done = work.finish()
        except BaseException:
            work.give_up()
            raise
        skipped = tuple(NotTaken(one.name, one.reason) for one in done.skipped)
        return OwnAdded(done.entry.id if done.entry else "", len(done.entry.files) if done.entry else 0, skipped)

    async def remove(self, case: CaseId, entry: str) -> None:
        self.owns().remove(entry, case=case)

    async def check(self, holder: str, case: CaseId) -> CheckDone:
        showing = self.shows()
        unsealer = showing.unsealer(holder) if showing.is_open(holder) else None
        done = await self.checks().check_beside(case, unsealer)
        return CheckDone(
            tuple(FaultFound(one.where, one.what) for one in done.faults),
            done.files,
            done.opened,
            done.not_opened,
            done.entries,
            done.stamps,
            done.head.reference if done.head.number else "",
            done.aside,
        )

    async def export(
        self, holder: str, case: CaseId, finds: tuple[str, ...], out: str, *, with_images: bool, with_own: bool
    ) -> PacketDone:
        showing = self.shows()
        unsealer = showing.unsealer(holder) if showing.is_open(holder) else None
        from monitor.services.packets import PacketWish

        wish = PacketWish(at_home(out), with_images=with_images, with_own=with_own)
        try:
            done = await self.packets().export(finds, wish, case=case, unsealer=unsealer)
        except NeedsUser as error:
            if unsealer is not None or type(error) is not NeedsUser:
                raise
            raise Locked(f"{error}", remedy="Open the evidence with your passphrase, then write it again.") from error
        return PacketDone(
            str(done.path),
            done.digest,
            done.files,
            len(done.left_out),
            len(done.facts.own),
            done.facts.no_pdf,
            done.facts.log.waiting,
            tuple(NotTaken(one.sealed_as, one.left_out) for one in done.broken),
            tuple(done.facts.log.faults),
        )

    async def folder(self) -> str:
        return str(home_if_any() or "/")

    def _find(self, holding: Holding) -> KeptFind:
        find, lacks = holding.sighting, sorted(holding.lacks, key=lambda one: _KINDS.index(one.kind))
        return KeptFind(
            find.id,
            find.number,
            find.seen_at.page_url,
            find.seen_at.account,
            find.first_seen,
            find.under_18,
            tuple((kind, holding.has[kind]) for kind in _KINDS if kind in holding.has and kind is not EvidenceKind.OWN),
            tuple(LackingKind(one.kind, one.why) for one in lacks),
            looks=sum(1 for one in holding.captures if one.taken_at is not None),
            waits=any(one.state is CaptureState.WANTED for one in holding.captures),
            is_handed_on=why_not_handed_on(find) is None,
        )

    def _files(self, items: Iterable[EvidenceItem]) -> Iterable[KeptFile]:
        for item in items:
            yield KeptFile(
                item.id,
                item.kind,
                item.captured_at,
                item.file.size,
                item.file.plain_digest,
                can_be_shown(item),
                is_there=item.is_withheld or (self.service.settings.vault_dir / item.file.path).is_file(),
                is_withheld=item.is_withheld,
            )

    def _own(self, entry: OwnEntry, find: Sighting | None) -> OwnKeptEntry:
        names = {one.item: one.name for one in entry.files}
        items = (self.service.store.evidence.get(entry.case, item) for item in names)
        words = entry.words
        return OwnKeptEntry(
            entry.id,
            entry.added_at,
            OwnTyped(
                at=words.happened.said,
                where=words.where,
                what=words.what,
                who=words.who,
                witnesses=words.witnesses,
                reported_to=words.reported_to,
                number=words.number,
                saved_by=words.saved_by,
                saved_at=words.saved_at.said,
                note=words.note,
            ),
            find.number if find else 0,
            tuple(replace(file, name=names[file.item]) for file in self._files(filter(None, items))),
        )


def _told(typed: OwnTyped) -> ToldWords:
    from monitor.services.own_evidence import ToldWords

    return ToldWords(
        at=typed.at,
        where=typed.where,
        what=typed.what,
        who=typed.who,
        witnesses=typed.witnesses,
        reported_to=typed.reported_to,
        number=typed.number,
        saved_by=typed.saved_by,
        saved_at=typed.saved_at,
        note=typed.note,
    )
