"""The shortest list of forms that covers everything open, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from monitor.model.ids import CaseId
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Sighting
from monitor.services.case_view import CaseView, open_finds
from monitor.services.drafting import Drafting, DraftService
from monitor.takedown.advice import advice
from monitor.takedown.batching import Batch, limit_words
from monitor.takedown.channel import Channel
from monitor.takedown.covering import fewest_forms
from monitor.takedown.facts import NOTHING_SAID, Statements
from monitor.takedown.lanes import Lane
from monitor.takedown.planning import asked_desk
from monitor.takedown.routing import Address, address_for

HASHED = "hash-stopncii"  # the step of the guide


@dataclass(frozen=True, slots=True)
class NextForm:
    """batch: one form, with its finds. drafted: its draft, where there is one about all of them already."""

    batch: Batch
    address: Address
    limit: str
    drafted: Report | None


@dataclass(frozen=True, slots=True)
class NextForms:
    """open: finds that are still to be got rid of. in_hand: of these, those about which nobody is to be asked now, for
    somebody has them in hand, or nobody is left. beside: where else help is to be had, in lanes without drafts."""

    forms: tuple[NextForm, ...]
    open: int
    in_hand: int
    beside: tuple[tuple[Lane, Channel], ...]


@dataclass(frozen=True, slots=True)
class NextFormService:
    drafts: DraftService

    def next(self, case: CaseId, statements: Statements = NOTHING_SAID) -> NextForms:
        view = self._view(case)
        targets = list(view.targets(statements))
        forms = tuple(_form(batch, view) for batch in fewest_forms(targets))
        idle = sum(not target.routes for target in targets)
        beside = advice(view.jurisdiction, view.channels)
        if self._is_hashed(case):
            beside = tuple(one for one in beside if one[0] is not Lane.HASH_SERVICE)
        return NextForms(forms, len(targets), idle, beside)

    def _is_hashed(self, case: CaseId) -> bool:
        """Ticked off in the guide, and no photo was enrolled since: once for each set of them."""
        ticked = self.drafts.store.ticks.get(case, HASHED)
        photos = self.drafts.store.references.all(case) if ticked else ()
        return ticked is not None and all(photo.enrolled_at <= ticked.at for photo in photos)

    def draft(
        self, case: CaseId, *, out: Path | None, statements: Statements, finds: Iterable[Sighting] | None = None
    ) -> Drafting:
        """All of them in one sitting. finds: that are open; None for all that are. Raises as `DraftService.draft`."""
        view = self._view(case) if finds is None else self.drafts.view(case, finds)
        return self.drafts.made(fewest_forms(view.targets(statements)), view, out, statements)

    def _view(self, case: CaseId) -> CaseView:
        return self.drafts.view(case, open_finds(case, self.drafts.store))


def _form(batch: Batch, view: CaseView) -> NextForm:
    route, about = batch.route, set(batch.sightings)
    drafted = [
        report
        for report in view.reports_about(batch.sightings)
        if report.state is ReportState.DRAFT
        and report.file  # without one it is to be written anew
        and asked_desk(report) == route.desk
        and about <= set(report.sightings)
    ]
    alike = [report for report in drafted if report.route == route.regime.id] or drafted
    return NextForm(batch, address_for(route), limit_words(route.channel), alike[-1] if alike else None)
