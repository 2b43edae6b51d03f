"""JSON that a page's scripts were given is read as JSON that the page carries itself."""

from __future__ import annotations

import pytest

from monitor.crawl.extract.page import read_html
from monitor.crawl.page_data import with_data
from monitor.model.page import ParseJob

BASE = "https://site.example/albums/"
FGALLERY = b"""{"version":"1","data":[{"img":["imgs/a.jpg",[1600,1200]],"file":["files/a.jpg",[4000,3000]],
"thumb":["thumbs/a.jpg",[150,112]],"date":"2026-11-01"}],"name":"Title"}"""


def found(page: bytes, *answers: bytes, url: str = BASE, content_type: str = "text/html") -> list[str]:
    content = read_html(ParseJob("html", url, content_type), with_data(page, answers))
    return [ref.url.removeprefix(BASE) for ref in content.images]


@pytest.mark.parametrize(
    ("page", "answer", "expected"),
    [
        pytest.param(b"", FGALLERY, ["files/a.jpg"], id="a gallery's list: one picture in three sizes (fgallery)"),
        pytest.param(
            b"", b'[{"url": "/f/1.jpg"}, {"url": "2.webp"}]', ["https://site.example/f/1.jpg", "2.webp"], id="list"
        ),
        pytest.param(
            b"<img src=t/1.jpg>",
            b'{"full": "l/1.jpg", "thumb": "t/1.jpg"}',
            ["l/1.jpg"],
            id="full size of what is shown",
        ),
        pytest.param(
            b"<base href=/b/>", b'{"src": "1.jpg"}', ["https://site.example/b/1.jpg"], id="against the page's base"
        ),
        pytest.param(
            b"", b'{"html": "<p><img src=\\"/x.jpg\\"></p>"}', ["https://site.example/x.jpg"], id="markup in it"
        ),
        pytest.param(b"", b'{"a": "</script><style>p{background:url(/evil.jpg)}"}', [], id="a tag that ends scripts"),
        pytest.param(b"", b"</script><img src=/x.jpg>", [], id="no JSON, but markup"),
        pytest.param(b"", b"<!--<script>", [], id="no JSON, but what would swallow the rest"),
        pytest.param(b"", b"{" * 10_000, [], id="nested without end"),
        pytest.param(
            b"", b'{"page": "/a/1", "icon": "x.svg", "t": "a.jpg is nice"}', [], id="nothing that is a picture"
        ),
        pytest.param(b"", b"\xff\xfe\x00", [], id="no text"),
    ],
)
def test_pictures_named_in_data(page: bytes, answer: bytes, expected: list[str]) -> None:
    assert found(page, answer) == expected


def test_each_answer_is_read_by_itself() -> None:
    assert found(b"<p>x", b"{broken", b'{"src": "a.jpg"}', b"<!--<script>", b'{"src": "b.jpg"}') == ["a.jpg", "b.jpg"]


def test_a_rendered_page_is_utf8_whatever_was_said_of_what_was_sent() -> None:
    page = b"\xef\xbb\xbf<meta charset=windows-1251><title>\xd1\x84</title><img src='/\xd1\x84.jpg'>"
    content = read_html(ParseJob("html", BASE, "text/html; charset=windows-1251"), page)
    assert (content.title, content.images[0].url) == ("ф", "https://site.example/%D1%84.jpg")
