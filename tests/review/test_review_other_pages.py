"""What other pages can do to this one, in a real Chromium: one on another port of the same address, and a file."""

from __future__ import annotations

import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from monitor.cli import review_browser
from monitor.review.gate import REFUSED_LINE
from tests.review.asking import NothingFound
from tests.review.browsing import ADDRESS, THERE, chromium, served_at, window

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not THERE, reason="no Chromium on this machine"),
]

ROGUE = """<!doctype html><title>other</title>
<form id="sent" method="post" action="ORIGIN/lock"><input name="token" value="x"></form>
<iframe id="framed" src="ORIGIN/help"></iframe>
<script>
async function read(path, options) {
  try { const answer = await fetch("ORIGIN" + path, {credentials: "include", ...options}); return await answer.text() }
  catch (error) { return "refused" }
}
function loads(tag, path) {
  return new Promise(done => {
    const made = document.createElement(tag);
    made.onload = () => done("loaded"); made.onerror = () => done("refused");
    made[tag === "link" ? "href" : "src"] = "ORIGIN" + path; if (tag === "link") made.rel = "stylesheet";
    document.head.append(made);
  });
}
</script>"""


@contextmanager
def rogue(origin: str) -> Iterator[str]:
    """Another program's page, on another port of the same address: for a browser it is the same site."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ROGUE.replace("ORIGIN", origin).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((ADDRESS, 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{ADDRESS}:{server.server_address[1]}/"
        finally:
            server.shutdown()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_another_program_s_page_reads_and_sends_nothing(browser: Browser) -> None:
    """In the same window, with the session's cookie there: the gate refuses what the browser would send."""
    async with served_at(NothingFound()) as door, window(browser, door) as ours:
        await ours.goto("/help")
        with rogue(door.origin) as elsewhere:
            theirs = await ours.context.new_page()
            await theirs.goto(elsewhere)
            for call in (
                'read("/help")',
                'read("/help", {mode: "no-cors"})',
                'read("/lock", {method: "POST", body: "token=x", headers: {"Content-Type": "text/plain"}})',
                'loads("script", "/static/page.js")',
                'loads("link", "/static/page.css")',
                'loads("img", "/help")',
            ):
                assert await theirs.evaluate(call) in ("refused", ""), call
            framed = theirs.frames[1]
            assert "Leave now" not in (await framed.content()), "nothing of it in a frame"
            async with theirs.expect_navigation() as sent:
                await theirs.evaluate("document.getElementById('sent').submit()")
            answer = await sent.value
            assert answer is not None
            assert (answer.status, await answer.body()) == (403, REFUSED_LINE)
            await ours.reload()
            assert await ours.locator("form[action='/lock']").count() == 1, "nobody locked it"


@pytest.mark.parametrize("scripts", [pytest.param(True, id="scripts"), pytest.param(False, id="no scripts")])
async def test_the_file_of_open_lets_in(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripts: bool
) -> None:
    monkeypatch.setattr(review_browser.webbrowser, "open", lambda _: True)
    async with served_at(NothingFound()) as door, window(browser, door, scripts=scripts, enters=False) as page:
        link = door.link.rpartition("/")[2]
        environ = {"DISPLAY": ":0", "XDG_RUNTIME_DIR": str(tmp_path)}
        with review_browser.browser_started(door.origin, link, "Monitor", environ=environ):
            (file,) = tmp_path.iterdir()
            await page.goto(file.as_uri())
            if not scripts:
                await page.get_by_role("button", name="Open").click()
            await page.wait_for_url(lambda url: url.startswith(door.origin) and "/enter" not in url)
        await page.goto("/help")
        assert await page.locator("form[action='/lock']").count() == 1, "let in, with a strict cookie"
