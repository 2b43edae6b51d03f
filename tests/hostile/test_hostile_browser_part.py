"""The browser as a process of its own: what it cannot reach from inside, what is left when it is killed, and that what
it draws, prints and holds comes back as from this process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.clock import utc_now
from monitor.errors import NeedsUser, PartLost
from monitor.model.ids import ContentDigest
from monitor.model.page import OutcomeKind, Request
from monitor.model.screenshot import SavedPage, SavedPicture
from monitor.outbound.browser.chromium import tree
from monitor.outbound.browser.finding import NoBrowser, find_chromium
from monitor.outbound.browser.profile import part_folder
from monitor.outbound.browser_link import (
    LinkBrowser,
    LinkPaper,
    LinkScreenshots,
    LinkWindow,
    find_by_link,
    open_browser_link,
)
from monitor.outbound.dial_here import LocalDialWays
from monitor.outbound.guard import AddressRules
from monitor.outbound.window import screen_files, screen_for_alone
from monitor.parts.link import Link
from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.starting import ProgramPart
from tests.hostile.hostile_browser import browser_visit, fetcher_apart, jpeg, settings
from tests.hostile.hostile_site import Names, ok, site
from tests.parts.part_processes import PartProcesses
from tests.parts.planted_browser import Probe, Probed
from tests.patience import WITHIN_S

needs_browser = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")
PLANTED = {ProgramPart.BROWSER: "tests.parts.planted_browser"}
SAVED = SavedPage(
    url="http://good.test/",
    account="",
    fetched_at=datetime(2026, 11, 29, 12, 0, tzinfo=UTC),
    body=b"<title>x</title><p>hello<img src=/a.jpg><img src=/b.jpg><img src=http://127.0.0.1/c.jpg>",
    media_type="text/html",
    page_digest=ContentDigest("0" * 64),
    picture=SavedPicture(jpeg(7), "image/jpeg", frozenset({"http://good.test/a.jpg"})),
)


@asynccontextmanager
async def linked(parts: PartProcesses | None = None) -> AsyncIterator[tuple[Link, PartProcesses]]:
    parts = parts or PartProcesses()
    link = open_browser_link(parts)
    try:
        yield link, parts
    finally:
        await link.aclose()
        await parts.aclose()


async def test_a_probe_in_it_reaches_nothing(tmp_path: Path) -> None:
    name = f"reupload-monitor-test-{os.getpid()}"
    kept = tmp_path / "hers"
    kept.write_text("planted")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        abstract.bind(f"\0{name}")
        abstract.listen()
        listening.bind(str(tmp_path / "bus"))
        listening.listen()
        async with linked(PartProcesses(PLANTED)) as (link, _):
            layers = {name: active for name, active, _ in await link.layers()}
            if not layers["network"]:
                pytest.skip("this machine gives no network namespace")
            probe = Probe(server.getsockname()[1], name, str(tmp_path / "bus"), (str(kept),))
            said = await link.ask(probe, answer=Probed, within_s=WITHIN_S)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody came
    reached = set(said.message.reached)
    assert said.message.tried > 10
    if not layers["landlock"]:
        reached -= {f"file {kept}", "a program of the person's"}
    assert reached <= {"a program of the person's"}, reached


async def test_it_ends_when_nobody_asks_it_anything() -> None:
    parts = PartProcesses()
    link = open_browser_link(parts, idle_s=0.0)
    assert await find_by_link(link, "") == (find_chromium("") or "")
    process = next(iter(parts.running.values()))
    async with asyncio.timeout(WITHIN_S):
        while parts.running:
            await asyncio.sleep(0.01)
    assert await asyncio.to_thread(process.wait) == 0
    await link.aclose()


def test_what_one_left_that_was_killed_goes_with_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("monitor.outbound.browser.profile.memory_folder", lambda: tmp_path)
    gone, other = tmp_path / "rm-part-0-abcdefgh", tmp_path / "another's"
    for folder in (gone, other, tmp_path / f"rm-part-{os.getpid()}-abcdefgh"):
        folder.mkdir()
        (folder / "page").write_text("what it showed")
    made = part_folder()
    assert made.is_dir() and not gone.exists()
    assert other.exists() and (tmp_path / f"rm-part-{os.getpid()}-abcdefgh").exists()


@needs_browser
@pytest.mark.parametrize("moment", [0, *(pytest.param(moment, marks=pytest.mark.long) for moment in range(1, 20))])
async def test_killed_at_any_time_it_fails_what_is_in_hand_and_leaves_nothing(moment: int) -> None:
    browser = fetcher_apart(Names())
    asked = asyncio.Event()
    go = asyncio.Event()

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/page":
            writer.write(ok(b"<title>x</title><img src=/held.jpg>"))
            asked.set()
        else:
            await go.wait()
            writer.write(ok(jpeg(3), "Content-Type: image/jpeg"))

    try:
        async with site(answer) as served:
            looking = asyncio.ensure_future(browser_visit(browser, served))
            await asked.wait()
            await asyncio.sleep(moment * 0.05)
            family = tree(browser._link.pid)
            os.kill(family[0], signal.SIGKILL)
            assert (await looking).outcome.kind is OutcomeKind.PART
            go.set()
            assert (await browser_visit(browser, served)).outcome.kind is OutcomeKind.OK
            async with asyncio.timeout(WITHIN_S):
                while any(is_alive(process) for process in family):
                    await asyncio.sleep(0.05)
    finally:
        await browser.aclose()


def is_alive(process: int) -> bool:
    """A zombie has ended and only waits to be counted by its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_browser
