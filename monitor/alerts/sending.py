"""From the outbox to the channel: claim, send, save. Read `SendingLane.run` first.

No alert is lost: it is written before anybody is told, claimed by compare-and-set, and offered again until it is saved
as sent. What each recipient answered is a row of its own, so that only those are asked again that do not have it. In
the one window that remains (the channel took it, and its answer did not reach us, or we were killed before saving it)
it goes out twice, with the same Message-ID and the same reference in its text.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from monitor.acting import acting_for
from monitor.alerts import digest, digest_words
from monitor.alerts.outbox import LONGEST_GROUPING, Sending, folded, new_alert
from monitor.alerts.recipients import KeptRecipients
from monitor.alerts.retrying import (
    A_MINUTE,
    LEASE,
    MOST_A_MINUTE,
    RENEW_EVERY_S,
    after_try,
    hold_until,
    may_be_asked,
    takes_its_turn,
)
from monitor.alerts.wording import alert_message
from monitor.alerts.zone import zone_of
from monitor.documents.blocks import Message
from monitor.errors import AlertFailed, StoreError
from monitor.model.alert import Alert, AlertKind, Answer, Delivery
from monitor.model.ids import CaseId
from monitor.model.presence import ChangeKind
from monitor.model.settings import AlertSend, Settings
from monitor.ports import AlertChannel, Store
from monitor.ports.facts import Watching

log = logging.getLogger(__name__)

InForceFor = Callable[[CaseId], tuple[Settings, AlertChannel]]
"""What is in force for a case, and the channel of that."""

OF_A_CHANNEL = (AlertKind.CHANNEL, AlertKind.CHANNEL_BACK)
BATCH = 50  # alerts in one pass; the next pass takes the rest
OUTLETS_AT_ONCE = 8  # cases with channels of their own: a dead one keeps nobody else's alerts


async def send_due(
    store: Store,
    channel: AlertChannel,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    flush: bool = False,
    urgent: bool | None = None,
    of_case: InForceFor | None = None,
) -> Sending:
    """Sends what is due; urgent alerts in a lane of their own, beside the others, so that they wait for no slow talk;
    likewise each case that has channels of its own, beside all that have none.

    flush: do not wait for incidents to fall quiet (nothing more will come in this process); what waits for another try
    or for the end of the quiet hours goes on waiting. urgent: one of the two lanes only. of_case: None: `settings` and
    `channel` are in force for every case.
    """
    in_force = of_case or (lambda _: (settings, channel))
    own = store.case_settings.having("alerts.urls") if of_case is not None else frozenset[CaseId]()
    said: tuple[str, ...] = ()
    if not settings.alerts.urls:
        waiting = store.alerts.outstanding().waiting
        said = ("no alert channel is set. Add one: reupload-monitor alerts add",) if waiting else ()
        if not own:
            return Sending(waiting=waiting, errors=said)
        said = said if any(alert.case not in own for alert in store.alerts.open(limit=BATCH)) else ()
    now = clock()
    _fold(store, now)
    outlets = [] if not own else sorted(store.alerts.due_outlets(now + LONGEST_GROUPING if flush else now))
    lanes = [
        SendingLane(store, in_force, clock, flush=flush, urgent=one, outlet=outlet, own=own)
        for one in (True, False)
        for outlet in (*([CaseId("")] if settings.alerts.urls else []), *outlets)
        if urgent in (None, one)
    ]
    slots = asyncio.Semaphore(OUTLETS_AT_ONCE)
    await asyncio.gather(*(lane.run() if not lane.outlet else _in_turn(lane, slots) for lane in lanes))
    errors = dict.fromkeys((*said, *(error for lane in lanes for error in lane.errors)))
    return Sending(sum(lane.sent for lane in lanes), store.alerts.outstanding().waiting, tuple(errors))


async def _in_turn(lane: SendingLane, slots: asyncio.Semaphore) -> None:
    async with slots:
        await lane.run()


class SendingLane:
    """One pass over the urgent alerts, or over the others, one after the other. outlet: as `ports.found.Alerts.due` has
    it. own: all cases that have channels of their own."""

    def __init__(
        self,
        store: Store,
        of_case: InForceFor,
        clock: Callable[[], datetime],
        *,
        flush: bool,
        urgent: bool,
        outlet: CaseId,
        own: Collection[CaseId],
    ) -> None:
        self.urgent, self.outlet, self.sent, self.errors = urgent, outlet, 0, list[str]()
        self._store, self._of_case, self._clock, self._flush, self._own = store, of_case, clock, flush, own
        self._later: dict[str, datetime] = {}  # recipients that said "later" in this pass

    async def run(self) -> None:
        now = self._clock()
        due = list(self._due(now + LONGEST_GROUPING if self._flush else now))
        if any(alert.kind is AlertKind.DIGEST for alert in due):
            due = _finds_first(due, [one for one in self._untold(now) if one.kind is not AlertKind.DIGEST])
        tried = set[str]()
        while due:
            alert = due.pop(0)
            tried.add(alert.id)
            after = await self._survived(alert)
            if after is None:
                continue
            if after.last_error:
                self.errors.append(after.last_error)
            if after.delivery is not Delivery.WAITING and alert.delivery is Delivery.WAITING:
                self.sent += 1
                if self.sent == 1:  # a channel takes messages: what waits for another try goes now
                    woken = self._wake()
                    due = _finds_first(due, [one for one in woken if one.id not in tried])

    async def _survived(self, alert: Alert) -> Alert | None:
        """`_one`. A fault in one alert keeps none of the others; a store that fails would keep them all."""
        try:
            with acting_for(alert.case):
                return await self._one(alert)
        except StoreError:
            raise
        except Exception:
            log.exception("an alert was left out by a fault of the program", extra={"action": "alert_fault"})
            self.errors.append(f"Alert {alert.id} was left out by a fault of the program. It is kept and tried again.")
            return None

    def _due(self, now: datetime) -> Sequence[Alert]:
        return self._store.alerts.due(now, BATCH, urgent=self.urgent, outlet=self.outlet if self._own else None)

    def _open(self, now: datetime) -> list[Alert]:
        """Through the channels of this lane."""
        if self.outlet:
            return list(self._store.alerts.open(self.outlet, free_at=now))
        return [one for one in self._store.alerts.open(free_at=now) if one.case not in self._own]

    def _untold(self, now: datetime) -> list[Alert]:
        """What was tried, and nobody has nor may have."""
        return [one for one in self._open(now) if one.urgent is self.urgent and _untold(one, self._store)]

    def _wake(self) -> list[Alert]:
        """Those of this lane; the other lane's are made due."""
        now = self._clock()
        held = [one for one in self._open(now) if one.not_before > now and _untold(one, self._store)]
        for case in dict.fromkeys(one.case for one in held):
            with acting_for(case), self._store.transaction():
                for one in self._store.alerts.open(case, free_at=now):
                    if one.not_before > now and _untold(one, self._store):
                        self._store.alerts.save(replace(one, not_before=now))
        return self._untold(now)

    async def _one(self, alert: Alert) -> Alert | None:
        """The alert as it was saved after this try; None when it was not tried."""
        store, settings = self._store, self._of_case(alert.case)[0]
        now = self._clock()  # a slow channel must not make a claim look old
        if self._flush and alert.not_before > now and alert.attempts > 0:
            return None
        is_late = takes_its_turn(alert, now, is_last=self._flush)
        outlet = self.outlet if self._own else None
        if is_late and store.alert_parts.taken_between(now - A_MINUTE, now, outlet) >= MOST_A_MINUTE:
            return None
        held = hold_until(alert, settings.alerts.quiet_hours, zone_of(settings.digest.timezone), now)
        if held is not None:
            with store.transaction():  # while a slow channel took its time, the alert may have grown
                store.alerts.save(replace(store.alerts.get(alert.case, alert.id) or alert, not_before=held))
            return None
        if alert.delivery is Delivery.PARTLY and self._asked_already(alert, now):
            return None
        return await self._try(alert)

    def _asked_already(self, alert: Alert, now: datetime) -> bool:
        """Whether all who still want it said "later" to another alert of this pass: then they are not asked again."""
        parts = self._store.alert_parts.of(alert.case, alert.id)
        wanted = [part for part in parts if may_be_asked(part, alert, now)]
        if not wanted or any(part.target not in self._later for part in wanted):
            return False
        with self._store.transaction():
            for part in wanted:
                self._store.alert_parts.save(alert.case, replace(part, retry_at=self._later[part.target]))
            later = min(self._later[part.target] for part in wanted)
            self._store.alerts.save(replace(alert, not_before=later))
        return True

    async def _try(self, alert: Alert) -> Alert | None:
        store, clock = self._store, self._clock
        settings, channel = self._of_case(alert.case)
        attempt = alert.attempts + 1
        if not store.alerts.claim(alert.case, alert.id, alert.attempts, clock() + LEASE):
            return None
        # Copies may have joined it since it was found due; from the claim on, none does.
        alert = replace(store.alerts.get(alert.case, alert.id) or alert, attempts=attempt)
        # A digest counts all finds of the case, which takes seconds of thousands: beside the loop.
        is_long = alert.kind is AlertKind.DIGEST
        words = await asyncio.to_thread(_words, alert, store, settings) if is_long else (_words(alert, store, settings))
        to_all = settings.alerts.send is AlertSend.ALL
        recipients = KeptRecipients(alert, store, clock, to_all=to_all, has_own=bool(self.outlet))
        holding = asyncio.create_task(_hold(alert, store, clock))
        try:
            said = "; ".join(
                await channel.send(
                    title=words.subject,
                    text=words.text,
                    html=words.html,
                    message_id=alert.message_id,
                    tag=_tag(alert),
                    recipients=recipients,
                    apart=alert.subject if alert.kind in OF_A_CHANNEL else "",
                )
            )
            failed = False
        except AlertFailed as error:
            said, failed = _in_words(error), True
        finally:
            holding.cancel()
        recipients.finish(failed=failed)
        now = clock()
        parts = store.alert_parts.of(alert.case, alert.id)
        after = after_try(
            alert, parts, attempt=attempt, now=now, said=said, to_all=to_all, missed=recipients.some_missed
        )
        said_later = (part for part in recipients.kept.values() if part.answer is Answer.LATER)
        self._later |= {part.target: part.retry_at for part in said_later if part.retry_at}
        if not store.alerts.renew(alert.case, alert.id, attempt, now):
            return None  # another sender took over while this one was held up: what was answered is kept
        store.alerts.save(after)
        if after.kind is AlertKind.DIGEST and after.delivery is not Delivery.WAITING:
            _retold(after, store, now)
        _log(after, said)
        return after


