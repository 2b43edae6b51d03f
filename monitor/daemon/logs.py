"""Log lines for the journal: a short sentence plus fields. Others may read the journal, so no name stands in it,
whoever logs: no watch, file, site, word of a search, label, account, and no text of an error, which holds them.

What may stand there is written down here, not what may not: sentences that are constants of this program
(`tests/daemon/test_daemon_journal.py` looks at every call), numbers, and words of known fields. Of an error its kind
and the place in the program. The names stand in `watch check`, `status`, `alerts list` and the digest of that case.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from types import FrameType, TracebackType
from typing import TextIO

from monitor.errors import CredentialMissing
from monitor.plain import plain
from monitor.run_names import current_run

MAX_LINE_CHARS = 1000
MAX_FRAMES = 30
MAX_CAUSES = 5
MAX_JOURNAL_FIELDS = 30
JOURNAL_SOCKET = "/run/systemd/journal/socket"

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_WORDS = frozenset(
    "action status kind round alert error at cause missing logger setting loop work part run".split()  # one word each
)
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,40}").fullmatch
_WORD = re.compile(r"[A-Za-z0-9_.:+-]{1,64}").fullmatch
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))  # sd-daemon(3)


class JournalFormatter(logging.Formatter):
    """`<6>watch looked at action=watch_done pages=3`; the priority only where the journal reads it. debug: of an error
    every place in the program that it came by; its text neither."""

    def __init__(self, *, priorities: bool, debug: bool = False) -> None:
        super().__init__()
        self._priorities, self._debug = priorities, debug

    def format(self, record: logging.LogRecord) -> str:
        text, _ = self.told(record)
        if not self._priorities:
            return text
        return "\n".join(f"<{_priority(record)}>{part}" for part in text.split("\n"))

    def told(self, record: logging.LogRecord) -> tuple[str, dict[str, str]]:
        """The line, and the fields that stand in it. Nothing else of a record goes anywhere."""
        ours = record.name == "monitor" or record.name.startswith("monitor.")
        fields = dict(_fields(record)) if ours else {"logger": _word(record.name)}
        sentence = _line(record.msg) if ours and isinstance(record.msg, str) else "a library told of something"
        if ours and (run := current_run()) and "run" not in fields:
            fields["run"] = run
        more = ""
        if record.exc_info and record.exc_info[1] is not None:
            fields |= _of_error(record.exc_info[1])
            if self._debug:
                more = "".join(f"\n    at {place}" for place in _places(record.exc_info[1].__traceback__))
        text = " ".join([sentence, *(f"{name}={value}" for name, value in fields.items())])[:MAX_LINE_CHARS] + more
        return text, fields


def _priority(record: logging.LogRecord) -> int:
    return next((number for least, number in _PRIORITIES if record.levelno >= least), 7)


class JournalHandler(logging.Handler):
    """The same lines with the same fields, as journald keeps them by itself (`journalctl MONITOR_ACTION=stall`): its
    native protocol, datagrams on its socket (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). beside: takes what the
    journal does not."""

    def __init__(self, formatter: JournalFormatter, beside: logging.Handler, socket_path: str = JOURNAL_SOCKET) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._told, self._beside, self._path = formatter.told, beside, socket_path
        self._name = re.sub(r"[^A-Za-z0-9_.-]", "", os.path.basename(sys.argv[0]))[:64] or "python"

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text, fields = self._told(record)
            entry = {"MESSAGE": text, "PRIORITY": str(_priority(record)), "SYSLOG_IDENTIFIER": self._name}
            named = [(name, value) for name, value in fields.items() if _FIELD(name)][:MAX_JOURNAL_FIELDS]
            entry |= {f"MONITOR_{name.upper()}": value for name, value in named}
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)
                out.sendto(b"".join(_entry_line(name, value) for name, value in entry.items()), self._path)
        except OSError:  # a journal that starts anew, or is full for a moment
            self._beside.handle(record)


def _entry_line(name: str, value: str) -> bytes:
    """A value of more than one line goes with its length before it."""
    data = value.encode("utf-8", "replace")
    if b"\n" not in data:
        return name.encode() + b"=" + data + b"\n"
    return name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"


class TerminalFormatter(logging.Formatter):
    """`13:45  Looked at "forum-example": 1 page, 2 pictures, 1 new find.` For the person who typed the command, on her
    own screen: names stand here (`extra={"aloud": ...}`), and no fields."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name == "monitor" or record.name.startswith("monitor.")
        aloud = getattr(record, "aloud", "")
        said = aloud if isinstance(aloud, str) and aloud else record.msg if ours else "a library told of something"
        because = getattr(record, "because", "")
        if not aloud and isinstance(because, str) and because:
            said = f"{said}: {because}"
        sentence = plain(said, MAX_LINE_CHARS) if isinstance(said, str) else ""
        end = "" if sentence.endswith((".", "!", "?")) else "."
        return f"{datetime.fromtimestamp(record.created).astimezone():%H:%M}  {sentence[:1].upper()}{sentence[1:]}{end}"


