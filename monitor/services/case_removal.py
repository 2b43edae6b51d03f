"""`case remove`: one case goes, with all that is kept of it; the others are not touched.

Its watches first, so that nothing is looked at for it any more; then its rows, with which files are to go, in one
transaction; then the files; its key and its name last. Cut off anywhere, or where a disk is away, the command goes on
when it is given again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.acting import acting_for
from monitor.errors import NeedsUser, UsageError
from monitor.model.ids import CaseId
from monitor.model.removal import FileKind, Left, Removal
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.removing import remove_files
from monitor.ports import Store
from monitor.services.watches import load_watches
from monitor.watchlist_edit import remove_watch


@dataclass(frozen=True, slots=True)
class CaseRemoval:
    """What would go. files: sealed; drafts: readable text. written: where the configuration still speaks of it."""

    case: CaseId
    watches: tuple[Watch, ...]
    photos: int
    finds: int
    files: tuple[str, ...]
    drafts: tuple[str, ...]
    written: Path | None


@dataclass(frozen=True, slots=True)
class CaseRemoved:
    """gone: files. left: what could not be removed, and why: then the case is there still, and empty."""

    gone: int
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class CaseRemovalService:
    store: Store
    settings: Settings

    def plan(self, case: CaseId) -> CaseRemoval:
        """Changes nothing. Raises UsageError."""
        if case == self.settings.case.id:
            raise UsageError(
                f"the configuration speaks for the case {case!r}: it goes with everything else, or not at all",
                remedy="reupload-monitor erase removes everything, of every case. To keep the others, name another "
                "case as [case] id in config.toml first.",
            )
        loaded = load_watches(self.settings)
        for error in loaded.errors:
            if error.case in ("", case):
                raise NeedsUser(
                    f"a watchlist cannot be read, so it is not known what is watched for {case!r}: nothing was removed",
                    remedy=f"Mend it first: {error}. {error.remedy}",
                )
        with acting_for(case):
            files = {item.file.path for item in self.store.evidence.all(case) if not item.is_withheld}
            drafts = dict.fromkeys(one.path for one in self.store.draft_files.all(case))
            return CaseRemoval(
                case=case,
                watches=tuple(watch for watch in loaded.watches if watch.case == case),
                photos=self.store.references.count(case),
                finds=len(self.store.sightings.all(case)),
                files=tuple(sorted(files)),
                drafts=tuple(drafts),
                written=self.settings.path if self.settings.contact(case) is not None else None,
            )

    def remove(self, plan: CaseRemoval) -> CaseRemoved:
        """Raises UsageError, WorkFailed where a watchlist cannot be changed: then nothing of the case was removed but
        the watches before it."""
        for watch in _from_below(plan.watches):
            remove_watch(watch)
        store, case = self.store, plan.case
        with acting_for(case):
            with store.transaction():
                store.removals.add(*(Removal(case, FileKind.SEALED, path) for path in plan.files))
                store.removals.add(*(Removal(case, FileKind.DRAFT, path) for path in plan.drafts))
                store.cases.clear(case)
            done = remove_files(store, self.settings, case)
            if not store.removals.all(case):
                store.cases.remove(case)
        return CaseRemoved(done.gone, done.left)


def _from_below(watches: Sequence[Watch]) -> Sequence[Watch]:
    """So that the lines of those above stay where they are."""
    return sorted(watches, key=lambda watch: (str(watch.origin), -watch.line))
