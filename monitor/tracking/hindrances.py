"""What keeps watches from running at all, and when it is told. One message for everything, again and again until it is
mended: a watch that cannot run is not looked at, and nothing it would have found is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.ports.machine import StandingTold

TOLD_AGAIN_AFTER = timedelta(days=3)  # until it is mended
NEW_AFTER = timedelta(
    hours=1
)  # something new beside what was told: a file that is being edited is not told line by line


@dataclass(frozen=True, slots=True)
class Hindrance:
    """key: of the thing that is wrong, the same as long as it is. watch: the one that it keeps from running; '' where
    that is not known or it is not one. case: whose watch. line: 0 = unknown. once: told, not again, not counted wrong.
    """

    key: str
    message: str
    remedy: str
    watch: str = ""
    case: str = ""
    file: str = ""
    line: int = 0
    once: bool = False


def is_due(found: Sequence[Hindrance], told: StandingTold | None, now: datetime) -> bool:
    """Whether a message about `found` is to be written now."""
    if not found or told is None:
        return bool(found)
    if told.at > now or ({one.key for one in found} - told.keys and now - told.at >= NEW_AFTER):
        return True
    return is_told_again(told.at, now) and any(not one.once for one in found)


def is_told_again(told: datetime, now: datetime) -> bool:
    """Whether the same trouble, told at that time, is to be told once more."""
    return now - told >= TOLD_AGAIN_AFTER or told > now  # a clock that was set back must not silence it


def after_round(found: Sequence[Hindrance], told: StandingTold | None, now: datetime) -> StandingTold | None:
    """What is remembered after a round. What was mended is forgotten, so that it is told when it comes again."""
    keys = frozenset(one.key for one in found)
    if is_due(found, told, now):
        return StandingTold(now, keys)
    if told is None or not found:
        return None
    return StandingTold(told.at, told.keys & keys)
