"""Drafts from sightings: which desks, which finds together, which files. Making one opens no socket; sending it is the
person's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import NamedTuple

from monitor.alerts.zone import zone_of
from monitor.errors import DraftIncomplete, UsageError
from monitor.model.desk import DeskLook
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.model.intent import IntentKind
from monitor.model.removal import DraftFile
from monitor.model.report import Frozen, Report, ReportState
from monitor.model.settings import Contact, Settings
from monitor.model.sighting import Sighting
from monitor.pipeline.case_settings import settings_of
from monitor.plain import plain
from monitor.ports import Store
from monitor.services.case_view import CaseView, case_view, reportable, why_not
from monitor.services.desk_refusals import refuse_claimed, refuse_no_guess
from monitor.services.draft_files import default_folder, private_folder, write_sitting
from monitor.services.own_command import own_command
from monitor.takedown.batching import Batch, Target, batches
from monitor.takedown.channel import Channel, Channels
from monitor.takedown.desks import warning
from monitor.takedown.drafts import Draft
from monitor.takedown.facts import Statements, earlier_requests, facts_of
from monitor.takedown.lanes import Lane
from monitor.takedown.planning import asked_desk
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import Desk, Route, as_stated, routes_for
from monitor.takedown.sheets import files_of
from monitor.takedown.whose_desk import NETWORK
from monitor.takedown.words import ENGLISH


@dataclass(frozen=True, slots=True)
class Drafting:
    """problems: routes that fit but lack an element. replaced: earlier drafts of the same requests, as they were, whose
    sheets lie elsewhere and are to be sent no more."""

    reports: tuple[Report, ...]
    problems: tuple[DraftIncomplete, ...]
    replaced: tuple[Report, ...] = ()


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
        """One sitting in a folder of its own in `out` (None: the case's folder in `data_dir`): a draft for each desk,
        as many finds in each as it takes. channel None: whom to ask about each find now; with a guess in `statements`,
        that address and nobody else.

        Raises UsageError for a sighting that cannot be reported, for what is no guess for each of them, and for a
        folder that is not the caller's own, UnderAge for one that must not be, AttestationMissing, DraftIncomplete when
        no draft at all could be made."""
        finds = [reportable(self.store, case, name) for name in sightings]
        view = self.view(case, finds)
        if statements.guess:
            view, channel = view.taking_guess(statements.guess), channel or NETWORK
        if channel is None:
            return self.made(batches(view.targets(statements)), view, out, statements)
        named = [self._named(one, channel, view, statements) for one in view.sightings.values()]
        return self.made(batches(named), view, out, statements, is_named=True)

    def draft_following(
        self, report: Report, about: Iterable[SightingId] | None = None, *, view: CaseView | None = None
    ) -> Drafting:
        """Whom to ask next, now that its time has run out, that it came back, or that a picture is there again. What
        was stated in it is stated again; what cannot be reported any more is left out, and so is what is drafted
        already. about: None for its finds. view: of all that may be asked about, where there is one already."""
        statements = stated_in(report)
        wanted = report.sightings if about is None else tuple(about)
        view = (view or self.view_of(report.case, wanted)).about(wanted)
        targets = [Target(find, _not_drafted(find.sighting, routes, view)) for find, routes in view.targets(statements)]
        return self.made(batches(targets), view, None, statements, follows=report.id)

    def following(
        self, report: Report, about: Iterable[SightingId] | None = None, *, view: CaseView | None = None
    ) -> tuple[Batch, ...]:
        """Whom to ask next, whether it is drafted already or not. view: of all that may be asked about, where there is
        one already."""
        wanted = report.sightings if about is None else tuple(about)
        view = (view or self.view_of(report.case, wanted)).about(wanted)
        return batches(view.targets(stated_in(report)))

    def _contact(self, case: CaseId) -> Contact | None:
        return settings_of(case, self.settings, self.store).contact(case)

    def view_of(self, case: CaseId, wanted: Iterable[SightingId]) -> CaseView:
        """Of these, as far as they may be reported."""
        found = self.store.sightings.of_ids(case, wanted)
        return self.view(case, [one for one in found if why_not(one) is None])

    def view(self, case: CaseId, finds: Iterable[Sighting]) -> CaseView:
        dead = self.store.dead_addresses.all()
        channels = _living(self.channels(), dead)
        return case_view(case, finds, self.store, self.settings, channels, self.clock(), dead)

    def _named(self, sighting: Sighting, channel: str, view: CaseView, statements: Statements) -> Target:
        refuse_claimed(sighting, channel, view)
        find = view.find(sighting)
        if statements.guess:
            refuse_no_guess(find, statements.guess, view)
        routes = routes_for(channel, find, view.jurisdiction, view.channels, hosting=view.hosting)
        if statements.guess:
            routes = tuple(route for route in routes if route.desk.address == statements.guess)
            if not routes:
                raise UsageError(
                    f"{channel} has an address of its own, so {plain(statements.guess)} is not used for it",
                    remedy="Leave out --channel, or --guess.",
                )
        return Target(find, tuple(as_stated(route, statements.in_law, view.channels) for route in routes))

    def made(
        self,
        wanted: Sequence[Batch],
        view: CaseView,
        out: Path | None,
        statements: Statements,
        *,
        follows: str = "",
        is_named: bool = False,
    ) -> Drafting:
        """As `draft` has it. follows: the report whose time has run out. is_named: by the person, so that nobody else
        is asked in the place of a desk that nothing can be drafted for."""
        drafts, failed = self._rendered(wanted, view, statements)
        if not is_named:
            drafts, failed = self._with_the_next(drafts, failed, view, statements, is_following=bool(follows))
        problems = list({str(one.error): one.error for one in failed}.values())
        if problems and not drafts:
            raise problems[0]
        if not drafts:
            return Drafting((), tuple(problems))
        folder = private_folder(out or default_folder(self.settings, view.case))
        renewed = _renewed(drafts, view)
        ids = [again[0].id if again else new_id(view.now) for again in renewed]
        paths = self._written(drafts, renewed, ids, folder, view)
        reports = []
        with self.store.transaction():
            for draft, again, id_, file in zip(drafts, renewed, ids, paths, strict=True):
                for older in again[1:]:  # the new draft is about its finds too
                    gone = older.withdrawn(at=max(view.now, older.changed_at), noted_at=view.now)
                    self.store.reports.save(replace(gone, file=""))
                frozen = _frozen(draft, statements, view.channels)
                reports.append(_report_of(draft, again, id_, frozen, file, view, follows))
                self.store.reports.save(reports[-1])
            self.store.intents.drop(IntentKind.SITTING, {str(Path(file).parent) for file in paths})
        lost = (one for again in renewed for one in again if one.file and one.file not in paths)
        return Drafting(tuple(reports), tuple(problems), tuple(one for one in lost if Path(one.file).exists()))

    def _written(
        self,
        drafts: Sequence[Draft],
        renewed: Sequence[Sequence[Report]],
        ids: Sequence[str],
        folder: Path,
        view: CaseView,
    ) -> tuple[str, ...]:
        """The path of each. The places first, then the files, then the rows that name them."""
        with self.store.transaction():  # those of an earlier version may be known from their report alone
            for draft, again in zip(drafts, renewed, strict=True):
                for one, report in product(draft.sightings, again):
                    if report.file:
                        self.store.draft_files.add(DraftFile(view.case, one, report.file))
        return write_sitting(
            files_of(drafts, view.now, ids, own_command(self.settings, self.store, view.case)),
            [draft.sightings for draft in drafts],
            day=view.now.astimezone(zone_of(self.settings.digest.timezone)).date(),
            case=view.case,
            folder=folder,
            renewed=[report for again in renewed for report in again],
            now=view.now,
            store=self.store,
        )

    def _with_the_next(
        self,
        drafts: Sequence[Draft],
        failed: Sequence[_NotDrafted],
        view: CaseView,
        statements: Statements,
        *,
        is_following: bool,
    ) -> tuple[list[Draft], list[_NotDrafted]]:
        """Where nothing could be drafted for a desk at the source, and for no other about the same find, the next one
        is asked. Each that failed says who is."""
        made, left = list(drafts), [one for one in failed if one.batch.route.lane.is_at_source]
        told = list(failed)
        without: set[tuple[SightingId, Desk]] = set()
        while left:
            without |= {(sighting, one.batch.route.desk) for one in left for sighting in one.batch.sightings}
            served = {sighting for draft in made if draft.asked.lane.is_at_source for sighting in draft.sightings}
            open_ = dict.fromkeys(sighting for one in left for sighting in one.batch.sightings)
            targets = []
            for find, routes in view.about(one for one in open_ if one not in served).targets(statements, without):
                offered = _not_drafted(find.sighting, routes, view) if is_following else routes
                targets.append(Target(find, tuple(route for route in offered if _is_at_source(route))[:1]))
            more, left = self._rendered(batches(targets), view, statements)
            made, told = made + more, told + left
        made.sort(key=lambda draft: draft.asked.lane.place)
        return made, [_with_word(one, made) for one in told]

    def _rendered(
        self, wanted: Sequence[Batch], view: CaseView, statements: Statements
    ) -> tuple[list[Draft], list[_NotDrafted]]:
        known, contact = self.store.cases.get(view.case), self._contact(view.case)
        attestation = known.attestation if known else None
        looks = self.store.desk_looks.all(view.case)
        drafts: list[Draft] = []
        failed: list[_NotDrafted] = []
        for batch in wanted:
            about = [view.sightings[one] for one in batch.sightings]
            earlier = earlier_requests(view.reports_about(batch.sightings), view.channels, view.now)
            facts = facts_of(about, contact, attestation, statements, earlier)
            try:
                draft = render_draft(batch.route, facts, view.now, statements.names, statements.language)
                drafts.append(_cautioned(draft, looks))
            except DraftIncomplete as error:
                failed.append(_NotDrafted(batch, error))
        return drafts, failed


class _NotDrafted(NamedTuple):
    batch: Batch
    error: DraftIncomplete


def _is_at_source(route: Route) -> bool:
    return route.lane.is_at_source or route.lane is Lane.REGISTRAR


def _with_word(one: _NotDrafted, made: Iterable[Draft]) -> _NotDrafted:
    """Says who else at the source is asked about its finds."""
    about = set(one.batch.sightings)
    others = dict.fromkeys(
        draft.asked.channel.name for draft in made if _is_at_source(draft.asked) and about & set(draft.sightings)
    )
    if not others or not _is_at_source(one.batch.route):
        return one
    said = f"Without it, drafted for the same: {', '.join(others)}."
    error = DraftIncomplete(str(one.error), missing=one.error.missing, remedy=f"{said} {one.error.remedy}")
    return _NotDrafted(one.batch, error)


def _cautioned(draft: Draft, looks: Mapping[str, DeskLook]) -> Draft:
    """Its address answered, and not as it should: that is said before anything else."""
    doubt = warning(looks.get(draft.address.url))
    return replace(draft, cautions=(doubt, *draft.cautions)) if doubt else draft


def stated_in(report: Report) -> Statements:
    """In it, as far as the next desk is told the same."""
    frozen = report.frozen
    return Statements(forged=frozen.forged, circumstances=frozen.circumstances, language=frozen.language or ENGLISH)


def _not_drafted(sighting: SightingId, routes: Sequence[Route], view: CaseView) -> tuple[Route, ...]:
    """Somebody at the source, or over it, whom the person was not already given a draft for."""
    about = view.reports.get(sighting, ())
    has = {asked_desk(report) for report in about if report.state is ReportState.DRAFT and report.file}
    return tuple(route for route in routes if route.lane is not Lane.SEARCH and route.desk not in has)


def _renewed(drafts: Sequence[Draft], view: CaseView) -> list[list[Report]]:
    """Of each draft the reports that it takes the place of: drafts to the same desk, by the same law, in the same
    language, about nothing else. Another law or language makes a report of its own: what a sheet says is what is noted
    under the id that it names."""
    taken: set[str] = set()
    found = []
    for draft in drafts:
        of = [
            report
            for report in view.reports_about(draft.sightings)
            if report.state is ReportState.DRAFT
            and report.id not in taken
            and asked_desk(report) == draft.asked.desk
            and report.route == draft.route
            and report.frozen.language in ("", draft.language)  # earlier versions noted none
            and set(report.sightings) <= set(draft.sightings)
        ]
        taken |= {report.id for report in of}
        found.append(of)
    return found


def _report_of(
    draft: Draft, again: Sequence[Report], id_: str, frozen: Frozen, file: str, view: CaseView, follows: str
) -> Report:
    """again: whose place it takes; the first of them goes on as this one."""
    lane = draft.asked.lane.value
    if again:
        first = replace(again[0], follows=follows or again[0].follows)
        return first.drafted_anew(
            sightings=draft.sightings, route=draft.route, lane=lane, file=file, frozen=frozen, at=view.now
        )
    return Report.drafted(
        id=id_,
        case=view.case,
        sightings=draft.sightings,
        channel=draft.channel,
        route=draft.route,
        at=view.now,
        lane=lane,
        file=file,
        frozen=frozen,
        follows=follows,
    )


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
        email=draft.address.email if draft.address.url else "",
        address_checked=draft.address.checked,
        copy_date=_read_on(draft),
        source=draft.address.named_by.source if draft.address.named_by else channel.source,
        legal_basis=law,
        deadline=draft.deadline.iso if draft.deadline else "",
        deadline_source=source,
        text_sha256=hashlib.sha256(draft.to_send.encode()).hexdigest(),
        language=draft.language,
        forged=statements.forged,
        circumstances=statements.circumstances,
    )


def _read_on(draft: Draft) -> str:
    """The day of what its address was read in: the desk's own text, or a registry's answer."""
    contact = draft.address.named_by
    if contact is None:
        return draft.asked.channel.source_copy_date
    day = contact.checked_on or (contact.asked_at.astimezone(UTC).date() if contact.asked_at else None)
    return day.isoformat() if day else ""
