"""A case is held to what it may take of what all share: counted in the store, so that it holds over processes and
machines; told to the case once a day; and nobody else waits for it.

Requests are taken in lots, a transaction for many. Where nothing is set, nothing is counted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from monitor.acting import acting_for
from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.quota import QUOTA_DAY, QuotaKind, QuotaUse, granted
from monitor.model.settings import QuotaSettings
from monitor.ports import Fetcher, Store

log = logging.getLogger(__name__)

QUOTA_LOT = 50
"""Requests that one process has in hand at once; what it has not sent when it is killed counts as sent."""

NO_MORE_REQUESTS = "the case has asked for all that it may in a day ({} requests)"
NO_MORE_REQUESTS_REMEDY = "It is looked at when that day is over. Whoever looks after the cases can raise its quota."
NO_MORE_CAPTURES = (
    "No more looks are kept as evidence for this case on this day: its quota is used up. It is looked at again when "
    "that day is over."
)
NO_MORE_EVIDENCE = "There was no room left for it: the case has as much evidence as its quota lets it keep."


class CaseQuota:
    """Of one case, in one process."""

    def __init__(self, case: CaseId, quota: QuotaSettings, store: Store, clock: Callable[[], datetime]) -> None:
        self.case, self.quota = case, quota
        self._store, self._clock = store, clock
        self._in_hand = 0
        self._spent_until: datetime | None = None

    def follow(self, quota: QuotaSettings) -> None:
        """As it is set by now."""
        if quota != self.quota:
            self.quota, self._spent_until = quota, None

    @property
    def is_spent(self) -> bool:
        """No more requests, as far as was heard."""
        return self._spent_until is not None and self._clock() < self._spent_until

    def may_ask(self) -> bool:
        """Before each request."""
        if not self.quota.requests or self._in_hand > 0:
            return True
        if self.is_spent:
            return False
        wanted = min(QUOTA_LOT, max(1, self.quota.requests // 20))
        given, use = self._take(QuotaKind.REQUESTS, wanted - self._in_hand, self.quota.requests)
        self._in_hand += given
        if self._in_hand > 0:
            self._spent_until = None
            return True
        self._spent_until = use.began + QUOTA_DAY
        self.tell(QuotaKind.REQUESTS)
        return False

    def asked(self, requests: int) -> None:
        """What one of them came to: redirects, and what a rendered page asked for, too."""
        if self.quota.requests:
            self._in_hand -= requests

    def has_captures(self) -> bool:
        """Whether any more of this day may be kept."""
        if not self.quota.captures:
            return True
        with acting_for(self.case):
            use = self._use(QuotaKind.CAPTURES, self._clock())
        return granted(use, 1, self.quota.captures) > 0

    def take_captures(self, wanted: int) -> int:
        """How many of them may be kept; the others are told."""
        if not self.quota.captures or not wanted:
            return wanted
        given, _ = self._take(QuotaKind.CAPTURES, wanted, self.quota.captures)
        if given < wanted:
            self.tell(QuotaKind.CAPTURES)
        return given

    def evidence_left(self) -> int | None:
        """Bytes; None: as many as there is room for."""
        if not self.quota.evidence_bytes:
            return None
        with acting_for(self.case):
            return max(self.quota.evidence_bytes - self._store.evidence.bytes_of(self.case), 0)

    def tell(self, kind: QuotaKind) -> None:
        """The case, once a day."""
        now = self._clock()
        with acting_for(self.case):
            if not self._use(kind, now).is_to_tell(now) or not self._told(kind, now):
                return
        log.info("a case is held to its quota", extra={"action": "quota", "kind": kind.value})

    def _told(self, kind: QuotaKind, now: datetime) -> bool:
        with self._store.transaction():
            use = self._use(kind, now)
            if not use.is_to_tell(now):
                return False
            self._store.alerts.save(
                new_alert(AlertKind.QUOTA, case=self.case, subject=kind.value, now=now, not_before=now)
            )
            self._store.case_use.save(self.case, kind, replace(use, told_at=now))
        return True

    def _take(self, kind: QuotaKind, wanted: int, most: int) -> tuple[int, QuotaUse]:
        with acting_for(self.case), self._store.transaction():
            use = self._use(kind, self._clock())
            given = granted(use, wanted, most)
            if given:
                use = replace(use, used=use.used + given)
                self._store.case_use.save(self.case, kind, use)
        return given, use

    def _use(self, kind: QuotaKind, now: datetime) -> QuotaUse:
        found = self._store.case_use.get(self.case, kind)
        return QuotaUse(now) if found is None else found.at(now)


class QuotaFetcher:
    """`ports.Fetcher`, for one case: what it may not ask for any more is answered here."""

    def __init__(self, fetcher: Fetcher, quota: CaseQuota, clock: Callable[[], datetime]) -> None:
        self._fetcher, self._quota, self._clock = fetcher, quota, clock

    async def fetch(self, request: Request) -> Fetched:
        if not self._quota.may_ask():
            said = NO_MORE_REQUESTS.format(self._quota.quota.requests)
            outcome = Outcome(OutcomeKind.BUDGET, said, NO_MORE_REQUESTS_REMEDY)
            return Fetched.of(request, outcome, request.url, self._clock())
        fetched = await self._fetcher.fetch(request)
        self._quota.asked(fetched.requests)
        return fetched

    def allow_ports_of(self, urls: Iterable[str]) -> None:
        self._fetcher.allow_ports_of(urls)
