"""From the outbox to the channel: claim, send, save. Read `send_due` first.

No alert is lost: it is written before anybody is told, claimed by compare-and-set, and offered again until it is saved
as sent. In the one window that remains (the channel took it, we were killed before saving that) it goes out twice,
with the same Message-ID and the same reference in its text.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts import digest, digest_words
from monitor.alerts.document import Message
from monitor.alerts.outbox import (
    MAX_WAIT,
    Sending,
    after_failure,
    after_success,
    hold_until,
    new_alert,
    retry_at,
)
from monitor.alerts.wording import render
from monitor.alerts.zone import zone_of
from monitor.errors import AlertFailed
from monitor.model.alert import Alert, AlertKind, Delivery
from monitor.model.settings import Settings
from monitor.ports import AlertChannel, Store

log = logging.getLogger(__name__)

BATCH = 50  # alerts in one pass; the next pass takes the rest


async def send_due(
    store: Store,
    channel: AlertChannel,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    flush: bool = False,
) -> Sending:
    """Sends what is due. flush: do not wait for incidents to fall quiet (nothing more will come in this process); what
    waits for another try or for the end of the quiet hours goes on waiting."""
    if not settings.alerts.urls:
        waiting = _waiting(store)
        said = ("no alert channel is set: add Apprise URLs under [alerts] urls",) if waiting else ()
        return Sending(waiting=waiting, errors=said)
    sent = failed = 0
    errors: list[str] = []
    now = clock()
    due = store.alerts.due(now + MAX_WAIT if flush else now, BATCH)
    for alert in due:
        now = clock()  # a slow channel must not make a claim look old
        if alert.not_before > now and alert.attempts > 0:
            continue
        held = hold_until(alert, settings.alerts.quiet_hours, zone_of(settings.digest.timezone), now)
        if held is not None:
            with store.transaction():  # while a slow channel took its time, the alert may have grown
                store.alerts.save(replace(store.alerts.get(alert.case, alert.id) or alert, not_before=held))
            continue
        outcome = await _send(alert, store, channel, settings, clock)
        if outcome is None:  # another sender has it
            continue
        sent += outcome.delivery is Delivery.SENT
        failed += outcome.delivery is Delivery.FAILED
        if outcome.last_error:
            errors.append(outcome.last_error)
    return Sending(sent, _waiting(store), failed, tuple(dict.fromkeys(errors)))


async def _send(
    alert: Alert, store: Store, channel: AlertChannel, settings: Settings, clock: Callable[[], datetime]
) -> Alert | None:
    """The alert as it was saved after this try; None when another sender had claimed it."""
    attempt = alert.attempts + 1
    if not store.alerts.claim(alert.id, alert.attempts, retry_at(attempt, clock())):
        return None
    # Copies may have joined it since it was found due; from the claim on, none does.
    alert = store.alerts.get(alert.case, alert.id) or alert
    words = _words(alert, store, settings)
    try:
        earlier = await channel.send(
            title=words.subject,
            text=words.text,
            html=words.html,
            message_id=alert.message_id,
            tag=_tag(alert),
        )
    except AlertFailed as error:
        after = after_failure(alert, attempt=attempt, now=clock(), error=_in_words(error))
        log.warning(
            "alert given up" if after.delivery is Delivery.FAILED else "alert not taken, will be tried again",
            extra={"action": "alert_failed", "alert": alert.id, "attempt": attempt},
        )
    else:
        after = after_success(alert, attempt=attempt, now=clock(), said="; ".join(earlier))
        log.info("alert sent", extra={"action": "alert_sent", "alert": alert.id, "attempt": attempt})
        if earlier:
            log.warning("a later alert channel took over", extra={"action": "alert_failover", "alert": alert.id})
    store.alerts.save(after)
    return after


def queue_digest(
    store: Store, case: str, *, since: datetime, now: datetime, watches: Sequence[str] = (), wrong: int = 0
) -> Alert:
    """Puts a digest into the outbox and notes that, in one transaction: it is neither lost nor doubled. watches: names
    of the enabled watches of the case, so that one that never ran is told of. wrong: things wrong in the watchlists."""
    alert = new_alert(
        AlertKind.DIGEST, case=case, subject=f"{since.isoformat()}/{now.isoformat()}", now=now, not_before=now
    )
    with store.transaction():
        store.alerts.save(alert)
        store.notes.set(_last_key(case), now.isoformat())
        store.notes.set(_watches_key(case), json.dumps({"watches": list(watches), "wrong": wrong}))
    return alert


def last_digest(store: Store, case: str) -> datetime | None:
    """When the last one was put into the outbox."""
    noted = store.notes.get(_last_key(case))
    return datetime.fromisoformat(noted) if noted else None


def note_first_start(store: Store, case: str, now: datetime) -> None:
    """The first digest covers the time from here on."""
    if last_digest(store, case) is None:
        store.notes.set(_last_key(case), now.isoformat())


def _last_key(case: str) -> str:
    return f"digest:last:{case}"


def _watches_key(case: str) -> str:
    return f"digest:watches:{case}"


def _words(alert: Alert, store: Store, settings: Settings) -> Message:
    if alert.kind is not AlertKind.DIGEST:
        found = (store.sightings.get(alert.case, sighting) for sighting in alert.sightings)
        return render(alert, [sighting for sighting in found if sighting is not None], settings.alerts)
    since, until = _window(alert)
    known = json.loads(store.notes.get(_watches_key(alert.case)) or "[]")
    if isinstance(known, list):  # as an earlier version noted it
        known = {"watches": known, "wrong": 0}
    built = digest.build(digest.gather(store, alert.case, since=since, now=until, **known))
    return digest_words.render(built, settings.alerts, reference=alert.id)


def _window(alert: Alert) -> tuple[datetime, datetime]:
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


def _waiting(store: Store) -> int:
    return store.alerts.outstanding().waiting