async def _hold(alert: Alert, store: Store, clock: Callable[[], datetime]) -> None:
    """The claim lasts as long as the talk."""
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        store.alerts.renew(alert.case, alert.id, alert.attempts, clock() + LEASE)


def _fold(store: Store, now: datetime) -> None:
    """What could not be told for long becomes one message, finds and digests apart."""
    groups: dict[tuple[str, bool], list[Alert]] = {}
    for alert in store.alerts.open(free_at=now):
        if alert.kind not in (AlertKind.TEST, AlertKind.HEARTBEAT) and _untold(alert, store):
            groups.setdefault((alert.case, alert.kind is AlertKind.DIGEST), []).append(alert)
    for group in groups.values():
        done = folded(group, now)
        if done is None:
            continue
        one, old = done
        with contextlib.suppress(_TakenMeanwhile), acting_for(one.case), store.transaction():
            told_in = _saved(one, store).number
            for alert in old:
                if not store.alerts.claim(alert.case, alert.id, alert.attempts, now):
                    raise _TakenMeanwhile
                store.alerts.save(replace(alert, last_error=f"told in {told_in}"))
            log.info("folded what was not told", extra={"action": "alerts_folded", "alerts": len(old)})


def _saved(alert: Alert, store: Store) -> Alert:
    """With its number."""
    store.alerts.save(alert)
    return store.alerts.get(alert.case, alert.id) or alert


