# ruff: noqa: E501 -- answers as the software writes them
"""Answers of search engines: results, honest emptiness, and everything that makes a watch blind."""

from __future__ import annotations

import json

import pytest

from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.model.settings import EngineSettings
from monitor.sources.engines import find_engine
from monitor.sources.reading.parsers import read_answer
from monitor.sources.search import READER_KEYS

URL = "https://engine.example/search?q=x"
NEXT = "https://engine.example/search?q=x&pageno=2"


def read(engine: str, answer: object, content_type: str = "application/json") -> PageContent:
    found = find_engine(engine, [EngineSettings(name=engine, values=(("url", "https://engine.example"), ("cx", "e")))])
    rules = [(key, found.get(key)) for key in READER_KEYS if found.get(key)]
    rules += [("engine", engine), ("next", NEXT)]
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return read_answer(ParseJob(f"search-{found.get('answers')}", URL, content_type, rules=tuple(rules)), body)


SEARXNG = {
    "query": "x",
    "number_of_results": 2,
    "results": [
        {"url": "https://a.example/1", "title": "One", "content": "c", "engine": "g", "img_src": "", "thumbnail": None},
        {
            "url": "https://b.example/page",
            "title": "Two",
            "img_src": "https://b.example/full.jpg",
            "thumbnail_src": "//cdn.example/t.jpg",
            "template": "images.html",
        },
    ],
    "answers": [],
    "unresponsive_engines": [["bing", "timeout"]],
}
BRAVE = {
    "type": "search",
    "query": {"original": "x", "more_results_available": True},
    "web": {"type": "search", "results": [{"title": "One", "url": "https://a.example/1", "profile": {}}]},
}
BRAVE_IMAGES = {
    "type": "images",
    "query": {"original": "x"},
    "results": [
        {
            "type": "image_result",
            "title": "One",
            "url": "https://a.example/1",
            "thumbnail": {"src": "https://imgs.search.brave.com/t"},
            "properties": {"url": "https://a.example/full.jpg", "placeholder": "https://imgs.search.brave.com/p"},
        }
    ],
}
MOJEEK = {
    "response": {"status": "OK", "head": {"results": 1}, "results": [{"url": "https://a.example/1", "title": "One"}]}
}
GOOGLE_IMAGES = {
    "kind": "customsearch#search",
    "items": [
        {
            "title": "One",
            "link": "https://a.example/full.jpg",
            "image": {"contextLink": "https://a.example/1", "thumbnailLink": "https://t.gstatic.example/t"},
        }
    ],
}
DUCK = b"""<div class="result results_links web-result"><h2 class="result__title"><a class="result__a"
    href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2F1&amp;rut=9">One</a></h2></div>
    <div class="result result--ad"><a class="result__a" href="https://duckduckgo.com/y.js?ad">Ad</a></div>"""
SEARX_IMAGE = b"""<article class="result result-images"><a rel="noreferrer" href="https://a.example/o.jpg"><img class="image_thumbnail"
    src="/image_proxy?url=t"></a><div class="detail"><a class="result-images-source" href="https://a.example/o.jpg"><img src=""></a>
    <p class="result-url"><a href="https://a.example/page">page</a></p></div></article>"""
SEARX_HTML = b"""<article class="result result-default"><a href="https://a.example/1" class="url_header">a</a>
    <h3><a href="https://a.example/1">One</a></h3></article>"""


@pytest.mark.parametrize(
    ("engine", "answer", "links"),
    [
        pytest.param("searxng", SEARXNG, ["https://a.example/1", "https://b.example/page"], id="SearXNG"),
        pytest.param("brave", BRAVE, ["https://a.example/1"], id="Brave"),
        pytest.param("brave-images", BRAVE_IMAGES, ["https://a.example/1"], id="Brave images"),
        pytest.param("mojeek", MOJEEK, ["https://a.example/1"], id="Mojeek"),
        pytest.param("google-images", GOOGLE_IMAGES, ["https://a.example/1"], id="Google images"),
        pytest.param("duckduckgo-html", DUCK, ["https://a.example/1"], id="DuckDuckGo"),
        pytest.param("searxng-html", SEARX_HTML, ["https://a.example/1"], id="SearXNG, HTML"),
    ],
)
def test_results_become_links_and_the_next_page(engine: str, answer: object, links: list[str]) -> None:
    content = read(engine, answer)
    assert content.problem is None
    assert list(content.links) == links
    assert content.next_pages == (NEXT,)


@pytest.mark.parametrize(
    ("engine", "answer", "image"),
    [
        pytest.param(
            "searxng",
            SEARXNG,
            ("https://b.example/full.jpg", "https://cdn.example/t.jpg", "https://b.example/page", "Two"),
            id="SearXNG",
        ),
        pytest.param(
            "brave-images",
            BRAVE_IMAGES,
            ("https://a.example/full.jpg", "https://imgs.search.brave.com/t", "https://a.example/1", "One"),
            id="Brave",
        ),
        pytest.param(
            "google-images",
            GOOGLE_IMAGES,
            ("https://a.example/full.jpg", "https://t.gstatic.example/t", "https://a.example/1", "One"),
            id="Google",
        ),
    ],
)
def test_pictures_that_the_engine_names(engine: str, answer: object, image: tuple[str, ...]) -> None:
    (ref,) = read(engine, answer).images
    assert (ref.url, ref.alternatives[0], ref.post_url, ref.text) == image


