"""A machine that lacks room: told as that, with what to do, and never as a site's doing or as a Chromium to install."""

from __future__ import annotations

import errno
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey

from monitor.cli import main
from monitor.errors import HowLost, PartLost, UnreadableImage
from monitor.model.fingerprint import Detail
from monitor.model.page import OutcomeKind, ParseJob, Parser
from monitor.outbound.browser.finding import NoBrowser, find_chromium, not_begun, tried_too_often, without_room
from monitor.outbound.failures import outcome_of_error
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.serving import failure_of
from monitor.parts.starting import PartEnded, ProgramPart
from monitor.reader.pool import ReaderPool
from monitor.reader.starting import room_missing, why_not_started
from monitor.room import Shortage, lack_in, lack_said
from monitor.store.failures import error_of_words
from monitor.tracking.falls import FallingPart, Falls

ROOT = Path(__file__).parents[2]
NO_FILE = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
NO_PROCESS = BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
NO_THREAD = RuntimeError("can't start new thread")


def wrapped(cause: BaseException, by: Exception) -> BaseException:
    by.__cause__ = cause
    return by


def by_aiohttp(cause: OSError) -> BaseException:
    key = ConnectionKey("site.example", 443, True, True, None, None, None)
    return aiohttp.ClientConnectorError(key, cause)


@pytest.mark.parametrize(
    ("error", "lack"),
    [
        pytest.param(NO_FILE, Shortage.FILES, id="no more files"),
        pytest.param(OSError(errno.ENFILE, "x"), Shortage.FILES, id="none of the machine's"),
        pytest.param(by_aiohttp(NO_FILE), Shortage.FILES, id="as aiohttp says it"),
        pytest.param(wrapped(NO_FILE, httpx.ConnectError("all failed")), Shortage.FILES, id="as httpx says it"),
        pytest.param(ExceptionGroup("several", [NO_FILE]), Shortage.FILES, id="one of several"),
        pytest.param(NO_THREAD, Shortage.PROCESSES, id="no thread, for a name"),
        pytest.param(MemoryError(), Shortage.MEMORY, id="no memory"),
        pytest.param(OSError(errno.ENOMEM, "x"), Shortage.MEMORY, id="no memory, as the kernel says it"),
        pytest.param(socket.gaierror(socket.EAI_MEMORY, "x"), Shortage.MEMORY, id="no memory for a name"),
        pytest.param(NO_PROCESS, None, id="a socket that says later"),
        pytest.param(socket.gaierror(socket.EAI_NONAME, "x"), None, id="a name that is not known"),
        pytest.param(ConnectionRefusedError(errno.ECONNREFUSED, "x"), None, id="refused"),
        pytest.param(RuntimeError("another"), None, id="another fault"),
    ],
)
def test_what_a_request_fails_by(error: BaseException, lack: Shortage | None) -> None:
    assert lack_in(error) is lack
    outcome = outcome_of_error(error)
    assert (outcome.kind is OutcomeKind.PART) == (lack is not None)
    assert lack is None or (lack.why in outcome.message and outcome.remedy == lack.right)


def test_a_name_is_not_found_where_no_file_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """glibc says that it is to be tried again, and keeps to itself why."""
    again = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    assert outcome_of_error(again).kind is OutcomeKind.DNS

    def refused(*_: object, **__: object) -> int:
        raise NO_FILE

    monkeypatch.setattr(os, "open", refused)
    assert lack_in(again) is Shortage.FILES


@pytest.mark.parametrize(
    ("words", "lack"),
    [
        pytest.param("BrowserType.launch: spawn EMFILE", Shortage.FILES, id="Playwright, files"),
        pytest.param("spawn /usr/bin/chromium EAGAIN", Shortage.PROCESSES, id="Playwright, processes"),
        pytest.param("[err] pthread_create: Resource temporarily unavailable (11)", Shortage.PROCESSES, id="Chromium"),
        pytest.param("ImportError: libx.so: failed to map segment from shared object", Shortage.MEMORY, id="a library"),
        pytest.param("FATAL ERROR: Reached heap limit - JavaScript heap out of memory", Shortage.MEMORY, id="Node"),
        pytest.param("Host system is missing dependencies", None, id="something else"),
    ],
)
def test_what_another_program_says(words: str, lack: Shortage | None) -> None:
    assert lack_said(words) is lack


def test_no_page_is_blamed_for_a_browser_that_does_not_start() -> None:
    assert not_begun(without_room(Shortage.FILES)).kind is OutcomeKind.PART
    assert not_begun(NoBrowser("none", is_absent=True)).kind is OutcomeKind.UNREADABLE
    starts = Falls(FallingPart.BROWSER)
    starts.fell(1.0, str(without_room(Shortage.PROCESSES)))
    assert tried_too_often(starts, 1.0).remedy == Shortage.PROCESSES.right


@pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    ("limit", "lack"),
    [
        pytest.param("RLIMIT_NOFILE, (24, 24)", Shortage.FILES, id="files"),
        pytest.param("RLIMIT_AS, (500 << 20,) * 2", Shortage.MEMORY, id="memory"),
    ],
)
def test_a_real_browser_without_room(limit: str, lack: Shortage) -> None:
    code = (
        "import asyncio, resource; from monitor.outbound.browser.chromium import starts_at_all, NoBrowser\n"
        f"resource.setrlimit(resource.{limit})\n"
        "try: asyncio.run(starts_at_all(''))\n"
        "except NoBrowser as error: print(error.is_absent, error.remedy)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"False {lack.right}", done.stderr


class NoParts:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def connect(self, part: ProgramPart) -> socket.socket:
        raise self.error

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        return PartEnded()

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OSError(0, "Too many open files"), id="as the parent says it: files"),
        pytest.param(OSError(0, "Resource temporarily unavailable"), id="as the parent says it: processes"),
        pytest.param(NO_THREAD, id="no thread here to ask the parent in"),
    ],
)
async def test_a_part_that_cannot_be_started(error: Exception) -> None:
    link = Link(NoParts(error), ProgramPart.FETCHER, FetcherSetup)
    for _ in range(20):  # the gaps between its starts too
        with pytest.raises(PartLost, match="could not be started") as lost:
            await link.greeting()
        assert lost.value.how is HowLost.NOT_STARTED
        assert "ulimit" in lost.value.remedy
    assert "times in a row" in str(lost.value)


def test_a_part_that_fails_at_its_start_says_so() -> None:
    assert lack_said(failure_of(NO_THREAD).what) is Shortage.PROCESSES


@pytest.mark.parametrize(
    ("error", "said", "lack"),
    [
        pytest.param(NO_FILE, "", Shortage.FILES, id="files"),
        pytest.param(NO_PROCESS, "", Shortage.PROCESSES, id="processes"),
        pytest.param(EOFError(), "MemoryError", Shortage.MEMORY, id="it ended with its last word"),
        pytest.param(EOFError(), "it fell", None, id="something else"),
        pytest.param(EOFError(), "", None, id="without a word"),
    ],
)
def test_why_a_reader_was_not_started(error: Exception, said: str, lack: Shortage | None) -> None:
    why = why_not_started(error, said)
    assert room_missing(f"no reader could be started: {why}") is lack
    assert lack is not None or why == (said or "EOFError")


async def test_no_page_and_no_picture_is_blamed_for_a_reader_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise NO_FILE

    monkeypatch.setattr(subprocess, "Popen", refused)
    async with ReaderPool() as readers:
        for _ in range(5):  # in the gaps between its starts too
            content = await readers.page(ParseJob(Parser.HTML, "http://site.example/"), b"<p>x")
            assert content.problem is not None
            assert (content.problem.kind, content.problem.remedy) == (OutcomeKind.PART, Shortage.FILES.right)
        with pytest.raises(UnreadableImage) as unread:
            await readers.image(b"x", Detail.HASHES)
        assert unread.value.remedy == Shortage.FILES.right


@pytest.mark.parametrize(
    ("words", "lack"),
    [
        pytest.param("unable to open database file", Shortage.FILES, id="it opens several at once"),
        pytest.param("disk I/O error", Shortage.FILES, id="while it works"),
        pytest.param("out of memory", Shortage.MEMORY, id="memory"),
    ],
)
def test_no_disk_is_blamed_either(words: str, lack: Shortage, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    least = os.dup(0)
    os.close(least)
    resource.setrlimit(resource.RLIMIT_NOFILE, (least + 2, before[1]))
    try:
        failed = error_of_words(words, tmp_path / "store.db")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert lack.why in str(failed) and failed.remedy == lack.right
    assert lack is Shortage.MEMORY or lack.why not in str(error_of_words(words, tmp_path / "store.db"))


@pytest.mark.parametrize("error", [NO_THREAD, NO_FILE, NO_PROCESS, MemoryError()], ids=repr)
def test_a_command_without_room_is_no_fault_of_the_program(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("monitor.cli.watch.read_watchlists", fails)
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path}/data"\nwatchlist_dir = "{tmp_path}"\n', "utf-8")
    config.chmod(0o600)
    assert main.run(["--config", str(config), "watch", "list"]) == 1
    said = capsys.readouterr()
    assert "fault of the program" not in said.out + said.err
    assert "ulimit" in said.out + said.err
