"""What ends when somebody shown was or may have been under 18: nothing of it stays, in whatever form it was kept, but
its address and time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.model.backup import BackupWhy
from monitor.model.capture import Capture, CaptureState, Missing
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import NO_DIGEST, CaseId, ReferenceId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.removal import FileKind, Left, Removal, Removed
from monitor.model.report import Report, ReportState
from monitor.model.settings import Settings
from monitor.model.sighting import Place, SeenAddress, Sighting, Status
from monitor.pipeline.capturing import with_missing
from monitor.pipeline.closed_pages import every_page_of, without_digest, without_words
from monitor.pipeline.contents import PAGE_CLOSED
from monitor.pipeline.own_evidence import forget_own
from monitor.pipeline.recovering import settle_intents
from monitor.pipeline.removing import forget_rows, remove_files, withhold
from monitor.pipeline.vault_keeping import IN_WORK
from monitor.pipeline.who_hosts import settle_wants
from monitor.ports import Store
from monitor.services.backup_place import TRIAL_WORK, backup_folder, forget_scheduled, sweep_unfinished, take_away_begun
from monitor.services.closed_marks import MARKS_FILE, mark_closed
from monitor.services.draft_files import files_of_draft
from monitor.store.swapping import forget_states_before
from monitor.store.upgrade_copies import COPIES, forget_copies
from monitor.takedown.sheets import INDEX


@dataclass(frozen=True, slots=True)
class ClosedUnder18:
    """sightings: as they stand now. files: what became of sealed files and drafts; drafts may be left."""

    sightings: tuple[Sighting, ...]
    files: Removed


def close_all(
    sightings: Sequence[Sighting],
    reference: ReferenceId | None,
    case: CaseId,
    *,
    store: Store,
    settings: Settings,
    now: datetime,
) -> ClosedUnder18:
    closed: list[Sighting] = []
    ids = [sighting.id for sighting in sightings]
    unmarked = _marked([*ids, *([reference] if reference else [])], case, store, settings)
    with store.transaction():
        captures = _captures(sightings, case, store)
        named = [*ids, *(capture.id for capture in captures)]
        store.intents.close(case)
        store.custody.note(case, CustodyAct.CLOSE, {"finds": str(len(ids))}, now, drop=named)
        _withhold(captures, set(ids), case, store)
        forget_own(store.own.about(case, ids), store=store)
        for sighting in sightings:
            _give_up_drafts(sighting, store, now)
            store.rechecks.drop(case, sighting.id)
            store.changes.drop(case, sighting.id)
            store.made_decisions.drop(case, sighting.id)
            if sighting.image_digest:
                store.candidates.forget(case, sighting.image_digest)
            if sighting.match.reference is not None:  # dismissed before? that keeps digest and hash
                store.dismissals.remove(case, sighting.match.reference, sighting.image_digest)
            if sighting.status is Status.DISMISSED:  # it stays known at its place by nothing that tells its bytes
                store.sightings.save(replace(sighting, status=Status.NEW))
            store.seen.forget(case, sorted((sighting.media_urls | every_page_of(sighting)) - {""}))
            closed.append(
                replace(
                    sighting,
                    under_18=True,
                    status=Status.DISMISSED,
                    image_digest=NO_DIGEST,
                    place=_place_left(sighting.place),
                    other_addresses=tuple(_address_left(address) for address in sighting.other_addresses),
                    match=Match(Tier.NONE, 0.0, "closed as under 18"),
                    before_dismissal=None,
                    before_report=None,
                    decision=None,
                    decided_at=None,
                    later_until=None,
                    evidence=(),
                )
            )
            store.sightings.save(closed[-1])
        _take_words(sightings, case, store)
        for one in closed:  # what was wished of it, and what was said then
            store.wishes.drop(case, one.id)
        if reference is not None:
            store.references.remove(case, reference)
        settle_wants(store, case, now)
    settle_intents(store, settings, before=now - IN_WORK)
    removed = remove_files(store, settings, case)
    return ClosedUnder18(
        tuple(closed), replace(removed, left=(*removed.left, *unmarked, *_copies_left(store, settings)))
    )


def _marked(ids: Iterable[str], case: CaseId, store: Store, settings: Settings) -> Sequence[Left]:
    try:
        mark_closed(ids, case, store=store, folders=[settings.data_dir])
    except OSError as error:
        why = f"no older copy of the store knows that this was closed ({error.strerror})"
        return [Left(str(settings.data_dir / MARKS_FILE), why)]
    return []


def _copies_left(store: Store, settings: Settings) -> Sequence[Left]:
    """A copy from before an upgrade or a restore, or a backup by schedule, still holds what was closed: it goes,
    whatever else it would be good for. A backup that the person made is hers to remove."""
    left = [
        Left(one.path, "a backup that you made, which holds it still: remove it yourself", is_hers=True)
        for one in store.backups.all()
        if one.why is BackupWhy.ASKED and Path(one.path).exists()
    ]
    # First: one that was cut off, with nothing beside it any more, seems to be on a disk that is not there.
    left += (Left(str(place), why, is_hers=True) for place, why in take_away_begun(store))
    folder = backup_folder(settings)
    sweep_unfinished(settings.data_dir, TRIAL_WORK)
    for place, forget in (
        (settings.data_dir / COPIES, lambda: forget_copies(settings.data_dir)),
        (settings.data_dir, lambda: forget_states_before(settings.data_dir)),
        (folder, lambda: forget_scheduled(folder)),
    ):
        try:
            forget()
        except OSError as error:
            left.append(Left(str(place), error.strerror or str(error)))
    return left


def _give_up_drafts(sighting: Sighting, store: Store, now: datetime) -> None:
    """Wherever each version of each was written."""
    case = sighting.case
    paths = {file.path for file in store.draft_files.all(case, sighting.id)}
    for report in store.reports.of_sighting(case, sighting.id):
        paths.add(report.file)
        store.reports.save(_left_of(report, sighting.id, now))
    store.draft_files.forget(case, sighting.id)
    store.removals.add(*(Removal(case, FileKind.DRAFT, path) for path in sorted(paths - {""})))


def _place_left(place: Place) -> Place:
    return Place(place.page_url, without_digest(place.image_url), seen_in=place.seen_in)


def _address_left(address: SeenAddress) -> SeenAddress:
    return replace(address, image_url=without_digest(address.image_url))


def _take_words(closed: Sequence[Sighting], case: CaseId, store: Store) -> None:
    """From the rows of other finds on their pages."""
    pages, ids = {url for one in closed for url in every_page_of(one)}, {one.id for one in closed}
    for other in store.sightings.shown_on(case, pages):
        if other.id not in ids and other.place.title:
            store.sightings.save(replace(other, place=without_words(other.place)))


def _captures(sightings: Sequence[Sighting], case: CaseId, store: Store) -> Sequence[Capture]:
    """On which one of them is, or whose page one of them was on."""
    pages = {url for one in sightings for url in every_page_of(one)}
    beside = [other.id for other in store.sightings.shown_on(case, pages)]
    found = (*store.captures.of(case, [*(one.id for one in sightings), *beside]), *store.captures.on_pages(case, pages))
    return tuple({one.id: one for one in found}.values())


def _withhold(captures: Iterable[Capture], closed: Collection[SightingId], case: CaseId, store: Store) -> None:
    """Everything that was kept of the closed ones. The text of their pages goes whole, in every form and also where
    another find was on the same page or was shown by the same list: its row stays, and says that it is withheld."""
    for capture in captures:
        _close_capture(capture, closed, store)
    own = [item for item in store.evidence.all(case) if item.sighting in closed]  # what is of no capture
    withhold(own, store=store)
    forget_rows(own, store=store)


def _close_capture(capture: Capture, closed: Collection[SightingId], store: Store) -> None:
    """closed: ids. Where nobody else is on it, nothing stays but that there was one, and when."""
    items = store.evidence.of_capture(capture.case, capture.id)
    own = [item for item in items if item.sighting in closed]
    shared = [item for item in items if item not in own and _shows_page(item)]
    withhold([*own, *shared], store=store)
    forget_rows(own, store=store)
    left = tuple(one for one in capture.sightings if one not in closed)
    if not left:
        forget_rows(shared, store=store)
        rest = replace(capture, state=CaptureState.CLOSED, why="", missing=(), retry_at=None, sightings=())
    elif capture.state is CaptureState.WANTED:  # its page is not fetched any more
        rest = replace(capture, state=CaptureState.GIVEN_UP, why=PAGE_CLOSED, retry_at=None, sightings=left)
    else:
        gone = {item.kind: Missing(item.kind, PAGE_CLOSED) for item in shared}
        stays = [one for one in capture.missing if one.kind not in gone]
        rest = with_missing(replace(capture, sightings=left), [*stays, *gone.values()])
    store.captures.save(rest)


def _shows_page(item: EvidenceItem) -> bool:
    """The page's text, or something of the closed find: of another find its own picture stays, and how that came. Its
    record goes too: it has the page's title and digest, and that of each picture which was written into the page."""
    if item.kind is EvidenceKind.WARC:
        return not item.sighting
    return item.kind not in (EvidenceKind.IMAGE, EvidenceKind.OWN)


