"""What a rendered page shows inside of shadow roots, open and closed, and pages that make too many of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from monitor.clock import utc_now
from monitor.crawl.extract.page import read_html
from monitor.model.page import OutcomeKind as K
from monitor.model.page import ParseJob
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.guard import AddressRules
from tests.hostile.hostile_browser import answering, browser_visit, settings
from tests.hostile.hostile_site import Names, ok, site

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[BrowserFetcher]:
    made = BrowserFetcher(settings(), AddressRules.of(settings().network), Names(), clock=utc_now)
    yield made
    await made.aclose()


MAKE = """<my-a></my-a><script>
const within = (host, mode, html) => { const root = host.attachShadow({mode}); root.innerHTML = html; return root; };
const by = (root, name) => root.querySelector(name);
const IMG = '<img src=/in.jpg width=200 height=200>';
%s
</script>"""
OPEN_NAMES = "<form name=shadowRoot><input name=shadowRoot></form><img name=querySelectorAll>"


def one(mode: str) -> str:
    return MAKE % f"within(by(document, 'my-a'), '{mode}', IMG);"


def nested(outer: str, inner: str) -> str:
    return MAKE % f"within(by(within(by(document, 'my-a'), '{outer}', '<my-b></my-b>'), 'my-b'), '{inner}', IMG);"


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(one("open"), id="open"),
        pytest.param(one("closed"), id="closed"),
        pytest.param(nested("open", "open"), id="open in open"),
        pytest.param(nested("closed", "closed"), id="closed in closed"),
        pytest.param(nested("closed", "open"), id="open in closed"),
        pytest.param(nested("open", "closed"), id="closed in open"),
        pytest.param(
            "<div id=d style='height:300px'></div>" + MAKE % "within(by(document, '#d'), 'closed', IMG);",
            id="closed, no element of its own",
        ),
        pytest.param(
            "<my-a><template shadowrootmode=open><my-b><template shadowrootmode=closed><img src=/in.jpg></template>"
            "</my-b></template></my-a>",
            id="as markup, closed in open",
        ),
        pytest.param(
            OPEN_NAMES + MAKE % "Element.prototype.getHTML = () => 'no'; within(by(document, 'my-a'), 'open', IMG);",
            id="names and methods that are others",
        ),
    ],
)
async def test_what_stands_in_shadow_roots_is_read(browser: BrowserFetcher, page: str) -> None:
    async with site(answering(ok(f"<!doctype html><body>{page}<img src=/out.jpg>".encode()))) as served:  # type: ignore[arg-type]
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        found = read_html(ParseJob("html", fetched.url), fetched.body).images  # type: ignore[arg-type]
        assert {image.url.rpartition("/")[2] for image in found} == {"in.jpg", "out.jpg"}


@pytest.mark.long
async def test_a_page_of_shadow_roots_is_read_as_far_as_it_goes(browser: BrowserFetcher) -> None:
    made = MAKE % (
        "let at = by(document, 'my-a');"
        "for (let n = 0; n < 300; n++) at = by(within(at, n % 2 ? 'open' : 'closed', '<my-b></my-b>'), 'my-b');"
        "for (let n = 0; n < 3000; n++) { const one = document.createElement('my-c' + n % 50); "
        "within(one, 'closed', 'x'); document.body.append(one); }"
    )
    async with site(answering(ok(f"<!doctype html><body><img src=/out.jpg>{made}".encode()))) as served:  # type: ignore[arg-type]
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        assert b"/out.jpg" in fetched.body
