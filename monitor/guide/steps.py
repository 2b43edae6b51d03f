"""The steps of the guide that can be ticked off, and how they are told beside a topic."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from monitor.errors import UsageError
from monitor.guide import topics
from monitor.model.tick import Tick

TICK_OFF = "`reupload-monitor guide done STEP` ticks one off. You need not do all of them."


@dataclass(frozen=True, slots=True)
class Step:
    """id: stable, for it is what a store keeps. words: what is true once it is done. is_private: about the person
    herself: it is told to her alone and goes into no packet."""

    id: str
    topic: str
    words: str
    is_private: bool = False


@cache
def all_steps() -> tuple[Step, ...]:
    """In the order of the guide."""
    content = tomllib.loads((files("monitor.guide") / "steps.toml").read_text("utf-8"))
    return tuple(Step(one["id"], one["topic"], one["words"], one.get("private", False)) for one in content["step"])


def step_named(name: str) -> Step:
    """Raises UsageError naming the nearest one."""
    known = {step.id: step for step in all_steps()}
    if name in known:
        return known[name]
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"the guide has no step {name!r}", remedy=f"{meant}All steps: reupload-monitor guide done")


def steps_text(topic: str, ticks: Mapping[str, Tick]) -> str:
    """The steps of one topic; '' for a topic that has none. ticks: by the step's id."""
    lines = [line for step in all_steps() if step.topic == topic for line in _lines(step, ticks.get(step.id))]
    return "\n".join(["## Your steps", "", *lines, "", TICK_OFF]) if lines else ""


def course_text(ticks: Mapping[str, Tick]) -> str:
    """How far the person is, topic by topic; '' where nothing is ticked off yet."""
    lines = []
    for topic in topics():
        of_topic = [step for step in all_steps() if step.topic == topic]
        done = [ticks[step.id] for step in of_topic if step.id in ticks]
        if done:
            last = max(done, key=lambda tick: tick.at)
            lines.append(f"- {topic}: {len(done)} of {len(of_topic)} steps, the last on {last.day}")
    return "\n".join(["## How far you are", "", *lines]) if lines else ""


def _lines(step: Step, tick: Tick | None) -> list[str]:
    if tick is None:
        return [f"- [ ] {step.words}", f"      {step.id}"]
    return [f"- [x] {step.words}", f"      {step.id}: {tick.day}{f', {tick.note}' if tick.note else ''}"]
