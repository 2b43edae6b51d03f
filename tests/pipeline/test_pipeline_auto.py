"""render = "auto": what needs a browser is found out and remembered; what does not, is not rendered again; a wall is
not rendered to get past it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from monitor.model.observation import RunStatus
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.run import Run
from monitor.model.settings import NetworkSettings
from monitor.model.watch import Follow, Render
from tests.fakes import FakeSite
from tests.pipeline.pipeline_bench import FORUM, OTHERS, Bench, page

THREAD = "https://forum.example/t/1"
PICTURE = "https://cdn.example/1.jpg"
WORDS = "<p>" + "words about the lake " * 30
SHELL = "<html><head><title>App</title></head><body><div id=root></div><script src=/app.js></script></body></html>"
BARE = f"<title>A gallery</title>{WORDS}"
SCRIPTED = f"{BARE}<script src=/gallery.js></script>"
CHALLENGE = "<title>Just a moment...</title><script>window._cf_chl_opt={};</script>"


@dataclass
class RenderingSite(FakeSite):
    rendered: dict[str, str] = field(default_factory=dict)
    browser: Outcome = field(default_factory=lambda: Outcome(OutcomeKind.OK))

    async def fetch(self, request: Request) -> Fetched:
        if not request.browser:
            return await super().fetch(request)
        self.asked.append(request)
        if not self.browser.is_good_look:
            return self._answer(request, self.browser)
        body = self.rendered.get(request.url, "").encode()
        return self._answer(request, self.browser, status=200, body=body)


async def run(bench: Bench, plain: str, rendered: str, **site: object) -> tuple[Run, list[bool]]:
    """The report of a first look, and of each request for the page in two looks whether it was rendered."""
    shown = RenderingSite(bench.clock, rendered={THREAD: rendered}, **site)  # type: ignore[arg-type]
    shown.put(THREAD, plain)
    shown.put(PICTURE, OTHERS[0].read_bytes(), "image/jpeg")
    bench.site = shown
    report = await bench.run(replace(FORUM, render=Render.AUTO))
    bench.clock.forward(hours=2)
    await bench.run(replace(FORUM, render=Render.AUTO))
    return report, [request.browser for request in shown.asked if request.url == THREAD]


async def test_another_visitor_finds_out_by_itself(bench: Bench) -> None:
    """A site can show its scripts to one alone, and would know that one again by who comes with a browser at once."""
    _, browsers = await run(bench, SHELL, page(PICTURE))
    assert browsers == [False, True, True]
    bench.settings = replace(bench.settings, network=NetworkSettings(proxy="http://proxy.example:8080"))
    _, browsers = await run(bench, SHELL, page(PICTURE))
    assert browsers == [False, True, True]


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("plain", "rendered", "asked", "images"),
    [
        pytest.param(page(PICTURE), page(PICTURE), [False, False], 1, id="static"),
        pytest.param(SHELL, page(PICTURE), [False, True, True], 1, id="empty without scripts"),
        pytest.param(SCRIPTED, page(PICTURE), [False, True, True], 1, id="words, and pictures by script"),
        pytest.param(SCRIPTED, SCRIPTED, [False, True, False], 0, id="words, and no pictures: tried once"),
        pytest.param(SCRIPTED, CHALLENGE, [False, True, False], 0, id="the browser meets a wall"),
        pytest.param(BARE, page(PICTURE), [False, False], 0, id="words without scripts"),
    ],
)
async def test_what_is_rendered(bench: Bench, plain: str, rendered: str, asked: list[bool], images: int) -> None:
    report, browsers = await run(bench, plain, rendered)
    assert browsers == asked
    assert (report.pages, report.pages_seen, report.images_seen) == (1, 1, images)
    assert report.status is (RunStatus.OK if images else RunStatus.PARTIAL)
    assert {error.kind for error in report.errors} == (set() if images else {"never_pictures"})


async def test_a_wall_is_reported_and_not_rendered(bench: Bench) -> None:
    report, browsers = await run(bench, CHALLENGE, page(PICTURE))
    assert browsers == [False, False]
    assert [error.kind for error in report.errors] == ["wall"]


async def test_without_a_browser_the_page_is_seen_as_it_came(bench: Bench) -> None:
    none = Outcome(OutcomeKind.UNREADABLE, "no Chromium was found", "install it")
    report, browsers = await run(bench, SCRIPTED, "", browser=none)
    assert browsers == [False, True, False]  # unchanged since: not tried again before it changes
    assert report.status is RunStatus.PARTIAL and "never_pictures" in [error.kind for error in report.errors]


async def test_only_pages_that_the_watch_names_are_tried(bench: Bench) -> None:
    site = RenderingSite(bench.clock, rendered={})
    site.put(THREAD, page(PICTURE, more='<a class="t" href="/t/2">more</a>'))
    site.put("https://forum.example/t/2", SCRIPTED)
    site.put(PICTURE, OTHERS[0].read_bytes(), "image/jpeg")
    bench.site = site
    await bench.run(replace(FORUM, render=Render.AUTO, follow=Follow(links="a.t", depth=1)))
    assert not any(request.browser for request in site.asked)
