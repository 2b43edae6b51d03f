"""The guide's steps, and what is ticked off."""

from __future__ import annotations

from typing import Any

from monitor.documents.times import rfc3339
from monitor.model.tick import Tick


def step_document(step: str, topic: str, words: str, tick: Tick | None) -> dict[str, Any]:
    """at: None where the person only said a day, or roughly when: then `as_said` has it."""
    exactly = None if tick is None else tick.done.exactly if tick.done.said else tick.noted_at
    return {
        "step": step,
        "topic": topic,
        "words": words,
        "done": tick is not None,
        "at": rfc3339(exactly),
        "as_said": tick.done.said or None if tick else None,
        "noted_at": rfc3339(tick.noted_at) if tick else None,
        "note": tick.note if tick else "",
    }
