"""The guide, with what is ticked off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.guide import title_of, topics
from monitor.guide.reading import read_guide
from monitor.guide.steps import Step, all_steps, step_named
from monitor.model.ids import CaseId
from monitor.model.tick import Tick
from monitor.review.port.guide import StepTold, TopicPage, TopicTold

if TYPE_CHECKING:
    from monitor.services.guide_ticks import TickService


@dataclass(frozen=True, slots=True)
class LocalGuide:
    ticks: TickService
    clock: Callable[[], datetime]

    async def topics(self, case: CaseId) -> tuple[TopicTold, ...]:
        ticks = self.ticks.all(case)
        return tuple(_topic(name, ticks) for name in topics())

    async def topic(self, topic: str, case: CaseId) -> TopicPage:
        from monitor.services.guide_pages import guide_page

        blocks = read_guide(guide_page(topic, self.clock().date()))
        ticks = self.ticks.all(case)
        steps = tuple(_step(step, ticks.get(step.id)) for step in all_steps() if step.topic == topic)
        return TopicPage(topic, blocks, steps)

    async def tick(self, step: str, *, at: str, note: str, case: CaseId) -> StepTold:
        done = self.ticks.done(step, case=case, at=at, note=note, option="the time")
        return _step(step_named(step), done.tick)

    async def untick(self, step: str, *, case: CaseId) -> None:
        self.ticks.undone(step, case=case)


def _topic(name: str, ticks: Mapping[str, Tick]) -> TopicTold:
    of_topic = [step for step in all_steps() if step.topic == name]
    done = [ticks[step.id] for step in of_topic if step.id in ticks]
    last = max(done, key=lambda tick: tick.at, default=None)
    return TopicTold(name, title_of(name), len(done), len(of_topic), last.day if last else "")


def _step(step: Step, tick: Tick | None) -> StepTold:
    if tick is None:
        return StepTold(step.id, step.words, is_private=step.is_private)
    return StepTold(step.id, step.words, tick.day, tick.noted_at, tick.note, step.is_private)
