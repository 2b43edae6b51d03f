"""Who has one alert, and who is still to get it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitor.alerts.health import noted, target_of_case
from monitor.alerts.retrying import LEASE, answered, may_be_asked
from monitor.model.alert import Alert, Answer, Delivery, Part
from monitor.ports import Store


class KeptRecipients:
    """Who has one alert, kept in the store while its channels talk. to_all: every channel is to have it; without it,
    those that come later are only a way out. has_own: its case has channels of its own. some_missed: see `missed`."""

    def __init__(
        self,
        alert: Alert,
        store: Store,
        clock: Callable[[], datetime],
        *,
        to_all: bool = False,
        has_own: bool = False,
    ) -> None:
        self._own: str = alert.case if has_own else ""
        self._alert, self._store, self._clock, self._to_all = alert, store, clock, to_all
        self.some_missed = False
        self._before = {part.target: part for part in store.alert_parts.of(alert.case, alert.id)}
        self.kept: dict[str, Part] = {}
        self._lost = False  # another sender has the alert, and writes what it hears

    @property
    def told(self) -> bool:
        return self._alert.delivery is Delivery.PARTLY

    def wanted(self, target: str) -> bool:
        if target in self.kept:  # another channel of this try leads to the same one
            before = self._before[target] = self.kept[target]
            return before.answer is not Answer.TAKEN and not before.is_spent
        part = self._before.get(target)
        if part is None:
            return self._to_all or not self.told
        return may_be_asked(part, self._alert, self._clock())

    def has(self, target: str) -> bool:
        part = self._before.get(target)
        return part is not None and part.answer is Answer.TAKEN

    def handing_over(self, target: str, name: str) -> bool:
        """Held on to, and written as `unsure`, before it goes out: after a crash nobody hands it over at once again."""
        with self._store.transaction():
            if not self._store.alerts.renew(
                self._alert.case, self._alert.id, self._alert.attempts, self._clock() + LEASE
            ):
                self._lost = True
                return False
            self.answered(target, name, Answer.UNSURE, "it was handed over, and no answer came")
        return True

    def answered(self, target: str, name: str, answer: Answer, said: str = "") -> None:
        if self._lost and answer is not Answer.TAKEN:
            return
        before, now = self._before.get(target), self._clock()
        part = answered(before, alert=self._alert, target=target, name=name, answer=answer, now=now, said=said)
        self._store.alert_parts.save(self._alert.case, part)
        self.kept[target] = part

    def channel(self, target: str, name: str, *, taken: bool, said: str, let_in: bool) -> None:
        target = target_of_case(target, self._own)
        with self._store.transaction():
            health, now = self._store.channel_health, self._clock()
            before = health.get(target)
            after = noted(
                before, target=target, name=name, taken=taken, now=now, said=said, let_in=let_in, case=self._own
            )
            health.save(after)

    def missed(self) -> None:
        self.some_missed = True

    def finish(self, *, failed: bool) -> None:
        """For those that the channels did not speak of."""
        if not failed and not self.kept and not self.told:  # a channel that keeps no recipients took it
            self.answered(self._alert.id, "", Answer.TAKEN)
        for target, part in self._before.items():
            if target in self.kept or not self.wanted(target):
                continue
            if failed or self.some_missed or not self.told:
                self.answered(target, part.name, Answer.LATER, "it could not be asked")
            else:
                self.answered(target, part.name, Answer.REFUSED, "it is not among [alerts] urls any more")
