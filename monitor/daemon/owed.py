"""Looks that are owed: those that failed because this machine had no network are tried again soon, and at once when
the network is back. Pure: runs in, waits out."""

from __future__ import annotations

from datetime import timedelta

from monitor.model.run import Run

FIRST_GAP = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=5)
UNSURE_TRIES = 8  # a good quarter of an hour, where it may be the places' own trouble after all


class OwedLooks:
    """`names`: watches that are owed a look. That two or more places are silent since the last answer from anywhere, or
    one while nobody else answered since the start, a sleep or its own last answer, is most likely this machine's
    trouble too, behind its own router say: such looks count, and are tried again for a while."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}  # tries so far
        self._unanswered: set[str] = set()  # since the last answer from anywhere
        self._answered: str | None = None  # who did last

    def noted(self, name: str, run: Run) -> dict[str, timedelta]:
        """After a look: how soon each watch is to be looked at again, beside its schedule."""
        if run.is_offline:
            return {name: self._again(name)}
        if run.is_own_trouble:  # which says nothing of who answered
            return self._for_a_while(name)
        if not run.is_unanswered:
            self._answered = name
            self._unanswered.clear()
            if run.lost_network:  # it went away in the middle
                return {name: self._again(name)}
            self.names.pop(name, None)
            return {}
        self._unanswered.add(name)
        if self._answered not in (None, name) and len(self._unanswered) < 2:
            self.names.pop(name, None)
            return {}
        asked = {other for other in self._unanswered if other == name or other not in self.names}
        found = {other: self._again(other) for other in asked if self.names.get(other, 0) < UNSURE_TRIES}
        if name not in found:
            self.names.pop(name, None)
            self._unanswered.discard(name)
        return found

    def _for_a_while(self, name: str) -> dict[str, timedelta]:
        if self.names.get(name, 0) < UNSURE_TRIES:
            return {name: self._again(name)}
        self.names.pop(name, None)
        return {}

    def woke(self) -> None:
        """The machine slept: what answered before says nothing any more."""
        self._answered = None

    def drop(self, name: str) -> None:
        self.names.pop(name, None)
        self._unanswered.discard(name)

    def _again(self, name: str) -> timedelta:
        tries = self.names[name] = self.names.get(name, 0) + 1
        return min(FIRST_GAP * (1 << min(tries - 1, 16)), LONGEST_WAIT)
