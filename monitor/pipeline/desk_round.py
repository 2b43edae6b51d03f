"""Are the desks still where the data has them? Each address that an open report needs is asked once a week, so that
somebody who relies on it is told before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from monitor.acting import acting_for
from monitor.crawl.outcome import outcome_of_page
from monitor.model.desk import DeskLook
from monitor.model.ids import CaseId
from monitor.model.page import Outcome, OutcomeKind, ParseJob, Parser, Request
from monitor.model.report import Report, ReportState
from monitor.pipeline.surviving import surviving
from monitor.ports import Fetcher, Reader, Store
from monitor.takedown.channel import Channels
from monitor.takedown.desks import judged, to_ask

log = logging.getLogger(__name__)

_IN_HAND = 500  # reports
_CLOSED = frozenset({ReportState.REMOVED, ReportState.REFUSED, ReportState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class DeskRound:
    """No referrer goes out, nor any cookie, nor a log-in: nothing tells who asks, or why."""

    store: Store
    channels: Channels
    fetcher: Fetcher
    reader: Reader
    clock: Callable[[], datetime]
    asked: dict[str, DeskLook] = field(default_factory=dict)  # of this round: two cases may need the same one

    async def ask(self) -> tuple[DeskLook, ...]:
        """What was asked, in its order."""
        for case in self.store.cases.all():
            with surviving("desks"), acting_for(case.id):
                await self._ask_for(case.id)
        if self.asked:
            doubts = sum(look.answer.is_doubt for look in self.asked.values())
            log.info("report addresses asked", extra={"action": "desks", "asked": len(self.asked), "doubts": doubts})
        return tuple(self.asked.values())

    async def _ask_for(self, case: CaseId) -> None:
        looks = self.store.desk_looks
        needed = self._needed(case)
        looks.keep_only(case, needed)
        for address in to_ask(sorted(needed), looks.all(case), self.clock()):
            if address not in self.asked:
                self.asked[address] = await self._look(address)
            looks.save(case, self.asked[address])

    def _needed(self, case: CaseId) -> frozenset[str]:
        by_id = {channel.id: channel.url for channel in self.channels.channels}
        needed, last = set[str](), ""
        while part := self.store.reports.listed(case, limit=_IN_HAND, after=last):
            needed |= {by_id.get(report.channel, "") for report in part if _is_open(report)}
            last = part[-1].id
        return frozenset(needed - {""})

    async def _look(self, address: str) -> DeskLook:
        fetched = await self.fetcher.fetch(Request(address))
        outcome = fetched.outcome
        if outcome.kind is OutcomeKind.OK:
            job = ParseJob(Parser.HTML, fetched.url, fetched.header("content-type"), follow_next=False)
            content = await self.reader.page(job, fetched.body)
            outcome = content.problem or outcome_of_page(content, fetched) or outcome
            if outcome.kind in (OutcomeKind.EMPTY, OutcomeKind.UNREADABLE):
                outcome = Outcome(OutcomeKind.OK)  # a form that scripts draw, or a file: it answers
        answer, said = judged(address, fetched.url, outcome)
        return DeskLook(address, self.clock(), answer, said)


def _is_open(report: Report) -> bool:
    return report.state not in _CLOSED
