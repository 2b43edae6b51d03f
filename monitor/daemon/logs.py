"""Log lines for the journal: a short sentence plus fields. Addresses never stand in them, whoever logs."""

from __future__ import annotations

import logging
import os
import re
import sys

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))  # sd-daemon(3)


class JournalFormatter(logging.Formatter):
    """`<6>watch looked at action=watch_done pages=3`; the priority only where the journal reads it."""

    def __init__(self, *, priorities: bool) -> None:
        super().__init__()
        self._priorities = priorities

    def format(self, record: logging.LogRecord) -> str:
        fields = [f"{name}={_value(value)}" for name, value in vars(record).items() if name not in _STANDARD]
        line = " ".join([record.getMessage(), *fields])
        if record.exc_info and record.exc_info[0] is not None:
            line += f" error={record.exc_info[0].__name__}"
        if record.exc_info and logging.getLogger("monitor").isEnabledFor(logging.DEBUG):
            line += "\n" + self.formatException(record.exc_info)
        line = _ADDRESS.sub("(address)", line)
        # A line break in what came from outside must not look like a line of ours.
        line = "\n".join("".join(c if c.isprintable() else "?" for c in part) for part in line.split("\n"))
        if not self._priorities:
            return line
        level = next((number for least, number in _PRIORITIES if record.levelno >= least), 7)
        return "\n".join(f"<{level}>{part}" for part in line.split("\n"))


def _value(value: object) -> str:
    text = " ".join(str(value).split())
    return f'"{text}"' if " " in text else text


def log_to_stderr(*, debug: bool = False) -> None:
    """For the whole process. Other libraries are heard from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JournalFormatter(priorities="JOURNAL_STREAM" in os.environ))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # It warns whenever a round takes longer than its interval, which is no trouble: the next one comes.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("monitor").setLevel(logging.DEBUG if debug else logging.INFO)
