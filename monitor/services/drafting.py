"""Drafts from sightings. Making one opens no socket; sending it is the person's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.errors import DraftIncomplete, UnderAge, UsageError, no_such
from monitor.hosts import host_of
from monitor.model.ids import CaseId, new_id
from monitor.model.match import Tier
from monitor.model.removal import DraftFile
from monitor.model.report import WAITING, Frozen, Report, ReportState
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Sighting, Status
from monitor.ports import Store
from monitor.services.draft_files import default_folder, private_folder, write_draft
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel import Channel, Channels
from monitor.takedown.draft_file import draft_file
from monitor.takedown.drafts import Draft, NameRule
from monitor.takedown.facts import facts_of
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import Route, fitting_routes, route_for

_NOT_MINE = ("dismissed", "If it is one of yours")


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
class DraftService:
    """Each takes the case, and finds what is of it alone. channels: read when one is asked for."""

    store: Store
    settings: Settings
    channels: Callable[[], Channels]
    clock: Callable[[], datetime]

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
        channels = _living(self.channels(), self.store.dead_addresses.all())
        known, contact = self.store.cases.get(case), self.settings.contact(case)
        reports: list[Report] = []
        problems: list[DraftIncomplete] = []
        for name in sightings:
            sighting = _reportable(self.store, case, name)
            facts = facts_of(
                [sighting],
                contact,
                known.attestation if known else None,
                forged=statements.forged,
                circumstances=statements.circumstances,
            )
            for route in _routes(sighting, channel, channels, jurisdiction_of(case, self.settings)):
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
                frozen = _frozen(draft, statements, channels)
                reports.append(_keep(draft, frozen, again, sighting, folder, self.store, now))
        if problems and not reports:
            raise problems[0]
        return Drafting(tuple(reports), tuple(problems))


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


def jurisdiction_of(case: CaseId, settings: Settings) -> str:
    contact = settings.contact(case)
    return contact.case.jurisdiction if contact else ""


def find_of(sighting: Sighting) -> FindToReport:
    place = sighting.place
    return FindToReport(
        sighting=sighting.id,
        page_url=place.page_url,
        image_url=place.image_url,
        account=place.account,
        is_gone=sighting.status is Status.REMOVED,
    )


def _refuse_claimed(sighting: Sighting, channel: str, channels: Channels, jurisdiction: str) -> None:
    """Raises UsageError for a desk of the site that the find is only said to be from."""
    claimed, place = sighting.place.claimed_url, sighting.place
    if not claimed:
        return
    seen = {route.channel.id for route in fitting_routes(find_of(sighting), jurisdiction, channels)}
    there = FindToReport(sighting=sighting.id, page_url=claimed)
    said = {route.channel.id for route in fitting_routes(there, jurisdiction, channels)}
    if channel in said - seen:
        raise UsageError(
            f"sighting {sighting.id} was not seen on {host_of(claimed)}: {host_of(place.page_url)} only says that it "
            "is from there, and nobody has looked yet",
            remedy=f"Let it be looked at (reupload-monitor watch run {sighting.watch}), or open the page yourself and, "
            "if the picture is there: reupload-monitor sightings add URL",
        )


def _routes(sighting: Sighting, channel: str | None, channels: Channels, jurisdiction: str) -> tuple[Route, ...]:
    if channel is not None:
        _refuse_claimed(sighting, channel, channels, jurisdiction)
        return (route_for(channel, find_of(sighting), jurisdiction, channels),)
    return fitting_routes(find_of(sighting), jurisdiction, channels)


def _living(channels: Channels, dead: Container[str]) -> Channels:
    """Without the addresses from which a request came back."""

    def living(channel: Channel) -> Channel:
        if channel.email in dead:
            channel = replace(channel, email="", email_confidence=None)
        return replace(channel, url="") if channel.url in dead else channel

    return replace(channels, channels=tuple(living(channel) for channel in channels.channels))


def _frozen(draft: Draft, statements: Statements, channels: Channels) -> Frozen:
    channel, source = draft.asked.channel, draft.deadline_source
    law = next((one.id for one in channels.legal_bases if one.name == source), draft.legal_basis)
    return Frozen(
        channel_name=channel.name,
        address=draft.address.url or draft.address.email,
        address_checked=draft.address.checked,
        copy_date=channel.source_copy_date,
        source=channel.source,
        legal_basis=law,
        deadline=draft.deadline.iso if draft.deadline else "",
        deadline_source=source,
        text_sha256=hashlib.sha256(draft.to_send.encode()).hexdigest(),
        language=draft.language,
        forged=statements.forged,
        circumstances=statements.circumstances,
    )


def _keep(
    draft: Draft,
    frozen: Frozen,
    again: Report | None,
    sighting: Sighting,
    folder: Path,
    store: Store,
    now: datetime,
) -> Report:
    """The place first, then the file, then the row that names it."""
    case, about, lane = sighting.case, (sighting.id,), draft.asked.lane.value
    if again is not None and again.file:  # it may lie elsewhere: of an earlier version that is known from here alone
        store.draft_files.add(DraftFile(case, sighting.id, again.file))
    name, text = draft_file(draft, now)
    file = write_draft(name, text, case=case, sighting=sighting.id, folder=folder, again=again, store=store)
    if again is not None:
        report = again.drafted_anew(sightings=about, route=draft.route, lane=lane, file=file, frozen=frozen, at=now)
    else:
        report = Report.drafted(
            id=new_id(now),
            case=case,
            sightings=about,
            channel=draft.channel,
            route=draft.route,
            at=now,
            lane=lane,
            file=file,
            frozen=frozen,
        )
    store.reports.save(report)
    return report