def of_error(error: BaseException) -> dict[str, object]:
    """What may be told of an error whose text holds names: `extra` for a line about it. Its text (`because`) is for a
    terminal alone."""
    line = getattr(error, "line", 0)
    because = f"{error}. {getattr(error, 'remedy', '')}".rstrip()
    said: dict[str, object] = {"error": type(error).__name__, "because": because}
    if isinstance(error, CredentialMissing):
        said["missing"] = error.credential
    return said | ({"line": line} if isinstance(line, int) and line else {})


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    for name, value in vars(record).items():
        if name in _STANDARD or not _word(name):
            continue
        if isinstance(value, bool | int | float):
            yield name, str(value)[:32]
        elif name in _WORDS and isinstance(value, list | tuple):
            if words := list(filter(None, map(_word, value[:16]))):
                yield name, ",".join(words)
        elif name in _WORDS and (word := _word(value)):
            yield name, word


def _word(value: object) -> str:
    """'' for what is none."""
    text = value[:65] if isinstance(value, str) else ""
    return str(text) if _WORD(text) else ""


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:MAX_LINE_CHARS])


def _of_error(error: BaseException) -> dict[str, str]:
    """Its kind, what kind caused it, and the place in this program where it came up."""
    fields = {"error": _word(type(error).__name__)}
    cause, seen = error.__cause__ or error.__context__, 0
    kinds = []
    while cause is not None and seen < MAX_CAUSES:
        kinds.append(_word(type(cause).__name__))
        cause, seen = cause.__cause__ or cause.__context__, seen + 1
    if kinds:
        fields["cause"] = ",".join(kinds)
    own = [place for place in _places(error.__traceback__) if place.startswith("monitor.")]
    return fields | ({"at": own[-1]} if own else {})


def _places(trace: TracebackType | None) -> list[str]:
    """`module:line`, the outermost first. Modules' names, not files': the program lies in the person's own folders."""
    places: list[str] = []
    while trace is not None and len(places) < 10 * MAX_FRAMES:
        module = _word(str(trace.tb_frame.f_globals.get("__name__", ""))) or "?"
        places.append(f"{module}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-MAX_FRAMES:]


def program_place(frame: FrameType | None) -> str:
    """`module:line` of this program, of what runs there now; '' where nothing of it does."""
    while frame is not None:
        module = _word(str(frame.f_globals.get("__name__", "")))
        if module.startswith("monitor."):
            return f"{module}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def log_to_stderr(*, debug: bool = False) -> None:
    """For the whole process, what nobody caught too: in sentences on a terminal, else as the journal takes it. Other
    libraries are heard from WARNING on."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty() and not debug:
        handler.setFormatter(TerminalFormatter())
    else:
        handler.setFormatter(JournalFormatter(priorities="JOURNAL_STREAM" in os.environ, debug=debug))
    if is_journal(sys.stderr) and os.path.exists(JOURNAL_SOCKET):
        handler = JournalHandler(JournalFormatter(priorities=False, debug=debug), handler)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.raiseExceptions = False  # a line that cannot be written is not shown with what it was made of
    logging.captureWarnings(True)
    # It warns whenever a round takes longer than its interval, which is not a trouble: the next one comes.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("monitor").setLevel(logging.DEBUG if debug else logging.INFO)
    log = logging.getLogger("monitor.daemon")

    def uncaught(error: BaseException | None) -> None:
        if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
            info = (type(error), error, error.__traceback__)
            log.error("a fault of the program", exc_info=info, extra={"action": "fault"})

    sys.excepthook = lambda kind, error, trace: uncaught(error)
    threading.excepthook = lambda args: uncaught(args.exc_value)
    sys.unraisablehook = lambda args: uncaught(args.exc_value) if debug else None


def is_journal(stream: TextIO, environ: dict[str, str] | None = None) -> bool:
    """systemd.exec(5), $JOURNAL_STREAM: device and inode of what goes to the journal."""
    told = (os.environ if environ is None else environ).get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return told == f"{found.st_dev}:{found.st_ino}"