class _TakenMeanwhile(Exception):
    """By another sender: the next round folds what is left then."""


def _retold(summary: Alert, store: Store, now: datetime) -> None:
    """Somebody has a digest: it told what everybody may have and nobody surely has, so that is not new once more."""
    with store.transaction():
        for alert in store.alerts.open(summary.case, free_at=now):
            parts = store.alert_parts.of(alert.case, alert.id)
            spent = bool(parts) and all(part.is_spent for part in parts)
            if spent and alert.delivery is Delivery.WAITING and alert.kind is not AlertKind.DIGEST:
                done = replace(alert, delivery=Delivery.FOLDED, last_error=f"told in {summary.number}")
                store.alerts.save(done)


def _untold(alert: Alert, store: Store) -> bool:
    if alert.delivery is not Delivery.WAITING or alert.attempts == 0:
        return False
    return not any(part.handed or part.answer is Answer.TAKEN for part in store.alert_parts.of(alert.case, alert.id))


def _finds_first(due: Sequence[Alert], untold: Sequence[Alert]) -> list[Alert]:
    """With what was not told, due or not; each in the order in which it was made, finds before a digest."""
    both = {alert.id: alert for alert in (*untold, *due)}
    return sorted(both.values(), key=lambda alert: (alert.kind is AlertKind.DIGEST, alert.created_at, alert.id))


