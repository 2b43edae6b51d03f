"""What a person is told: alerts from the outbox, the weekly review, a harmless one to try the channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.acting import acting
from monitor.errors import AlertFailed, UsageError
from monitor.model.alert import Alert, AlertKind, letters_in
from monitor.model.ids import CaseId, SightingId
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.ports import AlertChannel, Store
from monitor.ports.facts import Watching

if TYPE_CHECKING:
    from monitor.alerts.outbox import Sending
    from monitor.alerts.sending import InForceFor
    from monitor.model.channel_health import ChannelResult
    from monitor.model.digest import Digest
    from monitor.model.figures import Figures
    from monitor.outbound.own_ways import OwnWays

_LISTED = "`reupload-monitor alerts list` shows them."
NEWEST = 200  # a screen is read by a person; what waits is always listed


async def try_channels(settings: Settings, own: OwnWays, now: datetime) -> Sequence[ChannelResult]:
    """A harmless alert through each, on its own; needs no store."""
    from monitor.alerts.outbox import new_alert
    from monitor.alerts.wording import alert_message
    from monitor.alerts.zone import zone_of
    from monitor.outbound.alerts import open_channel

    alert = new_alert(AlertKind.TEST, case=settings.case.id, subject="", now=now, not_before=now)
    words = alert_message(alert, [], settings.alerts, zone=zone_of(settings.digest.timezone))
    channel = open_channel(settings, own)
    try:
        return list(
            await channel.test(title=words.subject, text=words.text, html=words.html, message_id=alert.message_id)
        )
    finally:
        await channel.aclose()


async def tell_at_once(
    kind: AlertKind, settings: Settings, channel: AlertChannel, now: datetime, about: str = ""
) -> bool:
    """Past the outbox: of what keeps the outbox from being written. about: the alert's subject. Whether anybody took
    it."""
    from monitor.alerts.outbox import new_alert
    from monitor.alerts.wording import alert_message
    from monitor.alerts.zone import zone_of

    alert = new_alert(kind, case=settings.case.id, subject=about, now=now, not_before=now)
    words = alert_message(alert, [], settings.alerts, zone=zone_of(settings.digest.timezone))
    try:
        await channel.send(
            title=words.subject, text=words.text, html=words.html, message_id=alert.message_id, tag="urgent"
        )
    except AlertFailed:
        return False
    return True


def marked_cases(store: Store, letters: str, among: Iterable[CaseId]) -> list[CaseId]:
    """Whose alerts have these letters before their numbers."""
    return [case for case in among if store.letters_of(case) == letters]


@dataclass(slots=True)
class _Outbox:
    empty_at: object = None  # the state of the store in which nothing was open


@dataclass(frozen=True, slots=True)
class AlertService:
    """channel, own: made when first asked for. of_case: as `send_due` has it."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    channel: Callable[[], AlertChannel]
    own: Callable[[], OwnWays]
    of_case: InForceFor | None = None
    _outbox: _Outbox = field(default_factory=_Outbox, init=False)

    def newest_and_open(self, case: CaseId) -> Sequence[Alert]:
        """The newest `NEWEST`, and all that wait."""
        newest = self.store.alerts.recent(case, NEWEST)
        known = {alert.id for alert in newest}
        return [*newest, *(alert for alert in self.store.alerts.open(case) if alert.id not in known)]

    def by_number(self, number: str, case: CaseId) -> Alert:
        """Raises UsageError: a slip in typing, or none of this case."""
        try:
            found = self.store.alerts.by_number(case, number)
        except ValueError as error:
            raise UsageError(str(error), remedy=_LISTED) from error
        if found is None:
            raise UsageError(f"there is no alert {number.strip().upper()}", remedy=_LISTED)
        return found

    def case_of(self, number: str, among: Sequence[CaseId]) -> CaseId | None:
        """Of which of these it is, by the letters before it; None where there are none. Raises UsageError where it is
        of none of them, or of two."""
        letters = letters_in(number)
        if not letters:
            return None
        found = marked_cases(self.store, letters, among)
        if len(found) == 1:
            return found[0]
        typed = number.strip().upper()
        if not found:
            raise UsageError(f"there is no alert {typed}", remedy=_LISTED)
        raise UsageError(
            f"{typed} may be of any of {len(found)} cases, whose letters are the same by chance",
            remedy=f"--case with one of: {', '.join(found)}.",
        )

    def told_of(self, alert: Alert) -> Sequence[Sighting]:
        """Those that there still are, in the order in which they were found."""
        return self.store.sightings.of_ids(alert.case, self.finds_of(alert.number, alert.case))

    def finds_of(self, number: str, case: CaseId) -> tuple[SightingId, ...]:
        """What the alert with this number tells of; of a weekly summary, what was new, back or gone. Raises
        UsageError."""
        alert = self.by_number(number, case)
        if alert.kind is not AlertKind.DIGEST:
            return alert.sightings
        from monitor.alerts.digest import build, gather
        from monitor.alerts.sending import window_of

        since, until = window_of(alert)
        told = build(gather(self.store, case, since=since, now=until, with_course=False))
        finds = (*told.new, *told.possible, *told.reappeared, *told.removed)
        return tuple(dict.fromkeys(find.id for find in finds))

    def figures(self, case: CaseId) -> Figures:
        """How many finds there are of each kind, new since the last weekly summary."""
        from monitor.services.figures import case_figures

        return case_figures(self.store, case)

    def waiting(self, case: CaseId) -> int:
        return self.store.alerts.outstanding(case).waiting

    def note_tried(self, results: Sequence[ChannelResult], case: CaseId) -> None:
        """What `try_channels` found, one for each channel of the case, is kept as what they answered last."""
        from monitor.services.channel_health import note_tried, outlet_of

        note_tried(self.store, outlet_of(case, self.store, self.settings), results, self.clock())

    async def look_after_channels(self) -> int:
        """How many messages it wrote of channels that fail or work again."""
        from monitor.services.channel_health import check_channels, look_after_channels

        return await look_after_channels(
            self.store, self.settings, self.clock, lambda asked: check_channels(asked, self.own())
        )

    async def send(self, *, urgent: bool | None = None, flush: bool = False) -> Sending:
        """What is due in the outbox. urgent: only urgent alerts, or only the others. flush: without waiting for
        incidents to fall quiet: nothing more will come in this process."""
        from monitor.alerts.outbox import Sending
        from monitor.alerts.sending import send_due

        state = self.store.writings()
        seen = (state, acting())  # empty for one case says nothing of the others
        if seen == self._outbox.empty_at:
            return Sending(nothing_at=state)
        done = await send_due(
            self.store,
            self.channel(),
            self.settings,
            self.clock,
            urgent=urgent,
            flush=flush,
            of_case=self.of_case,
        )
        if not (done.waiting or done.errors or self.store.alerts.open(limit=1)):
            self._outbox.empty_at = seen
        return done

    def digest(self, since: datetime, *, case: CaseId, watching: Watching, with_course: bool = True) -> Digest:
        """with_course: how it goes over the weeks is counted as well, from every find."""
        from monitor.alerts.digest import build, gather

        now = self.clock()
        return build(gather(self.store, case, since=since, now=now, with_course=with_course, **asdict(watching)))

    async def send_digest(self, since: datetime, *, case: CaseId, watching: Watching) -> Sending:
        from monitor.alerts.sending import queue_digest

        queue_digest(self.store, case, since=since, now=self.clock(), **asdict(watching))
        return await self.send()
