"""Hostile pages: bounded, and never an exception. What takes long is the worker's limit to end (tests/reader)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.crawl.extract.css import css_urls
from monitor.crawl.extract.image_urls import image_url, parse_srcset
from monitor.crawl.extract.links import MAX_LINKS_OF_PAGE
from monitor.crawl.extract.page import read_html
from monitor.crawl.urls import absolute
from monitor.model.limits import MAX_PAGE_IMAGES
from monitor.model.page import ParseJob
from monitor.sources.reading.parsers import PARSERS, read_answer

URL = "https://site.example/t/1"
JOB = ParseJob("html", URL, select_links="a")


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(b"<div>" * 2000 + b"<img src=a.jpg>", id="deep nesting"),
        pytest.param(b"<b><i>" * 800 + b"<p>" * 200 + b"<img src=a.jpg>", id="misnested formatting"),
        pytest.param(b"<table><tr><td>" * 500 + b"<img src=a.jpg>", id="nested tables"),
        pytest.param(b"<img src=a.jpg " + b"x=y " * 50_000 + b">", id="a tag with many attributes"),
        pytest.param(b"<img src=a.jpg alt='" + b"x" * 3_000_000 + b"'>", id="a huge attribute"),
        pytest.param(b"<img src=a.jpg><img src='" + b"y" * 3_000_000 + b"'>", id="a huge address"),
        pytest.param(b"<img src=a.jpg srcset='" + b"a 1w," * 100_000 + b"'>", id="a huge srcset"),
        pytest.param(b"<img src=a.jpg><style>" + b"url(" * 200_000 + b"</style>", id="CSS that never closes"),
        pytest.param(b"<img src=a.jpg><script>'" + b".jpg" * 100_000 + b"</script>", id="a script of endings"),
        pytest.param(b'<img src=a.jpg><script type="application/json">' + b"[" * 200_000, id="deep JSON"),
        pytest.param(b'<img src=a.jpg><script type="application/ld+json">' + b'{"a":' * 100_000, id="deep JSON-LD"),
        pytest.param(b"<img src=a.jpg>\0\0<\0img src\0=b.jpg>" + b"\0" * 100_000, id="null bytes"),
        pytest.param(b"<img src=a.jpg>" + b"<script>if(a<b){}</script>" * 20_000, id="script-laden"),
        pytest.param(b"<img src=a.jpg>" + b"<!--" * 100_000, id="comments"),
        pytest.param(b"<img src=a.jpg>" + b"&" * 500_000, id="ampersands"),
        pytest.param(b"<img src=a.jpg>" + b"<a rel=next href=?a>next</a>" * 20_000, id="many next links"),
        pytest.param(b"<img src=a.jpg>" + b"<article>" * 1500 + b"<img src=b.jpg>", id="posts in posts"),
        pytest.param(b"<img src=a.jpg><meta charset='\xff\xfe'>" + bytes(range(256)) * 100, id="every byte"),
        pytest.param(
            b"<img src=a.jpg>" + b"<iframe srcdoc='<img src=b.jpg>'></iframe>" * 20_000, id="pages in attributes"
        ),
        pytest.param(b"<img src=a.jpg>" + b"<p>[{" * 100_000, id="what begins like data"),
        pytest.param(b"<img src=a.jpg>" + b"<a-b src=/c.jpg onclick='x'>" * 1500, id="web components in each other"),
        pytest.param(
            b"<img src=a.jpg><div itemtype=ImageObject itemscope>"
            + b"<meta itemprop=contentUrl content=b.jpg>" * 20_000,
            id="one picture in many properties",
        ),
        pytest.param(b"<img src=a.jpg><script>" + b'"eyJ' * 200_000 + b"</script>", id="what begins like Base64"),
        pytest.param(b"<img src=a.jpg><script>'eyJ" + b"A" * 3_000_000 + b"'</script>", id="much Base64"),
        pytest.param(b"<base href='http://[::1'><img src=https://site.example/t/a.jpg>", id="a broken base"),
        pytest.param(b"<base href='" + b"../" * 100_000 + b"'><img src=a.jpg>", id="a huge base"),
    ],
)
def test_hostile_pages_are_read_within_bounds(page: bytes) -> None:
    started = time.process_time()
    content = read_html(JOB, page)
    assert "https://site.example/t/a.jpg" in [ref.url for ref in content.images]
    assert time.process_time() - started < 6


@pytest.mark.long
def test_floods_are_cut() -> None:
    page = b"".join(b"<img src=%d.jpg><a href=/p/%d>x</a>" % (n, n) for n in range(20_000))
    content = read_html(JOB, page)
    assert len(content.images) == MAX_PAGE_IMAGES
    assert len(content.links) == MAX_LINKS_OF_PAGE


def test_data_uris_of_one_page_are_bounded_together() -> None:
    uri = b"data:image/png;base64," + b"A" * 1_000_000
    content = read_html(JOB, b"".join(b"<img src='%s%04d'>" % (uri, n) for n in range(14)))
    assert sum(len(ref.url) for ref in content.images) <= 17_000_000


@pytest.mark.rows(2)
@pytest.mark.parametrize("parser", sorted(set(PARSERS) - {"exploit"}))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_parsers_never_raise_and_say_only_clean_addresses(parser: str, data: st.DataObject) -> None:
    words = st.sampled_from(
        [
            b"<",
            b">",
            b"<img src=",
            b"a.jpg",
            b"'",
            b'"',
            b"<a href=",
            b"<rss><channel><item>",
            b"<?xml version='1.0'?>",
            b"{",
            b"}",
            b"[",
            b"]",
            b'"url":',
            b'"results":',
            b":",
            b",",
            b"<feed xmlns='http://www.w3.org/2005/Atom'>",
            b"<entry>",
            b"<link href='x'/>",
            b"url(",
            b")",
            b"\x00",
            b"\xff",
            b"<base href=",
            b"http://",
            b"<!DOCTYPE x [",
            b'"posts":',
            b'"file_url":',
            b'"id":1',
            b"null",
            b"<urlset><url><loc>",
            b"\x1f\x8b",
            b"<style>",
            b"<script>",
        ]
    )
    untrusted = data.draw(st.one_of(st.binary(max_size=300), st.lists(words, max_size=40).map(b"".join)))
    content_type = data.draw(
        st.sampled_from(["", "text/html; charset=utf-16", "application/json", "text/xml; charset=x"])
    )
    rules = (("results", "a"), ("link", "a"), ("engine", "e"), ("next", "http://a.example/2"))
    job = ParseJob(parser, URL, content_type, rules=rules)

    content = read_answer(job, untrusted)

    addresses = [*content.links, *content.next_pages, *content.stylesheets]
    addresses += [url for ref in content.images for url in (ref.url, *ref.alternatives)]
    for url in addresses:
        assert url.startswith(("http://", "https://", "data:image/"))
        assert url.isprintable() and " " not in url
    assert len(content.text) <= 20_000
    repr(content).encode()  # no half characters that could not be kept or sent


@settings(deadline=None)  # a busy machine is not a slow parser
@given(written=st.text(max_size=200))
def test_addresses_are_absolute_and_clean_or_nothing(written: str) -> None:
    for url in (absolute(URL, written), image_url(URL, written)):
        assert url == "" or url.startswith(("http://", "https://", "data:image/"))
        assert url.isprintable() and " " not in url


@settings(deadline=None)  # a busy machine is not a slow parser
@given(written=st.text(alphabet="ab.jpg ,01wx\t(\n", max_size=200))
def test_srcsets_and_css_never_fail(written: str) -> None:
    assert all(url and weight > 0 for weight, url in parse_srcset(written))
    css_urls("url(" + written)
