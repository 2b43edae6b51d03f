"""What systemd is told, and what the journal gets to read."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.daemon.logs import JournalFormatter
from monitor.daemon.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@g2-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inside:
        inside.bind("\0" + name[1:] if name.startswith("@") else name)
        inside.settimeout(5)
        yield name, inside


def test_messages_arrive(listening: tuple[str, socket.socket]) -> None:
    name, inside = listening
    notifier = Notifier({"NOTIFY_SOCKET": name})
    for call, first in (
        (notifier.ready, b"READY=1"),
        (notifier.reloading, b"RELOADING=1\nMONOTONIC_USEC="),
        (notifier.stopping, b"STOPPING=1"),
        (notifier.alive, b"WATCHDOG=1"),
    ):
        call()
        assert inside.recv(1000).startswith(first)


@pytest.mark.parametrize(
    ("environ", "every"),
    [
        pytest.param({}, None, id="no watchdog"),
        pytest.param({"WATCHDOG_USEC": "60000000"}, 30.0, id="half of what is allowed"),
        pytest.param({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0, id="ours"),
        pytest.param({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None, id="another process's"),
        pytest.param({"WATCHDOG_USEC": "x"}, None, id="nonsense"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="zero"),
    ],
)
def test_watchdog(environ: dict[str, str], every: float | None) -> None:
    assert Notifier(environ).watchdog_s == every


def test_without_systemd_or_with_its_socket_gone_nothing_happens() -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": "/nonexistent/notify"}).ready()


def line(message: str, *, priorities: bool = False, level: int = logging.INFO, **fields: object) -> str:
    record = logging.LogRecord("monitor.x", level, __file__, 1, message, (), None)
    vars(record).update(fields)
    return JournalFormatter(priorities=priorities).format(record)


def test_a_line_is_a_sentence_and_fields() -> None:
    assert line("watch looked at", action="watch_done", pages=3) == "watch looked at action=watch_done pages=3"


def test_the_journal_gets_priorities() -> None:
    assert line("x", priorities=True, level=logging.WARNING).startswith("<4>x")


@pytest.mark.parametrize(
    "secret",
    ["https://forum.example/threads/jane", "mailto://user:pass@mail.example", "json://token@host/x"],
)
def test_addresses_never_stand_in_a_line(secret: str) -> None:
    assert line("failed", where=secret, action=secret, status=[secret]) == "failed"


def test_hostile_text_cannot_look_like_a_line_of_ours() -> None:
    written = line("x", cause="a\r\n<0>daemon stopped\x1b[2J\u202e")
    assert "\n" not in written and "\x1b" not in written and "\u202e" not in written


def test_a_fault_is_named_without_its_text() -> None:
    try:
        raise ValueError("https://forum.example/jane")
    except ValueError as error:
        record = logging.LogRecord("m", logging.ERROR, __file__, 1, "fault", (), (ValueError, error, None))
    assert JournalFormatter(priorities=False).format(record) == "a library told of something logger=m error=ValueError"
