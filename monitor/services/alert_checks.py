"""Of what `doctor` looks at: whether the channels would tell anybody anything. Nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from monitor.documents.times import utc_words
from monitor.errors import MonitorError
from monitor.model.alert import Answer, Part
from monitor.model.channel_health import ChannelResult
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.plain import several
from monitor.ports import Store
from monitor.services.cases import CaseService
from monitor.tracking.readiness import lacking

REFUSED = (
    "Was the password changed, or taken back? Take the channel out and add it anew: reupload-monitor alerts remove "
    "{place}, then: reupload-monitor alerts add"
)
CORRECT = "`reupload-monitor alerts list` says in which file its address stands: correct it there."
UNREACHED = "It is tried again with each message. If it stays so: reupload-monitor alerts test"


class HasAlerts(Protocol):
    @property
    def store(self) -> Store: ...
    @property
    def cases(self) -> CaseService: ...


AskChannels = Callable[[Settings], Sequence[ChannelResult]]
"""Asks each whether it would take a message: `channel_health.check_channels`, done."""


def alert_checks(
    settings: Settings,
    opened: Callable[[], AbstractContextManager[HasAlerts]],
    case: CaseId | None,
    ask: AskChannels,
) -> Iterator[Check]:
    if not settings.alerts.urls:
        (lack,) = lacking(channels=0, watched=1, cases=1, without_photo=())
        yield Check("alerts", WARNING, lack.message, lack.remedy)
        return
    ordinary = sum(not url.tags for url in settings.alerts.urls)
    for lack in lacking(channels=1, ordinary=ordinary, watched=1, cases=1, without_photo=()):
        yield Check("alerts", WARNING, lack.message, lack.remedy)
    results = ask(settings)
    try:
        with opened() as services:
            cases = services.cases.meant(case)
            stand = [services.store.alerts.outstanding(each) for each in cases]
            refusing = [part for each in cases for part in services.store.alert_parts.refusing(each)]
            last = [part for each in cases for part in services.store.alert_parts.last(each)]
    except MonitorError:
        stand, refusing, last = [], [], []  # told at "store"
    yield from _channels(results, last)
    tried = sum(one.tried for one in stand)
    if tried:
        oldest = min(one.oldest for one in stand if one.oldest)
        message = f"{tried} could not be delivered yet, the oldest since {utc_words(oldest)}"
        yield Check("alerts", WARNING, message, "They are kept and tried again. `alerts list` says what each met.")
    for part in refusing:
        remedy = "Correct that address where `alerts list` says that it stands; a full mailbox has to be emptied."
        if part.is_spent:
            remedy = "Look whether it arrived there. If not, add another channel: it gets what waits."
        yield Check("alerts", WARNING, f"channel {part.name} {part.trouble}", remedy)


def _channels(results: Sequence[ChannelResult], last: Sequence[Part]) -> Iterator[Check]:
    """A mail server was asked to let us in. Of any other channel only its last answer is known, and that it is one
    which can be read."""
    wrong = [one for one in results if not one.taken]
    late = {part.channel: part for part in last if part.answer in (Answer.LATER, Answer.UNSURE)}
    late = {name: part for name, part in late.items() if not any(one.name == name for one in wrong)}
    nobody = len(wrong) == len(results)
    set_ = several(len(results), "channel is", "channels are")
    if not wrong and not late:
        yield Check("alerts", OK, f"{set_} set, and as far as can be seen without sending none refuses")
    elif not nobody:
        yield Check("alerts", OK, f"{set_} set")
    for one in wrong:
        message = f"channel {one.name} would not take a message: {one.error}"
        unreached = UNREACHED if "reached" in one.error or "answer" in one.error else CORRECT
        remedy = REFUSED.format(place=one.name.partition(" ")[0]) if one.login_refused else unreached
        yield Check("alerts", FAULT if nobody or one.login_refused else WARNING, message, remedy)
    for name, part in sorted(late.items()):
        if any(one.name == name for one in results):
            message = f"channel {part.name} did not take the last message ({utc_words(part.changed_at)}): {part.said}"
            yield Check("alerts", WARNING, message, UNREACHED)
