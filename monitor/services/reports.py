"""Drafts from sightings, and what became of them. Making a draft opens no socket; sending is the person's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.errors import DraftIncomplete, UnderAge, UsageError, no_such
from monitor.hosts import host_of
from monitor.model.ids import CaseId, new_id
from monitor.model.match import Tier
from monitor.model.removal import DraftFile, Removal
from monitor.model.report import WAITING, Report, ReportState
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Sighting, Status
from monitor.pipeline.removing import not_found
from monitor.ports import Store
from monitor.services.draft_files import default_folder, private_folder, write_draft
from monitor.services.timeline import Timeline, timeline_of
from monitor.takedown.clocks import due_at
from monitor.takedown.drafts import Draft, NameRule, render_draft
from monitor.takedown.facts import facts_of
from monitor.takedown.report_channels import Channels
from monitor.takedown.routing import Route, fitting_channels, route_to
from monitor.tracking import sighting_life

_IN_HAND = 500  # rows of a list in hand
_NOT_MINE = ("dismissed", "If it is one of yours")

OUTCOMES = {
    "acknowledged": ReportState.ACKNOWLEDGED,
    "more-asked": ReportState.MORE_ASKED,
    "refused": ReportState.REFUSED,
    "removed": ReportState.REMOVED,
}


@dataclass(frozen=True, slots=True)
class Statements:
    """What only the person can say about a picture. That it was published without consent is stated by sending the
    draft, which says so. names: whether the legal name may stand in it."""

    forged: bool = False
    circumstances: str = ""
    names: NameRule = NameRule.AUTO


@dataclass(frozen=True, slots=True)
class Drafting:
    """problems: routes that fit but lack an element."""

    reports: tuple[Report, ...]
    problems: tuple[DraftIncomplete, ...]


@dataclass(frozen=True, slots=True)
class ReportService:
    """Each takes the case, and finds what is of it alone. channels: read when one is asked for."""

    store: Store
    settings: Settings
    channels: Callable[[], Channels]
    clock: Callable[[], datetime]

    def listed(self, case: CaseId) -> Iterator[Report]:
        """In the order in which they were made, asked for in parts."""
        last = ""
        while part := self.store.reports.listed(case, limit=_IN_HAND, after=last):
            yield from part
            last = part[-1].id

    def overdue(self, case: CaseId) -> Sequence[Report]:
        """Sent, and their time has run out."""
        return self.store.reports.overdue(case, self.clock())

    def draft(
        self,
        sightings: Sequence[str],
        *,
        case: CaseId,
        channel: str | None = None,
        out: Path | None = None,
        statements: Statements,
    ) -> Drafting:
        """One file a route in `out` (None: the case's folder in `data_dir`). channel None: all that fit.

        Raises UsageError for a sighting that cannot be reported and for a folder that is not the caller's own,
        UnderAge for one that must not be, AttestationMissing, DraftIncomplete when no draft at all could be made."""
        now, folder = self.clock(), None
        known, contact = self.store.cases.get(case), self.settings.contact(case)
        reports: list[Report] = []
        problems: list[DraftIncomplete] = []
        for name in sightings:
            sighting = _reportable(self.store, case, name)
            facts = facts_of(
                sighting,
                contact,
                known.attestation if known else None,
                forged=statements.forged,
                circumstances=statements.circumstances,
            )
            for route in _routes(sighting, channel, self.channels(), _jurisdiction(case, self.settings)):
                of_sighting = self.store.reports.of_sighting(case, sighting.id)
                earlier = [report for report in of_sighting if report.channel == route.channel.id]
                if channel is None and any(r.state in WAITING for r in earlier):
                    continue  # it was sent and its clock is running: a second request would only start it anew
                try:
                    draft = render_draft(route, facts, now, statements.names)
                except DraftIncomplete as error:
                    problems.append(error)
                    continue
                again = next((r for r in earlier if r.state is ReportState.DRAFT), None)
                folder = folder or private_folder(out or default_folder(self.settings, case))
                reports.append(_keep(draft, again, sighting, folder, self.store, now))
        if problems and not reports:
            raise problems[0]
        return Drafting(tuple(reports), tuple(problems))

    def mark_sent(self, report: str, *, case: CaseId, at: datetime | None = None, number: str = "") -> Report:
        """The person has sent it: its clock starts, and the sighting is `reported`. at None: now."""
        at = at or self.clock()
        known = _report(self.store, case, report)
        sighting = self.store.sightings.get(case, known.sighting)
        deadline = None
        if sighting is not None:
            place = sighting.place
            route = route_to(
                known.channel, place.page_url, place.image_url, _jurisdiction(case, self.settings), self.channels()
            )
            deadline = route.deadline
        sent = known.sent(at=at, due_at=due_at(deadline, at), number=number)
        with self.store.transaction():
            self.store.reports.save(sent)
            if sighting is not None:
                self.store.sightings.save(sighting_life.reported(sighting))
        return sent

    def record_response(self, report: str, *, case: CaseId, outcome: str, text: str = "") -> Report:
        """Raises UsageError for an outcome that is none."""
        state = OUTCOMES.get(outcome)
        if state is None:
            raise UsageError(f"{outcome!r} is not an outcome of a report", remedy=f"One of: {', '.join(OUTCOMES)}.")
        answered = _report(self.store, case, report).answered(state, at=self.clock(), text=text)
        self.store.reports.save(answered)
        return answered

    def withdraw(self, report: str, *, case: CaseId) -> Report:
        withdrawn = _report(self.store, case, report).withdrawn(at=self.clock())
        self.store.reports.save(withdrawn)
        return withdrawn

    def timeline(self, names: Sequence[str], *, case: CaseId) -> Timeline:
        """What happened when, reports and their answers among it. Raises UsageError."""
        return timeline_of(names, case=case, store=self.store, now=self.clock())

    def draft_places(self) -> list[str]:
        """Where drafts of every case were written."""
        return [one.path for case in self.store.cases.all() for one in self.store.draft_files.all(case.id)]

    def not_found(self, case: CaseId) -> Sequence[Removal]:
        """Files that were to go and cannot be found."""
        return not_found(self.store, self.settings, case)

    def given_up(self, missing: Sequence[Removal]) -> None:
        """The person says that they are gone for good: they are looked for no more."""
        with self.store.transaction():
            self.store.removals.done(*missing)


def _report(store: Store, case: CaseId, name: str) -> Report:
    found = store.reports.get(case, name)
    if found is None:
        raise no_such("report", name, case, "reports list")
    return found


def _reportable(store: Store, case: CaseId, name: str) -> Sighting:
    sighting = store.sightings.get(case, name)
    if sighting is None:
        raise no_such("sighting", name, case, "sightings list")
    if sighting.under_18:
        raise UnderAge(
            f"sighting {sighting.id} was closed as under 18: no draft is made for it",
            remedy="Use the services made for that: reupload-monitor guide under-18",
        )
    if sighting.status is Status.DISMISSED:
        said, why = ("left alone", "To report it") if sighting.decision is Decision.NOT_HERE else _NOT_MINE
        raise UsageError(
            f"sighting {sighting.id} was {said}",
            remedy=f"{why} after all: reupload-monitor sightings undo {sighting.id}",
        )
    if sighting.is_hearsay:
        raise UsageError(
            f"sighting {sighting.id}: {host_of(sighting.place.page_url)} was only named by a list, to an earlier "
            "version of this program, and this place was never looked at",
            remedy="Open the page yourself and, if the picture is there: reupload-monitor sightings confirm "
            f"{sighting.id}. Or let it be looked at: reupload-monitor watch run {sighting.watch}.",
        )
    if sighting.match.tier is Tier.POSSIBLE and sighting.status is not Status.CONFIRMED:
        raise UsageError(
            f"sighting {sighting.id} is only possibly one of yours",
            remedy=f"Look at it, then: reupload-monitor sightings confirm {sighting.id}",
        )
    return sighting


def _jurisdiction(case: CaseId, settings: Settings) -> str:
    contact = settings.contact(case)
    return contact.case.jurisdiction if contact else ""


def _refuse_claimed(sighting: Sighting, channel: str, channels: Channels, jurisdiction: str) -> None:
    """Raises UsageError for a desk of the site that the find is only said to be from."""
    claimed, place = sighting.place.claimed_url, sighting.place
    if not claimed:
        return
    seen = {route.channel.id for route in fitting_channels(place.page_url, place.image_url, jurisdiction, channels)}
    said = {route.channel.id for route in fitting_channels(claimed, "", jurisdiction, channels)}
    if channel in said - seen:
        raise UsageError(
            f"sighting {sighting.id} was not seen on {host_of(claimed)}: {host_of(place.page_url)} only says that it "
            "is from there, and nobody has looked yet",
            remedy=f"Let it be looked at (reupload-monitor watch run {sighting.watch}), or open the page yourself and, "
            "if the picture is there: reupload-monitor sightings add URL",
        )


def _routes(sighting: Sighting, channel: str | None, channels: Channels, jurisdiction: str) -> tuple[Route, ...]:
    place = sighting.place
    if channel is not None:
        _refuse_claimed(sighting, channel, channels, jurisdiction)
        return (route_to(channel, place.page_url, place.image_url, jurisdiction, channels),)
    return fitting_channels(place.page_url, place.image_url, jurisdiction, channels)


def _keep(draft: Draft, again: Report | None, sighting: Sighting, folder: Path, store: Store, now: datetime) -> Report:
    """The place first, then the file, then the row that names it."""
    case = sighting.case
    if again is not None and again.file:  # it may lie elsewhere: of an earlier version that is known from here alone
        store.draft_files.add(DraftFile(case, sighting.id, again.file))
    file = write_draft(
        draft.file_name, draft.text, case=case, sighting=sighting.id, folder=folder, again=again, store=store
    )
    if again is not None:
        report = replace(again, file=file, route=draft.route, changed_at=max(now, again.changed_at))
    else:
        report = Report(
            id=new_id(now),
            case=case,
            sighting=sighting.id,
            channel=draft.channel,
            route=draft.route,
            created_at=now,
            changed_at=now,
            file=file,
        )
    store.reports.save(report)
    return report
