"""What was found, what the person decides about it, and what that does to what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from monitor.crawl.urls import canonical_url
from monitor.domains import domain_of
from monitor.errors import UsageError, no_such
from monitor.model.capture import CaptureCause, CaptureState
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.ids import NO_DIGEST, CaseId, ReferenceId, SightingId, new_id
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.match import Match, Tier
from monitor.model.presence import Change, PlannedLook
from monitor.model.report import ReportState
from monitor.model.settings import Settings
from monitor.model.sighting import BY_HAND, BY_HER, NOT_COMPARED, Decision, Place, Sighting, Status
from monitor.pipeline.vault_keeping import strays, unnamed_files
from monitor.plain import plain, without_userinfo
from monitor.ports import Store
from monitor.services.closing import ClosedUnder18, close_all, drafts_about
from monitor.services.deciding import Deciding, want_evidence
from monitor.services.draft_files import files_of_draft
from monitor.services.named_find import find_named
from monitor.services.where_found import ANYWHERE, Where, those_at
from monitor.takedown.exact import exact_url
from monitor.tracking import sighting_life
from monitor.tracking.next_look import first_looks, is_looked_at
from monitor.vault.folder import STRAY, VaultFolder

_IN_HAND = 500  # rows of a list in hand: some 3 MB


@dataclass(frozen=True, slots=True)
class StrayFiles:
    """count: of sealed files in that folder. unnamed: of those in their place, in `vault`, that no row names: of a
    crash, or in the work of another process at this moment."""

    count: int
    folder: Path
    unnamed: int
    vault: Path


@dataclass(frozen=True, slots=True)
class LooksAt:
    """same_picture: other finds of the very same file, by its bytes or its address."""

    planned: tuple[PlannedLook, ...]
    changes: tuple[Change, ...]
    same_picture: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def listed(self, case: CaseId, statuses: Collection[Status] = (), where: Where = ANYWHERE) -> Sequence[Sighting]:
        """As `walked`, all of them in hand: ten thousand take a second and 50 MB."""
        return list(self.walked(case, statuses, where))

    def walked(
        self,
        case: CaseId,
        statuses: Collection[Status] = (),
        where: Where = ANYWHERE,
        *,
        among: Collection[SightingId] | None = None,
        after: int = 0,
    ) -> Iterator[Sighting]:
        """In the order of their numbers, asked for in parts as they are taken. statuses: only these; none named = all.
        among: only these. after: only behind that number. Raises UsageError for a place that is none."""
        found = (one for one in self._walked(case, statuses, after) if among is None or one.id in among)
        return iter(those_at(where, found)) if where != ANYWHERE else found

    def _walked(self, case: CaseId, statuses: Collection[Status], last: int) -> Iterator[Sighting]:
        while part := self.store.sightings.numbered(case, limit=_IN_HAND, after=last, statuses=statuses):
            yield from part
            last = part[-1].number

    def find(self, name: str, *, case: CaseId) -> Sighting:
        """By its number, its id or an unambiguous beginning of one. Raises UsageError."""
        return find_named(name, case=case, store=self.store)

    def of_ids(self, ids: Iterable[SightingId], *, case: CaseId) -> Sequence[Sighting]:
        """By whole ids; what is not of the case is left out."""
        return self.store.sightings.of_ids(case, ids)

    def looks_at(self, sighting: Sighting) -> LooksAt:
        """When each truth of it is looked at next, and what became of it beside being gone and back."""
        case = sighting.case
        planned = self.store.rechecks.of(case, sighting.id) if is_looked_at(sighting, self.clock()) else ()
        return LooksAt(
            tuple(planned), tuple(self.store.changes.of(case, [sighting.id])), tuple(self._same_picture(sighting))
        )

    def _same_picture(self, sighting: Sighting) -> Iterator[Sighting]:
        if sighting.under_18:
            return
        sightings, image = self.store.sightings, sighting.place.image_url
        by_bytes = sightings.of_digests(sighting.case, [sighting.image_digest])
        by_address = [one for one in sightings.of_images(sighting.case, [image] if image else [])]
        for one in sorted({one.id: one for one in (*by_bytes, *by_address)}.values(), key=lambda one: one.number):
            if one.id != sighting.id and not one.under_18:
                yield one

    def open_on_page(self, page: str, *, case: CaseId, word: Decision | None) -> Sequence[Sighting]:
        """On that page, those of which this can be said. word: None for "it is one of mine", which goes for what is yet
        to be decided alone: what was dismissed there is named by its number. Raises UsageError where there is none."""
        found = self.listed(case, where=Where(page=page))
        meant = [one for one in found if not one.under_18 and _can_be_said(word, one)]
        if meant:
            return meant
        known = "all is said of what was found" if found else "nothing was found"
        raise UsageError(
            f"{known} on the page {plain(without_userinfo(page), 200)}",
            remedy="`reupload-monitor sightings list --site NAME` shows what stands on a site, and its pages.",
        )

    def media_goes_at(self, sighting: Sighting) -> datetime | None:
        """When what was sealed of a find that was dismissed is removed; None where nothing is there to be."""
        if sighting.decision is not Decision.NOT_MINE or sighting.decided_at is None:
            return None
        has_media = any(item.is_media for item in self.store.evidence.all(sighting.case, sighting.id))
        return sighting.decided_at + sighting_life.MEDIA_STAYS if has_media else None

    def is_sealed_again(self, sighting: Sighting) -> bool:
        """Its page is to be looked at for evidence that went."""
        found = self.store.captures.of(sighting.case, [sighting.id])
        return any(one.state is CaptureState.WANTED and one.cause is CaptureCause.UNDONE for one in found)

    def lost_a_draft(self, sighting: Sighting) -> bool:
        """One that was not sent, and is withdrawn: with the find, or by her."""
        about = self.store.reports.of_sighting(sighting.case, sighting.id)
        return any(one.state is ReportState.WITHDRAWN and one.sent_at is None for one in about)

    def put_aside(self) -> StrayFiles | None:
        """Sealed files that nothing in the store names; None where there are none."""
        vault = VaultFolder(self.settings.vault_dir)
        aside, unnamed = strays(vault), len(unnamed_files(store=self.store, vault=vault))
        if aside is None and not unnamed:
            return None
        return StrayFiles(aside.count if aside else 0, vault.folder / STRAY, unnamed, vault.folder)

    @property
    def deciding(self) -> Deciding:
        return Deciding(self.store, self.settings, self.clock)

    def confirm(self, name: str, *, case: CaseId) -> Sighting:
        return self.decided(DecisionAct.CONFIRM, [self.find(name, case=case)], case=case)[0]

    def dismiss(self, name: str, *, case: CaseId) -> Sighting:
        """Not one of theirs: the same picture stays quiet everywhere, and a day later its sealed media goes."""
        return self.decided(DecisionAct.DISMISS, [self.find(name, case=case)], case=case)[0]

    def leave(self, name: str, *, case: CaseId) -> Sighting:
        """One of theirs, but nothing is to be done about it at this place. Elsewhere it is told; its evidence stays."""
        return self.decided(DecisionAct.LEAVE, [self.find(name, case=case)], case=case)[0]

    def undo(self, name: str, *, case: CaseId) -> Sighting:
        """Takes the last word back. What went with a dismissal is sealed again, where the find still stands."""
        return self.deciding.undo_last(self.find(name, case=case))

    def decided(self, act: DecisionAct, finds: Sequence[Sighting], *, case: CaseId) -> Sequence[Sighting]:
        """As a command says it: of all or of none."""
        return self.deciding.decide(act, [one.id for one in finds], case=case, via=DecisionVia.COMMAND).done

    def sheets_about(self, sighting: Sighting) -> tuple[str, ...]:
        """The files of drafts that name it and were not sent yet."""
        about = drafts_about(sighting, self.store)
        return tuple(path for report in about for path in files_of_draft(report, self.store))

    def add(self, url: str, *, case: CaseId, picture: str = "") -> Sighting:
        """A link that the person found: filed at once. Its page is fetched later, as evidence. picture: the address of
        the picture itself, where she names it; '' where it is looked for on the page. Raises UsageError."""
        address, named = _web_address(url), _web_address(picture) if picture else ""
        domain, now = domain_of(address), self.clock()
        known = next((one for one in self.store.sightings.on_pages(case, [address]) if one.is_by_hand), None)
        sighting = known or sighting_life.confirm(
            sighting_life.first_seen(
                Match(Tier.MATCH, 1.0, f"{BY_HER}; {NOT_COMPARED}"),
                Place(page_url=address, image_url=""),
                sighting_id=SightingId(new_id(now)),
                incident=self.store.incident_id(case, domain),
                case=case,
                watch=BY_HAND,
                digest=NO_DIGEST,
                now=now,
            )
        )
        if known is not None and (known.under_18 or known.image_digest or named in ("", known.place.image_url)):
            return known
        sighting = replace(sighting, place=replace(sighting.place, image_url=named))
        with self.store.transaction():
            self.store.sightings.save(sighting)
            if known is None:
                self.store.rechecks.save(case, first_looks(sighting, now))
            want_evidence(sighting, CaptureCause.ADDED, self.store, self.settings, now)
        return find_named(sighting.id, case=case, store=self.store)  # with its number

    def close_under_18(self, name: str, *, case: CaseId) -> ClosedUnder18:
        """Removes media, fingerprints, digests, page text and drafts from store, vault and disk; keeps address and
        time. Cannot be undone. The enrolled photo that it matched shows the same picture: its fingerprint goes too,
        and everything else that was found by it.

        The rows go first, all at once, and with them it is written which files are to go: what a crash or a disk that
        is away leaves is removed at a later start.
        """
        same = self.closed_together(name, case=case)
        reference = self.find(name, case=case).match.reference
        return close_all(same, reference, case, store=self.store, settings=self.settings, now=self.clock())

    def closed_together(self, name: str, *, case: CaseId) -> Sequence[Sighting]:
        """What `close_under_18` of it closes: it, and everything else that was found by its photo."""
        sighting = self.find(name, case=case)
        reference = sighting.match.reference
        return [sighting] if reference is None else self.store.sightings.of_reference(case, reference)

    def close_reference_under_18(self, reference: ReferenceId, *, case: CaseId) -> ClosedUnder18:
        """The same, from the enrolled photo."""
        if all(known.id != reference for known in self.store.references.all(case)):
            raise no_such("reference", reference, case, "references list")
        found = self.store.sightings.of_reference(case, reference)
        return close_all(found, reference, case, store=self.store, settings=self.settings, now=self.clock())


def _can_be_said(word: Decision | None, sighting: Sighting) -> bool:
    if word is None:
        return sighting.status in (Status.NEW, Status.REAPPEARED)
    return sighting.decision is not word


def _web_address(url: str) -> str:
    address = canonical_url(url)
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{without_userinfo(url)!r} is not a web address", remedy="Give the whole link, beginning with https://"
        )
    if len(address) > MAX_URL_CHARS:
        raise UsageError(
            f"the link {plain(without_userinfo(address), 80)} has {len(address)} characters, and no form takes more "
            f"than {MAX_URL_CHARS}, so it could never be reported",
            remedy="Open the page, and give a shorter link to it: what stands behind ? or # is often not needed.",
        )
    if not exact_url(address):
        raise UsageError(
            f"{plain(without_userinfo(url), 200)} is not a web address that a report can name: its host or its port "
            "cannot be",
            remedy="Give the link as the browser shows it. A port, where there is one, is a number from 1 to 65535.",
        )
    return address
