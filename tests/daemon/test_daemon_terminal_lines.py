"""On a terminal the daemon speaks in sentences; fields are for the journal."""

from __future__ import annotations

import logging
import re
import sys

import pytest

from monitor.daemon.terminal_lines import TerminalFormatter, is_told
from tests.terminal import terminal


def record(sentence: str, level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "monitor.daemon", "msg": sentence, "levelno": level, **fields})


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(
            record("daemon ready", action="ready", watches=1),
            "It looks now, until you press Ctrl-C: 1 watch.",
            id="ready",
        ),
        pytest.param(
            record("watch looked at", action="watch_done", watch=2, pages=3, images=40, new_sightings=1, errors=0),
            "Looked at watch 2: 3 pages, 40 pictures, 1 new find.",
            id="a find",
        ),
        pytest.param(
            record("watch looked at", action="watch_done", watch=2, pages=1, images=0, new_sightings=0, errors=2),
            "Looked at watch 2: 1 page, 0 pictures, 0 new finds. 2 things were in the way: reupload-monitor status "
            "says what.",
            id="with errors",
        ),
        pytest.param(
            record("alerts are not taken: `alerts list` says why", logging.WARNING, action="x", waiting=3),
            "Alerts are not taken: `alerts list` says why.",
            id="any other, without its fields",
        ),
        pytest.param(
            record("ping_url is not reached", logging.WARNING, action="ping_failed", error="ConnectError"),
            "Ping_url is not reached error=ConnectError.",
            id="with the kind of an error",
        ),
    ],
)
def test_a_sentence_each(made: logging.LogRecord, told: str) -> None:
    line = TerminalFormatter().format(made)
    assert re.fullmatch(r"\d\d:\d\d  .*", line) and line[7:] == told


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(record("housekeeping done", action="housekeeping"), False, id="what goes well by itself"),
        pytest.param(record("files are still there", logging.WARNING, action="removed"), True, id="what does not"),
        pytest.param(record("alert sent", action="alert_sent"), True, id="what is for her"),
    ],
)
def test_what_is_told(made: logging.LogRecord, told: bool) -> None:
    assert is_told(made) is told


@pytest.mark.long
def test_a_daemon_on_a_terminal() -> None:
    code = (
        "import logging; from monitor.daemon.logs import log_to_stderr; from monitor.daemon import terminal_lines; "
        "log_to_stderr(); terminal_lines.talk_in_sentences(); "
        "logging.getLogger('monitor.daemon').info('daemon ready', extra={'action': 'ready', 'watches': 2})"
    )
    with terminal(sys.executable, "-c", code) as person:
        assert person.ended() == 0
    assert "It looks now, until you press Ctrl-C: 2 watches." in person.text and "action=" not in person.text