def leave_drafts(sighting: Sighting, store: Store, now: datetime) -> tuple[str, ...]:
    """It is asked for no more: what was not sent yet goes on without it, or not at all, and its sheet, which names it,
    is to go. What was sent, was sent. Returns the files that are to go."""
    case, going = sighting.case, list[str]()
    for report in drafts_about(sighting, store):
        others = report.without({sighting.id})
        if others is report:
            others = report.withdrawn(at=max(now, report.changed_at), noted_at=now)
        going += files_of_draft(report, store)
        store.reports.save(others.without_sheet())
    store.draft_files.drop(case, going)
    indexes = list(_lone_indexes(going, case, store))
    store.draft_files.drop(case, indexes)
    store.removals.add(*(Removal(case, FileKind.DRAFT, path) for path in (*going, *indexes)))
    return tuple(going)


def _lone_indexes(going: Iterable[str], case: CaseId, store: Store) -> Iterator[str]:
    """That would tell of nothing that is there: decided with the rest, so that no crash leaves one behind."""
    for place in sorted({Path(path).parent for path in going}):
        if store.draft_files.within(case, str(place)) == [index := str(place / INDEX)]:
            yield index


def drafts_about(sighting: Sighting, store: Store) -> tuple[Report, ...]:
    """Not sent yet."""
    about = store.reports.of_sighting(sighting.case, sighting.id)
    return tuple(report for report in about if report.state is ReportState.DRAFT)


def _left_of(report: Report, closed: SightingId, now: datetime) -> Report:
    """One about others too goes on without it. Else it is out of the way, whatever state it was in; what was sent stays
    on record by its times alone."""
    others = report.without({closed})
    if others is report and report.state not in (ReportState.REMOVED, ReportState.WITHDRAWN):
        others = report.withdrawn(at=max(now, report.changed_at), noted_at=now)
    return others.without_words()