@pytest.mark.parametrize(
    ("engine", "answer"),
    [
        pytest.param("searxng", {"query": "x", "results": [], "unresponsive_engines": []}, id="SearXNG"),
        pytest.param("brave", {"type": "search", "query": {"original": "x"}}, id="Brave leaves the list out"),
        pytest.param("google", {"kind": "customsearch#search", "searchInformation": {}}, id="Google too"),
        pytest.param("mojeek", {"response": {"status": "OK", "head": {"results": 0}, "results": []}}, id="Mojeek"),
        pytest.param("duckduckgo-html", b"<div class=no-results>No results.</div>", id="DuckDuckGo"),
        pytest.param(
            "searxng-html",
            b'<div class="dialog-error"><p><strong>Sorry!</strong></p><p>we didn\'t find any results. Please use</p></div>',
            id="SearXNG, HTML",
        ),
    ],
)
def test_honestly_nothing(engine: str, answer: object) -> None:
    content = read(engine, answer)
    assert content.problem is None
    assert content.links == content.next_pages == ()


@pytest.mark.parametrize(
    ("engine", "answer", "kind"),
    [
        pytest.param("searxng", b"<!doctype html><p>Search</p>", OutcomeKind.UNREADABLE, id="JSON switched off"),
        pytest.param("searxng", {"error": "x"}, OutcomeKind.UNREADABLE, id="another program"),
        pytest.param("searxng", b"", OutcomeKind.UNREADABLE, id="nothing"),
        pytest.param("searxng", {"results": "x"}, OutcomeKind.UNREADABLE, id="results that are none"),
        pytest.param("searxng", {"results": [{"link": "x"}]}, OutcomeKind.UNREADABLE, id="results without addresses"),
        pytest.param(
            "searxng",
            {"results": [], "unresponsive_engines": [["google", "CAPTCHA"], ["bing", "access denied"]]},
            OutcomeKind.BLOCKED,
            id="nobody answered it",
        ),
        pytest.param(
            "brave",
            {"type": "ErrorResponse", "error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": "token"}},
            OutcomeKind.BLOCKED,
            id="token refused",
        ),
        pytest.param(
            "mojeek",
            {"response": {"status": "ERROR: Daily Limit Reached.", "results": []}},
            OutcomeKind.BLOCKED,
            id="allowance used up",
        ),
        pytest.param("google", {"error": {"code": 429, "message": "Quota exceeded"}}, OutcomeKind.BLOCKED, id="quota"),
        pytest.param(
            "duckduckgo-html", b"<div class=anomaly-modal__title>bots</div>", OutcomeKind.WALL, id="a bot check"
        ),
        pytest.param("duckduckgo-html", b"<h1>A new design</h1>", OutcomeKind.UNREADABLE, id="the page changed"),
        pytest.param("searxng-html", b"<p>Too Many Requests", OutcomeKind.WALL, id="too many requests"),
        pytest.param(
            "searxng-html",
            b'<div class="dialog-error" role="alert"><p><strong>Error!</strong> Engines cannot retrieve results.</p></div>',
            OutcomeKind.WALL,
            id="its engines are silent",
        ),
    ],
)
def test_blind_is_never_no_results(engine: str, answer: object, kind: OutcomeKind) -> None:
    content = read(engine, answer)
    assert content.problem is not None
    assert content.problem.kind is kind
    assert content.problem.remedy
    assert content.links == content.next_pages == ()


def test_pictures_on_a_result_page_in_html() -> None:
    content = read("searxng-html", SEARX_IMAGE)
    assert content.links == ("https://a.example/page",)
    assert [(ref.url, ref.post_url) for ref in content.images] == [
        ("https://a.example/o.jpg", "https://a.example/page")
    ]


def test_which_engines_were_silent_is_told() -> None:
    answer = {"results": [], "unresponsive_engines": [["google", "CAPTCHA"]]}
    problem = read("searxng", answer).problem
    assert problem is not None and "google: CAPTCHA" in problem.message


def test_a_site_of_its_own_described_by_selectors() -> None:
    own = EngineSettings(
        name="mine",
        values=(
            ("search", "https://engine.example/find?q={query}"),
            ("answers", "html"),
            ("results", "li.hit"),
            ("none", '"Nothing found"'),
        ),
    )
    engine = find_engine("mine", [own])
    rules = tuple((key, engine.get(key)) for key in READER_KEYS if engine.get(key))
    job = ParseJob("search-html", "https://engine.example/find?q=x", rules=rules)
    assert read_answer(job, b"<li class=hit><a href=/t/7>x</a>").links == ("https://engine.example/t/7",)
    assert read_answer(job, b"<p>Nothing found here").problem is None
    assert read_answer(job, b"<p>Log in to search").problem is not None