def _log(after: Alert, said: str) -> None:
    fields = {"alert": after.id, "attempt": after.attempts} | ({"run": after.run} if after.run else {})
    if after.delivery is Delivery.WAITING:
        log.warning("alert not taken, will be tried again", extra={"action": "alert_failed", **fields})
    elif after.delivery is Delivery.PARTLY:
        log.warning("alert taken, but not by everybody", extra={"action": "alert_partly", **fields})
    else:
        aloud = f"A message was sent: {after.number or after.kind.value}."
        log.info("alert sent", extra={"action": "alert_sent", "aloud": aloud, **fields})
        if said:
            log.warning("a part of it did not go as it should", extra={"action": "alert_failover", **fields})


def queue_digest(
    store: Store,
    case: CaseId,
    *,
    since: datetime,
    now: datetime,
    watches: Sequence[str] = (),
    wrong: int = 0,
    stopped: bool = False,
) -> Alert:
    """Puts a digest into the outbox and notes that, in one transaction: it is neither lost nor doubled. watches: names
    of the enabled watches of the case, so that one that never ran is told of. wrong: things wrong in the watchlists.
    stopped: something that is switched on cannot run."""
    if since > now:  # noted by a clock that was ahead: rather told twice than never
        since = now - timedelta(days=7)
    alert = new_alert(
        AlertKind.DIGEST, case=case, subject=f"{since.isoformat()}/{now.isoformat()}", now=now, not_before=now
    )
    with store.transaction():
        store.alerts.save(alert)
        store.digests.queued(case, now, Watching(tuple(watches), wrong, stopped))
    return alert


def last_digest(store: Store, case: CaseId) -> datetime | None:
    """When the last one was put into the outbox."""
    return store.digests.last(case)


def note_first_start(store: Store, case: CaseId, now: datetime) -> None:
    """The first digest covers the time from here on."""
    if last_digest(store, case) is None:
        store.digests.begin(case, now)


def _words(alert: Alert, store: Store, settings: Settings) -> Message:
    is_shared = settings.is_of_further_case and alert.case not in store.case_settings.having("alerts.urls")
    zone, case = zone_of(settings.digest.timezone), alert.case if is_shared else ""
    if alert.kind is not AlertKind.DIGEST:
        found = (store.sightings.get(alert.case, sighting) for sighting in alert.sightings)
        there = [sighting for sighting in found if sighting is not None]
        told = store.changes.of(alert.case, (sighting.id for sighting in there))
        came_back = {one.sighting: one.why for one in told if one.kind is ChangeKind.ELSEWHERE}
        return alert_message(alert, there, settings.alerts, came_back, zone=zone, case=case)
    since, until = window_of(alert)
    known = store.digests.watching(alert.case)
    gathered = digest.gather(store, alert.case, since=since, now=until, **asdict(known))
    built = digest.build(gathered)
    return digest_words.digest_message(built, settings.alerts, number=alert.number, zone=zone, case=case)


def window_of(alert: Alert) -> tuple[datetime, datetime]:
    """Of a digest: from when to when it tells."""
    since, _, until = alert.subject.partition("/")
    try:
        return datetime.fromisoformat(since), datetime.fromisoformat(until)
    except ValueError:  # written by hand or by another version: the week before it was made
        return alert.created_at - timedelta(days=7), alert.created_at


def _tag(alert: Alert) -> str:
    if alert.kind is AlertKind.DIGEST:
        return "digest"
    return "urgent" if alert.urgent else ""


def _in_words(error: AlertFailed) -> str:
    return f"{error} {error.remedy}".strip()
