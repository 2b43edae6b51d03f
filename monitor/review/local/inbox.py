"""What waits for the person's word, over the services that know it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from monitor.documents.how_matched import how_it_matches
from monitor.domains import domain_of
from monitor.errors import NoSuch
from monitor.hosts import host_of
from monitor.model.deciding import DecisionAct, DecisionVia, MadeDecision
from monitor.model.ids import CaseId, SightingId
from monitor.model.incident import WaitingIncident
from monitor.model.match import Tier
from monitor.model.report import WAITING, Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.review.port.inbox import (
    CardReport,
    CopiesNow,
    FindToDecide,
    InboxCard,
    InboxNow,
    LookedTold,
    SaidNow,
    SeenFind,
    StrokeTold,
    UnseenTold,
)
from monitor.review.ways import way_told
from monitor.services.deciding import Deciding, FindsDecided
from monitor.services.decisions import DecisionService
from monitor.services.inbox import SITES_AT_ONCE, InboxService
from monitor.tracking.deciding import PutOff, put_off_until, stamp_of

_OPEN = (ReportState.DRAFT, ReportState.BOUNCED, *WAITING)
_LOOKED_THROUGH = 50  # for the last word that stands
_FEW = 5  # sites and numbers that a stroke is told by


@dataclass(frozen=True, slots=True)
class LocalInbox:
    inbox: InboxService
    decisions: DecisionService
    zone: tzinfo

    @property
    def deciding(self) -> Deciding:
        return self.decisions.deciding

    async def waiting(self, case: CaseId, *, begin: int = 0, holding: str = "", since: datetime) -> InboxNow:
        part = self.inbox.waiting(case, begin=begin, holding=holding)
        incidents, now = [one.incident for one in part.incidents], self.inbox.clock()
        first = self.inbox.first_of(case, incidents)
        reports, lacking = self.inbox.reports_at(case, incidents), self.inbox.lacking(case, incidents)
        cards = [
            _card(one, first[one.incident], reports.get(one.incident, ()), lacking.get(one.incident, 0), now)
            for one in part.incidents
            if one.incident in first
        ]
        return InboxNow(
            tuple(cards), begin, SITES_AT_ONCE, part.all, part.finds, part.put_aside, self._last(case, since)
        )

    async def many_waiting(self, case: CaseId) -> int:
        return self.inbox.waiting(case).finds

    async def order(self, case: CaseId, *, begin: int = 0, holding: str = "") -> tuple[str, ...]:
        return tuple(one.incident for one in self.inbox.waiting(case, begin=begin, holding=holding).incidents)

    async def looked(self, case: CaseId) -> LookedTold:
        found = self.inbox.looked_at(case)
        unseen = tuple(
            UnseenTold(one.name, one.sight, one.cause, way_told(one.way) if one.way else one.remedy)
            for one in found.unseen
        )
        return LookedTold(found.since, found.watched, found.looks, found.pages, found.pictures, unseen, found.next_look)

    async def copies(self, case: CaseId, incident: str, *, host: str = "") -> CopiesNow:
        found = self.inbox.at_one_place(case, incident, host=host)
        shown = tuple(map(_shown, found.finds))
        hosts = {one.host: one.id for one in reversed(shown)}
        others = tuple((host, hosts[host]) for host in sorted(hosts)) if len(hosts) > 1 else ()
        return CopiesNow(incident, shown[0].site if shown else "", shown, found.all, others)

    async def finds(self, case: CaseId, names: tuple[str, ...]) -> tuple[FindToDecide, ...]:
        return tuple(map(_shown, self.decisions.of_ids([self._id_of(name, case) for name in names], case=case)))

    async def put_aside(self, case: CaseId) -> tuple[FindToDecide, ...]:
        return tuple(map(_shown, self.inbox.put_aside(case)))

    async def decide(
        self,
        case: CaseId,
        act: DecisionAct,
        finds: tuple[SeenFind, ...],
        *,
        since: datetime,
        put_off: PutOff = PutOff.TOMORROW,
        text: str = "",
    ) -> SaidNow:
        until = put_off_until(put_off, self.inbox.clock(), self.zone) if act is DecisionAct.LATER else None
        seen = {self._id_of(one.name, case): one.stamp for one in finds}
        decided = self.deciding.decide(act, seen, case=case, via=DecisionVia.PAGE, seen=seen, until=until, text=text)
        if not decided.done and not decided.changed:
            raise NoSuch("there is no such find here", remedy="Go to what is to decide: it lists all that waits.")
        return self._said(case, decided, since, until)

    async def undo(self, case: CaseId, batch: str, *, since: datetime) -> SaidNow:
        return self._said(case, self.deciding.undo(batch, case=case), since, None)

    async def said(self, case: CaseId) -> tuple[StrokeTold, ...]:
        return self._strokes(case, self.inbox.said_lately(case))

    def _id_of(self, name: str, case: CaseId) -> SightingId:
        return self.decisions.find(name, case=case).id if name.isdecimal() else SightingId(name)

    def _said(self, case: CaseId, decided: FindsDecided, since: datetime, until: datetime | None) -> SaidNow:
        return SaidNow(
            len(decided.done),
            tuple(dict.fromkeys(one.incident for one in decided.done)),
            tuple(map(_shown, decided.changed)),
            decided.batch,
            until,
            self.deciding.strokes_since(since, case=case),
        )

    def _last(self, case: CaseId, since: datetime) -> StrokeTold | None:
        lately = self.inbox.said_lately(case, _LOOKED_THROUGH)
        last = next((one for one in lately if one.via is DecisionVia.PAGE and one.stands), None)
        if last is None or last.at < since:
            return None
        return self._strokes(case, self.deciding.of_batch(last.batch, case=case))[0]

    def _strokes(self, case: CaseId, made: Iterable[MadeDecision]) -> tuple[StrokeTold, ...]:
        batches: dict[str, list[MadeDecision]] = {}
        for one in made:
            batches.setdefault(one.batch, []).append(one)
        few = {one.sighting for rows in batches.values() for one in rows[:_FEW]}
        known = {one.id: one for one in self.decisions.of_ids(few, case=case)}
        return tuple(_stroke(batch, rows, known) for batch, rows in batches.items())


def _card(
    waiting: WaitingIncident, finds: Sequence[Sighting], reports: Sequence[Report], lacking: int, now: datetime
) -> InboxCard:
    shown = tuple(map(_shown, finds))
    return InboxCard(
        incident=waiting.incident,
        site=shown[0].site,
        waits=waiting.waits,
        sure=waiting.sure,
        back=waiting.back,
        copies=waiting.copies,
        accounts=waiting.accounts,
        names=tuple(dict.fromkeys(find.account for find in shown if find.account)),
        labels=tuple(dict.fromkeys(find.label for find in shown if find.label)),
        first_seen=waiting.first_seen,
        hows=tuple(dict.fromkeys(find.how for find in shown)),
        finds=shown,
        reports=tuple(_report(one, now) for one in reports if one.state in _OPEN),
        lacking=lacking,
    )


def _report(report: Report, now: datetime) -> CardReport:
    to = report.frozen.channel_name or report.channel
    return CardReport(report.id, to, report.state, report.due_at, report.overdue(now))


def _shown(find: Sighting) -> FindToDecide:
    place = find.seen_at
    return FindToDecide(
        id=find.id,
        number=find.number,
        stamp=stamp_of(find),
        incident=find.incident,
        site=domain_of(place.page_url) or host_of(place.page_url),
        host=host_of(place.page_url),
        page_url=place.page_url,
        account=place.account,
        label=(find.match.label or "") if find.is_compared else "",
        how=how_it_matches(find),
        first_seen=find.first_seen,
        is_sure=find.match.tier is Tier.MATCH,
        is_back=find.status is Status.REAPPEARED,
        has_evidence=bool(find.evidence),
        status=find.status,
        decision=find.decision,
        decided_at=find.decided_at,
        under_18=find.under_18,
        later_until=find.later_until,
    )


def _stroke(batch: str, rows: Sequence[MadeDecision], known: Mapping[SightingId, Sighting]) -> StrokeTold:
    first, finds = rows[0], [known[one.sighting] for one in rows[:_FEW] if one.sighting in known]
    return StrokeTold(
        batch,
        first.act,
        first.at,
        len(rows),
        tuple(dict.fromkeys(domain_of(one.seen_at.page_url) or host_of(one.seen_at.page_url) for one in finds)),
        tuple(sorted(one.number for one in finds)),
        first.until,
        first.text,
        any(one.stands for one in rows),
    )