async def test_what_it_draws_and_prints_comes_back() -> None:
    async with linked() as (link, _):
        shot = await LinkScreenshots(link).make(SAVED)
        assert not shot.why_not and len(shot.pieces) == 1 and shot.pieces[0].startswith(b"\x89PNG")
        assert shot.greyed == 2
        pdf = await LinkPaper(link).print("<title>Report</title><p>one find")
        assert pdf.startswith(b"%PDF")


@needs_browser
@pytest.mark.long
async def test_a_browser_that_is_not_there_is_said_with_what_to_do() -> None:
    from dataclasses import replace

    from monitor.model.settings import CrawlSettings

    made = replace(settings(), crawl=CrawlSettings(browser_path="/nowhere/chromium"))
    async with linked() as (link, _):
        browser = LinkBrowser(link, LocalDialWays(Names()), made, AddressRules.of(made.network), clock=utc_now)
        fetched = await browser.fetch(Request("http://good.test/", browser=True))
    assert fetched.outcome.kind is OutcomeKind.UNREADABLE
    assert "apt install chromium" in fetched.outcome.remedy


@needs_browser
@pytest.mark.long
async def test_a_window_gives_back_what_it_holds() -> None:
    made = settings()
    login = ok(b"<title>x</title>", "Content-Type: text/html\r\nSet-Cookie: session=one; Path=/")
    here = asyncio.Event()

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(login)
        here.set()

    async def until(page: object) -> None:
        await here.wait()
        await asyncio.sleep(1.0)  # as long as somebody looks that the page has come

    async with site(answer) as served, linked() as (link, _):
        window = LinkWindow(link, LocalDialWays(Names()))
        state = await window.log_in((served.url("/"),), made, until=until, visible=False)
    assert [cookie.value for cookie in state.cookies] == ["one"]


@needs_browser
async def test_one_that_lies_in_a_home_is_seen_and_starts(tmp_path: Path) -> None:
    """Where the person named it, and nothing else of that folder's neighbours."""
    named = tmp_path / "mine" / "chromium"
    named.parent.mkdir()
    named.write_text(f'#!/bin/sh\nexec {find_chromium("")} "$@"\n')
    named.chmod(0o755)
    link = open_browser_link(PartProcesses(), lambda: BrowserSetup(browser_path=str(named)))
    try:
        assert await find_by_link(link, str(named), starts=True) == str(named)
    finally:
        await link.aclose()


@needs_browser
async def test_one_that_does_not_start_is_said_by_doctor(tmp_path: Path) -> None:
    named = tmp_path / "chromium"
    named.write_text("#!/bin/sh\necho 'FATAL: No usable sandbox!' >&2\nexit 1\n")
    named.chmod(0o755)
    link = open_browser_link(PartProcesses(), lambda: BrowserSetup(browser_path=str(named)))
    try:
        with pytest.raises(NoBrowser) as told:
            await find_by_link(link, str(named), starts=True)
    finally:
        await link.aclose()
    assert "user namespaces" in told.value.remedy


async def test_a_part_that_never_greets_is_said_to_be_lost() -> None:
    parts = PartProcesses({ProgramPart.BROWSER: "tests.parts.no_such_module"})
    link = open_browser_link(parts)
    with pytest.raises(PartLost):
        await find_by_link(link, "")
    await link.aclose()


@pytest.fixture
def guarded_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """One that lets nobody draw on it but who knows what stands in a file of the person's."""
    if shutil.which("Xvfb") is None or shutil.which("xauth") is None:
        pytest.skip("no Xvfb here: the same code is driven without a window")
    authority, cookie, (read, write) = tmp_path / "authority", "ab" * 16, os.pipe()
    subprocess.run(["xauth", "-f", authority, "add", ":0", ".", cookie], check=True, capture_output=True)
    command = ["Xvfb", "-displayfd", str(write), "-auth", authority, "-screen", "0", "1366x900x24"]
    server = subprocess.Popen(command, pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as told:
        display = f":{told.readline().strip()}"
    subprocess.run(["xauth", "-f", authority, "add", display, ".", cookie], check=True, capture_output=True)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("XAUTHORITY", str(authority))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    yield
    server.terminate()
    server.wait()


@needs_browser
@pytest.mark.long
async def test_a_window_is_shown_though_the_part_sees_no_file_of_the_persons(guarded_screen: None) -> None:
    login = ok(b"<title>x</title>", "Content-Type: text/html\r\nSet-Cookie: session=one; Path=/")
    here = asyncio.Event()

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(login)
        here.set()

    async def until(page: object) -> None:
        await here.wait()
        await asyncio.sleep(1.0)

    link = open_browser_link(PartProcesses(), lambda: BrowserSetup(screen=screen_files()))
    async with site(answer) as served:
        window = LinkWindow(link, LocalDialWays(Names()))
        state = await window.log_in((served.url("/"),), settings(), until=until)
    await link.aclose()
    assert [cookie.value for cookie in state.cookies] == ["one"]


@pytest.mark.parametrize(
    ("display", "reached"),
    [
        pytest.param(":0", True, id="of this machine"),
        pytest.param("unix:0", True, id="so named"),
        pytest.param("localhost:10.0", False, id="by ssh"),
        pytest.param("192.0.2.7:0", False, id="of another"),
    ],
)
def test_a_screen_beyond_a_network_is_told_before_a_window_is_tried(
    display: str, reached: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    (tmp_path / "authority").write_bytes(b"cookie")
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "authority"))
    if reached:
        assert screen_for_alone() == ({"DISPLAY": display} | others(), b"cookie")
    else:
        with pytest.raises(NeedsUser) as told:
            screen_for_alone()
        assert "--state" in told.value.remedy


def others() -> dict[str, str]:
    return {name: os.environ[name] for name in ("XDG_SESSION_TYPE", "XDG_RUNTIME_DIR") if name in os.environ}
