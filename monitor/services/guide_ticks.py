"""What the person has ticked off in the guide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.alerts.zone import zone_of
from monitor.errors import UsageError
from monitor.guide.steps import step_named
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.tick import MOST_NOTE, Tick
from monitor.ports import Store
from monitor.services.said_time import said_time


@dataclass(frozen=True, slots=True)
class Ticked:
    """before: what was known of the step, None where it was not ticked off."""

    tick: Tick
    before: Tick | None

    @property
    def is_changed(self) -> bool:
        return self.tick != self.before


@dataclass(frozen=True, slots=True)
class TickService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def all(self, case: CaseId) -> Mapping[str, Tick]:
        """By the step's id."""
        return {tick.step: tick for tick in self.store.ticks.all(case)}

    def done(self, step: str, *, case: CaseId, at: str = "", note: str = "", option: str = "--at") -> Ticked:
        """Ticked off once: said again, only what is given is changed. at: as a person types it; '' for now. option: how
        the person gave that, for the error. Raises UsageError for a step that there is none of, a time that cannot be,
        a note that is too long."""
        known, now, note = step_named(step), self.clock(), " ".join(note.split())
        if len(note) > MOST_NOTE:
            raise UsageError(
                f"the note has {len(note)} characters, and {MOST_NOTE} fit",
                remedy="Keep it short here. Longer words are kept with: reupload-monitor evidence add --what WORDS",
            )
        done = said_time(at, option=option, now=now, zone=zone_of(self.settings.digest.timezone))
        with self.store.transaction():
            before = self.store.ticks.get(case, known.id)
            tick = before or Tick(case, known.id, done, now, note)
            tick = replace(tick, done=done if done.said else tick.done, note=note or tick.note)
            if tick != before:
                self.store.ticks.save(tick)
        return Ticked(tick, before)

    def undone(self, step: str, *, case: CaseId) -> Tick | None:
        """What was known of it, None where it was not ticked off. Raises UsageError."""
        known = step_named(step)
        with self.store.transaction():
            before = self.store.ticks.get(case, known.id)
            self.store.ticks.remove(case, known.id)
        return before
