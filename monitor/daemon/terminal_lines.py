"""What the daemon says on a terminal, where the person reads it herself: a sentence with the time, without fields.

The journal gets the same records as `daemon.logs` writes them. No name stands in either.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from monitor.daemon.logs import JournalFormatter
from monitor.plain import several

Fields = Mapping[str, Any]


def _looked(fields: Fields) -> str:
    parts = [
        several(fields.get("pages", 0), "page", "pages"),
        several(fields.get("images", 0), "picture", "pictures"),
        several(fields.get("new_sightings", 0), "new find", "new finds"),
    ]
    errors = fields.get("errors", 0)
    in_the_way = (
        f". {several(errors, 'thing was', 'things were')} in the way: reupload-monitor status says what"
        if errors
        else ""
    )
    return f"Looked at watch {fields.get('watch', '')}: {', '.join(parts)}{in_the_way}"


def _ready(fields: Fields) -> str:
    return f"It looks now, until you press Ctrl-C: {several(fields.get('watches', 0), 'watch', 'watches')}"


SAID: Mapping[str, Callable[[Fields], str]] = {
    "ready": _ready,
    "watch_done": _looked,
    "reloaded": lambda fields: (
        f"Changed settings are taken up: {several(fields.get('watches', 0), 'watch', 'watches')}"
    ),
    "alert_sent": lambda fields: "A message to you was sent",
    "stopping": lambda fields: "Stopping: what is in hand is finished first, for a minute at most",
    "stopped": lambda fields: "Stopped",
}
"""By `action`. Any other record is told by its own sentence."""

QUIET = frozenset({"housekeeping", "store_key", "desks", "removed"})
"""Actions that go well by themselves: for the journal alone."""


class TerminalFormatter(logging.Formatter):
    """`13:05  Looked at watch 2: 3 pages, 40 pictures, 1 new find.`"""

    def __init__(self) -> None:
        super().__init__(datefmt="%H:%M")
        self._plain = JournalFormatter(priorities=False)

    def format(self, record: logging.LogRecord) -> str:
        words = SAID.get(getattr(record, "action", ""))
        sentence = words(vars(record)) if words else self._of_any(record)
        return f"{self.formatTime(record, self.datefmt)}  {sentence}."

    def _of_any(self, record: logging.LogRecord) -> str:
        """Of an error its kind and place too: whoever is asked for help needs them."""
        bare = logging.makeLogRecord({"name": record.name, "msg": record.msg, "exc_info": record.exc_info})
        if kind := getattr(record, "error", ""):
            bare.error = kind
        text = self._plain.format(bare)
        return text[:1].upper() + text[1:]


def talk_in_sentences() -> None:
    """From now on, in place of what `log_to_stderr` set up."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(TerminalFormatter())
        handler.addFilter(is_told)


def is_told(record: logging.LogRecord) -> bool:
    """A filter: what went well by itself is not."""
    return record.levelno > logging.INFO or getattr(record, "action", "") not in QUIET
