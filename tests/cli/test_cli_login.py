"""`watch login`: a site that shows its pictures to members only, a form to log in by, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor import watchlist
from monitor.app import open_app
from monitor.config import load
from monitor.outbound.browser.finding import find_chromium
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, Program
from tests.serving.web import Quiet, threaded

NEEDS_BROWSER = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")


class Members:
    """sessions: those that are valid; each answer gives the visitor a fresh one and ends the old. asked: path, status,
    whether it came with a session, whether by a browser."""

    def __init__(self) -> None:
        self.url = ""
        self.sessions: set[str] = set()
        self.asked: list[tuple[str, int, bool, bool]] = []

    def session(self) -> str:
        token = secrets.token_hex(16)
        self.sessions.add(token)
        return token

    def answer(self, path: str, cookie: str) -> tuple[int, dict[str, str], bytes]:
        known = cookie in self.sessions
        if path in ("/robots.txt", "/favicon.ico"):  # Chromium asks for the second when it likes, and unseen
            return 404, {}, b""
        if path == "/login":
            form = b"<title>Log in</title><form method=post action=/login><input name=word><button>go</button></form>"
            return 200, {"Content-Type": "text/html"}, form
        if not known:
            return (403, {}, b"members only") if path.endswith(".jpg") else (302, {"Location": "/login"}, b"")
        if path.endswith(".jpg"):
            name = {"/shown.jpg": "enrolled/owl.jpg", "/linked.jpg": "others/dog.jpg"}[path]
            return 200, {"Content-Type": "image/jpeg"}, (PHOTOS / name).read_bytes()
        self.sessions.discard(cookie)
        headers = {"Content-Type": "text/html", "Set-Cookie": f"session={self.session()}; HttpOnly; Path=/"}
        page = b"<title>Birds</title><p>Hello, member.</p><img src=/shown.jpg><a href=/linked.jpg>large</a>"
        return 200, headers, page


@pytest.fixture
def members(monkeypatch: pytest.MonkeyPatch) -> Iterator[Members]:
    site = Members()

    class Handler(Quiet):
        def do_GET(self) -> None:
            cookie = self.headers.get("Cookie", "").partition("session=")[2].partition(";")[0]
            status, headers, body = site.answer(self.path, cookie)
            site.asked.append((self.path, status, bool(cookie), "Sec-Fetch-Dest" in self.headers))
            self.send(status, headers, body)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            given = {"Set-Cookie": f"session={site.session()}; Path=/"} if sent == b"word=please" else {}
            self.send(303, {"Location": "/members", **given}, b"")

    for name, value in ON_LOOPBACK.items():
        monkeypatch.setenv(name, value)
    with threaded(Handler) as site.url:
        yield site


def watching(program: Program, url: str, more: str = 'render = "browser"') -> None:
    program.watchlist(f'[[watch]]\nname = "birds"\nurl = "{url}"\nevery = "1h"\n{more}\n')


def cookie(value: str, domain: str = "127.0.0.1", **more: object) -> dict[str, object]:
    return {"name": "session", "value": value, "domain": domain, "path": "/", "expires": -1, **more}


def state(tmp_path: Path, *cookies: dict[str, object], **more: object) -> Path:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"cookies": cookies, "origins": [], **more}))
    return path


def run(program: Program) -> dict[str, Any]:
    done = program("watch", "run", "--json")
    (report,) = done.json["runs"]
    return dict(report)


def only_browsers_were_known(site: Members) -> bool:
    return all(browser for _, _, known, browser in site.asked if known)


async def log_in_by_form(program: Program, *, visible: bool) -> None:
    async def person(page: Any) -> None:
        await page.fill("input", "please")
        await page.click("button")
        await page.wait_for_selector("text=Hello, member.")

    settings = load(program.home / "config.toml")
    (watch,) = watchlist.load_all(settings).watches
    async with open_app(settings) as app:
        await app.logins.log_in(watch, until=person, visible=visible)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb here: the same code is driven without a window")
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x900x24"], pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as told:
        monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
    yield
    server.terminate()
    server.wait()


@pytest.mark.long
@NEEDS_BROWSER
def test_a_visible_window(enrolled: Program, members: Members, screen: None) -> None:
    watching(enrolled, f"{members.url}/members")
    asyncio.run(log_in_by_form(enrolled, visible=True))
    assert run(enrolled)["status"] == "ok"


@NEEDS_BROWSER
def test_logged_in_by_hand_it_sees_until_the_site_ends_it(enrolled: Program, members: Members) -> None:
    watching(enrolled, f"{members.url}/members", 'render = "auto"')
    before = run(enrolled)
    assert (before["status"], before["errors"][0]["kind"]) == ("failed", "wall")
    assert "watch login" in before["errors"][0]["remedy"]

    asyncio.run(log_in_by_form(enrolled, visible=False))
    members.asked.clear()
    first = run(enrolled)
    assert (first["status"], first["images"], first["new_sightings"], first["errors"]) == ("ok", 2, 1, [])
    assert [asked[1] for asked in members.asked if asked[0] == "/linked.jpg"] == [403, 200]  # a stranger, the member
    assert only_browsers_were_known(members)
    second = run(enrolled)  # with the session that the first visit was given
    assert (second["status"], second["new_images"], second["errors"]) == ("ok", 0, [])
    (session,) = members.sessions
    kept = [path.read_bytes() for path in enrolled.home.rglob("*") if path.is_file()]
    assert not any(session.encode() in body for body in kept)

    members.sessions.clear()
    after = run(enrolled)
    assert (after["status"], after["errors"][0]["kind"]) == ("failed", "wall")
    assert after["errors"][0]["remedy"] == "Log in again: reupload-monitor watch login birds"

    assert "forgotten" in enrolled("watch", "login", "birds", "--forget").err
    assert "There was no log-in" in enrolled("watch", "login", "birds", "--forget").err
    assert "look at this place yourself" in run(enrolled)["errors"][0]["remedy"]


@pytest.mark.long
@NEEDS_BROWSER
def test_a_state_made_elsewhere_is_used(enrolled: Program, members: Members, tmp_path: Path) -> None:
    watching(enrolled, f"{members.url}/members")
    made = state(tmp_path, cookie(members.session(), httpOnly=True, sameSite="Strict", partitionKey="x"))
    done = enrolled("watch", "login", "birds", "--state", made)
    assert done.code == 0 and "delete it now" in done.err
    report = run(enrolled)
    assert (report["status"], report["new_sightings"]) == ("ok", 1)
    assert only_browsers_were_known(members)


ORIGIN = {"localStorage": [{"name": "a", "value": "b"}]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(b"x" * 1_100_000, "larger than", id="too large"),
        pytest.param(b"\xff\xfe", "not a browser state", id="no JSON"),
        pytest.param(b"[" * 100_000, "not a browser state", id="deep"),
        pytest.param(b"[]", "not a browser state", id="a list"),
        pytest.param(b'{"cookies": [{"name": 1}]}', "cookies[0]", id="no cookie"),
        pytest.param(b"{}", "empty", id="empty"),
        pytest.param(cookie("x", ".other.example"), "'other.example'", id="of another site"),
        pytest.param(cookie("x", "org"), "'org'", id="of a whole domain of sites"),
        pytest.param(cookie("x", ""), "''", id="of no site"),
        pytest.param({"origin": "https://evil.example", **ORIGIN}, "'evil.example'", id="storage of another site"),
        pytest.param({"origin": "file:///etc", **ORIGIN}, "''", id="storage of files"),
        pytest.param(cookie("x\r\nSet-Cookie: y", "example.org"), "no browser would keep", id="a line break in it"),
        pytest.param(cookie("x" * 9000, "example.org"), "no browser would keep", id="a cookie too long"),
        pytest.param(cookie("x", "example.org", expires=-5), "no browser would keep", id="a time before time"),
    ],
)
def test_a_state_that_is_refused(ready: Program, tmp_path: Path, text: bytes | dict[str, object], said: str) -> None:
    watching(ready, "https://www.example.org/members")
    path = tmp_path / "state.json"
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(json.dumps({"cookies" if "name" in text else "origins": [text]}))
    done = ready("watch", "login", "birds", "--state", path)
    assert (done.code, done.out) == (2, "")
    assert said in done.err and "playwright open --save-storage" in done.err
    assert "There was no log-in" in ready("watch", "login", "birds", "--forget").err


def test_what_is_for_the_site_is_kept_and_said_when_it_is_not_used(ready: Program, tmp_path: Path) -> None:
    watching(ready, "https://www.example.org/members", "")
    made = state(tmp_path, cookie("x", ".example.org"), origins=[{"origin": "https://my.example.org", **ORIGIN}])
    done = ready("watch", "login", "birds", "--state", made)
    assert done.code == 0 and 'put render = "browser"' in done.err
    assert "forgotten" in ready("watch", "login", "birds", "--forget").err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["birds"], 3, "no display", id="no display"),
        pytest.param(["birds", "--state", "/nowhere"], 2, "cannot be read", id="no file"),
        pytest.param(["birds", "--state", "/"], 2, "cannot be read", id="a folder"),
        pytest.param(["bird"], 2, "Did you mean 'birds'", id="no watch"),
        pytest.param(["birds", "--state", "x", "--forget"], 2, "one of them", id="both"),
        pytest.param(["words"], 2, "is a search", id="a search"),
    ],
)
def test_what_cannot_be(
    ready: Program, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    watching(
        ready,
        "https://www.example.org/members",
        '[[watch]]\nname = "words"\nkind = "search"\nengine = "duckduckgo-html"\nquery = "x"\nevery = "1d"',
    )
    done = ready("watch", "login", *words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    if code == 3:
        assert "--state" in done.err
