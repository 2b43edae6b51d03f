"""Pictures in CSS as browsers see them; what is not a picture in it is not asked for."""

from __future__ import annotations

import time

import pytest

from monitor.crawl.extract.css import MAX_IMPORTS, css_imports, css_urls
from monitor.crawl.extract.page import read_css, read_html
from monitor.model.page import ParseJob


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        pytest.param(".a::before{content: url('c.jpg') / 'words'}", ["c.jpg"], id="content"),
        pytest.param("/* url(no.jpg) */.x{background:/*y*/url(a.jpg)}", ["a.jpg"], id="comments"),
        pytest.param(".x{background:url(a.jpg)} /* url(b.jpg)", ["a.jpg"], id="a comment without an end"),
        pytest.param(r".x{background:url(b\28 1\29.jpg)}", ["b(1).jpg"], id="escapes by number"),
        pytest.param(
            r""".x{background:url("\63.jpg")} .y{background:url(a\ b.jpg)}""", ["c.jpg", "a b.jpg"], id="escapes"
        ),
        pytest.param(
            r""".x{background:url("a\"b.jpg")} .y{background:url(c\)d.jpg)}""", ['a"b.jpg', "c)d.jpg"], id="marks"
        ),
        pytest.param(
            r".x{background:url(\0.jpg)} .y{background:url(\110000.jpg)}", ["\ufffd.jpg"] * 2, id="no character"
        ),
        pytest.param("@import url(a.css); @import url(//f.example/css?family=X);", [], id="other sheets"),
        pytest.param(
            "@namespace svg url(http://www.w3.org/2000/svg);.x{background:url(a.jpg)}", ["a.jpg"], id="namespace"
        ),
        pytest.param("@font-face{font-family:x;src:url(/font?id=3)}.x{background:url(a.jpg)}", ["a.jpg"], id="fonts"),
        pytest.param(
            ".x{background: cross-fade(url(a.jpg) 50%, url(b.jpg)); mask:url(c.png)}",
            ["a.jpg", "b.jpg", "c.png"],
            id="two",
        ),
        pytest.param("@media screen{.x{background:url(a.jpg)}}", ["a.jpg"], id="in a condition"),
    ],
)
def test_pictures(css: str, expected: list[str]) -> None:
    assert css_urls(css) == expected


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        pytest.param(
            "@import 'a.css'; @import url(b.css) screen; @IMPORT url( \"c.css\" );",
            ["a.css", "b.css", "c.css"],
            id="all",
        ),
        pytest.param("/* @import 'a.css'; */", [], id="comment"),
        pytest.param("@import 'a.css", ["a.css"], id="no end: the end of the text closes it"),
        pytest.param("@import 'a.css';" * 100, ["a.css"] * MAX_IMPORTS, id="many"),
    ],
)
def test_sheets_that_are_brought_in(css: str, expected: list[str]) -> None:
    assert css_imports(css) == expected


def test_a_page_and_a_sheet_name_the_sheets_that_they_bring_in() -> None:
    page = read_html(ParseJob("html", "https://site.example/a/"), b"<style>@import 'b.css';</style>")
    sheet = read_css(ParseJob("css", "https://site.example/a/b.css"), b"@import '../c.css';@import 'data:text/css,x';")
    assert (page.stylesheets, page.images) == (("https://site.example/a/b.css",), ())
    assert (sheet.stylesheets, sheet.images) == (("https://site.example/c.css",), ())


@pytest.mark.parametrize(
    "piece", ["@import", "@font-face{", "/*", "url(", "url('\\'", "image-set(", "\\", "@import url("]
)
def test_a_long_sheet_takes_no_time(piece: str) -> None:
    began = time.process_time()
    css_urls(piece * 200_000)
    css_imports(piece * 200_000)
    assert time.process_time() - began < 5
