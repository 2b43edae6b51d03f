"""Whether a watch sees. "Nothing new" may be said only of one that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.mending import Mending
from monitor.model.observation import RunStatus
from monitor.model.run import Run


class Sight(StrEnum):
    SEES = "sees"
    PARTLY = "partly"  # some addresses or pictures could not be seen
    BLIND = "blind"  # the last look saw nothing, or nobody looked for too long
    NEVER = "never"  # not looked at so far
    OFF = "off"  # switched off by the person


@dataclass(frozen=True, slots=True)
class Health:
    """last_good: the end of the last run that was not blind. cause and remedy: of the foremost of what the last run
    observed; empty where there was nothing. A watch that sees may have one too: not one picture so far, say."""

    sight: Sight
    last_good: datetime | None
    cause: str = ""
    remedy: str = ""
    way: Mending | None = None


def health_of(
    last: Run | None,
    last_good: datetime | None,
    *,
    enabled: bool,
    due_by: datetime | None,
    now: datetime,
    runs: bool = False,
) -> Health:
    """due_by: until when the next look had to come after `last`; None = not known. runs: whoever looks by itself does,
    and knows this watch."""
    if not enabled:
        return Health(Sight.OFF, last_good, "it is switched off (enabled = false)", "Take enabled = false out of it.")
    if last is None:
        remedy = "Start the daemon, or: reupload-monitor watch run"
        return Health(Sight.NEVER, None, "it was not looked at so far", remedy, Mending.START_DAEMON)
    cause = last.cause
    if last.status is RunStatus.FAILED:
        message = cause.message if cause else "no page could be seen"
        return Health(Sight.BLIND, last_good, message, cause.remedy if cause else "")
    if due_by is not None and now > due_by:
        message = f"nobody has looked since {last.finished_at:%Y-%m-%d %H:%M} UTC, though it was due"
        if runs:
            late = "The daemon runs, and looks as soon as it can. Should this stay: reupload-monitor doctor."
            return Health(Sight.BLIND, last_good, message, late)
        return Health(
            Sight.BLIND,
            last_good,
            message,
            "Start the daemon: reupload-monitor status says whether it runs.",
            Mending.START_DAEMON,
        )
    if cause is None:
        return Health(Sight.SEES, last_good)
    sight = Sight.PARTLY if last.status is RunStatus.PARTIAL else Sight.SEES
    return Health(sight, last_good, cause.message, cause.remedy)
