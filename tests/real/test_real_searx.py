"""searx (Debian's package), asked in JSON and in HTML. Its engines ask a small place here, not the Internet."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest

from monitor.model.observation import RunStatus
from tests.real.real_monitor import look
from tests.real.real_pictures import Picture, make
from tests.real.real_programs import free_port, need_debian, started
from tests.serving.web import Quiet, threaded

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

QUERY = "avery example"
PER_PAGE = 4
OWN = 'robots = "ignore"\nrobots_reason = "our own searx, whose robots.txt keeps programs from /search"'
SETTINGS = """\
general: {{ debug: false, instance_name: "searx" }}
search: {{ safe_search: 0, autocomplete: "", default_lang: "", ban_time_on_fail: 1, max_ban_time_on_fail: 1 }}
server: {{ port: {port}, bind_address: "127.0.0.1", secret_key: "for a test", base_url: false, image_proxy: false,
  http_protocol_version: "1.0", method: "GET", default_http_headers: {{}} }}
ui: {{ static_path: "/usr/share/python3-searx/static", templates_path: "/usr/share/python3-searx/templates",
  default_theme: "{theme}", default_locale: "", theme_args: {{ oscar_style: logicodev }} }}
outgoing: {{ request_timeout: 30.0, useragent_suffix: "", pool_connections: 10, pool_maxsize: 10 }}
engines:
  - {{ name: here, engine: xpath, shortcut: he, enable_http: true, categories: general, paging: true, timeout: 30.0,
      search_url: "{place}/find?q={{query}}&page={{pageno}}", results_xpath: "//article", url_xpath: ".//h2/a/@href",
      title_xpath: ".//h2/a", content_xpath: ".//p" }}
  - {{ name: pictures here, engine: searx_engine, shortcut: ph, enable_http: true, categories: images, timeout: 30.0,
      paging: true, instance_urls: ["{place}/images"] }}
locales: {{ en: English }}
doi_resolvers: {{ oadoi.org: "https://oadoi.org/" }}
default_doi_resolver: oadoi.org
"""


@dataclass(frozen=True, slots=True)
class Searx:
    """place: the port of what it finds."""

    url: str
    place: int
    pictures: list[Picture]


def answer(asked: str, form: dict[str, list[str]], pictures: list[Picture], host: str) -> tuple[str, bytes]:
    parts = urlsplit(asked)
    query = {**parse_qs(parts.query), **form}
    # This searx escapes the words twice for an engine of kind xpath: hence unquote_plus once more.
    at = (int(query.get("page", query.get("pageno", ["1"]))[0]) - 1) * PER_PAGE
    some = pictures[at : at + PER_PAGE] if unquote_plus(query.get("q", [""])[0]) == QUERY else []
    if parts.path == "/find":
        rows = (f"<article><h2><a href='/post/{p.name}'>Post {p.name}</a></h2><p>text</p></article>" for p in some)
        return "text/html", f"<html><body>{''.join(rows)}</body></html>".encode()
    if parts.path == "/images":
        results = [
            {
                "template": "images.html",
                "url": f"{host}/post/{p.name}",
                "title": p.name,
                "content": "",
                "img_src": f"{host}/file/{p.path.name}",
                "thumbnail_src": f"{host}/small/{p.path.name}",
            }
            for p in some
        ]
        empty: dict[str, object] = {"answers": [], "infoboxes": [], "suggestions": [], "number_of_results": 0}
        return "application/json", json.dumps({**empty, "results": results}).encode()
    named = {f"/post/{p.name}": p for p in pictures}
    if parts.path in named:
        page = f"<!doctype html><title>A post</title><p>Many words.</p><img src=/file/{named[parts.path].path.name}>"
        return "text/html", page.encode()
    filed = {f"/file/{p.path.name}": p for p in pictures}
    if parts.path in filed:
        return "image/jpeg", filed[parts.path].path.read_bytes()
    return "", b""


@contextlib.contextmanager
def place_to_find(pictures: list[Picture]) -> Iterator[str]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._answer(parse_qs(body))

        def _answer(self, form: dict[str, list[str]]) -> None:
            kind, body = answer(self.path, form, pictures, f"http://127.0.0.1:{self.server.server_address[1]}")
            self.send(200 if kind else 404, {"Content-Type": kind or "text/plain"}, body)

    with threaded(Handler) as address:
        yield address


@pytest.fixture(scope="module", params=["oscar", "simple"])
def searx(place: Path, request: pytest.FixtureRequest) -> Iterator[Searx]:
    need_debian("searx")
    pictures = make(place / "pictures", 6)
    port = free_port()
    settings = place / "settings.yml"
    with place_to_find(pictures) as url:
        settings.write_text(SETTINGS.format(port=port, place=url, theme=request.param))
        with started(
            ["/usr/bin/searx-run"],
            log=place / "searx.log",
            port=port,
            env={"SEARX_SETTINGS_PATH": str(settings), "PYTHONWARNINGS": "ignore"},
        ):
            yield Searx(f"http://127.0.0.1:{port}", urlsplit(url).port or 0, pictures)


@pytest.mark.parametrize("like", ["searxng", "searxng-html", "searxng-images"])
async def test_searx(searx: Searx, tmp_path: Path, like: str) -> None:
    url, pictures = searx.url, searx.pictures
    wanted = {picture.path.name: picture.digest for picture in pictures}
    watch = f'kind = "search"\nengine = "mine"\nquery = "{QUERY}"\npages = 2\nfollow = {{ depth = 1 }}\n{OWN}'
    engines = f'[engines.mine]\nlike = "{like}"\nurl = "{url}"\n'
    seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted, engines=engines, ports=[searx.place])
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert all(sighting.place.result_url.startswith(url) for sighting in seen.sightings)  # kept for delisting


@pytest.mark.parametrize("like", ["searxng", "searxng-html"])
async def test_nothing_found_is_no_failure(searx: Searx, tmp_path: Path, like: str) -> None:
    url, pictures = searx.url, searx.pictures
    watch = f'kind = "search"\nengine = "mine"\nquery = "nobody of that name"\nfollow = {{ depth = 1 }}\n{OWN}'
    engines = f'[engines.mine]\nlike = "{like}"\nurl = "{url}"\n'
    seen = await look(tmp_path / "monitor", watch, pictures[:1], wanted={}, engines=engines, ports=[searx.place])
    assert seen.report.status is RunStatus.OK, seen.told
